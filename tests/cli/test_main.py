"""The command itself: help that is fast and complete, errors as sentences, statuses."""

from __future__ import annotations

import subprocess
import sys
from typing import NoReturn

import pytest
from typer.testing import CliRunner, Result

from recllm.cli import main, session
from recllm.errors import UnknownCatalogError


def test_help_lists_the_commands_and_imports_none_of_them() -> None:
    code = (
        "import sys; from recllm.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*(m for m in sys.modules if m.startswith('recllm.') or m == 'lancedb'))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *told, modules = run.stdout.strip().splitlines()
    for name in main.COMMANDS:
        assert any(name in line for line in told)
    assert set(modules.split()) == {"recllm.cli", "recllm.cli.main", "recllm.errors"}


def test_help_of_chat_and_ask_is_light() -> None:
    code = (
        "import sys, recllm.cli.chat, recllm.cli.ask\n"
        "print(*({'lancedb', 'sqlalchemy', 'numpy', 'openai', 'pydantic'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main.app, list(arguments))


def test_the_version() -> None:
    result = invoke("--version")
    assert (result.exit_code, result.stdout.split()[0]) == (0, "recllm")


def test_no_command_shows_the_help() -> None:
    assert "Commands" in invoke().output


def test_a_misspelt_command_gets_a_guess() -> None:
    result = invoke("chta")
    assert result.exit_code == 2
    assert "Did you mean 'chat'?" in result.output


@pytest.mark.parametrize("name", list(main.COMMANDS))
def test_every_command_can_be_loaded(name: str) -> None:
    result = invoke(name, "--help")
    assert result.exit_code == 0, result.output


def run_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    async def fails(**flags: object) -> NoReturn:
        raise error

    monkeypatch.setattr(session, "open_for", fails)
    monkeypatch.setattr(sys, "argv", ["recllm", "ask", "hello"])
    with pytest.raises(SystemExit) as ended:
        main.run()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_an_error_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = UnknownCatalogError("no catalogue 'x'; make it with: recllm index SOURCE")
    assert run_with(monkeypatch, error) == 1
    told = capsys.readouterr()
    assert told.err == "Error: no catalogue 'x'; make it with: recllm index SOURCE\n"
    assert told.out == ""


def test_a_refusal_of_the_system_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_with(monkeypatch, PermissionError(13, "Permission denied", "home/catalogs")) == 1
    told = (
        "Error: 'home/catalogs': Permission denied. Check the path, the rights and the free space."
    )
    assert capsys.readouterr().err == f"{told}\n"


def test_an_interrupt_has_its_own_status(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_with(monkeypatch, KeyboardInterrupt()) == 130
