"""chat and ask with the real recommender over a small catalogue, without a language model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from recllm.catalog.index import Catalog
from recllm.catalog.ingest import ingest
from recllm.cli import session as sessions
from recllm.cli.welcome import examples
from recllm.config import load_settings
from recllm.encoder import HashEncoder

Run = Callable[..., Result]


def test_a_conversation(real: Run) -> None:
    lines = (
        "a comedy under 95 minutes",
        "/why 1",
        "who directed the first one?",
        "/profile",
        "/more 1",
        "/trace",
        "thanks, bye",
    )
    result = real("chat", "--llm", "none", input="\n".join(lines))
    assert result.exit_code == 0
    told = result.stdout
    cards = told[told.index("1.  ") : told.index("Conditions for every film")]
    assert "The Bakery (1998)" in cards
    assert "Night Bus (1987)" in cards
    assert "Quiet Orbit" not in cards
    assert "Ben Okri" in cards
    assert "Candidates" in told
    assert "no calls" in told
    assert "Error" not in told


def test_one_question_continued_in_another_process(real: Run) -> None:
    first = json.loads(real("ask", "a comedy under 95 minutes", "--json").stdout)
    assert [s["number"] for s in first["slate"]] == list(range(1, len(first["slate"]) + 1))
    second = json.loads(real("ask", "who directed the first one?", "--json", "--resume").stdout)
    assert second["session"] == first["session"]
    assert (second["act"], second["slate"]) == ("answer", [])
    assert "Ben Okri" in second["reply"]


def test_the_examples_of_the_welcome_all_work(real: Run, indexed: Path) -> None:
    async def told() -> list[str]:
        return await examples(await Catalog.open(indexed / "catalogs", "films"))

    said = asyncio.run(told())
    assert len(said) == 3
    for example in said:
        assert json.loads(real("ask", example, "--json").stdout)["slate"], example


@pytest.mark.parametrize(
    "text", ["\x00\x1b[2J", "x" * 20_000, "/trace", "🎬" * 50, "'; DROP TABLE"]
)
def test_odd_messages_get_an_answer(real: Run, text: str) -> None:
    result = real("ask", "-", input=text)
    assert result.exit_code == 0
    assert result.stdout.strip()
    assert "\x1b" not in result.stdout


def test_a_catalogue_of_bare_titles_can_be_talked_about(
    real: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECLLM_HOME", str(tmp_path))
    source = tmp_path / "tea.csv"
    source.write_text("title,description\nGreen,fresh and grassy\nBlack,strong and malty\n")
    asyncio.run(ingest(source, tmp_path / "catalogs", "tea", HashEncoder()))
    result = real("chat", "--catalog", "tea", input="something malty\n/profile\n")
    assert "catalogue tea" in result.stdout
    assert "Black" in result.stdout


def test_the_films_are_indexed_at_their_first_use(
    real: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed: list[Path] = []

    def few(path: Path) -> Path:
        lines = path.read_text("utf-8").splitlines()[:30]
        (tmp_path / "few.jsonl").write_text("\n".join(lines), "utf-8")
        return tmp_path / "few.jsonl"

    async def index(path: Path, directory: Path, _: object) -> None:
        indexed.append(path)
        await ingest(few(path), directory, sessions.DEMO, HashEncoder())

    monkeypatch.setenv("RECLLM_HOME", str(tmp_path))
    monkeypatch.setattr(sessions, "_index_demo", index)
    for _ in range(2):
        asyncio.run(sessions.prepare_demo(load_settings(llm="none")))
    assert [path.name for path in indexed] == ["films.jsonl"]
    assert "knows 30 films" in real("chat", input="").stdout


def test_another_catalogue_is_not_made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECLLM_HOME", str(tmp_path))
    asyncio.run(sessions.prepare_demo(load_settings(llm="none", catalog="books")))
    assert not (tmp_path / "catalogs").exists()
