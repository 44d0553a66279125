from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from catalogs import SCHEMA, film, index

from recllm.catalog import columns, settings, update, writer
from recllm.catalog.filters import compile_filter
from recllm.catalog.index import Catalog
from recllm.catalog.settings import configuration, effort, is_graph
from recllm.catalog.stored import Stored
from recllm.encoder import HashEncoder
from recllm.types import Constraint, Item, Op

NEW = compile_filter((Constraint(attribute="year", op=Op.GE, values=(5000,)),), (), SCHEMA)


@pytest.fixture(autouse=True)
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (columns, update, writer):
        monkeypatch.setattr(module, "FLAT_LIMIT", 300)


def films(count: int) -> list[Item]:
    return [film(n, year=float(n), genres=("Drama",)) for n in range(count)]


async def rows_of(directory: Path) -> tuple[Catalog, Stored]:
    catalog = await Catalog.open(directory, "films")
    rows = catalog._state.rows
    assert isinstance(rows, Stored)
    return catalog, rows


def test_the_index_is_chosen_by_the_number_of_items() -> None:
    assert type(configuration(100_000, 384)).__name__ == "IvfRq"
    assert type(configuration(100_000, 300)).__name__ == "IvfSq"
    assert type(configuration(1_000_000, 384)).__name__ == "HnswSq"
    assert configuration(1_000, 384).num_partitions == 1
    assert is_graph("IVF_HNSW_SQ")
    assert not is_graph("IVF_RQ")


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize("limit", [1, 10, 100, 1000])
def test_enough_candidates_are_considered(graph: bool, limit: int) -> None:
    found = effort(graph, limit)
    assert found.ef >= limit
    assert found.refine >= 2


async def test_new_rows_are_compared_beside_the_index(tmp_path: Path) -> None:
    await index(tmp_path, films(600))
    _, rows = await rows_of(tmp_path)
    assert not rows._recent
    changed = [f for f in films(600) if f.id not in ("film-3", "film-5")]
    changed[0] = changed[0].model_copy(update={"text": "A robot learns to sing."})
    changed += [film(n, year=5000.0 + n) for n in range(600, 640)]
    await index(tmp_path, changed)
    catalog, rows = await rows_of(tmp_path)
    assert rows._recent._count == 41
    every = [h.item.id for h in await catalog.search_vector(np.ones(16), limit=1000)]
    assert sorted(every) == sorted(f.id for f in changed)
    vector = (await catalog.vectors(["film-639"]))[0]
    for where in ("", NEW, "a_year >= 5000"):
        hits = await catalog.search_vector(vector, where=where, limit=50)
        assert hits[0].score == pytest.approx(1.0, abs=1e-5)
        assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
        assert where == "" or len(hits) == 40
    assert len(await catalog.scan(where=NEW, limit=100)) == 40
    assert await catalog.count(NEW) == 40
    assert [h.item.id for h in await catalog.search_text("sing")] == ["film-0"]


async def test_too_many_new_rows_are_taken_into_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RECENT_LIMIT", 20)
    monkeypatch.setattr(writer, "GRAPH_LIMIT", 620)
    monkeypatch.setattr(settings, "GRAPH_LIMIT", 620)
    await index(tmp_path, films(600))
    _, rows = await rows_of(tmp_path)
    assert not rows._graph
    for size, graph, recent in ((615, False, 15), (630, True, 0), (640, True, 10), (700, True, 0)):
        await index(tmp_path, films(size))
        catalog, rows = await rows_of(tmp_path)
        assert (rows._graph, rows._recent._count) == (graph, recent)
        assert len(await catalog.search_vector(np.ones(16), limit=1000)) == size


async def test_what_is_no_longer_read_is_cleared_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await index(tmp_path, films(600))
    await index(tmp_path, films(610))
    _, rows = await rows_of(tmp_path)
    assert rows._recent._count == 10
    monkeypatch.setattr(writer, "CLEARED_AFTER", timedelta(0))
    monkeypatch.setattr(writer, "KEEP_VERSIONS", timedelta(milliseconds=1))
    await index(tmp_path, films(620))
    catalog, rows = await rows_of(tmp_path)
    assert not rows._recent
    assert len(await catalog.search_vector(np.ones(16), limit=1000)) == 620
    assert len(await rows._table.list_versions()) < 5  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("limit", [0, 10_000])
async def test_all_kinds_of_index_find_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(settings, "GRAPH_LIMIT", limit)
    monkeypatch.setattr(writer, "GRAPH_LIMIT", limit)
    encoder = HashEncoder(64)
    words = [f"word{n}" for n in range(40)]
    rng = np.random.default_rng(0)
    items = [
        Item(id=f"i{n}", title=" ".join(rng.choice(words, 5)), attributes={"year": float(n)})
        for n in range(900)
    ]
    await index(tmp_path, items, encoder=encoder)
    catalog, rows = await rows_of(tmp_path)
    assert rows._graph == (limit == 0)
    vectors = await catalog.vectors([i.id for i in items])
    asked = await encoder.encode([" ".join(rng.choice(words, 4)) for _ in range(30)])
    for where, first in (("", 0), ("a_year >= 450", 450), ("a_year >= 880", 880)):
        exact = np.sort(asked @ vectors[first:].T, axis=1)[:, ::-1][:, :10]
        hits = [await catalog.search_vector(v, where=where, limit=10) for v in asked]
        found = np.array([[h.score for h in row] for row in hits])
        # Many share a score, so that scores are compared, not items.
        assert (found >= exact - 1e-4).mean() > 0.95
