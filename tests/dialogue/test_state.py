"""What a conversation has established, turn after turn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.dialogue.state import combine, merge
from recllm.types import Act, Session, State, Turn

SLATE = ("shining", "alien", "amelie", "moon")


def said(*messages: str, session: Session | None = None) -> State:
    """The state after these messages, each answered with the same slate."""
    session = session or toy.new_session()
    for message in messages:
        reading = toy.read_message(message, session)
        state = merge(session.state, reading, toy.SCHEMA)
        turn = Turn(
            message=message, reply="", act=Act.RECOMMEND, state=state, slate=toy.slate(*SLATE)
        )
        session = session.then(turn)
    return session.state


WHERE: list[tuple[Sequence[str], list[str]]] = [
    # A new value replaces the old one
    (("a film under two hours", "no, under 90 minutes"), ["runtime < 90"]),
    (("something after 1990", "after 2000"), ["year > 2000"]),
    (("from the 80s", "from the 90s"), ["year >= 1990", "year <= 1999"]),
    (("French films", "no, Japanese ones"), ["countries = Japan"]),
    (("a comedy", "a thriller instead"), ["genres = Thriller"]),
    (("at least 100 minutes", "under 90 minutes"), ["runtime < 90"]),
    # Other columns are added
    (("a comedy", "under 100 minutes"), ["genres = Comedy", "runtime < 100"]),
    (("a comedy", "French", "from the 2000s"),
     ["genres = Comedy", "countries = France", "year >= 2000", "year <= 2009"]),
    (("after 1990", "before 2000"), ["year > 1990", "year < 2000"]),
    # A refusal lasts, until it is taken back
    (("no horror", "something funny", "under 100 minutes"), ["genres != Horror", "runtime < 100"]),
    (("no horror", "no war"), ["genres != Horror", "genres != War"]),
    (("no horror", "a comedy"), ["genres != Horror", "genres = Comedy"]),
    (("no horror", "ok, a horror film then"), ["genres = Horror"]),
    (("a horror film", "no horror"), ["genres != Horror"]),
    (("no horror", "I'm looking for a comedy"), ["genres != Horror", "genres = Comedy"]),
    # A change of topic drops the rest
    (("a comedy under 100 minutes", "forget that, I want a thriller"), ["genres = Thriller"]),
    (("a comedy under 100 minutes", "I'm looking for a French romance from the 90s"),
     ["countries = France", "genres = Romance", "year >= 1990", "year <= 1999"]),
    # Bounds that compare go with what they compared with
    (("something like Heat but shorter",), ["runtime < 170"]),
    (("something like Heat but shorter", "something like Amélie"), []),
    (("something shorter", "even shorter than 80 minutes"), ["runtime < 80"]),
    # Questions, thanks and small talk change nothing
    (("a comedy", "thanks"), ["genres = Comedy"]),
    (("a comedy", "is the second one scary?"), ["genres = Comedy"]),
    (("a comedy", "how are you?"), ["genres = Comedy"]),
    (("a comedy", "who directed the first one?"), ["genres = Comedy"]),
    (("a comedy", "more please"), ["genres = Comedy"]),
    (("a comedy", "not these"), ["genres = Comedy"]),
]  # fmt: skip


@pytest.mark.parametrize(("messages", "expected"), WHERE, ids=lambda v: " / ".join(v)[:60])
def test_conditions(messages: Sequence[str], expected: list[str]) -> None:
    assert sorted(toy.written(said(*messages).where)) == sorted(expected)


def test_what_was_rejected_seen_and_liked_survives_a_change_of_topic() -> None:
    state = said(
        "I've seen the second one", "not the first one", "I loved Heat", "forget that",
        session=toy.after(*SLATE),
    )  # fmt: skip
    assert state.seen == ("alien", "heat")
    assert state.rejected == ("shining",)
    assert state.liked == ("heat",)


def test_a_rejected_film_that_is_liked_later_is_not_rejected() -> None:
    assert said("I hated Fargo", "actually I loved Fargo").rejected == ()
    assert said("I loved Fargo", "I hated Fargo").liked == ()


def test_examples_are_replaced() -> None:
    assert said("something like Heat").similar_to == ("heat",)
    assert said("something like Heat", "something like Fargo").similar_to == ("fargo",)
    assert said("something like Heat", "a comedy by Kubrick").similar_to == ()


def test_wishes_are_taken_back() -> None:
    signs = {c.text: c.sign for c in said("something scary", "not scary").concepts}
    assert signs["scary"] == -1
    assert len([c for c in said("something scary", "scary").concepts if c.text == "scary"]) == 1


def test_the_focus_is_the_one_item_spoken_of() -> None:
    asked = "who directed the second one?"
    for more in ((), ("thanks",), ("how long is it?",)):
        assert said(asked, *more, session=toy.after(*SLATE)).focus == "alien"


def test_wanted_words_do_not_grow_without_end() -> None:
    state = said(*(f"something about topic{n} and further things" for n in range(40)))
    assert len(state.wants) <= 300
    assert "topic39" in state.wants


def test_what_a_model_states_is_combined() -> None:
    read, refusal = toy.where("runtime", "<", 100.0), toy.where("genres", "!=", "Horror")
    old, other = toy.where("countries", "=", "France"), toy.where("year", ">", 1990.0)
    merged = (read, refusal, old)
    # Silent about France: dropped. Silent about the refusal and what was just read: kept.
    assert combine([read], [other], merged) == (read, refusal, other)
    # It repeats France: kept. It contradicts what was read: ignored.
    stated = [old, toy.where("runtime", ">", 200.0)]
    assert combine([read], stated, merged) == (read, refusal, old)


@given(st.lists(st.sampled_from(
    ["a comedy", "no horror", "under 90 minutes", "forget that", "like Heat but shorter", "no",
     "the second one", "older", "not French", "surprise me", "", "I loved Moon", "seen it", "🙂"]
), max_size=6))  # fmt: skip
def test_any_conversation_has_a_consistent_state(messages: list[str]) -> None:
    state = said(*messages)
    assert not set(state.liked) & set(state.rejected)
    equal = [c for c in state.where if c.op == "="]
    refused = {(c.attribute, v) for c in state.where if c.op == "!=" for v in c.values}
    assert not refused & {(c.attribute, v) for c in equal for v in c.values}
    assert len(set(state.where)) == len(state.where)
