"""Every example of the documentation runs: the bash blocks and the Python blocks of each page.

A page is run from top to bottom in a folder and a home of its own, without a language model and
without a network; the films are indexed there already. ``<!-- not run -->`` on the line before a
block leaves it out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHOWN = ("src", "examples", "benchmarks", "evaluation")
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*) *$")
NOT_RUN = "<!-- not run -->"


class Block(NamedTuple):
    """A fenced example: what it is written in, where it starts, and its code."""

    language: str
    line: int
    code: str


def blocks(text: str) -> Iterator[Block]:
    """The bash and Python examples of a page that are not marked as not run."""
    lines = text.splitlines()
    start: int | None = None
    language = previous = ""
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if start is None and fence:
            start, language = number, fence["language"]
            if previous == NOT_RUN:
                language = ""
        elif start is not None and fence:
            if language in ("bash", "python"):
                yield Block(language, start, "\n".join(lines[start : number - 1]) + "\n")
            start = None
        previous = line.strip() or previous


def environment(home: Path) -> dict[str, str]:
    """That of a person in a terminal who has installed the package and configured no model."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RECLLM_", "OPENAI_"))}
    return kept | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT / "tests" / "offline"),
        "PYTHONIOENCODING": "utf-8",
        "HOME": str(home),
        "RECLLM_HOME": str(home),
        "RECLLM_LLM": "none",
        "COLUMNS": "100",
    }


def run(command: list[str], home: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the films are indexed, to be copied."""
    home = tmp_path_factory.mktemp("indexed")
    films = ROOT / "src" / "recllm" / "data" / "films.jsonl"
    done = run(["recllm", "index", str(films), "--catalog", "films"], home, home)
    assert done.returncode == 0, done.stdout
    return home


@pytest.fixture
def place(indexed: Path, tmp_path: Path) -> Path:
    """A folder that looks like the checkout, with a home beside it."""
    shutil.copytree(indexed, tmp_path / "home")
    # "recllm evaluate" keeps catalogues of its own: the films need not be encoded twice.
    shutil.copytree(indexed / "catalogs", tmp_path / "home" / "evaluation" / "catalogs")
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in SHOWN:
        if (ROOT / name).exists():
            (folder / name).symlink_to(ROOT / name)
    return folder


def test_blocks_are_found_and_left_out_as_marked() -> None:
    text = "```bash\na\n```\n<!-- not run -->\n\n```bash\nb\n```\n```python\nc\n```\n```\nd\n```\n"
    assert [(b.language, b.line, b.code) for b in blocks(text)] == [
        ("bash", 1, "a\n"),
        ("python", 9, "c\n"),
    ]


@pytest.mark.parametrize(
    "page", [p for p in PAGES if [*blocks(p.read_text("utf-8"))]], ids=lambda page: str(page.name)
)
def test_the_examples_of_a_page_run(page: Path, place: Path) -> None:
    for block in blocks(page.read_text("utf-8")):
        python = [sys.executable, "-c", block.code]
        command = ["bash", "-euo", "pipefail", "-c", block.code]
        done = run(python if block.language == "python" else command, place.parent / "home", place)
        where = f"{page.relative_to(ROOT)}:{block.line}"
        assert done.returncode == 0, f"{where} failed\n{block.code}\n{done.stdout}"
        assert "Traceback" not in done.stdout, f"{where}\n{done.stdout}"
