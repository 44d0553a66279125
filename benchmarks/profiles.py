"""How long reading a profile takes, and what it adds to a turn; prints JSON.

    python benchmarks/profiles.py [--facts 500] [--repeat 200] [--database URL] [--json FILE]

docs/benchmarks.md says what each figure means. The facts are written in a temporary SQLite file, or
under a user of its own at the database that --database names, and erased afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from uuid import uuid4

from recllm.database import file_url
from recllm.encoder import MiniLMEncoder
from recllm.facts import Action, Change, Fact, FactKind, FactOrigin
from recllm.profiles.consolidation import consolidate
from recllm.profiles.people import of_concern
from recllm.profiles.precedents import read_precedents
from recllm.profiles.store import SQLProfileStore
from recllm.profiles.triggering import FactTrigger
from recllm.profiles.word_trigger import WordTrigger
from recllm.protocols import Trigger
from recllm.types import ChatMessage
from recllm.vector_cache import VectorCache
from turns.figures import Json, load, machine

TOPICS = ("jazz", "gardening", "westerns", "chess", "cycling", "Rome", "the cello", "cats")
BUDGET = 160
SAID = (ChatMessage(role="user", content="something about the cello, or about gardening"),)


def parser() -> argparse.ArgumentParser:
    """Return what the command line takes."""
    found = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found.add_argument("--facts", type=int, default=500, help="size of the profile (500)")
    found.add_argument("--repeat", type=int, default=200, help="how often it is read (200)")
    found.add_argument("--database", default="", help="address of a database instead of a file")
    found.add_argument("--json", type=Path, help="write the figures to this file as well")
    return found


def facts(count: int) -> list[Fact]:
    """Return plain facts of all kinds, as long as those that people have."""
    kinds = tuple(FactKind)
    return [
        Fact(
            text=f"Says for the time number {n} that {TOPICS[n % len(TOPICS)]} matters a lot.",
            kind=kinds[n % len(kinds)],
            evidence=f"you know, {TOPICS[n % len(TOPICS)]} matters a lot to me, number {n}",
        )
        for n in range(count)
    ]


async def measure(options: argparse.Namespace) -> Json:
    """Write a profile, read it again and again, and erase it."""
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or file_url(Path(folder) / "profiles.db")
        store, user = SQLProfileStore(url), f"benchmark {uuid4().hex}"
        try:
            return await _measured(store, url, user, options)
        finally:
            erase = Change(action=Action.ERASE, origin=FactOrigin.EDITED)
            await store.apply(user, [erase])
            await store.close()


async def _measured(
    store: SQLProfileStore, url: str, user: str, options: argparse.Namespace
) -> Json:
    began = perf_counter()
    known = facts(options.facts)
    await store.apply(user, [Change(fact=f) for f in known])
    written = perf_counter() - began
    held = await store.load(user)
    words, encoder = WordTrigger(), VectorCache(MiniLMEncoder())
    vectors = FactTrigger(encoder, precedents=read_precedents())
    began, cpu = perf_counter(), process_time()
    await vectors.trigger(SAID, held, BUDGET)
    first = {
        "cpu": round((process_time() - cpu) * 1000, 1),
        "wall": round((perf_counter() - began) * 1000, 1),
    }

    async def recall(trigger: Trigger, said: str = "") -> object:
        asked = [*SAID[:-1], ChatMessage(role="user", content=said)] if said else SAID
        return await trigger.trigger(asked, of_concern(await store.load(user), "", ""), BUDGET)

    async def cold() -> object:
        other = SQLProfileStore(url)
        try:
            return await other.load(user)
        finally:
            await other.close()

    async def add() -> object:
        return await store.apply(user, [Change(fact=Fact(text=f"Is new: {uuid4().hex}."))])

    few = max(1, options.repeat // 10)
    return {
        "machine": machine(),
        "load": load(),
        "database": url.split(":", 1)[0],
        "facts": len(held),
        "read_ms": await _times(lambda: store.load(user), options.repeat),
        "read_and_trigger_ms": await _times(lambda: recall(words), options.repeat),
        "read_and_trigger_by_vectors_ms": await _times(
            # Each message is a new one, whose vector has to be made.
            lambda: recall(vectors, f"something about number {uuid4().hex[:6]}"),
            options.repeat,
        ),
        "first_trigger_by_vectors_ms": first,
        "consolidate_ms": await _times(
            lambda: consolidate(held, encoder, datetime.now(UTC)), min(few, 5)
        ),
        "open_and_read_ms": await _times(cold, few),
        "add_one_ms": await _times(add, few),
        "write_all_ms": round(written * 1000, 2),
    }


async def _times(work: Callable[[], Awaitable[object]], repeat: int) -> Json:
    taken, cpu = [], process_time()
    for _ in range(repeat):
        began = perf_counter()
        await work()
        taken.append((perf_counter() - began) * 1000)
    cpu = (process_time() - cpu) * 1000 / repeat
    ordered = sorted(taken)
    return {
        "cpu": round(cpu, 3),
        "median": round(statistics.median(ordered), 3),
        "p95": round(ordered[int(len(ordered) * 0.95)], 3),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run and print."""
    options = parser().parse_args(arguments)
    text = json.dumps(asyncio.run(measure(options)), indent=2)
    sys.stdout.write(text + "\n")
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
