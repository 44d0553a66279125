from __future__ import annotations

import pytest

from recllm.errors import LLMTimeoutError, LLMUnavailableError
from recllm.llm.complete import complete
from recllm.llm.scripted import ScriptedLLM
from recllm.testing.llm import REQUEST, check_llm


async def test_keeps_the_contract() -> None:
    await check_llm(lambda: ScriptedLLM("Hello there, friend.", repeat=True))


async def test_says_texts_errors_and_functions_in_order() -> None:
    llm = ScriptedLLM(["one  two\n", LLMTimeoutError("late"), lambda r: r.messages[-1].content])
    assert (await complete(llm, REQUEST)).text == "one  two\n"
    with pytest.raises(LLMTimeoutError, match="late"):
        await complete(llm, REQUEST)
    assert (await complete(llm, REQUEST)).text == REQUEST.messages[-1].content
    assert llm.requests == [REQUEST] * 3
    assert llm.left == 0


async def test_streams_word_by_word() -> None:
    pieces = [c.text async for c in ScriptedLLM("Wants: a  comedy ").stream(REQUEST)]
    assert pieces == ["Wants:", " a", "  comedy", " ", ""]


async def test_says_when_it_runs_dry() -> None:
    llm = ScriptedLLM(["only this"])
    await complete(llm, REQUEST)
    with pytest.raises(LLMUnavailableError, match=r"given 1 and this is request 2.*five words"):
        await complete(llm, REQUEST)


async def test_repeats_only_the_last() -> None:
    llm = ScriptedLLM(["a", "b"], repeat=True)
    assert [(await complete(llm, REQUEST)).text for _ in range(3)] == ["a", "b", "b"]
