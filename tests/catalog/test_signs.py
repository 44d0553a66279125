from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from catalogs import SCHEMA, film, index
from hypothesis import given
from hypothesis import strategies as st

from recllm.catalog import columns, nearest, signs, writer
from recllm.catalog.filters import compile_filter
from recllm.catalog.index import Catalog
from recllm.catalog.lookup import Lookup
from recllm.catalog.nearest import BySigns, Exact
from recllm.catalog.signs import Planes, differing, encode, planes, words_of
from recllm.types import Constraint, Item, Op

NEW = compile_filter((Constraint(attribute="year", op=Op.GE, values=(5000,)),), (), SCHEMA)
Vectors = npt.NDArray[np.float32]


def clustered(count: int, dimension: int, seed: int = 0) -> Vectors:
    """Return vectors of unit length about a few centres."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((20, dimension))
    found = centres[rng.integers(20, size=count)] + rng.standard_normal((count, dimension))
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found, dtype=np.float32)


def coded(vectors: Vectors) -> tuple[npt.NDArray[np.uint64], Planes]:
    by = planes(vectors)
    codes = np.zeros((words_of(by), len(vectors)), dtype=np.uint64)
    encode(vectors, by, codes)
    return codes, by


@pytest.mark.parametrize(("dimension", "words"), [(1, 4), (16, 4), (384, 4), (385, 5), (768, 8)])
def test_the_number_of_bits(dimension: int, words: int) -> None:
    vectors = clustered(50, dimension)
    codes, by = coded(vectors)
    assert codes.shape == (words, 50)
    assert (codes == by.bits(vectors).T).all()


@given(
    words=st.integers(1, 9), rows=st.integers(0, 90), seed=st.integers(0, 99),
    at_once=st.sampled_from([7, 64, 10_000]),
)  # fmt: skip
def test_differing_bits_are_counted(words: int, rows: int, seed: int, at_once: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2**64, (words, rows), dtype=np.uint64)
    wanted = codes[:, 0].copy() if rows else rng.integers(0, 2**64, words, dtype=np.uint64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signs, "_SCANNED_AT_ONCE", at_once)
        found = differing(codes, wanted)
    asked = np.unpackbits(wanted.view(np.uint8))
    rows_of = np.ascontiguousarray(codes.T)
    every = [int((np.unpackbits(row.view(np.uint8)) != asked).sum()) for row in rows_of]
    assert found.tolist() == every


async def test_the_nearest_are_found_under_any_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "FEW", 300)
    monkeypatch.setattr(nearest, "CANDIDATES", 300)
    vectors = clustered(20_000, 64)
    codes, by = coded(vectors)
    some, exact = BySigns(vectors.astype(np.float16), codes, by), Exact(vectors)
    rng = np.random.default_rng(1)
    for share in (1.0, 0.5, 0.05, 0.01, 0.0):
        mask = None if share == 1 else rng.random(len(vectors)) < share
        found, right = [], []
        for vector in clustered(30, 64):
            found.append(await some.nearest(vector, mask, 10))
            right.append(await exact.nearest(vector, mask, 10))
        shared = [len({*a.places} & {*b.places}) for a, b in zip(found, right, strict=True)]
        assert sum(shared) >= 0.98 * sum(len(b.places) for b in right)
        for a in found:
            assert mask is None or mask[a.places].all()
            assert (np.diff(a.scores) <= 0).all()


@pytest.mark.parametrize("at_once", [0, 1_000])
async def test_equal_vectors_are_all_found(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(nearest, "AT_ONCE", at_once)
    monkeypatch.setattr(nearest, "FEW", 10)
    monkeypatch.setattr(nearest, "CANDIDATES", 10)
    vectors = np.repeat(clustered(1, 16), 500, axis=0)
    codes, by = coded(vectors)
    found = await BySigns(vectors.astype(np.float16), codes, by).nearest(vectors[0], None, 50)
    assert len(set(found.places.tolist())) == 50
    assert found.scores == pytest.approx(np.ones(50), abs=1e-3)


async def test_vectors_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "FEW", 10)
    vectors = np.zeros((100, 16), dtype=np.float16)
    codes, by = coded(vectors.astype(np.float32))
    found = await BySigns(vectors, codes, by).nearest(clustered(1, 16)[0], None, 5)
    assert found.scores.tolist() == [0] * 5


def test_places_of_numbers() -> None:
    lookup = Lookup.of(np.array([30, 10, 20, 10], dtype=np.uint64))
    wanted = np.array([20, 5, 10, 99, 30], dtype=np.uint64)
    assert lookup.places(wanted).tolist() == [2, -1, 1, -1, 0]
    none = Lookup.of(np.zeros(0, dtype=np.uint64))
    assert none.places(wanted).tolist() == [-1] * 5


def films(count: int) -> list[Item]:
    return [film(n, year=float(n), genres=("Drama",)) for n in range(count)]


async def test_changed_rows_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "FLAT_LIMIT", 300)
    await index(tmp_path, films(600))
    changed = [f for f in films(600) if f.id not in ("film-3", "film-5")]
    changed[0] = changed[0].model_copy(update={"text": "A robot learns to sing."})
    changed += [film(n, year=5000.0 + n) for n in range(600, 640)]
    await index(tmp_path, changed)
    catalog = await Catalog.open(tmp_path, "films")
    every = [h.item.id for h in await catalog.search_vector(np.ones(16), limit=1000)]
    assert sorted(every) == sorted(f.id for f in changed)
    vector = (await catalog.vectors(["film-639"]))[0]
    for where in ("", NEW, "a_year >= 5000"):
        hits = await catalog.search_vector(vector, where=where, limit=50)
        assert hits[0].score == pytest.approx(1.0, abs=1e-3)
        assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
        assert where == "" or len(hits) == 40
    assert len(await catalog.scan(where=NEW, limit=100)) == 40
    assert await catalog.count(NEW) == 40
    assert [h.item.id for h in await catalog.search_text("sing")] == ["film-0"]


async def test_a_catalogue_grows_and_shrinks_over_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "FLAT_LIMIT", 300)
    for size in (200, 400, 250, 500):
        await index(tmp_path, films(size))
        catalog = await Catalog.open(tmp_path, "films")
        assert isinstance(catalog._state.rows._nearest, BySigns) == (size > 300)
        assert len(await catalog.search_vector(np.ones(16), limit=1000)) == size
        assert (await catalog.items([f"film-{size - 1}"])).keys() == {f"film-{size - 1}"}


async def test_missing_files_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "FLAT_LIMIT", 300)
    await index(tmp_path, films(400))
    (file,) = (tmp_path / "films").glob("*.signs")
    file.unlink()
    report = await index(tmp_path, films(400))
    assert (report.added, report.updated, report.encoded) == (0, 0, 0)
    catalog = await Catalog.open(tmp_path, "films")
    assert len(await catalog.search_vector(np.ones(16), limit=5)) == 5


async def test_a_large_table_is_only_written_anew_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "FLAT_LIMIT", 300)
    monkeypatch.setattr(writer, "OUTSIDE_LIMIT", 15)
    await index(tmp_path, films(600))

    async def outside(size: int) -> int:
        await index(tmp_path, films(size))
        catalog = await Catalog.open(tmp_path, "films")
        assert len(await catalog.search_text("robot detective", limit=1000)) == size
        stats = await catalog._state.rows._table.index_stats("id_idx")
        assert stats is not None
        return int(stats.num_unindexed_rows)

    assert [await outside(size) for size in (610, 630, 640)] == [10, 0, 10]
    monkeypatch.setattr(writer, "CLEARED_AFTER", timedelta(0))
    monkeypatch.setattr(writer, "KEEP_VERSIONS", timedelta(milliseconds=1))
    assert await outside(645) == 0
    catalog = await Catalog.open(tmp_path, "films")
    versions = await catalog._state.rows._table.list_versions()  # type: ignore[no-untyped-call]
    assert len(versions) < 5
