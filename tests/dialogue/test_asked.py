"""How many items, in which order, on which columns: what is asked beyond names and figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.catalog.filters import compile_filter, parsed
from recllm.catalog.vocabulary import Vocabulary
from recllm.dialogue.columns import read_booleans, read_compared
from recllm.dialogue.counts import MOST, read_count
from recllm.dialogue.figures import read_figures
from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.moves import given_up
from recllm.types import Attribute, Constraint, Item, Kind, Role, Schema

GAMES = Schema(
    noun="game",
    attributes=(
        Attribute(name="price", kind=Kind.NUMBER, role=Role.PRICE),
        Attribute(name="minutes", kind=Kind.NUMBER, role=Role.DURATION, unit="minutes"),
        Attribute(name="min_players", kind=Kind.NUMBER),
        Attribute(name="max_players", kind=Kind.NUMBER),
        Attribute(name="rating", kind=Kind.NUMBER, role=Role.RATING),
        Attribute(name="pages", kind=Kind.NUMBER, role=Role.LENGTH, unit="pages"),
        Attribute(name="is_solo", kind=Kind.BOOLEAN),
        Attribute(name="style", kind=Kind.CATEGORY, role=Role.GENRE),
    ),
)
FIGURES = {
    "between $10 and $20": ["price >= 10", "price <= 20"],
    "$20-30": ["price >= 20", "price <= 30"],
    "20 to 30 euros": ["price >= 20", "price <= 30"],
    "price between 30 and 20": ["price >= 20", "price <= 30"],
    "10-15 minutes": ["minutes >= 10", "minutes <= 15"],
    "one to two hours": ["minutes >= 60", "minutes <= 120"],
    "a quarter of an hour at most": ["minutes <= 15"],
    "under an hour and forty": ["minutes < 100"],
    "for 5 players": ["min_players <= 5", "max_players >= 5"],
    "at least 6 players": ["max_players >= 6"],
    "rated between 7 and 8": ["rating >= 7", "rating <= 8"],
    "pages between 100 and 200": ["pages >= 100", "pages <= 200"],
    "between you and me": [],
    "9 to 5": [],
}
COUNTS = {
    "give me two": 2,
    "Show me three comedies": 3,
    "just one film please": 1,
    "ok now three more": 3,
    "a couple of westerns": 2,
    "find me a couple of westerns": 2,
    "the three most recent ones": 3,
    "show me 500": MOST,
    "under two hours": 0,
    "for two people": 0,
    "give me two hours of fun": 0,
    "number one": 0,
    "the second one": 0,
    "rated 4 stars": 0,
    "": 0,
}


@pytest.mark.parametrize(("message", "expected"), FIGURES.items(), ids=str)
def test_ranges(message: str, expected: list[str]) -> None:
    read = read_figures(message, GAMES, Vocabulary())
    assert toy.written([f.constraint for f in read]) == expected


@pytest.mark.parametrize(("message", "expected"), COUNTS.items(), ids=str)
def test_how_many_are_asked_for(message: str, expected: int) -> None:
    read = toy.read_message(message)
    assert read_count(message, read.wishes.figures) == expected


@pytest.mark.parametrize(
    ("message", "op"), [("solo games", "="), ("nothing solo", "!="), ("not a solo game", "!=")]
)
def test_a_yes_or_no_column_is_called_by_its_name(message: str, op: str) -> None:
    (read,) = read_booleans(message, GAMES)
    assert (read.constraint.attribute, read.constraint.op.value) == ("is_solo", op)
    assert read.constraint.values == (True,)


def test_any_column_can_be_compared_with_what_was_shown() -> None:
    shown = [Item(id="a", title="A", attributes={"pages": 120.0})]
    (more,) = read_compared("more pages than the last one", shown, GAMES)
    (less,) = read_compared("fewer pages than that", shown, GAMES)
    assert toy.written([more.constraint, less.constraint]) == ["pages > 120", "pages < 120"]
    assert not list(read_compared("more pages than 300", shown, GAMES))


@pytest.mark.parametrize(
    ("message", "columns"),
    [
        ("any price is fine", ("price",)),
        ("never mind the style", ("style",)),
        ("doesn't matter how long", ("minutes", "pages")),
        ("any good games", ()),
    ],
)
def test_conditions_are_dropped_by_the_name_of_their_column(
    message: str, columns: tuple[str, ...]
) -> None:
    assert given_up(message, GAMES) == columns


@pytest.mark.parametrize(
    ("message", "what"),
    [
        ("under 10 dollars", "prices"),
        ("at least 4 stars", "ratings"),
        ("more than 300 pages", "page counts"),
        ("under two hours", ""),
        ("a film with four stars in the sky", "ratings"),
    ],
)
def test_what_no_column_tells_is_said(message: str, what: str) -> None:
    lacking = toy.read_message(message).lacking
    assert [lack.what for lack in lacking] == ([what] if what else [])


def test_the_extreme_is_an_order_and_no_condition() -> None:
    wishes = toy.read_message("the two oldest comedies you have").wishes
    assert wishes.order == "year"
    assert toy.written(wishes.where) == ["genres = Comedy"]
    assert toy.read_message("show me the three longest films").wishes.order == "-runtime"
    assert toy.read_message("which of these is the longest?").wishes.order == ""


_SAID = """under over about between from to and or not no nothing any 10 90 1990 80s two hours
minutes dollars $ pages stars players comedy horror french in by hitchcock the first than shorter
more solo cheap recent rated rating style price give me Zorblax"""
_WORDS = st.sampled_from(_SAID.split())


@given(st.lists(_WORDS, max_size=12).map(" ".join) | st.text(max_size=60))
def test_conditions_name_columns_of_the_schema_with_values_of_their_kind(message: str) -> None:
    games = Lexicon.of(GAMES, Vocabulary())
    read = [f.constraint for f in read_figures(message, GAMES, games.vocabulary)]
    read += [f.constraint for f in read_booleans(message, GAMES)]
    executed(read, GAMES)
    executed(toy.read_message(message).wishes.where, toy.SCHEMA)


def executed(where: list[Constraint] | tuple[Constraint, ...], schema: Schema) -> None:
    """Compile every condition, which fails where a column or a value does not fit."""
    for constraint in where:
        attribute = schema.get(constraint.attribute)
        assert attribute is not None
        assert compile_filter((constraint,), (), schema)
        assert all(parsed(v, attribute) is not None for v in constraint.values)


async def test_a_comparison_that_no_column_tells_is_said_to_be_one() -> None:
    talker = await toy.recommender()
    session = await talker.reply(toy.new_session(), "a comedy")
    session = await talker.reply(session, "cheaper than the second one?")
    assert session.turns[-1].reply == (
        "The records here do not give prices, so I cannot go by “cheaper”."
    )
