"""What every language model must do, whatever is behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from recllm.errors import LLMError
from recllm.llm.complete import complete
from recllm.protocols import LLM
from recllm.types import ChatMessage, Chunk, LLMRequest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

REQUEST = LLMRequest(
    messages=(
        ChatMessage(role="system", content="You help people to find films. Answer briefly."),
        ChatMessage(role="user", content="Say hello in five words."),
    ),
    max_tokens=12,
)
"""What the suite asks. A recording of this request is enough for a replay to pass it."""


async def check_llm(make: Callable[[], LLM]) -> None:
    """Assert that the models that ``make`` returns behave as :class:`recllm.protocols.LLM` says.

    Each check gets a model of its own. A model that is scripted must be made so that it answers
    every request; answers may be of any content. A model with a coroutine ``close`` is closed.
    """
    for check in (_streams, _completes, _is_concurrent, _can_be_left, _keeps_to_the_deadline):
        llm = make()
        try:
            await check(llm)
        finally:
            if close := getattr(llm, "close", None):
                await close()


async def _streams(llm: LLM) -> None:
    assert llm.name, "a model has a name"
    chunks = await _read(llm)
    assert chunks, "an answer has at least one piece"
    assert [c.finish for c in chunks[:-1]] == [""] * (len(chunks) - 1), "only the last finishes"
    assert chunks[-1].finish, "the last piece says why the answer ended"
    assert "".join(c.text for c in chunks).strip(), "an answer has text"
    assert chunks[-1].usage.completion_tokens >= 0


async def _completes(llm: LLM) -> None:
    answer = await complete(llm, REQUEST)
    again = await _read(llm)
    assert answer.text.strip()
    assert answer.finish == again[-1].finish, "both ways end alike"


async def _is_concurrent(llm: LLM) -> None:
    answers = await asyncio.gather(*(complete(llm, REQUEST) for _ in range(3)))
    assert all(a.finish for a in answers), "answers do not disturb one another"


async def _can_be_left(llm: LLM) -> None:
    stream = cast("AsyncGenerator[Chunk]", llm.stream(REQUEST))
    async with aclosing(stream) as chunks:
        async for _ in chunks:
            break
    assert (await complete(llm, REQUEST)).finish, "a stream left early does no harm"


async def _keeps_to_the_deadline(llm: LLM) -> None:
    hasty = REQUEST.model_copy(update={"timeout": 0.001})
    try:
        # Five seconds are for slow machines; a model without a deadline would take thirty.
        async with asyncio.timeout(5):
            await complete(llm, hasty)
    except LLMError:
        pass  # too late is said with an error of ours, and nothing else
    assert (await complete(llm, REQUEST)).finish, "a call that came too late does no harm"


async def _read(llm: LLM) -> list[Chunk]:
    return [chunk async for chunk in llm.stream(REQUEST)]
