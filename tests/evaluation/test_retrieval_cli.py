"""The command from tiny files to its tables, with the encoder that needs no model."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import retrieval_files as files
from typer.testing import CliRunner

from recllm.catalog.index import Catalog
from recllm.cli import evaluate, evaluate_retrieval
from recllm.encoder import HashEncoder
from recllm.errors import ConfigError, EvaluationError
from recllm.evaluation.retrieval.datasets import load_dataset
from recllm.evaluation.retrieval.own import load_own
from recllm.evaluation.retrieval.queries import query_of
from recllm.evaluation.retrieval.ways import WAYS, chosen_ways, open_items
from recllm.llm.scripted import ScriptedLLM


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return files.write(tmp_path / "data")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECLLM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RECLLM_LLM", "none")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(evaluate_retrieval, "make_encoder", HashEncoder)
    return tmp_path / "home"


def run(*options: str) -> str:
    result = CliRunner().invoke(evaluate.app, ["retrieval", *options])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_all_ways_are_measured_beside_the_baselines(folder: Path, tmp_path: Path) -> None:
    out = run(
        *("--dataset", "redial-zeroshot", "--data", str(folder), "--ease"),
        *("--json", str(tmp_path / "out.json")),
    )
    for name in ("popularity", "co-mention", "EASE", *WAYS):
        assert name in out
    written = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert written["instances"] == 3
    results = {(r["system"], r["condition"]): r for r in written["results"]}
    assert results["bm25", "new"]["targets"] == 3
    assert results["bm25", "all"]["targets"] == 5
    copied = results["copy last named", "all"]["figures"]["recall@1"]
    assert copied["mean"] == 0.4
    assert copied["error"] > 0


def test_the_baselines_alone_and_json_alone(folder: Path, home: Path) -> None:
    out = run("--dataset", "opendialkg", "--data", str(folder), "--ways", "none", "--json", "-")
    assert {r["system"] for r in json.loads(out)["results"]} == {
        "popularity",
        "copy last named",
        "co-occurrence",
        "copy + co-occurrence",
    }
    assert not (home / "evaluation").exists()


def test_recorded_titles_are_ranked_and_fused(folder: Path, tmp_path: Path) -> None:
    lists = tmp_path / "lists.jsonl"
    files.jsonl(lists, [{"idx": 0, "titles": ["Old Mill (2001)", "Red Harbour (1980)"]}])
    out = run(
        *("--dataset", "redial-zeroshot", "--data", str(folder), "--titles", str(lists)),
        *("--ways", "bm25", "--json", "-"),
    )
    written = json.loads(out)
    assert written["instances"] == 1
    figures = {r["system"]: r["figures"]["recall@5"]["mean"] for r in written["results"]}
    assert figures["recorded titles"] == figures["recorded titles + bm25"] == 1.0


def test_titles_are_asked_for_and_kept(
    folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    llm = ScriptedLLM("1. Old Mill (2001)", repeat=True, name="some model")
    monkeypatch.setattr(evaluate_retrieval, "choose_llm", lambda settings: llm)
    options = ("--dataset", "redial-zeroshot", "--data", str(folder), "--ways", "none")
    out = run(*options, "--ask-titles", "2", "--json", "-")
    assert json.loads(out)["instances"] == 2
    assert (home / "evaluation" / "titles" / "redial-zeroshot-some-model.jsonl").is_file()
    run(*options, "--ask-titles", "2", "--json", "-")
    assert len(llm.requests) == 2


def test_published_outcomes_are_compared(folder: Path) -> None:
    rows = [
        {"idx": idx, "mrr@20": value, "recall@1": 0}
        for idx, value in ((0, 1.0), (0, 0.0), (1, 0.5))
    ]
    files.table(folder / "references" / "he2023" / "redial_new_items_gpt-4.csv", rows)
    out = run("--dataset", "redial-zeroshot", "--data", str(folder), "--ways", "bm25")
    assert "gpt-4 (He et al. 2023)" in out
    assert "paired bootstrap by dialogue" in out
    assert "interleaved" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dataset", "nonsense"], "'nonsense'"),
        (["--dataset", "opendialkg", "--part", "x"], "--part 'x'"),
        (["--dataset", "own"], "--sessions"),
        (["--dataset", "opendialkg", "--ways", "magic"], "'magic'"),
        (["--dataset", "opendialkg", "--ask-titles", "1"], "none is configured"),
    ],
)
def test_what_cannot_be_done_is_said(options: list[str], message: str, folder: Path) -> None:
    with pytest.raises((EvaluationError, ConfigError), match=message):
        run(*options, "--data", str(folder))


# ── Ways ─────────────────────────────────────────────────────────────────────────────────────


def test_ways_are_chosen_by_name() -> None:
    assert chosen_ways([]) == tuple(WAYS)
    assert chosen_ways(["bm25,fusion", "bm25"]) == ("bm25", "fusion")
    assert chosen_ways(["none"]) == ()


def test_a_query_is_what_the_product_would_ask(folder: Path) -> None:
    instance = load_dataset("redial-zeroshot", folder).instances[1]
    query = query_of(instance.model_copy(update={"exclude": instance.seen}))
    assert query.text == "Hi, I liked Moon Race (1999) What else?"
    assert query.liked == ("0",)
    assert query.similar_to == ("1", "0")
    assert set(query.exclude) == {"0", "1", "2"}
    assert query.conversation == instance.conversation


async def test_items_are_encoded_once(folder: Path, tmp_path: Path) -> None:
    dataset = load_dataset("redial-zeroshot", folder)
    told: list[str] = []

    async def opened() -> Catalog:
        told.clear()
        return await open_items(
            dataset, tmp_path / "catalogs", HashEncoder(), lambda stage, *_: told.append(stage)
        )

    assert (await opened()).size == len(dataset.items)
    assert "encode" in told
    await opened()
    assert "encode" not in told


# ── Own sessions ─────────────────────────────────────────────────────────────────────────────

OWN = {
    "dialogue": "s1",
    "conversation": [{"role": "user", "content": "an old mill"}],
    "mentioned": ["0", {"item": "1", "role": "assistant"}],
    "targets": ["3"],
}


async def test_own_sessions_are_measured_on_the_own_catalogue(folder: Path, home: Path) -> None:
    dataset = load_dataset("redial-zeroshot", folder)
    catalog = await open_items(dataset, home / "catalogs", HashEncoder(), lambda *_: None)
    path = folder / "own.jsonl"
    files.jsonl(path, [OWN, OWN | {"part": "train"}])
    loaded = await load_own(path, catalog)
    assert (len(loaded.instances), len(loaded.train.instances)) == (1, 1)
    assert loaded.instances[0].seen == ("0", "1")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (OWN | {"targets": ["99"]}, "'99'"),
        (OWN | {"part": "other"}, "row 1"),
        ({"targets": []}, "row 1"),
        (OWN | {"conversation": [{"role": "pirate", "content": ""}]}, "row 1"),
        (OWN | {"part": "train"}, "no turn"),
    ],
)
async def test_broken_own_sessions_are_named(
    row: dict[str, object], message: str, folder: Path, home: Path
) -> None:
    dataset = load_dataset("redial-zeroshot", folder)
    catalog = await open_items(dataset, home / "catalogs", HashEncoder(), lambda *_: None)
    path = folder / "own.jsonl"
    files.jsonl(path, [row])
    with pytest.raises(EvaluationError, match=message):
        await load_own(path, catalog)


def test_own_sessions_from_the_command_line(folder: Path, home: Path) -> None:
    dataset = load_dataset("redial-zeroshot", folder)
    opened = open_items(dataset, home / "catalogs", HashEncoder(), lambda *_: None)
    catalog = asyncio.run(opened)
    path = folder / "own.jsonl"
    files.jsonl(path, [OWN])
    options = ("--dataset", "own", "--sessions", str(path), "--catalog", catalog.name)
    written = json.loads(run(*options, "--ways", "bm25", "--json", "-"))
    figures = {r["system"]: r["figures"]["recall@1"]["mean"] for r in written["results"]}
    assert figures["bm25"] == 1.0
    assert not (home / "evaluation").exists()
