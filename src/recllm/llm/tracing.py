"""A language model whose calls are written down, within one deadline for the whole turn."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from time import monotonic
from typing import cast

from recllm.errors import LLMError, LLMTimeoutError, LLMUnavailableError
from recllm.protocols import LLM
from recllm.types import Call, Chunk, LLMRequest, Usage


class TracingLLM:
    """Passes requests on to ``inner`` and keeps a :class:`Call` of each in :attr:`calls`.

    Args:
        inner: the model that answers.
        seconds: what is left to all calls together; each call's own timeout is cut to it.
    """

    def __init__(self, inner: LLM, seconds: float) -> None:
        self._inner = inner
        self._deadline = monotonic() + seconds
        self.calls: list[Call] = []

    @property
    def name(self) -> str:
        """The inner model's name."""
        return self._inner.name

    async def stream(self, request: LLMRequest) -> AsyncIterator[Chunk]:
        """Answer as the inner model does.

        Raises:
            LLMError: the inner model's, or a timeout if the turn's deadline has passed.
        """
        began, parts, usage, error = monotonic(), [], Usage(), ""
        left = self._deadline - began
        try:
            if left <= 0:
                raise LLMTimeoutError(
                    "the turn's time is used up; raise RECLLM_TURN_TIMEOUT or use a faster model"
                )
            timed = request.model_copy(update={"timeout": min(request.timeout, left)})
            stream = cast("AsyncGenerator[Chunk]", self._inner.stream(timed))
            async with aclosing(stream) as chunks:
                while chunk := await _next(chunks, timed.timeout - (monotonic() - began)):
                    parts.append(chunk.text)
                    usage = chunk.usage if chunk.usage != Usage() else usage
                    yield chunk
        except LLMError as failure:
            error = str(failure)
            raise
        finally:
            self.calls.append(
                self._call(request, "".join(parts), error, monotonic() - began, usage)
            )

    def _call(
        self, request: LLMRequest, answer: str, error: str, seconds: float, usage: Usage
    ) -> Call:
        prompt = json.dumps(
            [m.model_dump() for m in request.messages], ensure_ascii=False, indent=1
        )
        return Call(
            stage=request.stage,
            model=self.name,
            prompt=prompt,
            prompt_hash=hashlib.sha256(prompt.encode("utf-8", "replace")).hexdigest(),
            answer=answer,
            error=error,
            seconds=round(seconds, 4),
            usage=usage,
        )


async def _next(chunks: AsyncGenerator[Chunk], seconds: float) -> Chunk | None:
    """Return the next piece, or None at the end; whatever fails is an :class:`LLMError`."""
    try:
        async with asyncio.timeout(seconds):
            return await anext(chunks, None)
    except TimeoutError:
        raise LLMTimeoutError(
            "the model did not answer in time; raise RECLLM_CALL_TIMEOUT or use a faster one"
        ) from None
    except LLMError:
        raise
    except Exception as error:
        # A model object of somebody else's may raise anything; a turn must not break on it.
        raise LLMUnavailableError(f"the model failed with {error!r}; see its own log") from error
