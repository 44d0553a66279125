"""Conversations held message by message with a watch in hand."""

from __future__ import annotations

import cProfile
import pstats
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple
from uuid import uuid4

from recllm.build import open_recommender
from recllm.events import Event, TurnDone
from recllm.protocols import LLM
from recllm.recommender import Recommender
from recllm.store import SessionStore
from recllm.types import Session, Turn
from turns.figures import Json, load, ms, over_repeats, spread

STAGES = ("read", "decide", "search", "rank", "respond", "turn")
WARM_UP = (
    "hello there",
    "something new",
    "the first one sounds nice, what is it?",
    "something quite different from 1998 or so",
    "no, not that",
)


class Timed(NamedTuple):
    """A turn, when its events came in seconds after the message was handed over, and its CPU time.

    ``cpu`` is what all threads of this process used together: other jobs do not lengthen it much.
    """

    turn: Turn
    events: tuple[tuple[str, float], ...]
    cpu: float

    def at(self, event: str) -> float | None:
        """Return when the first event of this type came, None if there was none."""
        return next((t for name, t in self.events if name == event), None)


@asynccontextmanager
async def opened(home: Path, catalog: str, seed: int, llm: LLM | str) -> AsyncIterator[Recommender]:
    """Open the catalogue with an empty store of sessions on disk."""
    with tempfile.TemporaryDirectory() as folder:
        store = SessionStore.at(Path(folder))
        recommender = await open_recommender(catalog, store=store, llm=llm, home=home, seed=seed)
        try:
            yield recommender
        finally:
            await store.close()


async def hold(recommender: Recommender, conversations: Sequence[Sequence[str]]) -> list[Timed]:
    """Hold the conversations one after the other, each in a session of its own."""
    timed: list[Timed] = []
    for messages in conversations:
        session = Session(id=uuid4().hex, catalog=recommender.catalog.name)
        for message in messages:
            timed.append(await _one(recommender, session, message))
            session = session.then(timed[-1].turn)
    return timed


async def _one(recommender: Recommender, session: Session, message: str) -> Timed:
    began, used = perf_counter(), process_time()
    events: list[tuple[str, float]] = []
    last: Event | None = None
    async for last in recommender.stream(session, message):
        events.append((last.type, perf_counter() - began))
    if not isinstance(last, TurnDone):
        raise RuntimeError(f"the turn over {message!r} ended with {last!r}")
    return Timed(last.turn, tuple(events), process_time() - used)


async def stages(
    home: Path, catalog: str, conversations: Sequence[Sequence[str]], repeats: int, seed: int
) -> tuple[Json, list[Timed]]:
    """Time the turn without a language model, stage by stage.

    Each repeat opens the catalogue anew, warms up with other messages, and holds the
    conversations twice: "first" meets every condition for the first time, "again" does not.
    """
    rows: list[Json] = []
    timed: list[Timed] = []
    for _ in range(repeats):
        async with opened(home, catalog, seed, "none") as recommender:
            await hold(recommender, [WARM_UP])
            before = load()
            timed = await hold(recommender, conversations)
            first = by_stage(timed)
            again = by_stage(await hold(recommender, conversations))
        rows.append({"load": [before, load()], "first": first, "again": again})
    summary = {name: over_repeats([r[name] for r in rows]) for name in ("first", "again")}
    return {"unit": "ms", **summary, "repeats": rows}, timed


def by_stage(timed: Sequence[Timed]) -> Json:
    """Return the spread of each stage's times; "stored" is a turn with its storing."""
    seconds = {
        s: [t.turn.trace.seconds[s] for t in timed if s in t.turn.trace.seconds] for s in STAGES
    }
    whole = [at for t in timed if (at := t.at("turn")) is not None]
    whole_turn = {"stored": spread(whole), "cpu": spread([t.cpu for t in timed])}
    return {name: spread(values) for name, values in seconds.items()} | whole_turn


async def profile(
    home: Path, catalog: str, conversations: Sequence[Sequence[str]], seed: int, top: int = 15
) -> list[Json]:
    """Return the functions in which the turn spends most time of its own (event loop's thread)."""
    async with opened(home, catalog, seed, "none") as recommender:
        await hold(recommender, [WARM_UP])
        profiler = cProfile.Profile()
        profiler.enable()
        timed = await hold(recommender, conversations)
        profiler.disable()
    stats = pstats.Stats(profiler).get_stats_profile().func_profiles
    rows = sorted(stats.items(), key=lambda row: -row[1].tottime)[:top]
    return [
        {
            "function": name,
            "file": short(one.file_name),
            "line": one.line_number,
            "calls_per_turn": round(int(one.ncalls.split("/")[0]) / len(timed), 1),
            "own_ms_per_turn": ms(one.tottime / len(timed)),
            "cumulative_ms_per_turn": ms(one.cumtime / len(timed)),
        }
        for name, one in rows
    ]


def short(file: str) -> str:
    """Return a file's name from its package on, without the folders of this machine."""
    parts = Path(file).parts
    for root in ("site-packages", "src"):
        if root in parts:
            return "/".join(parts[len(parts) - parts[::-1].index(root) :])
    return "/".join(parts[-2:]) if len(parts) > 2 else file


def table(rows: Sequence[Json]) -> str:
    """Return a profile as lines of text."""
    lines = [f"{'own ms':>8} {'cum ms':>8} {'calls':>8}  function (all per turn)"]
    for row in rows:
        times = f"{row['own_ms_per_turn']:8.2f} {row['cumulative_ms_per_turn']:8.2f}"
        place = f"{row['function']}  {row['file']}:{row['line']}"
        lines.append(f"{times} {row['calls_per_turn']:8.1f}  {place}")
    return "\n".join(lines)


def acts(timed: Sequence[Timed]) -> Json:
    """Return how many turns were of each act."""
    return dict(Counter(t.turn.act.value for t in timed))
