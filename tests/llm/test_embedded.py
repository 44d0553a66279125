"""The real small model, briefly; ``recllm models install`` fetches its weights."""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gguf_adapter import write_adapter

from recllm.errors import LLMTimeoutError, LLMUnavailableError
from recllm.llm import llama
from recllm.llm.complete import complete
from recllm.llm.embedded import EmbeddedLLM, installed
from recllm.testing.llm import REQUEST, check_llm
from recllm.types import ChatMessage, LLMRequest

needs_weights = pytest.mark.skipif(
    installed() is None, reason="no embedded weights: run `recllm models install`"
)


@pytest.fixture
async def llm() -> AsyncIterator[EmbeddedLLM]:
    model = EmbeddedLLM()
    yield model
    await model.close()


def ask(text: str, max_tokens: int = 12, **fields: object) -> LLMRequest:
    said = (
        ChatMessage(role="system", content="You answer briefly."),
        ChatMessage(role="user", content=text),
    )
    return LLMRequest(messages=said, max_tokens=max_tokens).model_copy(update=fields)


@needs_weights
async def test_keeps_the_contract() -> None:
    keeps_it_running = EmbeddedLLM()
    await keeps_it_running.start()
    await check_llm(EmbeddedLLM)
    await keeps_it_running.close()


@needs_weights
async def test_grammar_probabilities_and_stream(llm: EmbeddedLLM) -> None:
    asked = ask("Is water wet?", grammar='root ::= "yes" | "no"', top_logprobs=3)
    answer = await complete(llm, asked)
    assert answer.text in ("yes", "no")
    assert len(answer.logprobs) >= 1
    assert all(len(top) == 3 and max(top.values()) <= 0 for top in answer.logprobs)
    pieces = [c async for c in llm.stream(ask("Tell me a long story.", 6))]
    assert len([p for p in pieces if p.text]) >= 3
    assert pieces[-1].finish == "length"
    assert pieces[-1].usage.completion_tokens == 6


@needs_weights
async def test_eight_at_once_share_one_server() -> None:
    models = [EmbeddedLLM() for _ in range(4)]
    asked = [ask(f"Name film number {n}.") for n in range(8)]
    calls = [complete(models[n % 4], request) for n, request in enumerate(asked)]
    answers = await asyncio.gather(*calls)
    assert all(a.text.strip() for a in answers)
    (server,) = llama._servers.values()
    assert server.users == 4
    for model in models:
        await model.close()
    assert not server.alive
    assert not llama._servers


@needs_weights
async def test_the_event_loop_runs_on_while_the_model_loads(llm: EmbeddedLLM) -> None:
    start = asyncio.create_task(llm.start())
    beats = 0
    while not start.done():
        await asyncio.sleep(0.01)
        beats += 1
    await start
    assert beats > 10, "loading takes a second and more; a loop that stands still beats once"


@needs_weights
async def test_a_server_that_died_is_started_again_for_all(llm: EmbeddedLLM) -> None:
    other = EmbeddedLLM()
    await asyncio.gather(complete(llm, REQUEST), complete(other, REQUEST))
    (server,) = llama._servers.values()
    assert server._process
    server._process.kill()
    server._process.wait()
    for model in (llm, other):
        assert (await complete(model, REQUEST)).text
    assert [s.users for s in llama._servers.values()] == [2]
    await other.close()


@needs_weights
async def test_an_adapter_changes_what_is_said(llm: EmbeddedLLM, tmp_path: Path) -> None:
    said = []
    for strength in (0.0, 0.5):
        write_adapter(tmp_path / f"{strength}.gguf", strength)
        tuned = EmbeddedLLM(adapter=tmp_path / f"{strength}.gguf")
        said.append((await complete(tuned, REQUEST)).text)
        await tuned.close()
    assert said[0] == (await complete(llm, REQUEST)).text
    assert said[0] != said[1]
    assert tuned.name.endswith("+ 0.5")


@needs_weights
async def test_a_forgotten_model_ends_its_server() -> None:
    model = EmbeddedLLM()
    await model.start()
    (server,) = llama._servers.values()
    del model
    for _ in range(100):
        gc.collect()
        if not server.alive:
            break
        await asyncio.sleep(0.05)
    assert not server.alive


@needs_weights
async def test_a_call_too_early_fails_and_the_start_goes_on(llm: EmbeddedLLM) -> None:
    with pytest.raises(LLMTimeoutError, match="did not start"):
        await complete(llm, ask("Hi", timeout=0.01))
    assert (await complete(llm, REQUEST)).text


@needs_weights
async def test_a_prompt_beyond_the_context_is_an_error(llm: EmbeddedLLM) -> None:
    with pytest.raises(LLMUnavailableError, match="context"):
        await complete(llm, ask("very " * 3000))


@needs_weights
def test_an_interrupted_program_leaves_no_server_behind() -> None:
    async def start_and_leave() -> None:
        with pytest.raises(LLMTimeoutError):
            await complete(model, ask("Hi", timeout=0.05))

    model = EmbeddedLLM()
    asyncio.run(start_and_leave())
    asyncio.run(model.close())
    assert not llama._servers


async def test_missing_weights_say_how_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recllm.llm.embedded.find_spec", lambda name: None)
    assert installed(tmp_path) is None
    with pytest.raises(LLMUnavailableError, match="recllm models install"):
        await complete(EmbeddedLLM(home=tmp_path), REQUEST)


async def test_missing_runtime_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recllm.llm.llama.find_spec", lambda name: None)
    (tmp_path / "m.gguf").touch()
    with pytest.raises(LLMUnavailableError, match="pip install xllamacpp"):
        await complete(EmbeddedLLM(tmp_path / "m.gguf"), REQUEST)


@pytest.mark.skipif(shutil.which("true") is None, reason="a POSIX program")
async def test_a_file_that_is_no_model_is_explained(tmp_path: Path) -> None:
    broken = tmp_path / "m.gguf"
    broken.write_bytes(b"not a model")
    with pytest.raises(LLMUnavailableError, match=r"m\.gguf.*recllm models install"):
        await complete(EmbeddedLLM(broken), REQUEST)


async def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LLMUnavailableError, match="nowhere"):
        await complete(EmbeddedLLM(tmp_path / "nowhere.gguf"), REQUEST)
