"""Our catalogue: made with the product's own indexing, asked through its own retrieval."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter, process_time, time

import numpy as np
import numpy.typing as npt

from indexes.synthetic import SCHEMA, Query, items
from indexes.truth import CASES, truths
from indexes.work import Clock, Run, Saved, peak_memory, recall, say, size_on_disk
from recllm.catalog.codes import encoded, parts_of
from recllm.catalog.filters import compile_filter
from recllm.catalog.index import Catalog
from recllm.catalog.plan import IndexReport, Progress
from recllm.catalog.rows import Numbered
from recllm.catalog.update import index_source
from recllm.protocols import Encoder, Retriever
from recllm.retrieval.browse import BrowseRetriever
from recllm.retrieval.dual_encoder import DualEncoderRetriever
from recllm.retrieval.fusion import FusionRetriever
from recllm.retrieval.lexical import LexicalRetriever
from recllm.types import Constraint
from recllm.types import Query as Wanted
from turns.figures import Json

NAME = "synthetic"
AT_ONCE = (1, 8)
LIMIT = 100
"""Candidates of each way of retrieval, as the product asks for them."""
Ask = Callable[[Query], Awaitable[object]]


class Prepared:
    """An encoder that knows the vectors: of a query its own, of items those that come next."""

    name = "prepared"

    def __init__(self, run: Run, start: int = 0) -> None:
        self.dimension = run.dimension
        self._rows, self._next = run.vectors(), start
        self._queries = {q.text: q.vector for q in run.asked()}

    async def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the vectors of ``texts``."""
        if len(texts) == 1 and texts[0] in self._queries:
            return self._queries[texts[0]][None, :]
        self._next += len(texts)
        return np.array(self._rows[self._next - len(texts) : self._next])


async def build(run: Run, saved: Saved) -> None:
    """Index the items as a catalogue."""
    if "build" in saved:
        return
    began, used = perf_counter(), process_time()
    starts: list[float] = []

    def progress(stage: str, done: int, total: int | None) -> None:
        if stage == "index" and not done:
            starts.append(time())
        say(stage, done, total)

    report = await index(run, run.items, 0, progress)
    folder = run.folder / "catalogs" / NAME
    saved.put("build", {
        "seconds": round(perf_counter() - began, 1),
        "cpu_seconds": round(process_time() - used, 1),
        "items": report.size,
        "indexes": await _indexes(run, starts[0]),
        "disk_mb": size_on_disk(folder),
        "peak_memory_mb": peak_memory(),
    })  # fmt: skip


async def index(run: Run, total: int, start: int, progress: Progress = say) -> IndexReport:
    """Make the catalogue hold the first ``total`` items; those from ``start`` on are new."""
    rows = (Numbered(n, i) for n, i in enumerate(items(run.space, total, run.seed), 1))
    encoder = Prepared(run, start)
    return await index_source(
        run.folder / "catalogs", NAME, rows, SCHEMA, encoder, progress=progress
    )


async def _indexes(run: Run, start: float) -> Json:
    """Return each index's kind, and the seconds between its making and that of the one before."""
    import lancedb

    folder = run.folder / "catalogs" / NAME
    connection = await lancedb.connect_async(folder)
    name = next(p.stem for p in folder.glob("items-*.lance"))
    made = await (await connection.open_table(name)).list_indices()
    timed = [(i.created_at.timestamp(), i) for i in made if i.created_at]
    timed.sort(key=lambda pair: pair[0])
    before = [start, *(at for at, _ in timed)]
    found: Json = {
        i.columns[0]: {
            "kind": i.index_type,
            "mb": round((i.size_bytes or 0) / 1024**2),
            "seconds": round(at - before[n], 1),
        }
        for n, (at, i) in enumerate(timed)
    }
    return found | {"vectors": _codes(run)}


def _codes(run: Run) -> Json:
    """Make the index that a large catalogue has of its vectors once more, by itself."""
    vectors = run.vectors()[: run.items]
    began, used = perf_counter(), process_time()
    codes = encoded(vectors)
    seconds, cpu = perf_counter() - began, process_time() - used
    path = run.folder / "codes"
    codes.write(path)
    size = path.stat().st_size
    path.unlink()
    return {
        "kind": f"{parts_of(codes.dimension)} parts of 4 bits",
        "mb": round(size / 1024**2),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
    }


async def search(run: Run, saved: Saved) -> None:
    """Open the catalogue and ask it everything, one query at a time and eight."""
    truth, asked = truths(run), run.asked()
    before = peak_memory()
    began, used = perf_counter(), process_time()
    catalog = await Catalog.open(run.folder / "catalogs", NAME)
    if "open" not in saved:
        seconds = round(perf_counter() - began, 2)
        cpu = round(process_time() - used, 2)
        used_mb = peak_memory() - before
        saved.put("open", {"seconds": seconds, "cpu_seconds": cpu, "memory_mb": used_mb})
    gc.freeze()  # as the command line does once everything is open
    for case in CASES:
        where = compile_filter(case.where, (), SCHEMA)

        async def ten(query: Query, where: str = where) -> list[int]:
            hits = await catalog.search_vector(query.vector, where=where, limit=10)
            return [int(hit.item.id[1:]) for hit in hits]

        async def words(query: Query, where: str = where) -> object:
            return await catalog.search_text(query.text, where=where, limit=10)

        if f"vector_{case.name}" not in saved:
            found = [await ten(q) for q in asked]
            figures = {"recall_at_10": recall(found, truth[case.name])}
            saved.put(f"vector_{case.name}", figures | await timed(ten, asked))
        if f"words_{case.name}" not in saved:
            saved.put(f"words_{case.name}", await timed(words, asked))
        for limit in (10, LIMIT):
            name = f"hybrid_{limit}_{case.name}"
            if name not in saved:
                way = fused(catalog, Prepared(run))
                saved.put(name, await timed(retrieval(way, case.where, limit), asked))
    if "memory" not in saved:
        saved.put("memory", {"peak_mb": peak_memory(), "before_mb": before})


def fused(catalog: Catalog, encoder: Encoder) -> FusionRetriever:
    """Return the retrieval that a recommender has by default."""
    ways: list[Retriever] = [
        LexicalRetriever(catalog),
        DualEncoderRetriever(catalog, encoder),
        BrowseRetriever(catalog),
    ]
    return FusionRetriever(ways)


def retrieval(way: FusionRetriever, where: tuple[Constraint, ...], limit: int) -> Ask:
    """Return the whole stage of retrieval for a query."""

    async def ask(query: Query) -> object:
        found = await way.retrieve(Wanted(text=query.text, where=where, limit=limit))
        if not found:
            raise RuntimeError(f"nothing was found for {query.text!r}")
        return found

    return ask


async def timed(ask: Ask, asked: Sequence[Query]) -> Json:
    """Return the spread of times with one and with eight queries under way."""
    for query in asked[:5]:
        await ask(query)
    found: Json = {}
    for together in AT_ONCE:
        clock, waiting = Clock(), iter(asked)

        async def work(clock: Clock = clock, waiting: object = waiting) -> None:
            for query in waiting:  # type: ignore[attr-defined]
                began = perf_counter()
                await ask(query)
                clock.seconds.append(perf_counter() - began)

        began, used = perf_counter(), process_time()
        await asyncio.gather(*(work() for _ in range(together)))
        cpu = 1000 * (process_time() - used) / len(asked)
        rate = round(len(asked) / (perf_counter() - began), 1)
        found[f"at_once_{together}"] = clock.spread() | {
            "cpu_ms": round(cpu, 2),
            "per_second": rate,
        }
    return found
