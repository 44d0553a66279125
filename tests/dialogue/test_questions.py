"""Questions about items, and the answers that their records give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.dialogue import answers
from recllm.dialogue.questions import (
    ABOUT,
    facts,
    in_words,
    is_interrogative,
    read_question,
    with_unit,
)
from recllm.types import Attribute, Item, Kind, Role, Schema

FIELDS = {
    "who directed it?": "directors",
    "who's the director?": "directors",
    "who made Alien?": "directors",
    "who is in it?": "cast",
    "who stars in it?": "cast",
    "which actors are in it?": "cast",
    "how long is it?": "runtime",
    "what's the runtime?": "runtime",
    "how many minutes is that": "runtime",
    "when was it made?": "year",
    "what year is it from?": "year",
    "how old is it?": "year",
    "what language is it in?": "languages",
    "which country is it from?": "countries",
    "where is it from?": "countries",
    "where's the first one from?": "countries",
    "where is the second from": "countries",
    "what genre is it?": "genres",
    "what is it about?": ABOUT,
    "tell me more about it": ABOUT,
    "what's the plot?": ABOUT,
    "and who directed it?": "directors",
    "ok, how long is it": "runtime",
    "how much is it?": "",
    "what's its rating?": "",
}
NONE = ["a comedy", "hello", "thanks", "something shorter", "no", "", "directed by Kubrick"]


@pytest.mark.parametrize(("message", "field"), FIELDS.items(), ids=str)
def test_fields(message: str, field: str) -> None:
    question = read_question(message, toy.lexicon())
    assert question is not None
    assert question.field == field


@pytest.mark.parametrize("message", NONE)
def test_no_question(message: str) -> None:
    assert read_question(message, toy.lexicon()) is None


INTERROGATIVE = {
    "who made it": True, "is it long": True, "tell me about it": True, "and when?": True,
    "a comedy?": True, "a comedy": False, "I know who made it": False, "": False,
}  # fmt: skip


@pytest.mark.parametrize(("message", "expected"), INTERROGATIVE.items(), ids=str)
def test_interrogative(message: str, expected: bool) -> None:
    assert is_interrogative(message) is expected


ANSWERS = {
    "who directed it?": "Alien was directed by Ridley Scott.",
    "who is in it?": "Alien stars Sigourney Weaver, Tom Skerritt and John Hurt.",
    "how long is it?": "Alien is 117 minutes long.",
    "what year is it from?": "Alien is from 1979.",
    "what language is it in?": "Alien is in English.",
    "where is it from?": "Alien comes from United Kingdom and United States.",
    "how much is it?": "The record of Alien does not say.",
    "is it scary?": "Yes: Alien is listed under scary.",
    "is it a horror film?": "Yes: Alien is listed under Horror.",
    "is it French?": "Not according to its record: Alien is not listed under France; it is listed "
    "under United Kingdom and United States.",
}


@pytest.mark.parametrize(("message", "expected"), ANSWERS.items(), ids=lambda v: str(v)[:30])
def test_answers_are_read_from_the_record(message: str, expected: str) -> None:
    question = read_question(message, toy.lexicon())
    assert answers.answer(question, [toy.FILMS["alien"]], message, toy.lexicon()) == expected


def test_a_description_has_the_facts_and_the_text() -> None:
    told = answers.describe(toy.FILMS["moon"], toy.SCHEMA)
    assert told.startswith("Moon (Duncan Jones, 2009, 97 minutes, ")
    assert told.endswith(toy.FILMS["moon"].text)


def test_several_items_are_answered_for_each() -> None:
    items = [toy.FILMS["moon"], toy.FILMS["heat"]]
    message = "how long are they?"
    question = read_question(message, toy.lexicon())
    told = answers.answer(question, items, message, toy.lexicon())
    assert told == "Moon is 97 minutes long. Heat is 170 minutes long."


COMPARED = {
    "which is the shortest?": ("Moon", "97 minutes"),
    "which one is the longest?": ("Heat", "170 minutes"),
    "which is the newest?": ("Moon", "2009"),
    "what is the oldest?": ("Alien", "1979"),
}


@pytest.mark.parametrize(("message", "expected"), COMPARED.items(), ids=str)
def test_figures_are_compared_by_code(message: str, expected: tuple[str, str]) -> None:
    items = [toy.FILMS[i] for i in ("heat", "moon", "alien")]
    told, best = answers.compare(items, message, toy.lexicon())
    assert best is not None
    assert told.startswith(f"{expected[0]}, with {expected[1]}")
    assert best.title == expected[0]


def test_a_silent_film_is_not_in_silent() -> None:
    film = Item(id="x", title="Metropolis", attributes={"languages": ("Silent",)})
    said = answers.answer(
        read_question("what language is it in?", toy.lexicon()), [film], "", toy.lexicon()
    )
    assert said == "Metropolis is silent."


def test_what_no_record_says_is_not_compared() -> None:
    schema = Schema(attributes=(Attribute(name="price", kind=Kind.NUMBER, role=Role.PRICE),))
    lexicon = toy.lexicon()._replace(schema=schema)
    told, best = answers.compare([Item(id="a", title="A")], "which is the cheapest?", lexicon)
    assert (told, best) == ("Their records do not say (price).", None)


def test_a_choice_is_explained_by_its_turn() -> None:
    session = toy.after("moon", "alien", message="something in space")
    told = answers.why([toy.FILMS["alien"]], session)
    assert toy.FILMS["alien"].text in told
    assert "“something in space”" in told
    assert "Moon" not in told


def test_what_was_not_recommended_is_not_explained() -> None:
    assert "not recommended" in answers.why([toy.FILMS["heat"]], toy.after("moon"))


COUNTS = {
    "how many films do you have?": "This catalogue holds 42 films.",
    "how many comedies do you have?": "Of 42 films: 12 ",
}


@pytest.mark.parametrize(("message", "expected"), COUNTS.items(), ids=str)
def test_the_catalogue_is_counted(message: str, expected: str) -> None:
    assert answers.about_catalog(message, 42, toy.lexicon()).startswith(expected)


VALUES = [
    (97.0, "97"), (7.5, "7.5"), (12500.0, "12,500"), (True, "yes"), (("a",), "a"),
    (("a", "b", "c"), "a, b and c"), ("x", "x"), ((), ""),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), VALUES, ids=str)
def test_values_in_words(value: object, expected: str) -> None:
    assert in_words(value) == expected


def test_units_and_missing_values() -> None:
    runtime = Attribute(name="runtime", kind=Kind.NUMBER, unit="minutes")
    assert with_unit(toy.FILMS["moon"], runtime) == "97 minutes"
    assert with_unit(Item(id="x", title="X"), runtime) == ""
    assert list(facts(Item(id="x", title="X"), toy.SCHEMA)) == []


@given(st.text(max_size=150))
def test_any_text_is_answered_from_the_record(message: str) -> None:
    question = read_question(message, toy.lexicon())
    assert isinstance(answers.answer(question, [toy.FILMS["moon"]], message, toy.lexicon()), str)
