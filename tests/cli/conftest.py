"""A small real catalogue, and the command line with a recommender over it put in at one seam."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from recllm.build import choose_memory, open_recommender
from recllm.catalog.ingest import ingest
from recllm.cli import session as sessions
from recllm.cli.main import app
from recllm.config import load_settings
from recllm.encoder import HashEncoder
from recllm.errors import LLMUnavailableError
from recllm.events import Deciding, Event, Searching, SlateReady, Text, TurnDone
from recllm.recommender import Recommender
from recllm.store import SessionStore
from recllm.types import (
    Act,
    Bucket,
    Call,
    Query,
    Recommendation,
    Session,
    Slate,
    State,
    Trace,
    Turn,
)

FILMS = [
    ("Quiet Orbit", 2009, "Ada Lind", 97, ["Drama", "Science Fiction"], "A miner alone in orbit."),
    ("The Bakery", 1998, "Ben Okri", 88, ["Comedy"], "Two rivals bake for one village."),
    ("Loud Harbour", 2015, "Ada Lind", 131, ["Thriller"], "A harbour master hunts a smuggler."),
    ("Paper Boats", 2021, "Chi Ng", 104, ["Comedy", "Drama"], "Siblings sail home for a wedding."),
    (
        "Night Bus",
        1987,
        "Ben Okri",
        92,
        ["Comedy", "Thriller"],
        "One bus, six strangers, no brakes.",
    ),
    ("Cold Fern", 1975, "Dee Roy", 118, ["Drama"], "A botanist winters in a hut."),
]

Open = Callable[..., Awaitable[sessions.Opened]]


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the small catalogue "films", indexed by hashing."""
    home = tmp_path_factory.mktemp("films")
    source = home / "films.jsonl"
    keys = ("title", "year", "director", "runtime", "genres", "description")
    rows = [dict(zip(keys, row, strict=True)) | {"id": f"f{n}"} for n, row in enumerate(FILMS)]
    source.write_text("\n".join(json.dumps(row) for row in rows))
    asyncio.run(ingest(source, home / "catalogs", "films", HashEncoder()))
    return home


@pytest.fixture
def cli_home(indexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, over the shared catalogue."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "catalogs").symlink_to(indexed / "catalogs", target_is_directory=True)
    monkeypatch.setenv("RECLLM_HOME", str(home))
    return home


class Scripted(Recommender):
    """A recommender that shows two films for anything, and misbehaves when it is told to."""

    message = ""

    async def stream(self, session: Session, message: str) -> AsyncIterator[Event]:
        """Answer; "fail" fails, "limp" lacks its model, "wait" waits, "chat" shows no slate."""
        Scripted.message = message
        yield Deciding()
        if message == "fail":
            raise LLMUnavailableError("nothing answers at 'http://x': start the server")
        query = Query(text=message)
        yield Searching(query=query)
        failed = Call(stage="rank", model="m", prompt="", prompt_hash="", error="no answer: wait")
        calls = (failed, failed) if message == "limp" else ()
        if message == "wait":
            await asyncio.Event().wait()
        slate = None if message == "chat" else await self._slate()
        if slate:
            yield SlateReady(slate=slate)
        for piece in ("Try these. ", "The first is \x1b[31mquiet", "."):
            yield Text(text=piece)
        turn = Turn(
            message=message,
            reply="Try these. The first is quiet.",
            act=Act.RECOMMEND if slate else Act.CHAT,
            slate=slate,
            state=State(wants=message, liked=("f0",), seen=("f4",)),
            trace=Trace(
                query=query, ways={"bm25": ("f0", "f3")}, seconds={"turn": 0.012}, calls=calls
            ),
        )
        await self.store.append(session, turn)
        yield TurnDone(turn=turn)

    async def _slate(self) -> Slate:
        items = await self.catalog.items(["f0", "f3"])
        picks = [
            Recommendation(
                item=items["f0"], bucket=Bucket.EXCELLENT, score=0.9, explanation="Calm."
            ),
            Recommendation(item=items["f3"], bucket=Bucket.FAIR, score=0.4, explanation="Warm."),
        ]
        return Slate(items=tuple(picks))


def opener(kind: type[Recommender] | None) -> Open:
    """Return a stand-in for ``open_for``: hashed vectors, and ``kind`` of recommender if given."""

    async def open_for(**flags: Any) -> sessions.Opened:
        settings = load_settings(**{**flags, "llm": flags.get("llm") or "none"})
        store, memory = SessionStore.at(settings.home), choose_memory(settings)
        made = await open_recommender(
            settings=settings, store=store, memory=memory, encoder=HashEncoder()
        )
        if kind is not None:
            made.__class__ = kind
        return sessions.Opened(made, store, settings)

    return open_for


Run = Callable[..., Result]


@pytest.fixture
def scripted(cli_home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line with the scripted recommender: ``scripted("chat", input="...")``."""
    monkeypatch.setattr(sessions, "open_for", opener(Scripted))
    return invoke


@pytest.fixture
def real(cli_home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line with the real recommender over the small catalogue."""
    monkeypatch.setattr(sessions, "open_for", opener(None))
    return invoke


def invoke(*arguments: str, input: str | bytes | None = None) -> Result:
    """Run ``recllm`` with ``arguments`` and let unexpected errors through."""
    result = CliRunner().invoke(app, list(arguments), input=input)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result
