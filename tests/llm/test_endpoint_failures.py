from __future__ import annotations

import asyncio
import time

import pytest
from endpoints import KEY, REQUEST, closing_endpoint
from fake_server import (
    WORDS,
    Mode,
    busy,
    cuts,
    empty,
    ends_early,
    garbage,
    hangs_up,
    ok,
    rejecting,
    serving,
    slow,
    stalls,
    status,
    strange,
    web_page,
)

from recllm.errors import (
    LLMAuthError,
    LLMError,
    LLMRateLimitError,
    LLMTimeoutError,
    LLMUnavailableError,
)
from recllm.llm.complete import complete
from recllm.llm.endpoint import Endpoint


async def test_a_refusal_of_the_request_itself_is_not_remembered() -> None:
    too_long = status(400, "max_tokens is too large for this context")
    async with (
        serving(too_long, too_long, ok) as server,
        closing_endpoint(server.url) as llm,
    ):
        with pytest.raises(LLMUnavailableError, match="too large"):
            await complete(llm, REQUEST)
        await complete(llm, REQUEST)
    assert "max_tokens" in server.requests[-1]


@pytest.mark.parametrize("code", [401, 403])
async def test_a_refused_key_names_the_setting_and_hides_the_key(code: int) -> None:
    told = status(code, f"Incorrect API key provided: {KEY}")
    async with serving(told) as server, closing_endpoint(server.url) as llm:
        with pytest.raises(LLMAuthError, match="RECLLM_API_KEY") as caught:
            await complete(llm, REQUEST)
    assert server.url in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_the_key_is_in_no_message_repr_or_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    leaks = (status(500, f"panic with {KEY}"), rejecting("seed"))
    async with serving(*leaks) as server, closing_endpoint(server.url) as llm:
        with pytest.raises(LLMUnavailableError) as caught:
            await complete(llm, REQUEST)
        await complete(llm, REQUEST)
        shown = f"{llm!r} {llm.name} {caught.value!r} {caught.value.__cause__!r} {caplog.text}"
    assert "***" in str(caught.value)
    assert KEY not in shown


async def test_an_address_is_shown_without_its_password() -> None:
    llm = Endpoint("http://me:hunter2@127.0.0.1:9/v1", "m")
    with pytest.raises(LLMUnavailableError, match="Nothing answers at http://127") as caught:
        await complete(llm, REQUEST)
    await llm.close()
    assert "hunter2" not in f"{caught.value} {llm!r}"


async def test_an_unknown_model_names_it_and_the_setting() -> None:
    unknown = status(404, "model 'm' not found")
    async with serving(unknown) as server, closing_endpoint(server.url) as llm:
        with pytest.raises(LLMUnavailableError, match=r"'m'.*RECLLM_MODEL"):
            await complete(llm, REQUEST)


@pytest.mark.parametrize("header", [{"Retry_After": "0.1"}, {"retry_after_ms": "100"}, {}])
async def test_waits_and_tries_again_when_busy(header: dict[str, str]) -> None:
    refuses = busy(**header)
    async with serving(refuses, refuses, ok) as server, closing_endpoint(server.url) as llm:
        began = time.monotonic()
        assert (await complete(llm, REQUEST)).finish == "stop"
    assert len(server.requests) == 3
    assert time.monotonic() - began >= 0.2


async def test_does_not_wait_beyond_the_deadline() -> None:
    async with serving(busy(Retry_After="30")) as server, closing_endpoint(server.url) as llm:
        began = time.monotonic()
        with pytest.raises(LLMRateLimitError, match="429"):
            await complete(llm, REQUEST)
    assert time.monotonic() - began < 2


async def test_an_empty_account_is_not_worth_waiting() -> None:
    broke = status(429, "You exceeded your quota", code="insufficient_quota")
    async with serving(broke, ok) as server, closing_endpoint(server.url) as llm:
        with pytest.raises(LLMRateLimitError, match="billing"):
            await complete(llm, REQUEST)


async def test_a_connection_lost_before_the_answer_is_opened_again() -> None:
    async with serving(hangs_up, hangs_up, ok) as server, closing_endpoint(server.url) as llm:
        assert (await complete(llm, REQUEST)).finish == "stop"
    async with serving(hangs_up) as server, closing_endpoint(server.url) as llm:
        with pytest.raises(LLMUnavailableError, match="Nothing answers"):
            await complete(llm, REQUEST)
    assert len(server.requests) == 3


async def test_a_slow_start_is_a_timeout() -> None:
    async with serving(slow) as server, closing_endpoint(server.url) as llm:
        with pytest.raises(LLMTimeoutError, match="RECLLM_CALL_TIMEOUT"):
            await complete(llm, REQUEST.model_copy(update={"timeout": 0.2}))


@pytest.mark.parametrize(
    ("mode", "error", "words"),
    [
        (stalls, LLMTimeoutError, "within"),
        (cuts, LLMUnavailableError, "cut off"),
        (ends_early, LLMUnavailableError, "cut off"),
        (garbage, LLMUnavailableError, "broken"),
    ],
)
async def test_what_arrived_is_given_before_the_error(
    mode: Mode, error: type[LLMError], words: str
) -> None:
    arrived = ""

    async def read(llm: Endpoint) -> None:
        nonlocal arrived
        async for piece in llm.stream(REQUEST.model_copy(update={"timeout": 0.6})):
            arrived += piece.text

    async with serving(mode, ok) as server, closing_endpoint(server.url) as llm:
        with pytest.raises(error, match=words):
            await read(llm)
        assert len(server.requests) == 1
        assert (await complete(llm, REQUEST)).finish == "stop"
    assert "".join(WORDS).startswith(arrived)
    assert arrived


@pytest.mark.parametrize("mode", [strange, web_page, empty("stop"), status(500), status(503)])
async def test_no_answer_is_unavailable(mode: Mode) -> None:
    async with serving(mode) as server, closing_endpoint(server.url) as llm:
        with pytest.raises(LLMUnavailableError):
            await complete(llm, REQUEST)


async def test_an_answer_lost_to_reasoning_says_so() -> None:
    async with serving(empty("length")) as server, closing_endpoint(server.url) as llm:
        with pytest.raises(LLMUnavailableError, match="reasoning"):
            await complete(llm, REQUEST)


async def test_the_deadline_does_not_go_off_in_the_readers_code() -> None:
    seen = 0

    async def read(llm: Endpoint) -> None:
        nonlocal seen
        async for _ in llm.stream(REQUEST.model_copy(update={"timeout": 0.3})):
            await asyncio.sleep(0.4)
            seen += 1

    async with serving(stalls) as server, closing_endpoint(server.url) as llm:
        with pytest.raises(LLMTimeoutError):
            await read(llm)
    assert seen >= 1, "the reader's own waiting was not cut short"
