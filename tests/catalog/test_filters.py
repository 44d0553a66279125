from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import lancedb
import numpy as np
import pytest
from catalogs import BARE, FILMS, GENERAL, MOON, SCHEMA, opened
from hypothesis import given, settings
from hypothesis import strategies as st

from recllm.catalog.arrays import read_arrays, write_arrays
from recllm.catalog.columns import to_table
from recllm.catalog.columns_held import HeldColumns, held
from recllm.catalog.filters import compile_filter, holds
from recllm.errors import CatalogError
from recllm.types import Attribute, Constraint, Item, Kind, Op, Schema

C = Constraint


def where(attribute: str, op: str, *values: str | float | bool) -> Constraint:
    return C(attribute=attribute, op=Op(op), values=values)


@pytest.mark.parametrize(
    ("constraint", "passing"),
    [
        (where("year", "=", 2009), [MOON]),
        (where("year", "=", "2009"), [MOON]),
        (where("year", "!=", 2009), [GENERAL, BARE]),
        (where("year", "<", 1950), [GENERAL]),
        (where("year", ">=", 1926), [MOON, GENERAL]),
        (where("released", "=", 2009), [MOON]),
        (where("released", "=", "2009-07"), [MOON]),
        (where("released", "=", "2009-07-17"), [MOON]),
        (where("released", "=", "2009-07-18"), []),
        (where("released", "<", 2009), [GENERAL]),
        (where("released", "<=", 2009), [MOON, GENERAL]),
        (where("released", ">", 2009), []),
        (where("released", ">", "2009-07-16"), [MOON]),
        (where("released", ">=", 1926), [MOON, GENERAL]),
        (where("released", "!=", 1926), [MOON, BARE]),
        (where("silent", "=", True), [GENERAL]),
        (where("silent", "=", "no"), [MOON]),
        (where("silent", "!=", True), [MOON, BARE]),
        (where("country", "=", "United Kingdom", "France"), [MOON]),
        (where("country", "!=", "United Kingdom"), [GENERAL, BARE]),
        (where("genres", "=", "Drama", "War"), [MOON, GENERAL]),
        (where("genres", "!=", "Drama"), [GENERAL, BARE]),
        (where("Tag line", "=", "HARDEST thing"), [MOON]),
        (where("Tag line", "=", "100%"), []),
        (where("Tag line", "!=", "miles"), [GENERAL, BARE]),
        (where("year", "="), []),
        (where("year", "!="), [MOON, GENERAL, BARE]),
    ],
)
async def test_semantics(tmp_path: Path, constraint: Constraint, passing: list[Item]) -> None:
    assert [f for f in FILMS if holds(f, constraint, SCHEMA)] == passing
    catalog = await opened(tmp_path)
    found = await catalog.scan(where=compile_filter((constraint,), (), SCHEMA))
    assert {f.id for f in found} == {f.id for f in passing}


async def test_exclusion_and_conjunction(tmp_path: Path) -> None:
    catalog = await opened(tmp_path)
    some = compile_filter((where("year", ">", 1900),), ["moon-2009", "it's"], SCHEMA)
    assert [f.id for f in await catalog.scan(where=some)] == ["the-general-1926"]
    assert compile_filter((), (), SCHEMA) == ""


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        (where("director", "=", "x"), "no attribute 'director'; this catalogue has: year, rel"),
        (where("a_year = 1 OR 1", "=", 1), "no attribute"),
        (where("genres", "<", "x"), "'genres' is a list and has no order"),
        (where("year", "=", "soon"), "'year' is a number; 'soon' is not one"),
        (where("released", "<", "soon"), "'released' is a date; 'soon' is not one"),
        (where("released", "=", "2009-02-30"), "no such date '2009-02-30'"),
        (where("released", "=", "2009-13"), "no such date"),
        (where("silent", "=", "maybe"), "true or false"),
    ],
)
def test_conditions_that_make_no_sense(constraint: Constraint, message: str) -> None:
    with pytest.raises(CatalogError, match=message):
        compile_filter((constraint,), (), SCHEMA)
    with pytest.raises(CatalogError, match=message):
        holds(MOON, constraint, SCHEMA)


@pytest.mark.parametrize(
    "value", ["' OR 1=1 --", "x'); DROP TABLE items; --", "\\'", "%", "_", "\0"]
)
async def test_injection(tmp_path: Path, value: str) -> None:
    catalog = await opened(tmp_path)
    for attribute in ("country", "genres", "Tag line"):
        assert await catalog.count(compile_filter((where(attribute, "=", value),), (), SCHEMA)) == 0
    assert await catalog.count(compile_filter((), [value], SCHEMA)) == len(FILMS)


# ── The table and Python agree, whatever the items and the conditions ────────────────────────

NAMES = st.one_of(
    st.sampled_from(["a", "A", "b", "it's", "100%", "a_b", "\\", "ß", "İ", "Σας", "é"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
)
NUMBERS = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 1990.0, 1e20, -1e-9, 0.1]),
    st.floats(allow_nan=False, allow_infinity=False),
)
DATES = st.one_of(
    st.dates().filter(lambda d: d.year >= 1000).map(lambda d: d.isoformat()),
    st.sampled_from(["1990", "1990-05", "1990-12-31", "1991-01-01", "9999-12-31", "9999"]),
)
VALUES = {
    Kind.NUMBER: NUMBERS,
    Kind.DATE: DATES,
    Kind.BOOLEAN: st.booleans(),
    Kind.CATEGORY: NAMES,
    Kind.TEXT: NAMES,
}
KINDS = Schema(attributes=tuple(Attribute(name=f"{k} '{n}'", kind=k) for n, k in enumerate(Kind)))


def attribute_values(attribute: Attribute) -> st.SearchStrategy[object]:
    if attribute.kind == Kind.LIST:
        return st.lists(NAMES, max_size=3).map(tuple)
    return VALUES[attribute.kind]


@st.composite
def items(draw: st.DrawFn) -> Item:
    values = {a.name: draw(attribute_values(a)) for a in KINDS.attributes if draw(st.booleans())}
    return Item.model_validate({"id": "x", "title": "t", "attributes": values})


@st.composite
def constraints(draw: st.DrawFn) -> Constraint:
    attribute = draw(st.sampled_from(KINDS.attributes))
    ordered = attribute.kind in (Kind.NUMBER, Kind.DATE)
    op = draw(st.sampled_from(list(Op) if ordered else [Op.EQ, Op.NE]))
    wanted = NAMES if attribute.kind == Kind.LIST else VALUES[attribute.kind]
    if attribute.kind == Kind.DATE:
        wanted = st.one_of(wanted, st.integers(1, 9999).map(float))
    values = draw(st.lists(wanted, max_size=2).map(tuple))
    return C(attribute=attribute.name, op=op, values=values)


@settings(max_examples=40)
@given(st.lists(items(), min_size=1, max_size=8), st.lists(constraints(), min_size=1, max_size=12))
def test_the_table_and_python_agree(some: list[Item], conditions: list[Constraint]) -> None:
    named = [i.model_copy(update={"id": str(n)}) for n, i in enumerate(some)]
    with tempfile.TemporaryDirectory() as directory:
        found = asyncio.run(executed(directory, named, conditions))
    for condition, ids in zip(conditions, found, strict=True):
        assert ids == {i.id for i in named if holds(i, condition, KINDS)}, condition


async def executed(
    directory: str, some: list[Item], conditions: list[Constraint]
) -> list[set[str]]:
    vectors = np.ones((len(some), 2), dtype=np.float32)
    rows = to_table(some, ["" for _ in some], vectors, KINDS)
    table = await (await lancedb.connect_async(directory)).create_table("t", rows)
    in_memory = held(rows, KINDS)
    path = Path(directory) / "arrays"
    write_arrays(path, in_memory)
    columns = [HeldColumns(a, KINDS, len(rows)) for a in (in_memory, read_arrays(path))]
    found = []
    for condition in conditions:
        sql = compile_filter((condition,), (), KINDS)
        ids = (await table.query().select(["id"]).where(sql).to_arrow())["id"].to_pylist()
        found.append(set(ids))
        for column in columns:
            mask = column.mask((condition,))
            assert {i.id for i, fits in zip(some, mask, strict=True) if fits} == set(ids), condition
    return found
