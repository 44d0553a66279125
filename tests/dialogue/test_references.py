"""What "the second one", "the Kubrick one" and "that" mean of the slate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.dialogue.references import find_references, title_in
from recllm.types import Attribute, Item, Kind, Role, Schema, State

SLATE = ("shining", "alien", "amelie", "moon")
REFERENCES = {
    # By number
    "the second one": "alien",
    "the 2nd": "alien",
    "number 2": "alien",
    "number two": "alien",
    "#3": "amelie",
    "2": "alien",
    "2 and 3": "alien amelie",
    "what about 4?": "moon",
    "option 1": "shining",
    "The FIRST one!": "shining",
    "the last one": "moon",
    "the last two": "amelie moon",
    "the first two": "shining alien",
    "the first three": "shining alien amelie",
    "the third and the fourth": "amelie moon",
    "who directed the second and the third?": "alien amelie",
    # By a word of the record
    "the Kubrick one": "shining",
    "the French one": "amelie",
    "the one with Sigourney Weaver": "alien",
    "the one about the miner": "moon",
    "the scary one": "shining",
    "that hotel one": "shining",
    # By comparison
    "the oldest": "alien",
    "the shortest one": "moon",
    "the longest": "shining",
    "the newest one please": "moon",
    # All of them
    "all of them": "shining alien amelie moon",
    "none of these": "shining alien amelie moon",
    "I've seen them all": "shining alien amelie moon",
    # The one in front
    "that one": "shining",
    "how long is it?": "shining",
    "the film": "shining",
    # Nothing
    "the fifth one": "",
    "number 9": "",
    "the best one": "",
    "the other one": "",
    "something that makes me laugh": "",
    "a second chance": "",
    "my first love": "",
    "the second world war": "",
    "for two": "",
    "": "",
}


def referred(message: str, slate: tuple[str, ...] = SLATE, focus: str = "") -> list[str]:
    items = [toy.FILMS[i] for i in slate]
    found = find_references(message, items, toy.FILMS.get(focus), toy.SCHEMA)
    return [i for reference in found for i in reference.ids]


@pytest.mark.parametrize(("message", "ids"), REFERENCES.items(), ids=str)
def test_references(message: str, ids: str) -> None:
    assert referred(message) == ids.split()


@pytest.mark.parametrize("message", ["how long is it?", "that one", "tell me about that film"])
def test_it_is_what_was_spoken_of(message: str) -> None:
    assert referred(message, focus="moon") == ["moon"]


@pytest.mark.parametrize(
    "message", ["the second one", "that one", "2", "all of them", "the oldest"]
)
def test_without_a_slate_nothing_is_meant(message: str) -> None:
    assert referred(message, slate=()) == []


MISSING = {
    "the fifth one": True, "number 9": True, "#0": True, "7": True, "the second one": False,
    "99 and 1": False,
}  # fmt: skip


@pytest.mark.parametrize(("message", "missing"), MISSING.items(), ids=str)
def test_numbers_that_the_slate_does_not_have(message: str, missing: bool) -> None:
    assert toy.read_message(message, toy.after(*SLATE)).missing is missing


def test_one_item_slates() -> None:
    assert referred("the last one", slate=("moon",)) == ["moon"]
    assert referred("the first one", slate=("moon",)) == ["moon"]
    assert referred("the second one", slate=("moon",)) == []


READ = {
    "I've seen the second one": {"seen": "alien"},
    "I've seen the first two": {"seen": "shining alien"},
    "I didn't like the second": {"rejected": "alien"},
    "not the second one": {"rejected": "alien"},
    "none of these": {"rejected": "shining alien amelie moon"},
    "no": {"rejected": "shining alien amelie moon"},
    "I've seen them all": {"seen": "shining alien amelie moon"},
    "more like the third": {"similar_to": "amelie"},
    "something like the Kubrick one": {"similar_to": "shining"},
    "who directed the first one?": {},
}


@pytest.mark.parametrize(("message", "expected"), READ.items(), ids=lambda v: str(v)[:40])
def test_what_is_done_with_references(message: str, expected: dict[str, str]) -> None:
    reading = toy.read_message(message, toy.after(*SLATE))
    found = {n: " ".join(getattr(reading, n)) for n in ("seen", "rejected", "similar_to")}
    assert {name: ids for name, ids in found.items() if ids} == expected


RELATIVE = {
    "something shorter": "runtime < 97",
    "anything older?": "year < 1979",
    "something newer": "year > 2009",
    "longer please": "runtime > 144",
    "older than the second one": "year < 1979",
    "the third one but shorter": "runtime < 122",
    "like Heat but shorter": "runtime < 170",
    "shorter than 90 minutes": "runtime < 90",
}


@pytest.mark.parametrize(("message", "condition"), RELATIVE.items(), ids=str)
def test_comparisons_with_the_slate(message: str, condition: str) -> None:
    reading = toy.read_message(message, toy.after(*SLATE))
    assert toy.written(reading.wishes.where) == [condition]


def test_comparisons_with_what_was_spoken_of() -> None:
    session = toy.after(*SLATE, state=State(focus="amelie"))
    where = toy.read_message("that but shorter", session).wishes.where
    assert toy.written(where) == ["runtime < 122"]
    assert where[0].relative


def test_prices_and_ratings_are_compared_too() -> None:
    schema = Schema(attributes=(Attribute(name="price", kind=Kind.NUMBER, role=Role.PRICE),))
    items = [Item(id=i, title=i, attributes={"price": p}) for i, p in (("a", 9.5), ("b", 3.0))]
    found = find_references("the cheapest", [*items, Item(id="c", title="c")], None, schema)
    assert [r.ids for r in found] == [("b",)]


def test_titles_in_a_text() -> None:
    items = [toy.FILMS[i] for i in ("shining", "m", "amelie", "thing")]
    assert [i.id for i in title_in("Shining beats amelie", items)] == ["shining", "amelie"]


@given(st.text(max_size=120))
def test_any_text_refers_only_to_the_slate(message: str) -> None:
    assert set(referred(message)) <= set(SLATE)
