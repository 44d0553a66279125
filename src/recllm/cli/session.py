"""What chat and ask begin with: a recommender for the flags given, and the session to continue."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from recllm.cli.screen import well_formed
from recllm.config import Settings, load_settings
from recllm.errors import StoreError
from recllm.recommender import Recommender
from recllm.store import SessionStore
from recllm.types import Session

DEMO = "films"
_LONGEST_ID = 200


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
    await prepare_demo(settings)
    from recllm.build import choose_encoder, choose_memory, database_url, open_recommender

    store, encoder = SessionStore(database_url(settings)), await choose_encoder(settings)
    memory = choose_memory(settings, encoder, sessions=store)
    recommender = await open_recommender(
        settings=settings, store=store, memory=memory, encoder=encoder
    )
    # What is open stays so. Looked through again and again, it stops a turn for 100 ms.
    gc.freeze()
    return Opened(recommender, store, settings)


@asynccontextmanager
async def opened(**flags: Any) -> AsyncIterator[Opened]:
    """Open for the time of a ``with`` block, through :func:`open_for`."""
    found = await open_for(**flags)
    try:
        yield found
    finally:
        await found.recommender.close()


async def session_for(
    found: Opened,
    user: str,
    *,
    resume: bool = False,
    session_id: str = "",
    incognito: bool = False,
) -> Session:
    """Return the session to talk in: the one named, the last one, or a new one.

    Raises:
        StoreError: the stored session is damaged or another user's, or the store cannot be read.
        BadParameter: the user or the session cannot be called so, or an incognito one is to
            continue another.
    """
    if incognito and (resume or session_id):
        raise typer.BadParameter(
            "an incognito conversation is not kept, so it continues none", param_hint="--incognito"
        )
    catalog = found.recommender.catalog.name
    user = _checked(user, "--user")
    if session_id:
        session_id = _checked(session_id, "--session")
        known = await found.store.load(session_id)
        if known and (known.user, known.catalog) != (user, catalog):
            raise StoreError(
                f"Session {session_id!r} is another user's or another catalogue's: name those "
                "with --user and --catalog, or use a new session id."
            )
        return known or Session(id=session_id, user=user, catalog=catalog)
    last = await found.store.latest(user, catalog) if resume else None
    return last or new_session(user, catalog, incognito=incognito)


def new_session(user: str, catalog: str, *, incognito: bool = False) -> Session:
    """Return an empty session with an id of its own."""
    return Session(id=uuid4().hex, user=user, catalog=catalog, incognito=incognito)


def _checked(name: str, flag: str) -> str:
    name = well_formed(name).strip()
    if not 0 < len(name) <= _LONGEST_ID or not name.isprintable():
        raise typer.BadParameter(
            f"{name[:40]!r} is not a name of 1 to {_LONGEST_ID} printable characters",
            param_hint=flag,
        )
    return name


async def prepare_demo(settings: Settings) -> None:
    """Index the films that come with RecLLM, if they are what is asked for and not there.

    Raises:
        RecLLMError: they cannot be indexed.
    """
    from recllm.catalog.manifest import find_manifest

    directory = settings.home / "catalogs"
    if settings.catalog != DEMO or find_manifest(directory, DEMO) is not None:
        return
    with resources.as_file(resources.files("recllm") / "data" / "films.jsonl") as path:
        await _index_demo(path, directory, settings)


async def _index_demo(path: Path, directory: Path, settings: Settings) -> None:
    from recllm.build import choose_encoder, learn
    from recllm.catalog.ingest import ingest

    label = "Preparing the films, once"
    columns = (TextColumn(label), BarColumn(), TaskProgressColumn())
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(f"{label}…")
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)

        def told(stage: str, done: int, total: int | None) -> None:
            if stage == "encode":
                bar.update(task, completed=done, total=total)

        encoder = await choose_encoder(settings)
        await ingest(path, directory, DEMO, encoder, progress=told)
        await learn(directory, DEMO, encoder)
