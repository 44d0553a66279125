"""A slate with variety, and the words that code finds for a choice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests import toy

from recllm.ranking.evidence import check
from recllm.ranking.explanation import explain
from recllm.ranking.grounding import Grounder, Grounds
from recllm.ranking.records import record_line, wish_lines
from recllm.ranking.variety import spread
from recllm.types import Concept, Item, Schema, State

KUBRICK = toy.where("directors", "=", "Stanley Kubrick")
ORDER = ("shining", "2001", "lyndon", "moon", "alien", "sunrise", "sunset")
SPREAD: list[tuple[State, int, Sequence[str]]] = [
    # Each creator once as long as there are others
    (State(), 3, ("shining", "moon", "alien")),
    (State(), 4, ("shining", "moon", "alien", "sunrise")),
    # ... then again, best first
    (State(), 6, ("shining", "moon", "alien", "sunrise", "2001", "lyndon")),
    (State(), 10, ("shining", "moon", "alien", "sunrise", "2001", "lyndon", "sunset")),
    # ... unless one was asked for
    (State(where=(KUBRICK,)), 3, ("shining", "2001", "lyndon")),
    (State(), 0, ()),
]


@pytest.mark.parametrize(("state", "size", "expected"), SPREAD, ids=str)
def test_each_creator_once(state: State, size: int, expected: Sequence[str]) -> None:
    rows = [(c, check(c.item, state, toy.SCHEMA), c.score) for c in toy.candidates(*ORDER)]
    chosen = spread(rows, state, toy.SCHEMA, size)
    assert [row[0].item.id for row in chosen] == list(expected)


def test_what_is_refused_is_left_out() -> None:
    state = State(concepts=(Concept(text="scary", sign=-1, attribute="tags"),))
    rows = [(c, check(c.item, state, toy.SCHEMA), c.score) for c in toy.candidates(*ORDER)]
    ids = {row[0].item.id for row in spread(rows, state, toy.SCHEMA, 9)}
    assert not ids & {"shining", "alien"}


def test_a_catalogue_without_creators() -> None:
    rows = [(c, check(c.item, State(), Schema()), c.score) for c in toy.candidates(*ORDER)]
    assert len(spread(rows, State(), Schema(), 3)) == 3


# ── Checks ───────────────────────────────────────────────────────────────────────────────────

WISH = State(
    wants="something scary in space",
    concepts=(
        Concept(text="scary", attribute="tags", words="scary"),
        Concept(text="space", attribute="tags", words="space"),
        Concept(text="dogs", sign=-1),
    ),
    where=(toy.where("runtime", "<", 120.0), toy.where("genres", "!=", "Comedy")),
)


def test_checks() -> None:
    alien, moon, thing = (check(toy.FILMS[i], WISH, toy.SCHEMA) for i in ("alien", "moon", "thing"))
    assert [e.value for e in alien.met] == ["scary", "space"]
    assert alien.share == 1
    assert moon.missed == ("scary",)
    assert moon.share == 0.5
    assert thing.refused == ("dogs",)
    assert [c.attribute for c in alien.held] == ["runtime"]
    assert alien.failed == ()
    paris = check(toy.FILMS["paris"], WISH, toy.SCHEMA)
    assert [c.attribute for c in paris.failed] == ["runtime"]


def test_words_that_mean_the_same_are_alternatives() -> None:
    state = State(
        concepts=(
            Concept(text="melancholy", attribute="tags", words="sad"),
            Concept(text="tear-jerker", attribute="tags", words="sad"),
        )
    )
    assert check(toy.FILMS["lost"], state, toy.SCHEMA).share == 1
    assert check(toy.FILMS["up"], state, toy.SCHEMA).share == 1
    assert check(toy.FILMS["speed"], state, toy.SCHEMA).missed == ("sad",)


def test_what_is_shared_with_an_example() -> None:
    found = check(toy.FILMS["sunset"], State(), toy.SCHEMA, [toy.FILMS["sunrise"]])
    values = {e.value for e in found.shared}
    assert {"Richard Linklater", "Ethan Hawke", "romantic", "Romance"} <= values


# ── Explanations ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", [0, 1])
def test_an_explanation_names_what_was_asked_for(seed: int) -> None:
    alien = toy.FILMS["alien"]
    told = explain(alien, check(alien, WISH, toy.SCHEMA), (), toy.SCHEMA, seed)
    assert "cary and space" in told.text
    assert "117 minutes long" in told.text
    assert {e.value for e in told.evidence} >= {"scary", "space", "117"}


def test_an_explanation_names_the_example() -> None:
    sunset, sunrise = toy.FILMS["sunset"], toy.FILMS["sunrise"]
    checks = check(sunset, State(), toy.SCHEMA, [sunrise])
    told = explain(sunset, checks, [sunrise], toy.SCHEMA, 0)
    assert told.text.startswith("Shares with Before Sunrise: ")


def test_an_item_without_a_record_is_explained() -> None:
    bare = Item(id="x", title="X")
    told = explain(bare, check(bare, State(), toy.SCHEMA), (), toy.SCHEMA, 0)
    assert told.evidence == ()


@pytest.mark.parametrize("film", list(toy.FILMS))
def test_every_explanation_by_code_is_grounded(film: str) -> None:
    grounder = Grounder(toy.SCHEMA, toy.lexicon().vocabulary)
    item = toy.FILMS[film]
    for state in (State(), WISH):
        checks = check(item, state, toy.SCHEMA)
        told = explain(item, checks, (), toy.SCHEMA, 0)
        assert told.text
        assert grounder.keep(told.text, Grounds((item,), state.wants))[1] == ()


# ── Records ──────────────────────────────────────────────────────────────────────────────────


def test_a_record_is_one_line_of_bounded_length() -> None:
    line = record_line(toy.FILMS["moon"], toy.SCHEMA)
    assert line.startswith("Moon | year: 2009 | runtime: 97 minutes | directors: Duncan Jones | ")
    long = Item(id="x", title="X\nY", text="word " * 1000)
    assert "\n" not in record_line(long, toy.SCHEMA)
    assert len(record_line(long, toy.SCHEMA)) <= 420


def test_a_wish_is_told_with_what_was_refused() -> None:
    told = wish_lines("scary please", WISH, ["Moon"])
    assert told.splitlines() == [
        "The person said: scary please",
        "Wanted in all: something scary in space",
        "Like: Moon",
        "Refused: dogs",
    ]
