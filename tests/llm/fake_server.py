"""A real HTTP server on loopback that plays an OpenAI-compatible one, well or badly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

Mode: TypeAlias = Callable[["Exchange"], Awaitable[None]]

WORDS = ["Hello", " there", ", what", " would", " you", " like?"]


class Exchange:
    """One request, and the ways to answer it."""

    def __init__(
        self, server: FakeServer, path: str, body: dict[str, Any], writer: asyncio.StreamWriter
    ) -> None:
        self.server = server
        self.path = path
        self.body = body
        self._writer = writer

    async def answer(self, status: int, content: Any, **headers: str) -> None:
        """A whole answer; ``content`` is sent as JSON unless it is text."""
        text = content if isinstance(content, str) else json.dumps(content)
        await self.head(status, **headers, Content_Length=str(len(text.encode())))
        await self.send(text)

    async def error(self, status: int, message: str, /, **fields: str) -> None:
        await self.answer(status, {"error": {"message": message, **fields}})

    async def head(self, status: int = 200, **headers: str) -> None:
        kind = (
            "text/event-stream" if status == 200 and self.body.get("stream") else "application/json"
        )
        lines = {"Content-Type": kind, "Connection": "close"}
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        said = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        await self.send(f"HTTP/1.1 {status} Status\r\n{said}\r\n")

    async def send(self, text: str) -> None:
        self._writer.write(text.encode())
        await self._writer.drain()

    async def start(self) -> None:
        await self.head(Transfer_Encoding="chunked")

    async def event(self, content: Any) -> None:
        """One event of a started stream."""
        text = content if isinstance(content, str) else json.dumps(content)
        data = f"data: {text}\n\n"
        await self.send(f"{len(data.encode()):x}\r\n{data}\r\n")

    async def say(self, words: list[str]) -> None:
        for word in words:
            await self.event(chunk({"content": word}, logprobs=self._logprobs(word)))

    async def finish(self, reason: str = "stop") -> None:
        await self.event(chunk({}, finish=reason))
        if "stream_options" in self.body:
            usage = {"prompt_tokens": 9, "completion_tokens": len(WORDS), "total_tokens": 15}
            await self.event({**chunk({}), "choices": [], "usage": usage})
        await self.event("[DONE]")
        await self.send("0\r\n\r\n")

    def cut(self) -> None:
        """Break the connection."""
        self._writer.transport.abort()

    def _logprobs(self, word: str) -> Any:
        if not self.body.get("logprobs"):
            return None
        top = [{"token": word, "logprob": -0.1}, {"token": "Hi", "logprob": -2.5}]
        return {"content": [{"token": word, "logprob": -0.1, "top_logprobs": top}]}


def chunk(delta: dict[str, Any], finish: str | None = None, logprobs: Any = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": logprobs}
    return {"id": "1", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}


class FakeServer:
    """Answers chat completions by its modes: the first once, and so on; the last for ever."""

    def __init__(self, *modes: Mode) -> None:
        self.modes = list(modes)
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.models: list[str] | None = ["m"]
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:])}
            raw = await reader.readexactly(int(headers.get("content-length", 0)))
            exchange = Exchange(self, head[0].split()[1], json.loads(raw or "{}"), writer)
            await self._respond(exchange, headers)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _respond(self, exchange: Exchange, headers: dict[str, str]) -> None:
        if exchange.path.endswith("/models"):
            return await self._list(exchange)
        self.requests.append(exchange.body)
        self.headers.append(headers)
        mode = self.modes.pop(0) if len(self.modes) > 1 else self.modes[0]
        await mode(exchange)

    async def _list(self, exchange: Exchange) -> None:
        if self.models is None:
            return await exchange.error(404, "no such path")
        data = [{"id": m, "object": "model", "created": 0, "owned_by": "me"} for m in self.models]
        await exchange.answer(200, {"object": "list", "data": data})


@asynccontextmanager
async def serving(*modes: Mode) -> AsyncIterator[FakeServer]:
    fake = FakeServer(*modes)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield fake
    finally:
        server.close()


# ── Modes ────────────────────────────────────────────────────────────────────────────────────


async def ok(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.event(chunk({"role": "assistant"}))
    await exchange.say(WORDS)
    await exchange.finish()


def status(number: int, message: str = "no", **fields: str) -> Mode:
    async def mode(exchange: Exchange) -> None:
        await exchange.error(number, message, **fields)

    return mode


def busy(**headers: str) -> Mode:
    async def mode(exchange: Exchange) -> None:
        await exchange.answer(429, {"error": {"message": "slow down"}}, **headers)

    return mode


def rejecting(*names: str, code: int = 400) -> Mode:
    """Refuses these fields of the body, one at a time, and answers when none is left."""

    async def mode(exchange: Exchange) -> None:
        for name in names:
            if name in exchange.body:
                message = f"Unsupported parameter: '{name}' is not supported with this model."
                return await exchange.error(code, message)
        await ok(exchange)

    return mode


async def wants_completion_tokens(exchange: Exchange) -> None:
    if "max_tokens" in exchange.body:
        await exchange.error(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            param="max_tokens",
        )
    else:
        await ok(exchange)


async def hangs_up(exchange: Exchange) -> None:
    """Closes the connection at once, as a server does with one that was kept too long."""
    exchange.cut()


async def slow(exchange: Exchange) -> None:
    await asyncio.sleep(1)
    await ok(exchange)


async def stalls(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.say(WORDS[:2])
    await asyncio.sleep(1)


async def cuts(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.say(WORDS[:2])
    await asyncio.sleep(0.05)
    exchange.cut()


async def ends_early(exchange: Exchange) -> None:
    """Ends in good order, but without the finish that every answer has."""
    await exchange.start()
    await exchange.say(WORDS[:2])
    await exchange.send("0\r\n\r\n")


async def garbage(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.say(WORDS[:1])
    await exchange.event('{"choices": [')
    await exchange.finish()


async def strange(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.event({"choices": "none today"})
    await exchange.finish()


async def web_page(exchange: Exchange) -> None:
    await exchange.answer(200, "<html><body>Welcome</body></html>")


def empty(reason: str) -> Mode:
    async def mode(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.event(chunk({"role": "assistant", "content": ""}))
        await exchange.finish(reason)

    return mode
