"""A real HTTP server on loopback that plays the YouTube Data API v3, well or badly.

``python -m tests.services.video_server`` serves it by hand and prints its address.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

from tests.services.videos import BY_ID, VIDEOS, Video, search_result, video_resource

KEY = "AIza-loopback-key-0123456789"


class Exchange:
    """One request, and the ways to answer it."""

    def __init__(
        self, target: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> None:
        parts = urlsplit(target)
        self.path, self.headers, self.body = parts.path, headers, body
        self.query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        self._writer = writer

    async def answer(self, status: int, content: Any, **headers: str) -> None:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        lines = {"Content-Type": "application/json; charset=UTF-8", "Connection": "close"}
        lines |= {"Content-Length": str(len(raw))}
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        said = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._writer.write(f"HTTP/1.1 {status} Status\r\n{said}\r\n".encode() + raw)
        await self._writer.drain()

    async def refuse(self, status: int, reason: str, message: str, **headers: str) -> None:
        """The error format of Google's APIs."""
        errors = [{"message": message, "domain": "youtube", "reason": reason}]
        error = {"code": status, "message": message, "errors": errors}
        await self.answer(status, {"error": error}, **headers)

    def cut(self) -> None:
        self._writer.transport.abort()


Mode: TypeAlias = Callable[[Exchange], Awaitable[None]]


class VideoServer:
    """Answers by its modes: each once, the last for ever; without modes it does as it should."""

    def __init__(self, *modes: Mode) -> None:
        self.modes = list(modes)
        self.asked: list[Exchange] = []
        self.url = ""

    @property
    def searches(self) -> list[dict[str, str]]:
        """The parameters of the searches so far."""
        return [e.query for e in self.asked if e.path.endswith("/search")]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            exchange = Exchange(head[0].split()[1], headers, body, writer)
            self.asked.append(exchange)
            await self._respond(exchange)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def _respond(self, exchange: Exchange) -> None:
        if not self.modes:
            return await good(exchange)
        mode = self.modes.pop(0) if len(self.modes) > 1 else self.modes[0]
        await mode(exchange)


@asynccontextmanager
async def serving(*modes: Mode) -> AsyncIterator[VideoServer]:
    played = VideoServer(*modes)
    server = await asyncio.start_server(played.serve, "127.0.0.1", 0)
    played.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/youtube/v3"
    try:
        yield played
    finally:
        server.close()


# ── What the service does ────────────────────────────────────────────────────────────────────


async def good(exchange: Exchange) -> None:
    """Answers as documented, and refuses what the documentation does not allow."""
    if exchange.headers.get("x-goog-api-key") != KEY:
        message = "API key not valid. Please pass a valid API key."
        return await exchange.refuse(400, "keyInvalid", message)
    query = exchange.query
    if not 0 <= int(query.get("maxResults", "5")) <= 50:
        return await exchange.refuse(400, "invalidParameter", "Invalid value for maxResults.")
    if exchange.path.endswith("/search"):
        return await _search(exchange)
    if exchange.path.endswith("/videos"):
        return await _videos(exchange)
    await exchange.refuse(404, "notFound", "Not Found")


async def _search(exchange: Exchange) -> None:
    query = exchange.query
    if query.get("part") != "snippet" or query.get("type") != "video":
        return await exchange.refuse(400, "missingRequiredParameter", "No filter selected.")
    found = sorted(
        ((_score(v, query.get("q", "")), v) for v in VIDEOS if _allowed(v, query)),
        key=lambda pair: -pair[0],
    )
    await _page(exchange, "searchListResponse", [search_result(v) for s, v in found if s > 0])


async def _videos(exchange: Exchange) -> None:
    query = exchange.query
    if query.get("chart") == "mostPopular":
        popular = sorted(VIDEOS, key=lambda v: -v.views)
        return await _page(exchange, "videoListResponse", [video_resource(v) for v in popular])
    ids = query.get("id", "").split(",")
    if len(ids) > 50:
        return await exchange.refuse(400, "invalidFilters", "Too many ids.")
    found = [video_resource(BY_ID[i]) for i in ids if i in BY_ID]
    await exchange.answer(200, {"kind": "youtube#videoListResponse", "items": found})


async def _page(exchange: Exchange, kind: str, results: list[dict[str, Any]]) -> None:
    size = int(exchange.query.get("maxResults", "5"))
    start = int(exchange.query.get("pageToken", "P0").removeprefix("P"))
    answer: dict[str, Any] = {
        "kind": f"youtube#{kind}",
        "etag": "e",
        "regionCode": "GB",
        "pageInfo": {"totalResults": len(results), "resultsPerPage": size},
        "items": results[start : start + size],
    }
    if start + size < len(results):
        answer["nextPageToken"] = f"P{start + size}"
    await exchange.answer(200, answer)


def _score(video: Video, words: str) -> float:
    record = f"{video.title} {' '.join(video.tags)} {video.text} {video.channel}".lower()
    have = re.findall(r"\w+", record)
    asked = [w.rstrip("s") for w in re.findall(r"\w+", words.lower())]
    hits = sum(any(h.startswith(w) for h in have) for w in asked)
    return hits if hits * 3 >= len(asked) else 0


def _allowed(video: Video, query: dict[str, str]) -> bool:
    after, before = query.get("publishedAfter", ""), query.get("publishedBefore", "Z")
    if not after <= video.published < before:
        return False
    hours, minutes = (re.search(rf"(\d+){unit}", video.duration) for unit in "HM")
    length = 60 * int(hours[1] if hours else 0) + int(minutes[1] if minutes else 0)
    match query.get("videoDuration", "any"):
        case "short":
            return length < 4
        case "medium":
            return 4 <= length <= 20
        case "long":
            return length >= 20
    return True


# ── What can go wrong ────────────────────────────────────────────────────────────────────────


def refusing(status: int, reason: str, message: str = "no", **headers: str) -> Mode:
    async def mode(exchange: Exchange) -> None:
        await exchange.refuse(status, reason, message, **headers)

    return mode


def saying(content: Any, status: int = 200) -> Mode:
    async def mode(exchange: Exchange) -> None:
        await exchange.answer(status, content)

    return mode


quota = refusing(
    403,
    "quotaExceeded",
    'The request cannot be completed because you have exceeded your <a href="/q">quota</a>.',
)
web_page = saying(b"<!DOCTYPE html><html><body>Sign in</body></html>")


async def hangs(exchange: Exchange) -> None:
    await asyncio.sleep(2)


async def hangs_up(exchange: Exchange) -> None:
    exchange.cut()


async def _main() -> None:
    async with serving() as played:
        print(f"export YOUTUBE_API_URL={played.url} YOUTUBE_API_KEY={KEY}", flush=True)
        seen = 0
        while True:
            await asyncio.sleep(0.2)
            for exchange in played.asked[seen:]:
                print(exchange.path, exchange.query, flush=True)
            seen = len(played.asked)


if __name__ == "__main__":
    asyncio.run(_main())
