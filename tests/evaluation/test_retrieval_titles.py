"""Recorded lists of titles: read, matched, asked for; and what language models found."""

from __future__ import annotations

from pathlib import Path

import pytest
import retrieval_files as files
from hypothesis import given
from hypothesis import strategies as st

from recllm.errors import EvaluationError, LLMAuthError, LLMError, LLMTimeoutError
from recllm.evaluation.retrieval.asking import ask_titles, request_of
from recllm.evaluation.retrieval.datasets import load_dataset
from recllm.evaluation.retrieval.he2023 import compare, pairs, published, read_references
from recllm.evaluation.retrieval.listed import (
    Fused,
    Listed,
    Matcher,
    parse_titles,
    read_titles,
    write_titles,
)
from recllm.evaluation.retrieval.offline import Outcome
from recllm.evaluation.retrieval.run import with_lists
from recllm.evaluation.retrieval.values import Dataset
from recllm.llm.scripted import ScriptedLLM
from recllm.types import LLMRequest

SNAPSHOT = Path(__file__).resolve().parent.parent / "snapshots" / "name_titles.txt"


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return load_dataset("redial-zeroshot", files.write(tmp_path))


# ── Lists ────────────────────────────────────────────────────────────────────────────────────


def test_answers_are_cut_into_titles() -> None:
    answer = (
        '1. Moon Race (1999)\n2) "Old Mill" - a classic\n\n- *Semi-Detached*\n1. Moon Race (1999)'
    )
    assert parse_titles(answer) == ("Moon Race (1999)", "Old Mill", "Semi-Detached")


@given(st.text())
def test_any_answer_is_cut(answer: str) -> None:
    assert all(0 < len(t) <= 120 for t in parse_titles(answer))


@pytest.mark.parametrize(
    ("title", "item"),
    [
        ("Red Harbour (1980)", "1"),
        ("Red Harbour (2010)", "2"),
        ("red harbour", "1"),
        ("Semi Detachd", "5"),
        ("Old Millinery", None),
        ("Mill", None),
        ("", None),
    ],
)
def test_titles_are_matched_as_published(dataset: Dataset, title: str, item: str | None) -> None:
    assert Matcher(dataset)(title) == item


@given(title=st.text())
def test_any_title_is_matched_or_not(title: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    match = Matcher(load_dataset("redial-zeroshot", files.write(tmp_path_factory.mktemp("d"))))
    assert match(title) in {None, "0", "1", "2", "3", "5"}


async def test_lists_are_ranked_and_fused(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "lists.jsonl"
    write_titles(path, "0", ["Moon Race (1999)", "Nothing", "Old Mill", "Old Mill (2001)"], "m")
    write_titles(path, "2", [], "m")
    lists = read_titles(path)
    listed = Listed(lists, Matcher(dataset))
    first = dataset.instances[0]
    assert await listed.rank(first) == ["0", "3"]
    assert await listed.rank(first.model_copy(update={"exclude": ("0",)})) == ["3"]
    assert await Fused([listed, listed]).rank(first) == ["0", "3"]
    assert [i.id for i in with_lists(dataset, lists).instances] == ["0", "2"]
    with pytest.raises(EvaluationError, match="'idx' must be"):
        with_lists(dataset, {"99": ()})


@pytest.mark.parametrize("row", ['{"idx": 1}', '{"idx": 1, "titles": "x"}', "nonsense", "[1]"])
def test_a_broken_list_is_named(row: str, tmp_path: Path) -> None:
    path = tmp_path / "lists.jsonl"
    path.write_text(row + "\n", "utf-8")
    with pytest.raises(EvaluationError, match=r"lists\.jsonl"):
        read_titles(path)


def test_half_a_line_of_a_killed_run_swallows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lists.jsonl"
    path.write_text('{"idx": "0", "titles": []}', "utf-8")
    write_titles(path, "1", ["Moon Race"], "m")
    assert read_titles(path) == {"0": (), "1": ("Moon Race",)}


# ── Asking ───────────────────────────────────────────────────────────────────────────────────


def test_the_question_is_as_stored(dataset: Dataset) -> None:
    request = request_of(dataset.instances[1], "film", 30)
    text = "".join(f"── {m.role} ──\n{m.content}\n" for m in request.messages)
    assert text == SNAPSHOT.read_text("utf-8")


async def test_a_run_goes_on_where_it_stopped(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lists.jsonl"

    def sometimes(request: LLMRequest) -> str:
        if "Old Mill" in request.messages[-1].content:
            raise LLMTimeoutError("too slow")
        return "1. Old Mill (2001)"

    assert await ask_titles(ScriptedLLM(sometimes, repeat=True), dataset, path, seconds=9) == 1
    assert set(read_titles(path)) == {"0", "1"}
    again = ScriptedLLM("Moon Race", repeat=True)
    assert await ask_titles(again, dataset, path, seconds=9) == 0
    assert len(again.requests) == 1
    assert read_titles(path)["2"] == ("Moon Race",)


@pytest.mark.parametrize("error", [LLMAuthError("refused"), LLMTimeoutError("too slow")])
async def test_what_cannot_be_answered_at_all_is_told(
    error: LLMError, dataset: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(type(error)):
        await ask_titles(
            ScriptedLLM(error, repeat=True), dataset, tmp_path / "lists.jsonl", seconds=9
        )


# ── Published outcomes ───────────────────────────────────────────────────────────────────────


def outcomes_file(folder: Path, model: str, ranks: list[tuple[int, int | None]]) -> None:
    rows = []
    for idx, rank in ranks:
        row: dict[str, object] = {"idx": idx, "condition": "rec"}
        for k in (1, 5, 10, 20):
            hit = rank is not None and rank <= k
            row |= {f"recall@{k}": int(hit), f"mrr@{k}": 1 / rank if hit and rank else 0.0}
        rows.append(row)
    files.table(folder / "references" / "he2023" / f"redial_new_items_{model}.csv", rows)


def test_outcomes_are_paired_by_row_and_place(tmp_path: Path) -> None:
    outcomes_file(tmp_path, "gpt-4", [(0, 3), (0, None), (1, 17)])
    (reference,) = read_references(tmp_path)
    assert reference.ranks == {("0", 0): 3, ("0", 1): None, ("1", 0): 17}
    ours = [
        Outcome("0", "a", "x", 1),
        Outcome("0", "a", "y", 40),
        Outcome("1", "b", "z", None),
        Outcome("2", "b", "w", 1),
    ]
    assert [p[1:] for p in pairs(ours, reference)] == [(1, 3), (40, None), (None, 17)]
    figures = published(reference).figures
    assert figures["recall@5"].mean == pytest.approx(1 / 3, abs=1e-6)
    assert "recall@50" not in figures
    compared = {(c.unit, c.metric): c for c in compare("us", ours, reference, seed=0)}
    assert compared["target", "recall@1"].difference == pytest.approx(1 / 3, abs=1e-6)
    assert compared["dialogue", "recall@20"].targets == 3


def test_a_broken_outcomes_file_is_named(tmp_path: Path) -> None:
    outcomes_file(tmp_path, "vicuna", [(0, 1)])
    path = tmp_path / "references" / "he2023" / "redial_new_items_vicuna.csv"
    path.write_text(path.read_text("utf-8").replace("mrr@20", "other"), "utf-8")
    with pytest.raises(EvaluationError, match="vicuna"):
        read_references(tmp_path)
