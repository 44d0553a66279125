"""Any OpenAI-compatible server as a language model.

Importing this module loads the ``openai`` package, which takes most of a second: import it where
an endpoint is made, not at the top of a module that everything needs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import openai
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk

from recllm.llm.client import make_client
from recllm.llm.failures import Failures, shown, wait_time, worth_waiting
from recllm.llm.parameters import body, refusals
from recllm.llm.pieces import Reader
from recllm.types import ChatMessage, Chunk, LLMRequest

log = logging.getLogger(__name__)

_FRESH_TRIES = 2
# What reading an answer that is not one may raise: the client does not validate it.
_UNREADABLE = (AttributeError, TypeError, ValueError, KeyError)


class Endpoint:
    """A model behind a chat-completions API: OpenAI, Ollama, llama.cpp, vLLM, and the like.

    Optional parameters that the server refuses are left out from then on, so one class serves
    servers that know ``seed``, ``logprobs``, ``stream_options`` or ``max_tokens`` and those that
    do not. A request's ``timeout`` is a deadline for the whole call, retries and stream included.

    Args:
        base_url: The address up to ``/v1``.
        model: The model's name at that server.
        key: The key; may be empty where the server wants none. It appears in no message.
        name: What a person calls this model; by default the model and the host.
        supports_grammar: Whether the server takes GBNF in a field ``grammar`` (llama.cpp does).
        extra_body: More fields for every request, as the server documents them.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        key: str = "",
        *,
        name: str = "",
        supports_grammar: bool = False,
        extra_body: Mapping[str, Any] | None = None,
    ) -> None:
        self.base_url = base_url
        self.model = model
        self.supports_grammar = supports_grammar
        self._key = key
        self._name = name or f"{model} at {urlsplit(base_url).hostname or base_url}"
        self._extra = dict(extra_body or {})
        self._refused: frozenset[str] = frozenset()
        self._failures = Failures(model, shown(base_url), key)
        self._client: AsyncOpenAI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"Endpoint({self._name!r})"

    @property
    def name(self) -> str:
        """The model and where it runs."""
        return self._name

    async def stream(self, request: LLMRequest) -> AsyncIterator[Chunk]:
        """Answer in pieces; the last piece has ``finish`` set and carries the usage.

        Raises:
            LLMTimeoutError: The request's deadline passed.
            LLMRateLimitError: The server still refused when the next attempt would be too late.
            LLMAuthError: The server refused the key.
            LLMUnavailableError: Nothing answers, or the answer is broken, empty or cut off; what
                arrived before it was cut off has been given.
        """
        deadline = asyncio.get_running_loop().time() + request.timeout
        reader = Reader()
        raw = await self._open(request, deadline)
        try:
            while (chunk := await _step(raw, deadline)) is not None:
                if piece := reader.read(chunk):
                    yield piece
        except openai.APITimeoutError as error:
            raise self._failures.translate(error, request.timeout) from None
        except openai.APIConnectionError:
            raise self._failures.cut() from None
        except (openai.OpenAIError, TimeoutError, *_UNREADABLE) as error:
            raise self._failures.translate(error, request.timeout) from None
        finally:
            with suppress(openai.OpenAIError, OSError):
                await raw.close()
        if not reader.finish:
            raise self._failures.cut()
        if reader.empty:
            raise self._failures.empty(reader.finish)
        yield reader.last()

    async def alive(self, seconds: float = 10.0) -> str:
        """Check cheaply that the server answers and has the model; return what was seen.

        Raises:
            LLMError: It does not within ``seconds``; the message has the remedy.
        """
        try:
            async with asyncio.timeout(seconds):
                client = await self._connect()
                listed = [model.id async for model in client.models.list()]
        except (openai.NotFoundError, *_UNREADABLE):
            listed = []
        except (openai.OpenAIError, TimeoutError) as error:
            raise self._failures.translate(error, seconds) from None
        if self.model in listed:
            return f"answers and has {self.model}"
        # Servers may not list, or serve a model under names that they do not list.
        question = (ChatMessage(role="user", content="Say yes."),)
        async for _ in self.stream(LLMRequest(messages=question, max_tokens=8, timeout=seconds)):
            pass
        return f"answers as {self.model}"

    async def close(self) -> None:
        """Close the connections. The endpoint can be used again afterwards."""
        client, self._client = self._client, None
        if client and self._loop is asyncio.get_running_loop():
            await client.close()

    async def _open(self, request: LLMRequest, deadline: float) -> AsyncStream[ChatCompletionChunk]:
        """Send the request, again where that helps, until the answer begins."""
        refused, attempt, lost = self._refused, 0, 0
        while True:
            try:
                stream = await self._send(request, refused, deadline)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                refused = self._adapted(error, request, refused)
            except openai.RateLimitError as error:
                pause = wait_time(attempt, error.response.headers)
                late = asyncio.get_running_loop().time() + pause >= deadline
                if late or not worth_waiting(error):
                    raise self._failures.translate(error, request.timeout) from None
                attempt += 1
                await asyncio.sleep(pause)
            except openai.APIConnectionError as error:
                # A kept connection may be closed by the server just as we use it again.
                lost += 1
                if lost > _FRESH_TRIES or isinstance(error, openai.APITimeoutError):
                    raise self._failures.translate(error, request.timeout) from None
            except (openai.OpenAIError, TimeoutError, *_UNREADABLE) as error:
                raise self._failures.translate(error, request.timeout) from None
            else:
                # Only an answer without them proves that they were in the way.
                self._refused |= refused
                return stream

    def _adapted(
        self, error: openai.APIStatusError, request: LLMRequest, refused: frozenset[str]
    ) -> frozenset[str]:
        """What to leave out now that the server complained; the complaint, if that is nothing."""
        complaint = f"{error.param} {error.body} {error.message}"
        more = refusals(complaint, self._body(request, refused), refused)
        if more == refused:
            raise self._failures.translate(error, request.timeout) from None
        log.info("%s refuses %s", self._name, ", ".join(sorted(more - refused)))
        return more

    async def _send(
        self, request: LLMRequest, refused: frozenset[str], deadline: float
    ) -> AsyncStream[ChatCompletionChunk]:
        async with asyncio.timeout_at(deadline):
            client = await self._connect()
            stream: AsyncStream[ChatCompletionChunk] = await client.chat.completions.create(
                **self._body(request, refused), timeout=request.timeout
            )
            return stream

    def _body(self, request: LLMRequest, refused: frozenset[str]) -> dict[str, Any]:
        return body(request, self.model, refused, grammar=self.supports_grammar, extra=self._extra)

    async def _connect(self) -> AsyncOpenAI:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            # Connections belong to the loop that opened them.
            self._client, self._loop = make_client(self.base_url, self._key), loop
        return self._client


async def _step(
    raw: AsyncStream[ChatCompletionChunk], deadline: float
) -> ChatCompletionChunk | None:
    """The next chunk, or None at the end.

    Each step has its own timeout: one around the ``yield`` would go off in the reader's code.
    """
    async with asyncio.timeout_at(deadline):
        try:
            return await anext(raw)
        except StopAsyncIteration:
            return None
