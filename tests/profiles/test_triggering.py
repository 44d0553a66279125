"""Which facts are brought up."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from recllm.encoder import HashEncoder, MiniLMEncoder
from recllm.facts import Fact, FactKind, Scope
from recllm.profiles.matching import Vectors, bm25
from recllm.profiles.memory import MemoryProfileStore
from recllm.profiles.recall import PastTurn, TurnRecall
from recllm.profiles.remembering import Memory, Recalled
from recllm.profiles.triggering import ENCODED_AT_ONCE, FactTrigger, tokens_of, usable
from recllm.profiles.word_trigger import WordTrigger
from recllm.protocols import Trigger
from recllm.testing.trigger import check_trigger
from recllm.types import ChatMessage

NOW = datetime.now(UTC)
NUTS = Fact(text="Is allergic to nuts.", kind=FactKind.CONSTRAINT)
CELLO = Fact(text="Is learning the cello.", kind=FactKind.GOAL)
BEACH = Fact(text="Avoids beaches and sand.", kind=FactKind.DISLIKE)
CARS = Fact(text="Likes small electric cars.", kind=FactKind.LIKE)
NEPHEW = Fact(text="Their nephew loves dinosaurs.", scope=Scope.OTHER, about="my nephew")
FACTS = (NUTS, CELLO, BEACH, CARS, NEPHEW)


def asked(text: str, offered: str = "") -> list[ChatMessage]:
    said = [ChatMessage(role="user", content=text)]
    return [*said, ChatMessage(role="assistant", content=offered)] if offered else said


async def test_what_is_asked_about_comes_up_and_constraints_always() -> None:
    trigger = FactTrigger(MiniLMEncoder())
    found = await trigger.trigger(asked("music for a string instrument"), FACTS, 100)
    assert found[0] == NUTS
    assert found[1] == CELLO
    assert CARS not in found


async def test_candidates_on_the_table_bring_up_what_the_words_do_not() -> None:
    trigger = FactTrigger(MiniLMEncoder())
    facts = (BEACH, CARS, CELLO)
    offered = "A resort on the sandy shore\nBungalows by the sea"
    scores = await trigger.scores(asked("hotels in the Maldives", offered), facts)
    assert max(scores, key=lambda s: s.score).fact == BEACH


async def test_what_was_found_counts_by_its_vectors() -> None:
    encoder, facts = MiniLMEncoder(), (BEACH, CARS, CELLO)
    trigger = FactTrigger(encoder)
    names = ["A resort on the sandy shore", "Bungalows by the sea"]
    found = await encoder.encode(names)
    request = asked("a hotel for our honeymoon")
    assert BEACH not in await trigger.trigger(request, facts, 100)
    assert await trigger.trigger(request, facts, 100, found) == (BEACH,)
    by_lines = await trigger.scores(asked("a hotel for our honeymoon", "\n".join(names)), facts)
    assert await trigger.scores(request, facts, found) == by_lines


@pytest.mark.parametrize("trigger", [FactTrigger(HashEncoder()), WordTrigger()])
async def test_the_contract_of_triggers(trigger: Trigger) -> None:
    await check_trigger(trigger, HashEncoder())


async def test_words_alone_add_nothing_for_what_was_found() -> None:
    found = await HashEncoder().encode(["A resort on the sandy shore"])
    more = await WordTrigger().trigger(asked("electric bikes"), (BEACH, CARS), 100, found)
    assert more == (CARS,)


async def test_what_is_found_adds_to_what_was_brought_up() -> None:
    encoder = MiniLMEncoder()
    memory = Memory(MemoryProfileStore(), FactTrigger(encoder))
    known = Recalled((CELLO,), (), (CELLO, BEACH, CARS))
    found = await encoder.encode(["A resort on the sandy shore", "Bungalows by the sea"])
    request = asked("a hotel for our honeymoon")
    assert (await memory.bring_up(request, known, found)).bearing == (CELLO, BEACH)
    assert await memory.bring_up(request, known, found[:0]) == known
    everything = Recalled((CELLO, BEACH), (), (CELLO, BEACH))
    assert await memory.bring_up(request, everything, found) == everything


async def test_vectors_of_another_encoder_say_nothing() -> None:
    encoder = MiniLMEncoder()
    memory = Memory(MemoryProfileStore(), FactTrigger(encoder), encoder=encoder)
    assert memory.compares(encoder.name)
    assert not memory.compares(HashEncoder().name)
    known = Recalled((CELLO,), (), (CELLO, BEACH, CARS))
    found = await HashEncoder(64).encode(["A resort on the sandy shore"])
    request = asked("a hotel for our honeymoon")
    assert await memory.bring_up(request, known, found) == await memory.bring_up(
        request, known, np.zeros((0, 384), dtype=np.float32)
    )


async def test_somebody_else_comes_up_only_where_they_are_spoken_of() -> None:
    trigger = FactTrigger(HashEncoder(), floor=-9)
    assert NEPHEW not in await trigger.trigger(asked("a film"), FACTS, 100)
    assert NEPHEW in await trigger.trigger(asked("a film for my nephew"), FACTS, 100)


async def test_a_long_profile_met_for_the_first_time_delays_no_turn() -> None:
    class Counting(HashEncoder):
        most = 0

        async def encode(self, texts: Sequence[str]) -> Vectors:
            self.most = max(self.most, len(texts))
            await asyncio.sleep(0)
            return await super().encode(texts)

    encoder = Counting()
    many = [Fact(text=f"Likes thing number {n}.") for n in range(300)]
    zither = Fact(text="Plays the zither.", at=NOW - timedelta(days=900))
    facts = (zither, NUTS, *many)
    trigger = FactTrigger(encoder, floor=-9)
    first = await trigger.trigger(asked("something about a zither"), facts, 10_000)
    # Those that no vector tells apart yet: constraints, words in common, the newest.
    assert len(first) == ENCODED_AT_ONCE
    assert {NUTS, zither, many[-1]} <= set(first)
    assert trigger._encoding is not None
    await trigger._encoding
    assert encoder.most <= ENCODED_AT_ONCE
    assert len(await trigger.trigger(asked("zither"), facts, 10_000)) == len(facts)
    await trigger.close()


async def test_closing_ends_the_encoding() -> None:
    trigger = FactTrigger(HashEncoder(), floor=-9)
    many = [Fact(text=f"Likes thing number {n}.") for n in range(300)]
    await trigger.trigger(asked("x"), many, 100)
    await trigger.close()
    assert trigger._encoding is not None
    assert trigger._encoding.cancelled()


async def test_the_budget_holds_and_constraints_come_first() -> None:
    trigger = FactTrigger(HashEncoder(), floor=-9)
    assert await trigger.trigger(asked("x"), FACTS, tokens_of(NUTS.text)) == (NUTS,)
    assert await trigger.trigger(asked("x"), FACTS, 0) == ()


async def test_nothing_to_go_by_is_no_error() -> None:
    trigger = FactTrigger(HashEncoder())
    assert await trigger.trigger(asked("x"), (), 100) == ()
    assert await trigger.trigger((), FACTS, 100) == (NUTS,)


def test_what_expired_or_belongs_to_another_conversation_is_not_usable() -> None:
    old = Fact(text="Is in Rome.", expires=NOW - timedelta(days=1))
    tonight = Fact(text="Wants no blood.", scope=Scope.CONVERSATION, session="a")
    assert usable((old, tonight, NUTS), "a", NOW) == (tonight, NUTS)
    assert usable((old, tonight, NUTS), "b", NOW) == (NUTS,)


async def test_expired_facts_never_come_up() -> None:
    gone = NUTS.model_copy(update={"expires": NOW - timedelta(seconds=1)})
    assert await FactTrigger(HashEncoder(), floor=-9).trigger(asked("nuts"), (gone,), 100) == ()


def test_bm25_by_hand() -> None:
    scores = bm25("jazz", ["likes jazz", "likes opera", "likes cars"])
    # One of three texts holds the word, and all are as long as usual: log(1 + 2.5 / 1.5).
    assert scores[0] == pytest.approx(math.log(1 + 2.5 / 1.5))
    assert list(scores[1:]) == [0.0, 0.0]


async def test_past_turns_are_found_by_their_speaker_and_their_neighbours() -> None:
    turns = [
        PastTurn("Ann", "Where did you go in spring?", "1"),
        PastTurn("Bob", "To Lisbon, for a week.", "1"),
        PastTurn("Ann", "I stayed at home.", "2"),
    ]
    order = await TurnRecall(HashEncoder()).rank("Where did Bob go in spring?", turns)
    assert set(order[:2]) == {0, 1}
    assert await TurnRecall(HashEncoder()).rank("x", []) == []
