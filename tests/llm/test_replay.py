from __future__ import annotations

from pathlib import Path

import pytest

from recllm.errors import LLMTimeoutError, LLMUnavailableError
from recllm.llm.complete import complete
from recllm.llm.replay import RecordingLLM, ReplayLLM, request_key
from recllm.llm.scripted import ScriptedLLM
from recllm.testing.llm import REQUEST, check_llm


async def test_both_keep_the_contract(tmp_path: Path) -> None:
    path = tmp_path / "takes" / "hello.jsonl"
    await check_llm(lambda: RecordingLLM(ScriptedLLM("Hello, you.", repeat=True), path))
    await check_llm(lambda: ReplayLLM(path))


async def test_gives_the_same_pieces_in_the_order_recorded(tmp_path: Path) -> None:
    path = tmp_path / "takes.jsonl"
    recording = RecordingLLM(ScriptedLLM(["one two", "three"]), path)
    said = [[c async for c in recording.stream(REQUEST)] for _ in range(2)]
    llm = ReplayLLM(path)
    heard = [[c async for c in llm.stream(REQUEST)] for _ in range(3)]
    assert heard == [*said, said[-1]]
    assert llm.name == "scripted (replayed)"


async def test_a_miss_says_how_to_record(tmp_path: Path) -> None:
    path = tmp_path / "takes.jsonl"
    await complete(RecordingLLM(ScriptedLLM("hello"), path), REQUEST)
    other = REQUEST.model_copy(update={"seed": 1})
    with pytest.raises(LLMUnavailableError, match="RecordingLLM"):
        await complete(ReplayLLM(path), other)


def test_what_is_not_sent_makes_no_difference() -> None:
    patient = REQUEST.model_copy(update={"timeout": 99.0, "stage": "rank"})
    assert request_key(patient) == request_key(REQUEST)


async def test_failures_and_halves_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "takes.jsonl"
    llm = RecordingLLM(ScriptedLLM([LLMTimeoutError("late"), "one two three"]), path)
    with pytest.raises(LLMTimeoutError):
        await complete(llm, REQUEST)
    async for _ in llm.stream(REQUEST):
        break
    assert not path.exists()


@pytest.mark.parametrize(("content", "words"), [(None, "Cannot read"), ("{}\n", "Line 1")])
def test_a_bad_file_is_explained(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "takes.jsonl"
    if content:
        path.write_text(content)
    with pytest.raises(LLMUnavailableError, match=words):
        ReplayLLM(path)
