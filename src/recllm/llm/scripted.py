"""The fake that ships: a language model that says what it was told to say."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TypeAlias

from recllm.errors import LLMUnavailableError
from recllm.types import Chunk, LLMRequest, Usage

Reply: TypeAlias = str | Exception | Callable[[LLMRequest], str]
"""A text, an error to raise, or a function of the request."""

_PIECE = re.compile(r"\s*\S+|\s+$")


class ScriptedLLM:
    """Answers with ``replies`` in their order, word by word, and remembers each request.

    >>> llm = ScriptedLLM(["Response: Hello!", LLMTimeoutError("too slow")])  # doctest: +SKIP

    Args:
        replies: Texts to say, exceptions to raise, and functions from the request to a text.
        repeat: Whether the last reply is given again and again once the others are used up.
        name: What the model is called in traces.
    """

    def __init__(
        self, replies: Iterable[Reply] | Reply = (), *, repeat: bool = False, name: str = "scripted"
    ) -> None:
        single = isinstance(replies, str | Exception) or not isinstance(replies, Iterable)
        self._replies: deque[Reply] = deque([replies] if single else replies)  # type: ignore[list-item, arg-type]
        self._scripted = len(self._replies)
        self._repeat = repeat
        self._name = name
        self.requests: list[LLMRequest] = []

    @property
    def name(self) -> str:
        """What the model is called in traces."""
        return self._name

    @property
    def left(self) -> int:
        """How many replies have not been used yet."""
        return len(self._replies)

    async def stream(self, request: LLMRequest) -> AsyncIterator[Chunk]:
        """Say the next reply in pieces of one word; the pieces joined are the reply.

        Raises:
            LLMUnavailableError: When there is no reply left.
            Exception: The scripted one, when the next reply is an exception.
        """
        self.requests.append(request)
        reply = self._next(request)
        if isinstance(reply, Exception):
            raise reply
        text = reply if isinstance(reply, str) else reply(request)
        for piece in _PIECE.findall(text):
            yield Chunk(text=piece)
        prompt = sum(len(m.content.split()) for m in request.messages)
        usage = Usage(prompt_tokens=prompt, completion_tokens=len(text.split()))
        yield Chunk(finish="stop", usage=usage)

    def _next(self, request: LLMRequest) -> Reply:
        if not self._replies:
            last = request.messages[-1].content if request.messages else ""
            raise LLMUnavailableError(
                f"The scripted model has no reply left: it was given {self._scripted} and this is "
                f"request {len(self.requests)}, ending {last[-60:]!r}. Script one more reply, or "
                "pass repeat=True."
            )
        if self._repeat and len(self._replies) == 1:
            return self._replies[0]
        return self._replies.popleft()
