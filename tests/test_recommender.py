"""One turn: its events, its limits, what is stored, and what holds of every slate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from recllm.catalog.filters import holds
from recllm.events import Deciding, Searching, SlateReady, Text, TurnDone
from recllm.memory_store import MemoryStore
from recllm.recommender import LONGEST_MESSAGE, Limits, converse
from recllm.types import Act, Session, Turn
from tests import toy

RECOMMENDING = "something scary in space under two hours"


# ── Events ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("with_model", [False, True], ids=["code", "model"])
async def test_events_of_a_recommendation(with_model: bool) -> None:
    talker = await toy.recommender(toy.model() if with_model else None)
    happened = await toy.events(talker, toy.new_session(), RECOMMENDING)
    kinds = [type(event) for event in happened]
    assert kinds[:3] == [Deciding, Searching, SlateReady]
    assert set(kinds[3:-1]) == {Text}
    assert kinds[-1] is TurnDone
    turn = toy.told(happened)
    assert "".join(e.text for e in happened if isinstance(e, Text)).strip() == turn.reply
    assert next(e.slate for e in happened if isinstance(e, SlateReady)) == turn.slate
    searched = next(e.query for e in happened if isinstance(e, Searching))
    assert searched.conversation[-1].content == RECOMMENDING
    assert searched.model_copy(update={"conversation": ()}) == turn.trace.query
    assert turn.act is Act.RECOMMEND


@pytest.mark.parametrize("message", ["hello", "thanks", "who directed Alien?", "I'm bored"])
async def test_events_without_a_recommendation(message: str) -> None:
    happened = await toy.events(await toy.recommender(), toy.new_session(), message)
    kinds = [type(event) for event in happened]
    assert kinds[0] is Deciding
    assert set(kinds[1:-1]) == {Text}
    assert kinds[-1] is TurnDone
    assert toy.told(happened).slate is None


async def test_a_turn_is_stored_before_it_is_done() -> None:
    store = MemoryStore()
    talker = await toy.recommender(store=store)
    session = toy.new_session()
    async for event in talker.stream(session, "hello"):
        stored = await store.load(session.id)
        if isinstance(event, TurnDone):
            assert stored == session.then(event.turn)
        else:
            assert stored is None


def timeless(turn: Turn) -> dict[str, object]:
    """The turn without what the clock says."""
    plain = turn.model_dump(exclude={"at": True, "trace": {"seconds", "calls"}})
    return plain | {"prompts": [(c.prompt, c.answer) for c in turn.trace.calls]}


@pytest.mark.parametrize("with_model", [False, True], ids=["code", "model"])
async def test_a_reply_is_the_stream_drained(with_model: bool) -> None:
    sessions = []
    for drained in (True, False):
        talker = await toy.recommender(toy.model() if with_model else None)
        session = toy.new_session()
        for message in (RECOMMENDING, "something older", "thanks"):
            if drained:
                session = await talker.reply(session, message)
            else:
                turn = toy.told(await toy.events(talker, session, message))
                session = session.then(turn)
        sessions.append([timeless(turn) for turn in session.turns])
    assert sessions[0] == sessions[1]


async def test_a_turn_left_early_stores_nothing_and_harms_nothing() -> None:
    store = MemoryStore()
    talker = await toy.recommender(store=store)
    stream = talker.stream(toy.new_session(), RECOMMENDING)
    assert isinstance(await anext(stream), Deciding)
    await stream.aclose()  # type: ignore[attr-defined]
    assert await store.load("s") is None
    assert len((await talker.reply(toy.new_session(), "hello")).turns) == 1


# ── Slates ───────────────────────────────────────────────────────────────────────────────────

TALKS: list[Sequence[str]] = [
    ("something scary in space", "more", "more", "more", "more"),
    ("a comedy under 100 minutes", "anything older?", "not the first one", "shorter"),
    ("French films", "no romance", "I've seen the first one", "something like the last one"),
    ("no horror, no war", "from the 80s", "a thriller", "surprise me"),
    ("something like Heat but shorter", "not American", "with Sandra Bullock"),
    ("I loved Alien and Moon", "not Aliens", "none of these", "no", "nope", "something else"),
    ("surprise me", *["again"] * 8, "a comedy"),
    ("Kubrick films", "a comedy by Kubrick", "films before 1920"),
]  # fmt: skip


@pytest.mark.parametrize("messages", TALKS, ids=lambda m: m[0][:30])
@pytest.mark.parametrize("with_model", [False, True], ids=["code", "model"])
async def test_every_slate_keeps_what_was_agreed(messages: Sequence[str], with_model: bool) -> None:
    talker = await toy.recommender(toy.model() if with_model else None)
    session = toy.new_session()
    for message in messages:
        before, session = session.state, await talker.reply(session, message)
        turn = session.turns[-1]
        for place in turn.slate.items if turn.slate else ():
            item = place.item
            broken = [c for c in turn.state.where if not holds(item, c, toy.SCHEMA)]
            assert not broken, f"{item.id} after {message!r}"
            assert item.id not in (*before.shown, *turn.state.rejected, *turn.state.seen)
            assert item == toy.FILMS[item.id]


async def test_what_was_relaxed_is_said() -> None:
    session = await (await toy.recommender()).reply(toy.new_session(), "Korean films before 1950")
    turn = session.turns[-1]
    assert turn.slate is not None
    assert turn.slate.relaxed
    assert turn.slate.relaxed[0].words.strip() in turn.reply
    assert not set(turn.slate.relaxed) & set(turn.state.where)


async def test_when_nothing_is_left_it_says_so() -> None:
    talker = await toy.recommender(limits=Limits(slate_size=10))
    session = toy.new_session()
    for _ in range(6):
        session = await talker.reply(session, "surprise me")
    turn = session.turns[-1]
    assert turn.slate is None
    assert "no more films" in turn.reply
    assert len(session.state.shown) == len(toy.FILMS)


@pytest.mark.parametrize("size", [1, 3, 10])
async def test_the_size_of_the_slate(size: int) -> None:
    talker = await toy.recommender(limits=Limits(slate_size=size))
    session = await talker.reply(toy.new_session(), "surprise me")
    assert session.slate is not None
    assert len(session.slate.items) == size


async def test_the_trace_says_what_happened() -> None:
    talker = await toy.recommender(toy.model())
    turn = (await talker.reply(toy.new_session(), RECOMMENDING)).turns[-1]
    trace = turn.trace
    assert [c.stage for c in trace.calls] == ["decide", "rank", "respond"]
    assert all(c.model == "scripted" and c.prompt and c.prompt_hash for c in trace.calls)
    assert trace.query is not None
    assert set(trace.ways) == {"bm25", "dual-encoder", "concepts"}
    assert trace.scores
    assert "move: wish" in trace.noted
    assert {"read", "decide", "search", "rank", "respond", "turn"} <= set(trace.seconds)
    assert "Request: scary film in space" in turn.lines


# ── Calls ────────────────────────────────────────────────────────────────────────────────────

CALLS = {
    RECOMMENDING: (toy.DECIDED, 3),
    "hello": ("Response: Hello! What would you like?", 1),
    "who directed Alien?": ("Response: Alien was directed by Ridley Scott.", 1),
}


@pytest.mark.parametrize(("message", "case"), CALLS.items(), ids=lambda v: str(v)[:20])
async def test_the_number_of_calls(message: str, case: tuple[str, int]) -> None:
    decided, most = case
    llm = toy.model(decide=decided)
    await (await toy.recommender(llm)).reply(toy.new_session(), message)
    assert len(llm.requests) <= most


@pytest.mark.parametrize("decided", ["", "nonsense without end", "Wants: x", "Request: a comedy"])
@pytest.mark.parametrize("message", [RECOMMENDING, "hello", "who directed Alien?"])
async def test_nonsense_costs_no_more_than_three_calls(decided: str, message: str) -> None:
    llm = toy.model(decide=decided, rank=decided, respond=decided)
    turn = (await (await toy.recommender(llm)).reply(toy.new_session(), message)).turns[-1]
    assert turn.reply
    assert len(llm.requests) <= 3


async def test_without_trust_the_model_is_not_asked() -> None:
    llm = toy.model()
    talker = await toy.recommender(llm, trust="none")
    await talker.reply(toy.new_session(), RECOMMENDING)
    assert llm.requests == []


async def test_each_call_is_given_what_is_left_of_the_turn() -> None:
    llm = toy.model()
    limits = Limits(call_timeout=30, turn_timeout=5)
    await (await toy.recommender(llm, limits=limits)).reply(toy.new_session(), RECOMMENDING)
    left = [request.timeout for request in llm.requests]
    assert left == sorted(left, reverse=True)
    assert all(0 < seconds <= 5 for seconds in left)


async def test_when_the_time_is_used_up_the_model_is_not_asked() -> None:
    llm = toy.model()
    talker = await toy.recommender(llm, limits=Limits(turn_timeout=0))
    turn = (await talker.reply(toy.new_session(), RECOMMENDING)).turns[-1]
    assert llm.requests == []
    assert turn.slate is not None
    assert turn.trace.notes


# ── Sessions ─────────────────────────────────────────────────────────────────────────────────


async def test_twenty_sessions_at_once_do_not_mix() -> None:
    talker = await toy.recommender(toy.model())
    films = list(toy.FILMS.values())[:20]

    async def talk(number: int) -> Session:
        session = toy.new_session(f"s{number}")
        session = await talker.reply(session, f"something like “{films[number].title}”")
        return await talker.reply(session, "more please")

    talked = await asyncio.gather(*(talk(n) for n in range(20)))
    for number, session in enumerate(talked):
        assert session.id == f"s{number}"
        assert session.state.similar_to == (films[number].id,)
        assert await talker.store.load(session.id) == session
        prompts = " ".join(c.prompt for t in session.turns for c in t.trace.calls)
        assert prompts.count("something like “") >= 2
        others = [f"something like “{f.title}”" for n, f in enumerate(films) if n != number]
        assert not any(other in prompts for other in others)


async def test_long_messages_are_cut_and_the_user_is_told() -> None:
    talker = await toy.recommender()
    turn = (await talker.reply(toy.new_session(), "comedy " * 20_000)).turns[-1]
    assert len(turn.message) <= LONGEST_MESSAGE
    assert f"first {LONGEST_MESSAGE} characters" in turn.reply


class Scripted:
    """A user who says these messages and then leaves."""

    def __init__(self, *messages: str) -> None:
        self._messages = list(messages)
        self.seen: list[int] = []

    async def say(self, session: Session) -> str | None:
        self.seen.append(len(session.turns))
        return self._messages.pop(0) if self._messages else None


async def test_a_conversation() -> None:
    user = Scripted("hi", "a comedy", "who directed the second one?", "bye")
    session = await converse(await toy.recommender(), user, toy.new_session())
    assert [t.act for t in session.turns] == [Act.CHAT, Act.RECOMMEND, Act.ANSWER, Act.CHAT]
    assert user.seen == [0, 1, 2, 3, 4]
    assert session.slate is not None
    second = session.slate.items[1].item
    assert second.title in session.turns[2].reply
    assert str(second.attributes["directors"][0]) in session.turns[2].reply  # type: ignore[index]
    assert await converse(await toy.recommender(), Scripted(), session) == session


async def test_closing_closes_the_parts() -> None:
    closed = []

    class Closing(MemoryStore):
        async def close(self) -> None:
            closed.append("store")

    await (await toy.recommender(store=Closing())).close()
    assert closed == ["store"]
