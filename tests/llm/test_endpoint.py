from __future__ import annotations

import asyncio
from contextlib import closing

import pytest
from endpoints import KEY, REQUEST, closing_endpoint
from fake_server import (
    WORDS,
    ok,
    rejecting,
    serving,
    stalls,
    wants_completion_tokens,
)

from recllm.llm.complete import complete
from recllm.llm.endpoint import Endpoint
from recllm.testing.llm import check_llm


async def test_keeps_the_contract() -> None:
    async with serving(ok) as server:
        await check_llm(lambda: Endpoint(server.url, "m", KEY))


async def test_answers_with_usage_and_finish() -> None:
    async with serving(ok) as server, closing_endpoint(server.url) as llm:
        answer = await complete(llm, REQUEST)
    assert answer.text == "".join(WORDS)
    assert answer.finish == "stop"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (9, len(WORDS))
    assert not answer.logprobs
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


async def test_sends_what_the_request_says() -> None:
    asked = REQUEST.model_copy(
        update={"stop": ("\n",), "grammar": "root ::= [a-z]", "top_logprobs": 2, "seed": 7}
    )
    async with serving(ok) as server:
        async with closing_endpoint(server.url) as llm:
            answer = await complete(llm, asked)
        async with closing_endpoint(server.url, supports_grammar=True) as llm:
            await complete(llm, asked)
    plain, guided = server.requests
    assert plain["stop"] == ["\n"]
    assert plain["seed"] == 7
    assert plain["max_tokens"] == asked.max_tokens
    assert "grammar" not in plain
    assert guided["grammar"] == "root ::= [a-z]"
    assert len(answer.logprobs) == len(WORDS)
    assert answer.logprobs[0] == {"Hello": -0.1, "Hi": -2.5}


@pytest.mark.parametrize("code", [400, 422])
async def test_leaves_out_what_the_server_refuses_and_remembers(code: int) -> None:
    refuses = rejecting("seed", "logprobs", "stream_options", "temperature", code=code)
    async with serving(refuses) as server, closing_endpoint(server.url) as llm:
        asked = REQUEST.model_copy(update={"top_logprobs": 3})
        assert (await complete(llm, asked)).finish == "stop"
        tries = len(server.requests)
        assert (await complete(llm, asked)).finish == "stop"
    assert tries == 5
    assert len(server.requests) == tries + 1
    assert not {"seed", "logprobs", "top_logprobs", "stream_options"} & set(server.requests[-1])


async def test_says_max_completion_tokens_where_wanted() -> None:
    async with serving(wants_completion_tokens) as server, closing_endpoint(server.url) as llm:
        assert (await complete(llm, REQUEST)).text
    assert "max_tokens" not in server.requests[-1]
    assert server.requests[-1]["max_completion_tokens"] > REQUEST.max_tokens


async def test_a_cancelled_call_is_cancelled() -> None:
    async with serving(stalls) as server, closing_endpoint(server.url) as llm:
        task = asyncio.create_task(complete(llm, REQUEST))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def test_serves_one_event_loop_after_the_other() -> None:
    async def once() -> str:
        async with serving(ok) as server:
            llm.base_url = server.url
            answer = await complete(llm, REQUEST)
            await llm.close()
            return answer.text

    llm = Endpoint("", "m")
    for _ in range(2):
        with closing(asyncio.new_event_loop()) as loop:
            assert loop.run_until_complete(once()) == "".join(WORDS)


async def test_alive_looks_before_it_asks() -> None:
    async with serving(ok) as server, closing_endpoint(server.url) as llm:
        assert "has m" in await llm.alive()
        assert not server.requests
        for models in (["other"], None):
            server.models = models
            assert "answers" in await llm.alive()
        assert len(server.requests) == 2


async def test_a_proxy_and_keys_of_the_environment_stay_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer other")
    async with serving(ok) as server, closing_endpoint(server.url) as llm:
        await complete(llm, REQUEST)
    assert "openai-organization" not in server.headers[0]
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
