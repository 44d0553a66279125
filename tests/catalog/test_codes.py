from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from catalogs import SCHEMA, film, index
from hypothesis import given
from hypothesis import strategies as st

from recllm.catalog import columns, nearest, writer
from recllm.catalog.codes import encoded, parts_of, read_codes
from recllm.catalog.filters import compile_filter
from recllm.catalog.index import Catalog
from recllm.catalog.lookup import Lookup
from recllm.catalog.nearest import ByCodes, Exact
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


@pytest.mark.parametrize(
    ("dimension", "parts"),
    [(1, 1), (11, 11), (64, 64), (256, 64), (384, 64), (768, 128), (1024, 256), (1536, 256)],
)
def test_the_number_of_parts(dimension: int, parts: int) -> None:
    assert parts_of(dimension) == parts


@given(
    rows=st.integers(2, 90), dimension=st.integers(3, 40), seed=st.integers(0, 99),
    limit=st.integers(1, 200),
)  # fmt: skip
def test_vectors_of_any_number_and_length(rows: int, dimension: int, seed: int, limit: int) -> None:
    vectors = clustered(rows, dimension, seed)
    codes = encoded(vectors)
    assert (len(codes), codes.dimension) == (rows, dimension)
    found = codes.nearest(vectors[0], limit).tolist()
    # The one of the least product that there can be may be left out.
    assert len(set(found)) == len(found) >= min(limit, rows - 1)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    vectors = clustered(500, 24)
    codes, path = encoded(vectors), tmp_path / "codes"
    codes.write(path)
    read = read_codes(path)
    path.unlink()
    for vector in vectors[:20]:
        assert read.nearest(vector, 30).tolist() == codes.nearest(vector, 30).tolist()
    with pytest.raises(ValueError, match="holds no codes"):
        read_codes(path)


async def test_the_nearest_are_found_under_any_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "FEW", 300)
    monkeypatch.setattr(nearest, "CANDIDATES", 300)
    vectors = clustered(20_000, 64)
    some, exact = ByCodes(vectors.astype(np.float16), encoded(vectors)), Exact(vectors)
    rng = np.random.default_rng(1)
    against = vectors @ clustered(1, 64)[0] < 0
    masks = [rng.random(len(vectors)) < share for share in (0.5, 0.05, 0.01, 0.0)]
    for mask in (None, against, ~against, *masks):
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
    some = ByCodes(vectors.astype(np.float16), encoded(vectors))
    found = await some.nearest(vectors[0], None, 50)
    assert len(set(found.places.tolist())) == 50
    assert found.scores == pytest.approx(np.ones(50), abs=1e-3)


async def test_vectors_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "FEW", 10)
    vectors = np.zeros((100, 16), dtype=np.float16)
    found = await ByCodes(vectors, encoded(vectors)).nearest(clustered(1, 16)[0], None, 5)
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
        assert isinstance(catalog._state.rows._nearest, ByCodes) == (size > 300)
        assert len(await catalog.search_vector(np.ones(16), limit=1000)) == size
        assert (await catalog.items([f"film-{size - 1}"])).keys() == {f"film-{size - 1}"}


async def test_missing_files_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "FLAT_LIMIT", 300)
    await index(tmp_path, films(400))
    (file,) = (tmp_path / "films").glob("*.codes")
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
