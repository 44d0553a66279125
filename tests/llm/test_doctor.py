from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from recllm.cli import checks, doctor
from recllm.cli.checks import Check
from recllm.config import load_settings
from recllm.encoder import HashEncoder
from recllm.errors import LLMUnavailableError
from recllm.llm.scripted import ScriptedLLM

app = Typer()
app.command()(doctor.doctor_command)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECLLM_HOME", str(tmp_path))
    monkeypatch.setenv("RECLLM_LLM", "none")
    monkeypatch.setattr(checks, "MiniLMEncoder", HashEncoder)
    return tmp_path


def examine() -> tuple[int, Mapping[str, Any]]:
    """The exit code, and the last line of the report for each name."""
    result = CliRunner().invoke(app, ["--json"])
    report = json.loads(result.stdout)
    assert report["works"] == (result.exit_code == 0)
    return result.exit_code, {check["what"]: check for check in report["checks"]}


def test_everything_that_is_needed_works(places: Path) -> None:
    code, found = examine()
    assert code == 0
    assert found["model"]["status"] == "ok"
    assert "recllm index" in found["catalogue"]["remedy"]
    assert str(places) in found["home"]["found"]
    assert "dimensions" in found["encoder"]["found"]
    assert "sessions.db" in found["sessions"]["found"]


def test_the_table_is_for_people() -> None:
    result = CliRunner().invoke(app)
    assert result.exit_code == 0
    assert "✓  program" in result.stdout
    assert "→ recllm index SOURCE" in result.stdout


def test_wrong_settings_are_the_first_thing_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECLLM_SLATE_SIZE", "99")
    code, found = examine()
    assert code == 1
    assert "RECLLM_SLATE_SIZE" in found["settings"]["found"]


def test_a_misspelt_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECLLM_MODLE", "gpt-5-mini")
    code, found = examine()
    assert code == 0
    assert "RECLLM_MODEL" in found["RECLLM_MODLE"]["remedy"]


def test_a_key_that_others_can_read_is_a_warning(places: Path) -> None:
    file = places / "recllm.toml"
    file.write_text("api_key = 'sk-hidden-from-all'")
    file.chmod(0o644)
    code, found = examine()
    assert code == 0
    assert "chmod 600" in found["key"]["remedy"]
    assert "hidden" not in str(found)
    file.chmod(0o600)
    assert "key" not in examine()[1]


def test_an_endpoint_that_does_not_answer_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LLM": "auto", "BASE_URL": "http://127.0.0.1:9/v1", "MODEL": "m"}.items():
        monkeypatch.setenv(f"RECLLM_{name}", value)
    code, found = examine()
    assert code == 1
    assert "127.0.0.1:9" in found["model"]["found"]
    assert "--llm none" in found["model"]["remedy"]


async def model_with(monkeypatch: pytest.MonkeyPatch, llm: object, /, **flags: object) -> Check:
    monkeypatch.setattr(checks, "choose_llm", lambda settings: llm)
    return await checks.language_model(load_settings(**flags))


async def test_the_small_model_says_how_to_use_a_larger_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check = await model_with(monkeypatch, ScriptedLLM("It makes you laugh."), llm="embedded")
    assert check.status == "ok"
    assert "small embedded model" in check.found
    assert "tokens/s" in check.found
    assert "RECLLM_BASE_URL=" in check.remedy
    assert "base_url = " in check.remedy


async def test_no_model_found_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    check = await model_with(monkeypatch, None, llm="auto")
    assert check.status == "warning"
    assert "recllm models install" in check.remedy


async def test_a_model_that_fails_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = ScriptedLLM(LLMUnavailableError("broken; mend it"), repeat=True)
    check = await model_with(monkeypatch, broken, llm="embedded")
    assert (check.status, check.found) == ("failed", "broken; mend it")


def test_a_home_that_is_a_file_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert checks.home(tmp_path / "file").status == "failed"
