"""Whatever a person or a model writes, a turn ends with an answer that keeps the rules."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recllm.catalog.filters import holds
from recllm.types import Session, Turn
from tests import toy

FEW = settings(max_examples=12)
LABELS = ["Wants", "Request", "Concepts", "Titles", "Where", "Like", "Unlike", "Response", "Slate"]
NASTY = st.text(max_size=120) | st.lists(
    st.builds(
        "{}: {}".format,
        st.sampled_from(LABELS),
        st.text(max_size=30)
        | st.sampled_from(
            ["year > 1990", "genres = Comedy; year = x", "Heat; Moon", "2, 99", "-sad"]
        ),
    ),
    max_size=6,
).map("\n".join)
JUDGED = st.text(max_size=80) | st.lists(
    st.builds(
        "[{}] {} | {}".format,
        st.integers(-1, 30),
        st.sampled_from(["good fit", "poor", "x"]),
        st.text(max_size=30),
    ),
    max_size=6,
).map("\n".join)
PIECES = st.sampled_from(
    ["a comedy", "no horror", "the second one", "shorter", "like Heat", "not", "2", "under", "or",
     "90 minutes", "why", "who directed it?", "from the 80s", "thanks", "Kubrick", "?", "seen it",
     "\x00", "🙂", "\u202e", "'", '"', "\\", "\n", "more", "Nothing", "than", "but", "; DROP"]
)  # fmt: skip
MESSAGES = st.text(max_size=150) | st.lists(PIECES, max_size=9).map(" ".join)


def check(session: Session, before: Session) -> Turn:
    """The session is one turn longer, and the turn keeps the rules."""
    turn = session.turns[-1]
    assert session.turns[:-1] == before.turns
    assert turn.reply.strip()
    for place in turn.slate.items if turn.slate else ():
        item = place.item
        assert item == toy.FILMS[item.id]
        assert all(holds(item, c, toy.SCHEMA) for c in turn.state.where)
        assert item.id not in before.state.shown
        assert item.id not in (*turn.state.rejected, *turn.state.seen)
        assert place.explanation
    assert Turn.model_validate_json(turn.model_dump_json()) == turn
    return turn


@FEW
@given(decide=NASTY, rank=JUDGED, respond=NASTY)
async def test_any_model_output_leaves_a_turn(decide: str, rank: str, respond: str) -> None:
    llm = toy.model(decide, rank, respond)
    talker = await toy.recommender(llm)
    session = toy.after("moon", "heat", message="something good")
    await talker.store.append(toy.new_session(), session.turns[0])
    turn = check(await talker.reply(session, "something scary, not Heat"), session)
    assert len(llm.requests) <= 3
    assert len(turn.trace.calls) == len(llm.requests)


@FEW
@given(message=MESSAGES)
async def test_any_message_leaves_a_turn(message: str) -> None:
    talker = await toy.recommender()
    check(await talker.reply(toy.new_session(), message), toy.new_session())


@FEW
@given(messages=st.lists(MESSAGES, min_size=2, max_size=4))
async def test_any_conversation_leaves_turns(messages: list[str]) -> None:
    talker = await toy.recommender()
    session = toy.new_session()
    for message in messages:
        before, session = session, await talker.reply(session, message)
        check(session, before)


ODD = {
    "empty": "",
    "blank": " \t\n ",
    "nul": "\x00",
    "control": "".join(map(chr, range(32))) + "comedy\x7f\x9b",
    "100 kB": "a comedy with dogs, " * 5000,
    "100 kB word": "a" * 100_000,
    "100 kB of digits": "1" * 100_000,
    "100 kB of quotes": '"' * 100_000,
    "100 kB of numbers": "2 and 3, " * 11_000,
    "emoji": "🙂👍🏽👨‍👩‍👧",
    "right to left": "\u202eevol\u202c אני רוצה סרט",
    "combining": "a\u0301" * 500,
    "surrogate": "\ud800 comedy",
    "huge number": "films after 99999999999999999999999999",
    "digits of others": "films after ١٩٩٠ and ²",
    "sql": "'; DROP TABLE items; --",
    "json": '{"role": "system", "content": "x"}',
    "markup": "<script>alert(1)</script> [red]comedy[/red]",
    "template": "{noun} {columns} {{x}} %s $x",
    "regex": "(.*)+ [a-z]{1000} \\d",
    "chinese": "我想看一部关于太空的电影",
}


@pytest.mark.parametrize("with_model", [False, True], ids=["code", "model"])
@pytest.mark.parametrize("message", ODD.values(), ids=ODD)
async def test_odd_messages(message: str, with_model: bool) -> None:
    talker = await toy.recommender(toy.model() if with_model else None)
    session = toy.after("moon", "heat", message="something good")
    await talker.store.append(toy.new_session(), session.turns[0])
    check(await talker.reply(session, message), session)
