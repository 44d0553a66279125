"""One path from a stream to a finished answer."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from recllm.protocols import LLM
from recllm.types import LLMRequest, Usage, Value

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from recllm.types import Chunk


class Answer(Value):
    """A model's whole answer: the pieces of its stream, joined.

    ``logprobs`` holds, for each token, the most probable tokens and their natural-log
    probabilities; empty where the request did not ask or the model does not give them.
    """

    text: str
    finish: str = ""
    usage: Usage = Usage()
    logprobs: tuple[dict[str, float], ...] = ()


async def complete(llm: LLM, request: LLMRequest) -> Answer:
    """Drain the stream of ``llm`` for ``request`` and return the finished answer.

    Raises:
        LLMError: As the stream does; what had arrived by then is lost, so a caller that can
            use half an answer reads the stream itself.
    """
    text: list[str] = []
    logprobs: list[dict[str, float]] = []
    finish, usage = "", Usage()
    # Streams are generators; closing them at once frees the connection when we are cancelled.
    stream = cast("AsyncGenerator[Chunk]", llm.stream(request))
    async with aclosing(stream) as chunks:
        async for chunk in chunks:
            text.append(chunk.text)
            logprobs.extend(chunk.logprobs)
            if chunk.finish:
                finish, usage = chunk.finish, chunk.usage
    return Answer(text="".join(text), finish=finish, usage=usage, logprobs=tuple(logprobs))
