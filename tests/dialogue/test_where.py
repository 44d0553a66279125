"""A model's conditions, made executable with the catalogue's own words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.catalog.filters import compile_filter
from recllm.dialogue.where import resolve_where

LINES = {
    "year >= 1990": "year >= 1990",
    "year>=1990": "year >= 1990",
    "Year ≥ 1990": "year >= 1990",
    "year = 1990": "year = 1990",
    "year: 1990": "year = 1990",
    "runtime <= 1,200 minutes": "runtime <= 1200",
    "runtime < 120 min": "runtime < 120",
    "year != 1990 | 1991": "year != 1990 | 1991",
    # Misspelt and differently written columns
    "genre = Comedy": "genres = Comedy",
    "Genres = comedy": "genres = Comedy",
    "genrs = Comedy": "genres = Comedy",
    "language = French": "languages = French",
    "director = Stanley Kubrick": "directors = Stanley Kubrick",
    # Misspelt values
    "genres = Commedy": "genres = Comedy",
    "genres = science-fiction": "genres = Science fiction",
    "directors = Stanly Kubrick": "directors = Stanley Kubrick",
    "cast = Sandra Huller": "cast = Sandra Hüller",
    'genres = "Horror"': "genres = Horror",
    "genres = Comedy | Romance": "genres = Comedy | Romance",
    "genres = Comedy | Comedy": "genres = Comedy",
    "genres = Comedy | Opera": "genres = Comedy",
    "genres != Horror": "genres != Horror",
    # What the catalogue cannot execute
    "genres = Opera": None,
    "budget < 1000000": None,
    "genres > Comedy": None,
    "year >= soon": None,
    "year": None,
    "= 1990": None,
    "not seen": None,
    "": None,
    "year >= ": None,
    "year >= ²": None,
    "; DROP TABLE items": None,
}


@pytest.mark.parametrize(("line", "expected"), LINES.items(), ids=lambda v: str(v)[:40])
def test_lines(line: str, expected: str | None) -> None:
    found = resolve_where(line, toy.lexicon())
    assert (toy.written([found])[0] if found else None) == expected


@given(st.text(max_size=80) | st.from_regex(r"(year|runtime|genres) ?(<=|=|!=|>) ?.{0,30}"))
def test_any_line_can_be_executed_or_is_none(line: str) -> None:
    found = resolve_where(line, toy.lexicon())
    assert found is None or compile_filter((found,), (), toy.SCHEMA)
