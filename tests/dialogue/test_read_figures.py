"""Figures in a message become conditions, in the way a person means them."""

from __future__ import annotations

import pytest
from tests import toy

from recllm.catalog.vocabulary import Vocabulary
from recllm.dialogue.figures import read_figures
from recllm.dialogue.numbers import number
from recllm.types import Attribute, Kind, Role, Schema

FILM_FIGURES = {
    # Years
    "something from 1994": ["year = 1994"],
    "films before 1980": ["year < 1980"],
    "films after 1980": ["year > 1980"],
    "anything since 2000": ["year >= 2000"],
    "made in 1975": ["year >= 1975", "year <= 1975"],
    "older than 1960 please": ["year < 1960"],
    "newer than 2010": ["year > 2010"],
    "pre-1950 cinema": ["year < 1950"],
    "post-2000 stuff": ["year >= 2000"],
    "from 2010 onwards": ["year >= 2010"],
    "1990 or later": ["year >= 1990"],
    "1990 or earlier": ["year <= 1990"],
    "between 1960 and 1970": ["year >= 1960", "year <= 1970"],
    "from 1960 to 1970": ["year >= 1960", "year <= 1970"],
    "1960-1970": ["year >= 1960", "year <= 1970"],
    "between 1970 and 1960": ["year >= 1960", "year <= 1970"],
    "around 1999": ["year >= 1996", "year <= 2002"],
    "year >= 1990": ["year >= 1990"],
    # Decades and centuries
    "an 80s comedy": ["year >= 1980", "year <= 1989"],
    "a film from the 1980s": ["year >= 1980", "year <= 1989"],
    "something from the '90s": ["year >= 1990", "year <= 1999"],
    "nineties thrillers": ["year >= 1990", "year <= 1999"],
    "the early 2000s": ["year >= 2000", "year <= 2003"],
    "late 60s sci-fi": ["year >= 1966", "year <= 1969"],
    "mid-seventies": ["year >= 1974", "year <= 1976"],
    "before the 1960s": ["year < 1960"],
    "after the 80s": ["year > 1989"],
    "since the 90s": ["year >= 1990"],
    "the 70s or earlier": ["year <= 1979"],
    "the 70s or later": ["year >= 1970"],
    "the 2010s": ["year >= 2010", "year <= 2019"],
    "21st century films": ["year >= 2000", "year <= 2099"],
    # Durations
    "under two hours": ["runtime < 120"],
    "less than 90 minutes": ["runtime < 90"],
    "at most 100 minutes": ["runtime <= 100"],
    "no longer than 100 minutes": ["runtime <= 100"],
    "not longer than an hour and a half": ["runtime <= 90"],
    "longer than 3 hours": ["runtime > 180"],
    "at least 2h": ["runtime >= 120"],
    "90 minutes or less": ["runtime <= 90"],
    "90 min max": ["runtime <= 90"],
    "two hours or more": ["runtime >= 120"],
    "one and a half hours tops": ["runtime <= 90"],
    "under 1.5 hours": ["runtime < 90"],
    "under 1h 30": ["runtime < 90"],
    "under 1 hour and 45 minutes": ["runtime < 105"],
    "max 95 mins": ["runtime <= 95"],
    "I only have an hour": ["runtime <= 60"],
    "we've got two hours": ["runtime <= 120"],
    "about 100 minutes": ["runtime >= 85", "runtime <= 115"],
    "a 100 minute film": ["runtime >= 85", "runtime <= 115"],
    "half an hour at most": ["runtime <= 30"],
    # Two at once
    "an 80s film under 100 minutes": ["year >= 1980", "year <= 1989", "runtime < 100"],
    "after 1970 but before 1990": ["year > 1970", "year < 1990"],
    # Nothing to compare
    "for my 6-year-old": [],
    "my kids are 8 and 10 years old": [],
    "she is turning 40": [],
    "I am 35": [],
    "there are 4 of us": [],
    "give me 3 films": [],
    "something for the two of us": [],
    "": [],
    "the second one": [],
    "twelve angry men": [],
}


def figures(message: str, schema: Schema) -> list[str]:
    return toy.written(
        [f.constraint for f in read_figures(message, schema, Vocabulary.build(schema, ()))]
    )


@pytest.mark.parametrize(("message", "expected"), FILM_FIGURES.items(), ids=lambda v: str(v)[:40])
def test_figures_about_films(message: str, expected: list[str]) -> None:
    assert figures(message, toy.SCHEMA) == expected


BOOKS = Schema(
    noun="book",
    attributes=(
        Attribute(name="published", kind=Kind.DATE, role=Role.YEAR),
        Attribute(name="pages", kind=Kind.NUMBER, role=Role.LENGTH, unit="pages"),
        Attribute(name="price", kind=Kind.NUMBER, role=Role.PRICE, unit="EUR"),
        Attribute(name="rating", kind=Kind.NUMBER, role=Role.RATING),
        Attribute(name="ratings_count", kind=Kind.NUMBER, role=Role.POPULARITY),
    ),
)
BOOK_FIGURES = {
    "under $20": ["price < 20"],
    "less than 15 euros": ["price < 15"],
    "up to 30 dollars": ["price <= 30"],
    "over £100": ["price > 100"],
    "below $1,500": ["price < 1500"],
    "9.99 euros at most": ["price <= 9.99"],
    "around 20 bucks": ["price >= 17", "price <= 23"],
    "under 300 pages": ["pages < 300"],
    "over 500 pages": ["pages > 500"],
    "at least 200 pages": ["pages >= 200"],
    "more than 4 stars": ["rating > 4"],
    "rated above 4.5": ["rating > 4.5"],
    "at least 1000 ratings": ["ratings_count >= 1000"],
    "more than a million ratings": ["ratings_count > 1e+06"],
    "over 10k reviews": ["ratings_count > 10000"],
    "published before 1950": ["published < 1950"],
    "from the 1990s": ["published >= 1990", "published <= 1999"],
    "published in 1984": ["published >= 1984", "published <= 1984"],
    "over 1000 pages": ["pages > 1000"],
    "two hours at most": [],
}


@pytest.mark.parametrize(("message", "expected"), BOOK_FIGURES.items(), ids=lambda v: str(v)[:40])
def test_figures_about_books(message: str, expected: list[str]) -> None:
    assert figures(message, BOOKS) == expected


def test_a_catalogue_without_figures_reads_none() -> None:
    plain = Schema(attributes=(Attribute(name="topic", kind=Kind.CATEGORY, role=Role.GENRE),))
    message = "under two hours, before 1980, under $20, over 300 pages, from the 90s"
    assert figures(message, plain) == []


def test_figures_stand_where_the_message_has_them() -> None:
    message = "a comedy under 90 minutes from the 80s"
    found = read_figures(message, toy.SCHEMA, toy.lexicon().vocabulary)
    assert [message[f.start : f.end].strip() for f in found] == [
        "under 90 minutes",
        "the 80s",
        "the 80s",
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("1,500", 1500), ("1.500", 1500), ("9.99", 9.99), ("9,5", 9.5), ("an", 1),
     ("half an", 0.5), ("ninety", 90), ("Two", 2), ("1,234,567", 1234567)],
)  # fmt: skip
def test_numbers(text: str, value: float) -> None:
    assert number(text) == value


# Through the whole reading: titles with numbers are no years, refused ranges are turned round.
WHOLE = {
    "have you got 1917?": [],
    "something like 2001: A Space Odyssey": [],
    "films like 1917 from the 80s": ["year >= 1980", "year <= 1989"],
    "I loved 12 Angry Men": [],
    "Paddington 2 was great": [],
    "nothing before 2000": ["year >= 2000"],
    "nothing over two hours": ["runtime <= 120"],
    "i never watch anything over two hours": ["runtime <= 120"],
    "i don't watch films that are longer than two hours": ["runtime <= 120"],
    "i have never seen anything over two hours": ["runtime > 120"],
    "nothing longer than 100 minutes": ["runtime <= 100"],
    "not after 1990": ["year <= 1990"],
}


@pytest.mark.parametrize(("message", "expected"), WHOLE.items(), ids=lambda v: str(v)[:40])
def test_figures_in_a_whole_message(message: str, expected: list[str]) -> None:
    wishes = toy.read_message(message).wishes
    assert toy.written([c for c in wishes.where if c.attribute in ("year", "runtime")]) == expected
