"""Search by words in the files of a large catalogue; what both back ends do is in test_search."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogs import SCHEMA, film, index
from hypothesis import given
from hypothesis import strategies as st

from recllm.catalog import columns, searched
from recllm.catalog.filters import compile_filter
from recllm.catalog.index import Catalog
from recllm.catalog.words import FileWords, WordsWriter
from recllm.errors import CatalogError
from recllm.types import Constraint, Op

TEXTS = (
    "A robot learns to dance, and dances.",
    "Amélie's robots: the ROBOT's return; robots robots",
    "",
    "Nothing of the sort, in Paris.",
    "a" * 50_000,
)


def written(path: Path, texts: tuple[str, ...] = TEXTS) -> FileWords:
    writer = WordsWriter(path)
    writer.add(texts[:2])
    writer.add(texts[2:])
    writer.close()
    return FileWords(path)


async def test_rows_are_found_by_their_words(tmp_path: Path) -> None:
    words = written(tmp_path / "words")
    assert len(words) == 5
    found = await words.best("dancing robot", 10)
    assert set(found.places.tolist()) == {0, 1}
    assert found.scores.tolist() == sorted(found.scores.tolist(), reverse=True)
    assert (await words.best("robot", 1)).places.tolist() == [1]
    assert (await words.best("amelie PARIS", 10)).places.tolist() in ([1, 3], [3, 1])
    assert (await words.best("the of", 10)).places.tolist() == []


@given(text=st.text(max_size=200))
def test_any_text_may_be_asked_for(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any-words"
    words = FileWords(path) if path.is_dir() else written(path)
    assert len(words._best(text, 3).places) <= 3


async def test_an_open_folder_may_be_replaced_and_deleted(tmp_path: Path) -> None:
    words = written(tmp_path / "words")
    written(tmp_path / "words", ("Another.",))
    assert (await words.best("paris", 3)).places.tolist() == [3]
    assert len(FileWords(tmp_path / "words")) == 1


@pytest.mark.parametrize("damage", ["gone", "empty", "nonsense", "cut"])
async def test_damaged_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setattr(columns, "FLAT_LIMIT", 0)
    await index(tmp_path)
    (folder,) = (tmp_path / "films").glob("*.words")
    for file in folder.iterdir():
        content = file.read_bytes()
        if damage == "gone" or (damage == "empty" and file.suffix != ".json"):
            file.unlink()
        else:
            file.write_bytes(b"nonsense" if damage == "nonsense" else content[: len(content) // 2])
    with pytest.raises(CatalogError, match="damaged"):
        await Catalog.open(tmp_path, "films")


@pytest.mark.parametrize("limit", [0, 20_000], ids=["mapped", "resident"])
async def test_words_under_a_rare_condition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """More is asked for until the rows that satisfy the condition are found."""
    monkeypatch.setattr(columns, "FLAT_LIMIT", limit)
    monkeypatch.setattr(searched, "ASKED_FOR", 0)
    monkeypatch.setattr(searched, "TIMES_MORE", 2)
    # Those with longer texts come last.
    many = [
        film(n, year=float(n)).model_copy(update={"text": "robot " + "x " * n}) for n in range(90)
    ]
    await index(tmp_path, many)
    catalog = await Catalog.open(tmp_path, "films")
    for year, expected in ((85, 5), (89, 1), (90, 0)):
        late = compile_filter((Constraint(attribute="year", op=Op.GE, values=(year,)),), (), SCHEMA)
        assert len(await catalog.search_text("robot", where=late, limit=10)) == expected
    assert len(await catalog.search_text("robot", where="a_year >= 60", limit=10)) == 10


async def test_a_few_are_enough_of_a_large_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "FLAT_LIMIT", 0)
    for name, value in (("FLAT_LIMIT", 0), ("ASKED_FOR", 0), ("ENOUGH", 5)):
        monkeypatch.setattr(searched, name, value)
    await index(tmp_path, [film(n, year=float(n % 10)) for n in range(200)])
    catalog = await Catalog.open(tmp_path, "films")
    some = await catalog.search_text("robot", where="a_year = 1", limit=15)
    assert 5 <= len(some) <= 15
    # Where fewer match at all, all of them are found.
    assert len(await catalog.search_text("number 191", where="a_year = 1", limit=3)) == 3
    assert [h.item.id for h in await catalog.search_text("17", where="a_year = 7")] == ["film-17"]
