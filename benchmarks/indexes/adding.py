"""Queries that go on while items are added by another process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from time import perf_counter, process_time

from indexes.ours import LIMIT, NAME, Prepared, fused, index
from indexes.synthetic import Query
from indexes.work import Clock, Run, Saved
from recllm.catalog.index import Catalog
from recllm.errors import RecLLMError
from recllm.types import Query as Wanted
from turns.figures import Json


async def write(run: Run, saved: Saved) -> None:
    """Bring the catalogue up to date with the items to be added (in a process of its own)."""
    used = process_time()
    report = await index(run, run.items + run.added, run.items)
    cpu = round(process_time() - used, 1)
    saved.put("written", {"added": report.added, "seconds": report.seconds, "cpu_seconds": cpu})


async def follow(run: Run, saved: Saved, command: Sequence[str]) -> None:
    """Ask one query after another while ``command`` adds items, and look for them."""
    if "add" in saved:
        return
    catalog = await Catalog.open(run.folder / "catalogs", NAME)
    way, asked = fused(catalog, Prepared(run)), run.asked()
    writer = await asyncio.create_subprocess_exec(sys.executable, *command)
    clock, counts = Clock(), {"failed": 0, "empty": 0, "refresh_seconds": 0.0}
    before, number = catalog.size, 0
    while writer.returncode is None:
        await _ask(way, asked[number % len(asked)], clock, counts)
        await _refresh(catalog, counts)
        number += 1
        await asyncio.sleep(0.05)
    code, began = await writer.wait(), perf_counter()
    if code:
        raise RuntimeError(f"adding items failed with {code}")
    await _refresh(catalog, counts)
    last = f"i{run.items + run.added - 1}"
    vector = run.vectors()[-1]
    nearest = [h.item.id for h in await catalog.search_vector(vector, limit=1)]
    title = (await catalog.items([last]))[last].title
    by_words = [h.item.id for h in await catalog.search_text(title, limit=LIMIT)]
    saved.put("add", {
        "items_before": before,
        "items_after": catalog.size,
        "queries": clock.spread() | {k: round(v, 2) for k, v in counts.items()},
        "found_by_vector": nearest == [last],
        "found_by_words": last in by_words,
        "found_after_seconds": round(perf_counter() - began, 2),
        "later": await _later(way, asked),
    })  # fmt: skip


async def _ask(way: object, query: Query, clock: Clock, counts: dict[str, float]) -> None:
    began = perf_counter()
    try:
        found = await way.retrieve(Wanted(text=query.text, limit=LIMIT))  # type: ignore[attr-defined]
    except RecLLMError:
        counts["failed"] += 1
        return
    clock.seconds.append(perf_counter() - began)
    counts["empty"] += not found


async def _refresh(catalog: Catalog, counts: dict[str, float]) -> None:
    began = perf_counter()
    if await catalog.refresh():
        counts["refresh_seconds"] = perf_counter() - began


async def _later(way: object, asked: Sequence[Query]) -> Json:
    """Return the times of queries once the items are there."""
    clock, counts = Clock(), {"failed": 0.0, "empty": 0.0}
    for query in asked:
        await _ask(way, query, clock, counts)
    return clock.spread() | counts
