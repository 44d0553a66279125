from __future__ import annotations

from typing import Any

import pytest
from scenes import BAKERY, HARBOUR, ORACLE, QUIET, SHORE, SHOWN, expected, item, slate, status, turn

from recllm.evaluation.checks import Scene, Status
from recllm.evaluation.expectations import (
    check_expectations,
    failed_expectations,
    is_given,
)
from recllm.evaluation.oracle import Oracle
from recllm.evaluation.scenarios import Expect
from recllm.types import Act, Session, State, Turn

CHAT = turn("Hello!", act=Act.CHAT)
TWO = turn(slate=slate(QUIET, BAKERY))
AGAIN = turn(slate=slate(HARBOUR))
RELAXED = turn(slate=slate(QUIET, relaxed=True))


def answer(reply: str, **state: Any) -> Turn:
    return turn(reply, act=Act.ANSWER, state=State(**state))


@pytest.mark.parametrize(
    ("now", "expect", "wanted"),
    [
        (CHAT, {"act": "chat"}, "passed"),
        (CHAT, {"act": ["ask", "chat"]}, "passed"),
        (CHAT, {"act": "recommend"}, "failed"),
        (CHAT, {"slate": "none"}, "passed"),
        (CHAT, {"slate": "some"}, "failed"),
        (TWO, {"slate": "none"}, "failed"),
        (TWO, {"slate": 2}, "passed"),
        (TWO, {"slate": {"min": 3}}, "failed"),
        (TWO, {"slate": {"min": 1, "max": 2}}, "passed"),
        (TWO, {"each": "runtime <= 97"}, "passed"),
        (TWO, {"each": "runtime <= 90"}, "failed"),
        (CHAT, {"each": "runtime <= 97"}, "failed"),
        (TWO, {"any": "runtime <= 90"}, "passed"),
        (TWO, {"any": "runtime > 100"}, "failed"),
        (CHAT, {"any": "runtime > 1"}, "failed"),
        (turn(slate=slate(QUIET, BAKERY, HARBOUR)), {"most": "genres = Drama"}, "passed"),
        (TWO, {"most": "genres = Drama"}, "failed"),
        (AGAIN, {"each": "year > {slate[-1][max year]}"}, "passed"),
        (AGAIN, {"each": "year < {slate[-1][1]}"}, "failed"),
        (AGAIN, {"each": "runtime < {slate[-1][1]}"}, "skipped"),
        (AGAIN, {"each": "runtime < {slate[-2][1]}"}, "skipped"),
        (AGAIN, {"excludes": "shown"}, "passed"),
        (TWO, {"excludes": "shown"}, "failed"),
        (TWO, {"excludes": "Loud Harbour"}, "passed"),
        (TWO, {"excludes": "slate[-1][2]"}, "failed"),
        (TWO, {"excludes": "slate[-1][3]"}, "skipped"),
        (TWO, {"offers": "The Bakery"}, "passed"),
        (TWO, {"offers": "Shore"}, "failed"),
        (turn("Try Shore."), {"offers": "Shore"}, "passed"),
        (turn("Yes.", mentioned=(SHORE,)), {"offers": "Shore"}, "passed"),
        (answer("Quiet Orbit is."), {"names": "slate[-1][max year]"}, "passed"),
        (answer("The Bakery is."), {"names": "slate[-1][max year]"}, "failed"),
        (answer("?"), {"names": "slate[-1][9]"}, "skipped"),
        (answer("It", focus="bakery"), {"focus": "slate[-1][2]"}, "passed"),
        (answer("It", focus="quiet"), {"focus": "slate[-1][2]"}, "failed"),
        (answer("It"), {"focus": "slate[-1][3]"}, "skipped"),
        (answer("", similar_to=("quiet",)), {"similar": "Quiet Orbit"}, "passed"),
        (answer("", liked=("quiet",)), {"similar": "Quiet Orbit"}, "passed"),
        (answer("", seen=("quiet",)), {"similar": "Quiet Orbit"}, "failed"),
        (answer("", rejected=("quiet", "bakery")), {"rejected": "slate[-1]"}, "passed"),
        (answer("", rejected=("quiet",)), {"rejected": "slate[-1]"}, "failed"),
        (answer("", seen=("bakery",)), {"seen": "slate[-1][2]"}, "passed"),
        (answer("", rejected=("bakery",)), {"seen": "slate[-1][2]"}, "failed"),
        (TWO, {"relaxed": False}, "passed"),
        (TWO, {"relaxed": True}, "failed"),
        (CHAT, {"relaxed": True}, "failed"),
        (RELAXED, {"relaxed": True}, "passed"),
        (RELAXED, {"relaxed": False}, "failed"),
        (turn("Nothing fits."), {"says": r"\bnothing\b"}, "passed"),
        (turn("Here."), {"says": r"\bnothing\b"}, "failed"),
        (turn("Here."), {"says_not": "there"}, "passed"),
        (turn("There."), {"says_not": "there"}, "failed"),
    ],
)
def test_each_key_passes_fails_or_is_skipped(now: Turn, expect: Any, wanted: str) -> None:
    assert status(now, SHOWN, **expect) == [wanted]


@pytest.mark.parametrize(
    ("reply", "item", "attribute", "wanted"),
    [
        ("It runs 1 h 28.", "The Bakery", "runtime", "passed"),
        ("It runs 98 minutes.", "The Bakery", "runtime", "failed"),
        ("By Ben Okri and Mia Sand.", "slate[-1][2]", "directors", "passed"),
        ("By Ben Okri.", "slate[-1][2]", "directors", "failed"),
        ("Sam Reed and Lee Fox are in it.", "slate[-1][1]", "cast", "passed"),
        ("Filmed in 2008.", "slate[-1][1]", "filmed", "passed"),
        ("Yes, restored.", "slate[-1][1]", "restored", "passed"),
        ("1.2 million people saw it.", "slate[-1][1]", "views", "passed"),
        ("No idea.", "slate[-1][4]", "runtime", "skipped"),
        ("No idea.", "Shore", "runtime", "skipped"),
        ("A miner in orbit hears a voice and doubts his memory.", "Quiet Orbit", "text", "passed"),
        ("It is about a village.", "Quiet Orbit", "text", "failed"),
    ],
)
def test_an_answer_gives_the_value_of_the_record(
    reply: str, item: str, attribute: str, wanted: str
) -> None:
    asked = {"item": item, "attribute": attribute}
    assert status(answer(reply), SHOWN, answers=asked) == [wanted]


@pytest.mark.parametrize(
    ("reply", "holds", "wanted"),
    [
        ("Yes, it is.", "languages = English", "passed"),
        ("It is in English.", "languages = English", "passed"),
        ("No.", "languages = English", "failed"),
        ("I cannot say.", "languages = English", "failed"),
        ("No, English.", "languages = French", "passed"),
        ("It's in English.", "languages = French", "passed"),
        ("Yes.", "languages = French", "failed"),
        ("Yes: 97 minutes, against 88.", "runtime > {slate[-1][2]}", "passed"),
        ("Yes", "runtime > {slate[-1][5]}", "skipped"),
    ],
)
def test_a_question_of_yes_or_no_is_answered_truly(reply: str, holds: str, wanted: str) -> None:
    claim = {"item": "slate[-1][1]", "holds": holds}
    assert status(answer(reply), SHOWN, confirms=claim) == [wanted]


def test_an_explanation_gives_a_fact_of_the_record() -> None:
    assert status(answer("For its drama."), SHOWN, explains="slate[-1][1]") == ["passed"]
    assert status(answer("Because."), SHOWN, explains="slate[-1][1]") == ["failed"]


def test_a_count_is_that_of_the_catalogue() -> None:
    assert status(answer("We have 3."), counts="genres = Drama") == ["passed"]
    assert status(answer("Three of them."), counts="genres = Drama") == ["passed"]
    assert status(answer("We have 4."), counts="genres = Drama") == ["failed"]
    assert status(answer("None, sorry."), counts="genres = Western") == ["passed"]
    assert status(answer("1."), counts=["genres = Drama", "year < 1970"]) == ["passed"]


def test_one_of_two_items_of_a_title_suffices() -> None:
    twin = item("shore2", "Shore", "", year=1999.0)
    oracle = Oracle(ORACLE.schema, [*ORACLE.items.values(), twin])
    said = answer("It is from 1999.")
    expect = Expect.model_validate({"answers": {"item": "Shore", "attribute": "year"}})
    checks = check_expectations(expect, Scene(oracle, Session(id="s"), said))
    assert [c.status for c in checks] == [Status.PASSED]


def test_nothing_is_expected_where_what_the_turn_speaks_of_did_not_come_up() -> None:
    expect = {"act": "answer", "slate": "none", "focus": "slate[-1][3]"}
    assert status(TWO, SHOWN, **expect) == ["skipped"] * 3
    assert status(TWO, SHOWN, **expect | {"focus": "slate[-1][2]"}) == ["failed"] * 3


def test_a_failure_says_what_is_wrong() -> None:
    (check,) = expected(TWO, each="runtime <= 90")
    assert check.detail == "runtime <= 90 does not hold for Quiet Orbit"


def test_a_turn_without_an_answer_fails_all_that_was_expected() -> None:
    expect = Expect.model_validate(
        {"act": ["ask", "chat"], "each": ["year = 1", "year = 2"], "relaxed": False, "slate": 1}
    )
    checks = failed_expectations(expect, "no answer")
    assert sorted(c.kind for c in checks) == ["act", "each", "each", "relaxed", "slate"]
    assert {c.status for c in checks} == {Status.FAILED}


def test_a_name_is_given_without_its_accents() -> None:
    assert is_given("by Agnes Varda", ("Agnès Varda",))
    assert not is_given("by Varda", ("Agnès Varda",))
