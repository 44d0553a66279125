"""What chat and ask begin with: a recommender for the flags given, and the session to continue."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from uuid import uuid4

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from recllm.config import Settings, load_settings
from recllm.recommender import Recommender
from recllm.store import SessionStore
from recllm.types import Session

DEMO = "films"
_LONGEST_ID = 200

CatalogOption = Annotated[
    str | None,
    typer.Option(help="The catalogue to talk about.", show_default="the configured one, or films"),
]
UserOption = Annotated[
    str, typer.Option(help="Who is talking: sessions are kept apart by this name.")
]
LLMOption = Annotated[
    Literal["auto", "none", "embedded", "endpoint"] | None,
    typer.Option(
        help="The language model: what is configured (auto), none, the embedded one, or an "
        "OpenAI-compatible endpoint.",
        show_default="as configured",
    ),
]
BaseURLOption = Annotated[
    str | None,
    typer.Option(
        help="Address of an OpenAI-compatible server, up to /v1. Its key comes from "
        "RECLLM_API_KEY, never from a flag.",
        show_default="as configured",
    ),
]
ModelOption = Annotated[
    str | None, typer.Option(help="The model's name at that server.", show_default="as configured")
]
TrustOption = Annotated[
    Literal["auto", "none", "embedded", "general"] | None,
    typer.Option(
        help="How much of a turn is left to the model's word.", show_default="as configured"
    ),
]
SlateSizeOption = Annotated[
    int | None,
    typer.Option(help="How many items to suggest at once, 3 to 10.", show_default="as configured"),
]
ResumeOption = Annotated[
    bool,
    typer.Option("--resume", help="Continue the last session of this user over this catalogue."),
]


class Opened(NamedTuple):
    """A recommender, the store of its sessions, and the settings that it was made with."""

    recommender: Recommender
    store: SessionStore
    settings: Settings


async def open_for(**flags: Any) -> Opened:
    """Open the recommender that the flags and the configuration ask for.

    The catalogue of films that comes with RecLLM is indexed when it is asked for and is not there.

    Raises:
        RecLLMError: a setting is wrong, or the catalogue cannot be used.
    """
    settings = load_settings(**flags)
    await _prepare_demo(settings)
    from recllm.build import open_recommender

    store = SessionStore.at(settings.home)
    return Opened(await open_recommender(settings=settings, store=store), store, settings)


@asynccontextmanager
async def opened(**flags: Any) -> AsyncIterator[Opened]:
    """Open for the time of a ``with`` block, through :func:`open_for`."""
    found = await open_for(**flags)
    try:
        yield found
    finally:
        await found.recommender.close()


async def session_for(
    found: Opened, user: str, *, resume: bool = False, session_id: str = ""
) -> Session:
    """Return the session to talk in: the one named, the last one, or a new one.

    Raises:
        StoreError: the stored session is damaged, or the store cannot be read.
        BadParameter: the user or the session cannot be called so.
    """
    catalog = found.recommender.catalog.name
    user = _checked(user, "--user")
    if session_id:
        session_id = _checked(session_id, "--session")
        known = await found.store.load(session_id)
        return known or Session(id=session_id, user=user, catalog=catalog)
    last = await found.store.latest(user, catalog) if resume else None
    return last or new_session(user, catalog)


def new_session(user: str, catalog: str) -> Session:
    """Return an empty session with an id of its own."""
    return Session(id=uuid4().hex, user=user, catalog=catalog)


def _checked(name: str, flag: str) -> str:
    name = well_formed(name).strip()
    if not 0 < len(name) <= _LONGEST_ID or not name.isprintable():
        raise typer.BadParameter(
            f"{name[:40]!r} is not a name of 1 to {_LONGEST_ID} printable characters",
            param_hint=flag,
        )
    return name


def well_formed(text: str) -> str:
    """Return ``text`` with bytes that were no UTF-8 replaced: the shell passes any bytes on."""
    return text.encode("utf-8", "replace").decode("utf-8")


async def _prepare_demo(settings: Settings) -> None:
    from recllm.catalog.manifest import find_manifest

    directory = settings.home / "catalogs"
    if settings.catalog != DEMO or find_manifest(directory, DEMO) is not None:
        return
    with resources.as_file(resources.files("recllm") / "data" / "films.jsonl") as path:
        await _index_demo(path, directory)


async def _index_demo(path: Path, directory: Path) -> None:
    from recllm.catalog.ingest import ingest
    from recllm.encoder import MiniLMEncoder

    label = "Preparing the films, once"
    columns = (TextColumn(label), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def told(stage: str, done: int, total: int | None) -> None:
            if stage == "encode":
                bar.update(task, completed=done, total=total)

        await ingest(path, directory, DEMO, MiniLMEncoder(), progress=told)
