from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from catalogs import BARE, ENCODER, FILMS, GENERAL, MOON, SCHEMA, film, index, opened

from recllm.catalog import columns, nearest
from recllm.catalog.document import document, search_text
from recllm.catalog.filters import compile_filter
from recllm.catalog.index import Catalog
from recllm.catalog.nearest import ByCodes
from recllm.errors import CatalogError, UnknownCatalogError
from recllm.types import Attribute, Constraint, Kind, Op, Role, Schema

COMEDY = compile_filter((Constraint(attribute="genres", op=Op.EQ, values=("Comedy",)),), (), SCHEMA)


@pytest.fixture(params=["resident", "mapped", "mapped, by codes"])
async def catalog(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Catalog:
    if request.param != "resident":
        monkeypatch.setattr(columns, "FLAT_LIMIT", 0)
    if request.param == "mapped, by codes":
        monkeypatch.setattr(nearest, "FEW", 0)
        monkeypatch.setattr(nearest, "CANDIDATES", 1)
        monkeypatch.setattr(nearest, "A_HIT", 1)
    found = await opened(tmp_path)
    assert isinstance(found._state.rows._nearest, ByCodes) == (request.param != "resident")
    return found


async def test_what_it_says_of_itself(catalog: Catalog) -> None:
    assert (catalog.name, catalog.size, catalog.schema) == ("films", 3, SCHEMA)
    assert catalog.encoder_name == ENCODER.name
    assert dict(catalog.vocabulary.values("country")) == {"United Kingdom": 1, "United States": 1}


async def test_items_by_id(catalog: Catalog) -> None:
    found = await catalog.items(["the-general-1926", "nobody's", "moon-2009"])
    assert list(found.items()) == [("the-general-1926", GENERAL), ("moon-2009", MOON)]
    assert await catalog.items([]) == {}


async def test_words(catalog: Catalog) -> None:
    hits = await catalog.search_text("the stolen locomotive")
    assert [h.item for h in hits] == [GENERAL]
    assert hits[0].score > 0
    assert [h.item for h in await catalog.search_text("science fiction 2009")] == [MOON]
    assert [h.item for h in await catalog.search_text("amelie")] == [BARE]
    assert [h.item for h in await catalog.search_text("miner locomotive", where=COMEDY)] == [
        GENERAL
    ]
    assert len(await catalog.search_text("alone locomotive robot", limit=1)) == 1


@pytest.mark.parametrize(
    "text", ["", "   ", "\0", "the of", "💥", "'\"(:*) AND -x^2 ~", "a" * 9000]
)
async def test_any_text_may_be_searched(catalog: Catalog, text: str) -> None:
    assert await catalog.search_text(text) == []


async def test_vectors(catalog: Catalog) -> None:
    vectors = await catalog.vectors(["moon-2009", "bare", "moon-2009"])
    assert vectors.shape == (3, ENCODER.dimension)
    hits = await catalog.search_vector(vectors[0])
    assert hits[0].item == MOON
    assert hits[0].score == pytest.approx(1.0, abs=1e-5)
    assert len(hits) == 3
    assert [h.item for h in await catalog.search_vector(vectors[0], where=COMEDY)] == [GENERAL]
    assert len(await catalog.search_vector(vectors[0], limit=2)) == 2
    assert (await catalog.vectors([])).shape == (0, ENCODER.dimension)


async def test_vectors_that_cannot_be_searched(catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match=r"a vector of length 3 .* of 16"):
        await catalog.search_vector([1, 2, 3])
    with pytest.raises(CatalogError, match="no item 'x'"):
        await catalog.vectors(["x"])
    assert await catalog.search_vector(np.zeros(16)) == []
    assert await catalog.search_vector(np.full(16, np.nan)) == []


async def test_scan_and_count(catalog: Catalog) -> None:
    everything = await catalog.scan()
    assert {i.id for i in everything} == {i.id for i in FILMS}
    assert await catalog.scan() == everything
    assert await catalog.scan(limit=2) == everything[:2]
    assert await catalog.scan(where=COMEDY) == [GENERAL]
    assert await catalog.scan(limit=0) == []
    assert (await catalog.count(), await catalog.count(COMEDY)) == (3, 1)


async def test_which_of_some_satisfy_a_condition(catalog: Catalog) -> None:
    ids = ["the-general-1926", "nobody's", "moon-2009", "bare"]
    assert await catalog.satisfying(ids) == ["the-general-1926", "moon-2009", "bare"]
    assert await catalog.satisfying(ids, COMEDY) == ["the-general-1926"]
    assert await catalog.satisfying([], COMEDY) == []


async def test_a_condition_that_is_none(catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match="'nonsense = '"):
        await catalog.search_text("moon", where="nonsense = ")
    with pytest.raises(CatalogError, match="a_missing"):
        await catalog.count("a_missing = 1")


async def test_the_popular_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = Schema(attributes=(Attribute(name="v", kind=Kind.NUMBER, role=Role.POPULARITY),))
    items = [film(0, v=5.0), film(1), film(2, v=50.0), film(3, v=0.5)]
    for limit in (100, 0):
        monkeypatch.setattr(columns, "FLAT_LIMIT", limit)
        await index(tmp_path, items, schema=schema)
        catalog = await Catalog.open(tmp_path, "films")
        order = [i.id for i in await catalog.scan()]
        assert order == ["film-2", "film-0", "film-3", "film-1"]


async def test_words_under_a_rare_condition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More is asked for until the rows that satisfy the condition are found."""
    monkeypatch.setattr("recllm.catalog.searched.ASKED_FOR", 2)
    many = [film(n, year=float(n)) for n in range(60)]
    catalog = await opened(tmp_path, many)
    late = compile_filter((Constraint(attribute="year", op=Op.GE, values=(55,)),), (), SCHEMA)
    found = await catalog.search_text("robot dance", where=late, limit=3)
    assert {h.item.id for h in found} == {"film-55", "film-57", "film-59"}


async def test_conditions_are_remembered_up_to_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recllm.catalog.searched.REMEMBERED", 2)
    catalog = await opened(tmp_path)
    for year in (1900, 1950, 2000, 1900):
        assert await catalog.count(f"a_year > {year}") == (2 if year == 1900 else 1)


async def test_unknown_catalogues(tmp_path: Path) -> None:
    with pytest.raises(
        UnknownCatalogError, match=r"\(there: none yet\); make it with: recllm index"
    ):
        await Catalog.open(tmp_path, "films")
    await index(tmp_path)
    with pytest.raises(UnknownCatalogError, match=r"no catalogue 'flims' .*\(there: films\)"):
        await Catalog.open(tmp_path, "flims")
    with pytest.raises(CatalogError, match="cannot be a catalogue's name"):
        await Catalog.open(tmp_path, "../films")


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "cannot be read"), ('{"format": 99}', "another version"), ('{"format": 1}', "damaged")],
)
async def test_damaged_catalogues(tmp_path: Path, content: str, message: str) -> None:
    await index(tmp_path)
    (tmp_path / "films" / "current.json").write_text(content, "utf-8")
    with pytest.raises(CatalogError, match=message):
        await Catalog.open(tmp_path, "films")


async def test_a_table_that_is_gone(tmp_path: Path) -> None:
    await index(tmp_path)
    pointer = tmp_path / "films" / "current.json"
    manifest = json.loads(pointer.read_text("utf-8")) | {"table": "items-9"}
    pointer.write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(CatalogError, match=r"damaged .* 'recllm catalog remove films'"):
        await Catalog.open(tmp_path, "films")


def test_documents() -> None:
    assert document(MOON, SCHEMA) == (
        "Moon (2009). Drama, Science fiction. United Kingdom. "
        "A lone miner on the far side of the Moon finds that he is not alone."
    )
    assert search_text(MOON, SCHEMA).splitlines()[:2] == ["Moon", "2009"]
    assert len(document(MOON.model_copy(update={"text": "word " * 9000}), SCHEMA)) <= 1000
    assert document(BARE, SCHEMA) == BARE.title
