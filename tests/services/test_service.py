"""A search service at work over HTTP: what is sent, what comes back, what goes wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.services import described
from tests.services.film_server import film_search
from tests.services.video_server import (
    KEY,
    Exchange,
    Mode,
    VideoServer,
    good,
    hangs,
    hangs_up,
    quota,
    refusing,
    saying,
    serving,
    web_page,
)

from recllm.errors import (
    ServiceAnswerError,
    ServiceError,
    ServiceKeyError,
    ServiceQuotaError,
    ServiceTimeoutError,
)
from recllm.services.cache import Cache
from recllm.services.description import Caching, Paging
from recllm.services.service import SearchService
from recllm.types import Constraint, Op

DEEP = "deep sea documentary"


@pytest.fixture
async def opened() -> AsyncIterator[Callable[..., SearchService]]:
    """Make services that are closed after the test."""
    made: list[SearchService] = []

    def make(server: VideoServer, **limits: Any) -> SearchService:
        made.append(described.service(server, **limits))
        return made[-1]

    yield make
    for service in made:
        await service.close()


Open = Callable[..., SearchService]


async def test_a_search_and_its_details_make_items(opened: Open) -> None:
    async with serving() as server:
        page = await opened(server).search(DEEP)
    first = page.items[0]
    assert first.title == "Life in the Midnight Zone"
    assert first.url == "https://www.youtube.com/watch?v=vid00000001"
    assert first.image == "https://i.ytimg.example/vi/vid00000001/hqdefault.jpg"
    assert first.attributes == {
        "channel": "Blue Planet Diaries",
        "published": "2021-03-04",
        "duration": 52.2,
        "views": 1830422.0,
        "likes": 45760.0,
        "category": ("Science & Technology",),
        "tags": ("deep sea", "ocean", "documentary", "marine biology"),
        "language": "English",
    }
    # Promotional lines are no description of an item.
    assert first.text.endswith("animals that glow there.")
    assert page.problems == ()


async def test_what_is_sent(opened: Open) -> None:
    async with serving() as server:
        await opened(server).search("  deep   sea ")
        search, details = server.asked
    assert search.query == {
        "part": "snippet", "type": "video", "q": "deep sea", "maxResults": "25",
        "order": "relevance", "safeSearch": "moderate",
    }  # fmt: skip
    assert details.query["id"].startswith("vid00000001,vid")
    assert details.query["part"] == "snippet,contentDetails,statistics"
    assert [e.headers["x-goog-api-key"] for e in server.asked] == [KEY, KEY]


async def test_pages_by_token(opened: Open) -> None:
    async with serving() as server:
        service = opened(server, results=3)
        first = await service.search("documentary")
        second = await service.search("documentary", page=first.next)
        last = await service.search("documentary", page=second.next)
    ids = [[i.id for i in page.items] for page in (first, second, last)]
    assert [len(i) for i in ids] == [3, 3, 1]
    assert len({i for page in ids for i in page}) == 7
    assert last.next == ""
    assert server.searches[1]["pageToken"] == "P3"


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_pages_by_offset(method: str) -> None:
    async with serving(film_search) as server:
        service = SearchService(described.films(server.url, method=method, size=3), {})
        first = await service.search("love")
        second = await service.search("love", page=first.next)
        await service.close()
    assert first.next == "3"
    assert len({i.id for i in (*first.items, *second.items)}) == 6


async def test_conditions_that_the_service_understands_are_said_to_it(opened: Open) -> None:
    def condition(name: str, op: Op, *values: float | str) -> Constraint:
        return Constraint(attribute=name, op=op, values=values)

    asked: list[tuple[tuple[Constraint, ...], dict[str, str]]] = [
        ((condition("duration", Op.LT, 4.0),), {"videoDuration": "short"}),
        ((condition("duration", Op.LT, 10.0),), {}),
        (
            (condition("duration", Op.GE, 5.0), condition("duration", Op.LE, 15.0)),
            {"videoDuration": "medium"},
        ),
        ((condition("duration", Op.GT, 60.0),), {"videoDuration": "long"}),
        ((condition("published", Op.GE, "2020"),), {"publishedAfter": "2020-01-01T00:00:00Z"}),
        ((condition("published", Op.GT, "2020"),), {"publishedAfter": "2021-01-01T00:00:00Z"}),
        ((condition("published", Op.LT, "2020-05"),), {"publishedBefore": "2020-05-01T00:00:00Z"}),
        (
            (condition("published", Op.EQ, "2020"),),
            {
                "publishedAfter": "2020-01-01T00:00:00Z",
                "publishedBefore": "2021-01-01T00:00:00Z",
            },
        ),
        ((condition("language", Op.EQ, "German"),), {"relevanceLanguage": "de"}),
        ((condition("language", Op.EQ, "German", "French"),), {}),
        ((condition("language", Op.NE, "German"), condition("duration", Op.NE, 3.0)), {}),
        ((condition("channel", Op.EQ, "Ocean"),), {}),
    ]
    async with serving() as server:
        service = opened(server)
        for where, _ in asked:
            await service.search("sea", where=where)
        common = set(server.searches[1])
        sent = [{k: v for k, v in s.items() if k not in common} for s in server.searches]
    # Requests that come out the same are made once.
    expected = [extra for _, extra in asked]
    assert sent == [e for n, e in enumerate(expected) if e not in expected[:n]]


async def test_without_words_what_is_popular(opened: Open) -> None:
    async with serving() as server:
        page = await opened(server).search("")
    assert page.items[0].title == "Cat vs. Cucumber: The Rematch"
    assert [e.query.get("chart") for e in server.asked] == ["mostPopular"]


async def test_the_same_again_is_not_asked_again(opened: Open) -> None:
    async with serving() as server:
        service = opened(server)
        assert await service.search(DEEP) == await service.search(DEEP)
    assert len(server.asked) == 2


async def test_answers_on_disk_serve_the_next_process(tmp_path: Path) -> None:
    youtube = described.youtube().model_copy(update={"cache": Caching(disk=True)})
    async with serving() as server:
        for _ in range(2):
            service = SearchService(youtube, described.environment(server), tmp_path)
            page = await service.search(DEEP)
            await service.close()
        assert len(server.asked) == 2
        assert len(page.items) == 9
        # A file that somebody has damaged is asked for again.
        _damage(tmp_path)
        service = SearchService(youtube, described.environment(server), tmp_path)
        assert await service.search(DEEP) == page
        await service.close()
    assert len(server.asked) == 4


def _damage(folder: Path) -> None:
    for file in folder.iterdir():
        assert KEY not in file.read_text() + file.name
        file.write_text('{"until": "soon"')


def test_answers_are_kept_for_a_while_and_within_a_size() -> None:
    now = [1000.0]
    cache = Cache(Caching(seconds=10, bytes=30), clock=lambda: now[0])
    cache.put("a", "x" * 12)
    cache.put("b", "y" * 12)
    assert cache.get("a") == "x" * 12
    cache.put("c", "z" * 12)
    assert [cache.get(k) is None for k in "abc"] == [False, True, False]
    cache.put("d", "w" * 31)
    assert cache.get("d") is None
    now[0] += 11
    assert cache.get("a") is None
    off = Cache(Caching(seconds=0))
    off.put("a", "x")
    assert off.get("a") is None


# ── What goes wrong ──────────────────────────────────────────────────────────────────────────

REFUSALS: dict[str, tuple[Mode, type[ServiceError], str, int]] = {
    "quota": (quota, ServiceQuotaError, "The quota of YouTube is used up (HTTP 403", 1),
    "key": (
        refusing(400, "keyInvalid", "API key not valid."), ServiceKeyError,
        "YouTube refused the key (HTTP 400: API key not valid.)", 1,
    ),
    "forbidden": (refusing(403, "forbidden"), ServiceKeyError, "refused the key (HTTP 403", 1),
    "bad request": (
        refusing(400, "invalidParameter", "Invalid q"), ServiceError,
        "did not accept the request (HTTP 400: Invalid q)", 1,
    ),
    "not found": (refusing(404, "notFound"), ServiceError, "did not accept the request", 1),
    "moved": (saying({}, 302), ServiceError, "has moved (HTTP 302)", 1),
    "broken": (refusing(500, "backendError"), ServiceError, "has a fault of its own", 3),
    "busy": (refusing(429, "x"), ServiceQuotaError, "is asked too often", 3),
    "rate": (refusing(403, "rateLimitExceeded"), ServiceQuotaError, "asked too often", 3),
    "web page": (web_page, ServiceAnswerError, "is a web page", 1),
    "empty": (saying(b""), ServiceAnswerError, "is empty", 1),
    "not JSON": (saying(b'{"items": ['), ServiceAnswerError, "is not JSON", 1),
    "deep": (saying(b"[" * 100_000), ServiceAnswerError, "is not JSON", 1),
    "a number": (saying(7), ServiceAnswerError, "is a int", 1),
    "wrong type": (saying({"items": "none"}), ServiceAnswerError, "has no list at 'items'", 1),
    "hangs up": (hangs_up, ServiceError, "cannot be reached at http://127.0.0.1", 3),
}  # fmt: skip


@pytest.mark.parametrize(("mode", "kind", "said", "attempts"), REFUSALS.values(), ids=REFUSALS)
async def test_refusals(
    mode: Mode, kind: type[ServiceError], said: str, attempts: int, opened: Open
) -> None:
    async with serving(mode) as server:
        with pytest.raises(ServiceError) as raised:
            await opened(server).search(DEEP)
    assert type(raised.value) is kind
    assert said in str(raised.value)
    assert len(server.asked) == attempts
    assert KEY not in str(raised.value)


async def test_a_server_that_hangs_is_given_up_within_the_deadline(opened: Open) -> None:
    async with serving(hangs) as server:
        with pytest.raises(ServiceTimeoutError, match="did not answer in time"):
            await opened(server, timeout=0.2, deadline=0.5).search(DEEP)
    assert len(server.asked) <= 3


async def test_it_tries_again_and_succeeds(opened: Open) -> None:
    async with serving(refusing(503, "backendError"), hangs_up, good) as server:
        page = await opened(server).search(DEEP)
    assert len(page.items) == 9
    assert len(server.asked) == 4


async def test_it_waits_as_long_as_it_is_told_and_not_beyond_the_deadline(opened: Open) -> None:
    asked: list[float] = []

    async def patient(exchange: Exchange) -> None:
        """Refuses whoever comes back within a second."""
        asked.append(asyncio.get_running_loop().time())
        early = asked[-1] - asked[0] < 1.0
        await (refusing(429, "x", Retry_After="1.1") if early else good)(exchange)

    async with serving(patient) as server:
        assert (await opened(server, attempts=2).search(DEEP)).items
    async with serving(refusing(429, "x", Retry_After="3600"), good) as server:
        with pytest.raises(ServiceQuotaError):
            await opened(server).search(DEEP)
    assert len(server.asked) == 1
    async with serving(refusing(429, "x", Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), good) as s:
        assert (await opened(s).search(DEEP)).items
    async with serving(refusing(429, "x", Retry_After="soon"), good) as s:
        assert (await opened(s).search(DEEP)).items


async def test_too_long_an_answer_is_not_read_to_its_end(opened: Open) -> None:
    async with serving(saying({"items": ["x" * 3000]})) as server:
        with pytest.raises(ServiceAnswerError, match=r"longer than 2,000 bytes"):
            await opened(server, bytes=2000).search(DEEP)


async def test_nothing_listens() -> None:
    async with serving() as server:
        pass
    service = described.service(server)
    with pytest.raises(ServiceError, match="cannot be reached"):
        await service.search(DEEP)
    await service.close()


async def test_missing_details_cost_only_the_details(opened: Open) -> None:
    async def half(exchange: Exchange) -> None:
        await (good if exchange.path.endswith("/search") else quota)(exchange)

    async with serving(half) as server:
        page = await opened(server).search(DEEP)
    assert page.items[0].title == "Life in the Midnight Zone"
    assert "duration" not in page.items[0].attributes
    assert "quota" in page.problems[0]


async def test_the_key_stays_out_of_the_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    youtube = described.youtube()
    search = youtube.search.model_copy(
        update={"parameters": {**youtube.search.parameters, "key": "${YOUTUBE_API_KEY}"}}
    )
    async with serving() as server:
        leaky = youtube.model_copy(update={"search": search})
        service = SearchService(leaky, described.environment(server))
        await service.search(DEEP)
        await service.close()
        assert server.searches[0]["key"] == KEY
    assert "/search" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    "words", ["\ud800", "\x00", "%&=?#", "電影", "a" * 5000, "${HOME} {limit}"]
)
async def test_any_words_may_be_asked(words: str, opened: Open) -> None:
    async with serving() as server:
        await opened(server).search(words)
    assert server.searches[0]["q"] == words.encode("utf-8", "replace").decode()[:200]


async def test_any_token_of_a_page_is_only_passed_on(opened: Open) -> None:
    async def odd(exchange: Exchange) -> None:
        items = [{"id": "a", "snippet": {"title": "A"}}]
        await exchange.answer(200, {"items": items, "nextPageToken": "²&pageToken=x"})

    async with serving(odd) as server:
        service = opened(server)
        page = await service.search("sea")
        again = await service.search("sea", page=page.next)
    assert server.searches[1]["pageToken"] == page.next == again.next == "²&pageToken=x"


async def test_pages_by_number() -> None:
    asked: list[str] = []

    async def numbered(exchange: Exchange) -> None:
        asked.append(exchange.query["p"])
        hits = [{"key": f"{asked[-1]}-{n}", "name": "x"} for n in range(2)]
        await exchange.answer(200, {"hits": hits if len(asked) < 3 else hits[:1]})

    async with serving(numbered) as server:
        films = described.films(server.url, method="GET", size=2)
        search = films.search.model_copy(update={"parameters": {"p": "{page}"}})
        paging = Paging(kind="number")
        service = SearchService(films.model_copy(update={"search": search, "paging": paging}), {})
        page = await service.search("x")
        while page.next:
            page = await service.search("x", page=page.next)
        await service.close()
    assert asked == ["1", "2", "3"]


async def test_requests_may_run_at_once(opened: Open) -> None:
    async with serving() as server:
        service = opened(server)
        asked = ("cats", "jazz", "bread", "chess", "yoga")
        pages = await asyncio.gather(*(service.search(words) for words in asked))
    assert all(page.items for page in pages)
