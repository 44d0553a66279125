"""What a language model expects to be offered, and what that does to the choice of facts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recllm.encoder import HashEncoder, MiniLMEncoder
from recllm.errors import LLMUnavailableError
from recllm.facts import Fact, FactKind
from recllm.llm.scripted import ScriptedLLM
from recllm.profiles.foresight import MOST, Foresight, listed
from recllm.profiles.memory import MemoryProfileStore
from recllm.profiles.remembering import Memory
from recllm.profiles.triggering import FactTrigger
from recllm.testing.trigger import HOSTILE, check_trigger
from recllm.types import ChatMessage, Chunk, LLMRequest

RIDES = Fact(text="Never uses Uber.", kind=FactKind.DISLIKE)
HOTELS = Fact(text="Likes hotels with a pool.", kind=FactKind.LIKE)
TEA = Fact(text="Collects old teapots.", kind=FactKind.CONTEXT)
FACTS = (TEA, HOTELS, RIDES)
REQUEST = "How do I get from the airport to my hotel?"


def asked(text: str = REQUEST) -> list[ChatMessage]:
    return [ChatMessage(role="user", content=text)]


class Slow:
    """A model that answers when it may."""

    name = "slow"

    def __init__(self) -> None:
        self.may_go = asyncio.Event()
        self.calls = 0

    async def stream(self, request: LLMRequest) -> AsyncIterator[Chunk]:
        self.calls += 1
        await self.may_go.wait()
        yield Chunk(text="a taxi, an Uber ride, a Lyft ride")
        yield Chunk(finish="stop")


def test_a_list_counts_by_its_options() -> None:
    options = listed("1. a taxi\n2. the bus, the bus, no\n- " + "x" * 80)
    assert [(o.text, o.share) for o in options] == [("a taxi", 0.5), ("the bus", 0.5)]


@given(st.text())
def test_whatever_a_model_says_is_a_few_short_options(text: str) -> None:
    options = listed(text)
    assert len(options) <= MOST
    assert all(0 <= o.share <= 1 and len(o.text) <= 60 for o in options)
    assert not options or sum(o.share for o in options) == pytest.approx(1)


async def test_what_would_be_offered_brings_up_what_the_words_do_not() -> None:
    llm = ScriptedLLM("an Uber ride, a Lyft ride, a taxi")
    seeing = FactTrigger(MiniLMEncoder(), foresight=Foresight(llm))
    blind = FactTrigger(MiniLMEncoder())
    found, plain = await seeing.scores(asked(), FACTS), await blind.scores(asked(), FACTS)
    gained = [f.score - p.score for f, p in zip(found, plain, strict=True)]
    assert gained[2] > 0.1
    assert gained[2] > max(gained[:2])
    assert await seeing.scores(asked(), FACTS) == found, "it is asked once for a message"
    assert llm.left == 0


async def test_a_profile_that_fits_is_nobody_elses_business() -> None:
    llm = ScriptedLLM()
    trigger = FactTrigger(MiniLMEncoder(), foresight=Foresight(llm))
    await trigger.trigger(asked(), FACTS, 1000)
    assert llm.requests == []
    await trigger.trigger(asked(), FACTS, 10)
    assert len(llm.requests) == 1


async def test_a_long_message_is_cut_and_a_list_is_asked_for() -> None:
    llm = ScriptedLLM("taxi")
    assert [o.text for o in await Foresight(llm).options("x" * 5000)] == ["taxi"]
    request = llm.requests[0]
    assert [m.role for m in request.messages] == ["system", "user"]
    assert len(request.messages[1].content) == 600


async def test_a_late_answer_counts_after_the_search() -> None:
    llm = Slow()
    foresight = Foresight(llm, seconds=0.001)
    assert await foresight.options(REQUEST, wait=False) == ()
    assert llm.calls == 0
    assert await foresight.options(REQUEST) == ()
    llm.may_go.set()
    for _ in range(20):  # the answer arrives in a few steps of the loop
        await asyncio.sleep(0)
    options = await foresight.options(REQUEST, wait=False)
    assert [o.text for o in options] == ["a taxi", "an Uber ride", "a Lyft ride"]
    assert llm.calls == 1
    assert await foresight.options("a bus") == (), "what was late is not waited for again"
    for _ in range(20):
        await asyncio.sleep(0)
    assert await foresight.options("a bus", wait=False) == options


async def test_closing_a_memory_stops_what_was_asked() -> None:
    llm = Slow()
    trigger = FactTrigger(HashEncoder(), foresight=Foresight(llm, seconds=0.001))
    await trigger.scores(asked(), FACTS)
    assert llm.calls == 1
    await Memory(MemoryProfileStore(), trigger).close()
    running = asyncio.all_tasks() - {asyncio.current_task()}
    assert not [t for t in running if "_answer" in repr(t.get_coro())]


async def test_a_model_that_fails_costs_nothing() -> None:
    failing = ScriptedLLM(LLMUnavailableError("it is gone"))
    trigger = FactTrigger(MiniLMEncoder(), foresight=Foresight(failing))
    assert await trigger.scores(asked(), FACTS) == await FactTrigger(MiniLMEncoder()).scores(
        asked(), FACTS
    )


@pytest.mark.parametrize("answer", [HOSTILE, "", "taxis, buses", "\x00,\n" * 500])
async def test_the_contract_holds_whatever_the_model_says(answer: str) -> None:
    llm = ScriptedLLM(answer, repeat=True)
    await check_trigger(FactTrigger(HashEncoder(), foresight=Foresight(llm)), HashEncoder())
