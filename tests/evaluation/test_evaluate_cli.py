"""The command, from the shipped films to its exit code, with the encoder that needs no model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recllm.cli import evaluate
from recllm.encoder import HashEncoder
from recllm.errors import EvaluationError
from recllm.evaluation.scenario_catalogs import data_directory, source_of

EASY = """
- name: easy
  catalog: films
  kind: constraints
  turns:
    - say: horror films from the 1980s
      expect: {slate: some, each: [genres = Horror, year >= 1980, year <= 1989]}
    - say: more
      expect: {excludes: shown}
    - say: thanks
      expect: {slate: none}
"""
HARD = EASY.replace("slate: some, each", "slate: 99, each")


@pytest.fixture(autouse=True)
def hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "make_encoder", HashEncoder)


def run(folder: Path, text: str, *options: str) -> tuple[int, str]:
    (folder / "a.yaml").write_text(text, "utf-8")
    command = ["scenarios", "--scenarios", str(folder), "--llm", "none", *options]
    result = CliRunner().invoke(evaluate.app, command)
    return result.exit_code, result.stdout


def test_the_suite_runs_over_the_shipped_films(tmp_path: Path) -> None:
    code, out = run(tmp_path, EASY, "--json", str(tmp_path / "out.json"))
    assert code == 0, out
    assert "1 conversations, 3 turns, 1 conversations without a failure" in out
    written = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert written["expectations"]["share"] == 1.0
    assert written["llm"] == "none"
    assert len(written["conversations"][0]["turns"]) == 3


def test_it_fails_below_the_floor_and_shows_what_failed(tmp_path: Path) -> None:
    code, out = run(tmp_path, HARD, "--failures", "--floor", "0.9")
    assert code == 1
    assert "easy, turn 1 (films)" in out
    assert "not 99 to 99" in out
    assert run(tmp_path, HARD, "--floor", "0.5")[0] == 0


def test_json_alone_goes_to_the_output(tmp_path: Path) -> None:
    code, out = run(tmp_path, EASY, "--json", "-")
    assert code == 0
    assert json.loads(out)["clean"] == 1


def test_data_that_is_missing_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECLLM_DATA", str(tmp_path))
    assert data_directory() == tmp_path
    with pytest.raises(EvaluationError, match=r"ted/ted_main\.csv.*RECLLM_DATA.*--catalog films"):
        source_of("ted", tmp_path)
    assert source_of("films", tmp_path)[0].is_file()


def test_the_data_folder_is_by_the_repository_if_none_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RECLLM_DATA")
    assert data_directory().parts[-2:] == ("shared", "data")
