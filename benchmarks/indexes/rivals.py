"""Other libraries over the same vectors and texts: usearch, exact NumPy, and bm25s."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

import numpy as np

from indexes.ours import timed
from indexes.synthetic import Query, items
from indexes.truth import truths
from indexes.work import Run, Saved, peak_memory, recall, say
from turns.figures import Json

CONNECTIONS, BUILDING, SEARCHING = 16, 80, 600
"""The graph's settings: more in building takes longer than it gains, more in searching too."""
MISSING = "not measured: pip install {0}"


async def compare(run: Run, saved: Saved) -> None:
    """Measure what is installed of the three."""
    for name, measure in (("numpy", exact), ("usearch", graph), ("bm25s", by_words)):
        if name in saved:
            continue
        if importlib.util.find_spec(name) is None:
            print(MISSING.format(name))
            saved.found[name] = MISSING.format(name)
            continue
        saved.put(name, await measure(run))


async def exact(run: Run) -> Json:
    """Every vector compared, with NumPy."""
    rows = np.array(run.vectors()[: run.items])

    def ten(query: Query) -> list[int]:
        scores = rows @ query.vector
        top = np.argpartition(-scores, 10)[:10]
        return [int(n) for n in top[np.argsort(-scores[top])]]

    return await _figures(run, ten)


async def graph(run: Run) -> Json:
    """The HNSW graph of usearch over 8-bit vectors; 100 candidates are compared in full."""
    from usearch.index import Index

    rows = run.vectors()[: run.items]
    index = Index(
        ndim=run.dimension,
        metric="cos",
        dtype="i8",
        connectivity=CONNECTIONS,
        expansion_add=BUILDING,
        expansion_search=SEARCHING,
    )
    began, used = perf_counter(), process_time()
    for start in range(0, run.items, 10_000):
        piece = np.array(rows[start : start + 10_000])
        index.add(np.arange(start, start + len(piece)), piece, threads=2)
        say("usearch", start + len(piece), run.items)
    built = {
        "build_seconds": round(perf_counter() - began, 1),
        "build_cpu_seconds": round(process_time() - used, 1),
    }

    def ten(query: Query) -> list[int]:
        keys = np.asarray(index.search(query.vector, 100).keys, dtype=np.int64)
        best = keys[np.argsort(-(rows[keys] @ query.vector))[:10]]
        return [int(n) for n in best]

    return built | {"index_mb": index.memory_usage // 1024**2} | await _figures(run, ten)


async def by_words(run: Run) -> Json:
    """BM25 of bm25s: all documents in memory, scored eagerly."""
    import bm25s

    began, used = perf_counter(), process_time()
    texts = [f"{i.title} {i.text}" for i in items(run.space, run.items, run.seed)]
    index: Any = bm25s.BM25()
    index.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)
    del texts
    built = {
        "build_seconds": round(perf_counter() - began, 1),
        "build_cpu_seconds": round(process_time() - used, 1),
    }
    depth = min(10, run.items)

    def ten(query: Query) -> object:
        words = bm25s.tokenize(query.text, show_progress=False)
        return index.retrieve(words, k=depth, show_progress=False)

    return built | await timed(_in_thread(ten), run.asked()) | {"peak_memory_mb": peak_memory()}


async def _figures(run: Run, ten: Callable[[Query], list[int]]) -> Json:
    asked = run.asked()
    found = {"recall_at_10": recall([ten(q) for q in asked], truths(run)["unfiltered"])}
    return found | await timed(_in_thread(ten), asked) | {"peak_memory_mb": peak_memory()}


def _in_thread(ten: Callable[[Query], object]) -> Any:
    async def ask(query: Query) -> object:
        return await asyncio.to_thread(ten, query)

    return ask
