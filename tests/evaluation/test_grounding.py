from __future__ import annotations

from typing import Any

import pytest
from scenes import (
    BAKERY,
    HARBOUR,
    ORACLE,
    QUIET,
    SCHEMA,
    SHORE,
    SHOWN,
    item,
    slate,
    turn,
    ungrounded,
)

from recllm.evaluation.checks import Scene
from recllm.evaluation.grounding import GROUNDING, check_grounding
from recllm.evaluation.oracle import Oracle
from recllm.types import Act, Constraint, Op, Session, State, Turn


def explained(text: str, **fields: Any) -> Turn:
    return turn(slate=slate(QUIET, explanations=(text,)), **fields)


def reply(text: str, **fields: Any) -> Turn:
    return turn(text, slate=slate(HARBOUR), **fields)


def answer(text: str, **fields: Any) -> Turn:
    return turn(text, act=Act.ANSWER, **fields)


@pytest.mark.parametrize(
    "now",
    [
        turn("Hello! What would you like?", act=Act.CHAT),
        reply("Loud Harbour (2015) runs 2 h 11, by Ada Lind."),
        reply("1 film fits: Loud Harbour."),
        reply("Loud Harbour is longer than Quiet Orbit, with 131 minutes to 97."),
        reply("Here is something long.", message="over two hours"),
        reply("Nothing under 60 minutes, but this.", message="under an hour please"),
        reply("I have 4 films."),
        answer("It is in English. It was seen 1.2 million times.", mentioned=(QUIET,)),
        answer("I know no film called Jaws.", message="do you have Jaws?"),
        answer("Yes, The Bakery (1998).", message="is the bakery in there?", mentioned=(BAKERY,)),
        explained("Drama from 2009, 97 minutes long, with Kay Moss."),
        explained("A British drama, like the 2000s."),
        explained("Science fiction by Ada Lind, as you asked for a comedy.", message="a comedy"),
        explained("Made before The Bakery (1998).", state=State(liked=("bakery",))),
    ],
)
def test_what_the_records_and_the_person_say_may_be_said(now: Turn) -> None:
    assert ungrounded(now, SHOWN, may_repeat=True) == {}


@pytest.mark.parametrize(
    ("now", "kind", "detail"),
    [
        (turn("   ", act=Act.CHAT), "reply", "empty"),
        (turn(slate=slate(item("x", "Ghost", ""))), "record", "not in the catalogue"),
        (
            turn(slate=slate(QUIET.model_copy(update={"text": "Better."}))),
            "record",
            "differs from its record",
        ),
        (turn(slate=slate(QUIET, QUIET)), "record", "twice"),
        (turn(mentioned=(item("x", "Ghost", ""),)), "record", "not in the catalogue"),
        (reply("Also try The Bakery."), "titles", "'The Bakery'"),
        (reply("Also try “Shore”."), "titles", "'Shore'"),
        (reply("Loud Harbour (2016) is good."), "titles", "2016"),
        (explained("Better than Loud Harbour."), "titles", "'Loud Harbour'"),
        (reply("It runs 97 minutes."), "numbers", "'97'"),
        (reply("It is from the 1980s."), "numbers", "'1980s'"),
        (reply("It takes two hours."), "numbers", "'2 hours'"),
        (explained("It runs 131 minutes."), "numbers", "'131'"),
        (reply("We have 20 more."), "numbers", "'20'"),
        (explained("A comedy from 2009."), "names", "'Comedy'"),
        (explained("A French film."), "names", "French"),
        (explained("By Ben Okri."), "names", "'Ben Okri'"),
        (reply("With Kay Moss."), "names", "'Kay Moss'"),
    ],
)
def test_what_they_do_not_say_may_not(now: Turn, kind: str, detail: str) -> None:
    failed = ungrounded(now)
    assert detail in failed.get(kind, ""), failed
    assert set(failed) <= set(GROUNDING)


def test_a_sentence_that_names_an_item_speaks_of_that_item() -> None:
    both = turn("Quiet Orbit runs 131 minutes. Loud Harbour is long.", slate=slate(QUIET, HARBOUR))
    assert "'131'" in ungrounded(both)["numbers"]
    right = turn("Quiet Orbit runs 97 minutes and Loud Harbour 131.", slate=slate(QUIET, HARBOUR))
    assert ungrounded(right) == {}
    after = turn("Quiet Orbit is quiet. It runs 97 minutes.", slate=slate(QUIET, HARBOUR))
    assert ungrounded(after) == {}


def test_an_explanation_is_not_another_item_s() -> None:
    swapped = turn(slate=slate(QUIET, HARBOUR, explanations=("Drama.", QUIET.text)))
    assert "what the record of 'Quiet Orbit' says" in ungrounded(swapped)["names"]
    assert ungrounded(turn(slate=slate(QUIET, HARBOUR, explanations=(QUIET.text,)))) == {}


def test_initials_end_no_sentence() -> None:
    fox = item("fox", "Den", "", cast=("J. R. Fox",), year=1990.0)
    oracle = Oracle(SCHEMA, [*ORACLE.items.values(), fox])
    now = Scene(oracle, Session(id="s"), explained("With J. R. Fox. Drama."))
    details = [c.detail for c in check_grounding(now) if c.kind == "names"]
    assert details == [
        "the explanation of 'Quiet Orbit' says 'J. R. Fox', which its record does not"
    ]


def test_titles_are_no_numbers_and_end_no_sentence() -> None:
    years = item("years", "20 Years, Then...", "", year=2001.0, runtime=90.0)
    failed = ungrounded(turn("Try 20 Years, Then... It is on screen.", slate=slate(years)))
    assert "numbers" not in failed


def test_ordinary_words_are_no_titles() -> None:
    assert ungrounded(turn("Take the bakery, or the shore. A quiet orbit.", act=Act.CHAT)) == {}


def test_what_was_shown_rejected_or_seen_does_not_come_back() -> None:
    again = turn(slate=slate(QUIET))
    assert "shown before" in ungrounded(again, SHOWN)["repeat"]
    assert ungrounded(again, SHOWN, may_repeat=True) == {}
    assert "rejected or seen" in ungrounded(again, barred=frozenset({"quiet"}))["repeat"]
    noted = turn("All right.", state=State(seen=("quiet",)))
    assert "rejected or seen" in ungrounded(again, noted, may_repeat=True)["repeat"]
    assert ungrounded(turn(slate=slate(HARBOUR)), SHOWN) == {}


def test_bounds_counts_and_the_size_of_the_catalogue_may_be_said() -> None:
    where = (Constraint(attribute="year", op=Op.GE, values=(1990.0,)),)
    now = turn("Since 1990 there are 3 of 4.", slate=slate(QUIET), state=State(where=where))
    assert ungrounded(now) == {}
    relaxed = turn("None within 60 minutes.", slate=slate(QUIET, relaxed=True))
    assert ungrounded(relaxed) == {}


def test_a_language_is_covered_by_its_country_and_the_reverse() -> None:
    assert ungrounded(turn(slate=slate(BAKERY, explanations=("A French comedy.",)))) == {}
    assert ungrounded(turn(slate=slate(SHORE, explanations=("An Italian drama.",)))) == {}
