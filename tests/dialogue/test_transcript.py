"""The transcript protocol: one renderer and one parser, each the other's inverse."""

from __future__ import annotations

import contextlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.dialogue.transcript import (
    Style,
    decision_lines,
    parse,
    render,
    render_slate,
    response_start,
    slate_text,
)
from recllm.errors import ParseError
from recllm.types import Act, Concept, Decision, Session, Slate, Trace, Turn

SEARCH = """Wants: a funny film in space
Request: comedy aboard a spaceship
Concepts: +funny, +space, -silly
Titles: Galaxy Quest; Dark Star
Where: runtime < 120; genres = Comedy
Like: 2
Unlike: 1, 3"""


def test_a_search() -> None:
    decision = parse(SEARCH)
    assert decision == Decision(
        act=Act.RECOMMEND,
        wants="a funny film in space",
        request="comedy aboard a spaceship",
        concepts=(
            Concept(text="funny"),
            Concept(text="space"),
            Concept(text="silly", sign=-1),
        ),
        titles=("Galaxy Quest", "Dark Star"),
        where=("runtime < 120", "genres = Comedy"),
        like=(2,),
        unlike=(1, 3),
    )


ACTS = {
    "Response: Hello there!": (Act.CHAT, "Hello there!"),
    "Response: Funny or sad?": (Act.ASK, "Funny or sad?"),
    'Response: "Funny or sad?"': (Act.ASK, '"Funny or sad?"'),
    "Hello there!": (Act.CHAT, "Hello there!"),
    "Hello\nthere!": (Act.CHAT, "Hello there!"),
    "Response: One.\nTwo.": (Act.CHAT, "One. Two."),
    "response:Hi.": (Act.CHAT, "Hi."),
    "**Response:** Hi.": (Act.CHAT, "Hi."),
    "- Response: Hi.": (Act.CHAT, "Hi."),
    "```\nResponse: Hi.\n```": (Act.CHAT, "Hi."),
    "Thought: the person greets\nResponse: Hi.": (Act.CHAT, "Hi."),
    "Request: a comedy": (Act.RECOMMEND, ""),
    "**Request**: a comedy": (Act.RECOMMEND, ""),
    "Request: a comedy\nResponse: Here is Fargo.": (Act.RECOMMEND, ""),
    "Response: Here is Fargo.\nRequest: a comedy": (Act.RECOMMEND, ""),
}


@pytest.mark.parametrize(("text", "expected"), ACTS.items(), ids=lambda v: str(v)[:30])
def test_acts_and_responses(text: str, expected: tuple[Act, str]) -> None:
    decision = parse(text)
    assert (decision.act, decision.response) == expected


@pytest.mark.parametrize(
    "text",
    ["", " \n", "Wants: a comedy", "Request:", "Response:  ", "```\n```", "Where: year > 1990"],
)
def test_no_action(text: str) -> None:
    with pytest.raises(ParseError, match="no Request and no Response"):
        parse(text)


def test_details() -> None:
    decision = parse(
        "Plan: look for it\nRequest: first\nRequest: second\nTitles: none\nConcepts: , +, fun\n"
        "Like: the 2nd, 100 and 7\nWhere: N/A;;year > 1990."
    )
    assert decision.request == "first"
    assert decision.titles == ()
    assert decision.concepts == (Concept(text="fun"),)
    assert decision.like == (7,) or decision.like == (2, 7)
    assert decision.where == ("year > 1990",)
    assert decision.reasoning == ("Plan: look for it",)


def test_lists_are_bounded() -> None:
    long = "; ".join(f"Film {n}" for n in range(100))
    assert len(parse(f"Request: x\nTitles: {long}").titles) == 20


@given(st.text(max_size=300))
def test_any_text_is_a_decision_or_a_named_error(text: str) -> None:
    try:
        decision = parse(text)
    except ParseError:
        return
    assert decision.request or decision.response
    assert (decision.act is Act.RECOMMEND) == bool(decision.request)


LABELS = ["Wants", "Request", "Concepts", "Titles", "Where", "Like", "Unlike", "Response", "Note"]
LINE = st.builds("{}: {}".format, st.sampled_from(LABELS), st.text(max_size=40))


@given(st.lists(LINE | st.text(max_size=40), max_size=8).map("\n".join))
def test_any_lines_are_a_decision_or_a_named_error(text: str) -> None:
    with contextlib.suppress(ParseError):
        assert parse(text).act in Act


WORDS = st.from_regex(r"[a-z]{3,9}( [a-z]{3,9}){0,3}", fullmatch=True).filter(
    lambda t: t not in ("none", "any")
)
NUMBERS = st.lists(st.integers(1, 20), unique=True, max_size=4).map(tuple)
CONCEPTS = st.builds(Concept, text=WORDS, sign=st.sampled_from([1, -1]))
SEARCHES = st.builds(
    Decision,
    act=st.just(Act.RECOMMEND),
    wants=WORDS | st.just(""),
    request=WORDS,
    concepts=st.lists(CONCEPTS, unique_by=lambda c: c.text, max_size=4).map(tuple),
    titles=st.lists(WORDS, unique=True, max_size=4).map(tuple),
    where=st.lists(WORDS.map("genres = {}".format), unique=True, max_size=3).map(tuple),
    like=NUMBERS,
    unlike=NUMBERS,
)
SPOKEN = st.builds(
    Decision,
    act=st.just(Act.CHAT),
    wants=WORDS | st.just(""),
    response=WORDS.map("{}.".format),
)


@given(SEARCHES | SPOKEN)
def test_what_is_written_is_read_again(decision: Decision) -> None:
    assert parse("\n".join(decision_lines(decision))) == decision


STARTS = {
    "Wants: x\nResponse: Hello": "Hello",
    "Response: Hi": "Hi",
    "Wants: x\nRequest: y": None,
    "Request: y\nResponse: z": None,
    "Wants: x": None,
    "Hello": None,
    "": None,
}


@pytest.mark.parametrize(("text", "rest"), STARTS.items(), ids=repr)
def test_where_a_response_begins(text: str, rest: str | None) -> None:
    start = response_start(text)
    assert (None if start is None else text[start:]) == rest


# ── Rendering ────────────────────────────────────────────────────────────────────────────────


def grown() -> Session:
    """A session with every kind of turn."""
    session = toy.after("moon", "alien", message="something in space")
    session = session.then(
        Turn(
            message="who directed the first one?",
            reply="Moon was directed by Duncan Jones.",
            act=Act.ANSWER,
            lines=("Wants: something in space", "Response: something else"),
            trace=Trace(noted=("move: question", "the records say: Duncan Jones")),
        )
    )
    for message, reply in (("thanks", "Enjoy!"), ("", "Pardon?"), ("hi\nUser: me", "Hello!")):
        session = session.then(Turn(message=message, reply=reply, act=Act.CHAT))
    return session


@pytest.mark.parametrize("style", ["instruct", "compact"])
def test_a_longer_conversation_only_appends(style: Style) -> None:
    whole = grown()
    rendered = []
    for length in range(len(whole.turns)):
        session = whole.model_copy(update={"turns": whole.turns[:length]})
        now = whole.turns[length]
        rendered.append(render(session, now.message, now.trace.noted, toy.SCHEMA, style))
    for shorter, longer in pairwise(rendered):
        assert longer[: len(shorter)] == shorter


@pytest.mark.parametrize("style", ["instruct", "compact"])
def test_the_slate_is_appended_to_the_decision(style: Style) -> None:
    before = render(toy.new_session(), "something in space", (), toy.SCHEMA, style)
    slate = toy.slate("moon", "alien")
    told = render_slate(before, ("Request: something in space",), slate, toy.SCHEMA)
    assert told[: len(before)] == before
    # The next turn's prompt goes on from here.
    session = toy.after("moon", "alien", message="something in space")
    assert render(session, "next", (), toy.SCHEMA, style)[: len(told)] == told


def test_roles_alternate() -> None:
    messages = render(grown(), "next", (), toy.SCHEMA, "compact")
    roles = [m.role for m in messages]
    assert roles[0] == "system"
    assert roles[1:] == ["user", "assistant"] * (len(roles[1:]) // 2) + ["user"]


def test_a_slate_is_told_with_its_facts() -> None:
    told = slate_text(toy.slate("moon", relaxed=(toy.where("year", ">", 2010.0),)), toy.SCHEMA)
    assert told.startswith("Slate:\n1. Moon (Duncan Jones; 2009; 97 minutes; ")
    assert "Relaxed: year" in told
    assert "nothing found" in slate_text(Slate(), toy.SCHEMA)
