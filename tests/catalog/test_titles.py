from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from catalogs import FILMS, MOON, SCHEMA, film, index
from hypothesis import given
from hypothesis import strategies as st

from recllm.catalog import columns
from recllm.catalog import titles as titles_module
from recllm.catalog.index import Catalog
from recllm.catalog.titles import Titles, write_titles
from recllm.dialogue.lexicon import Lexicon
from recllm.errors import CatalogError


@given(st.dictionaries(st.text(max_size=9), st.lists(st.text(max_size=5), min_size=1).map(tuple)))
def test_what_was_written_is_read(titles: dict[str, tuple[str, ...]]) -> None:
    titles = {k: v for k, v in titles.items() if (k + "".join(v)).isprintable()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.titles"
        write_titles(path, titles)
        read = Titles(path)
        assert dict(read) == titles
        assert len(read) == len(titles)
        assert "no such title" not in read
        assert read.get("no such title") is None


def test_keys_of_one_hash_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(titles_module, "hash_of", lambda key: 7)
    write_titles(tmp_path / "t", {"a": ("1",), "b": ("2", "3"), "c": ("4",)})
    read = Titles(tmp_path / "t")
    assert [read[k] for k in "abc"] == [("1",), ("2", "3"), ("4",)]
    assert "d" not in read


async def test_a_large_catalogue_keeps_its_titles_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await index(tmp_path)
    small = await Catalog.open(tmp_path, "films")
    monkeypatch.setattr(columns, "FLAT_LIMIT", 0)
    for number in range(3):
        await index(tmp_path, [*FILMS, film(number)])
    large = await Catalog.open(tmp_path, "films")
    assert isinstance(large.vocabulary.titles, Titles)
    assert large.vocabulary.titles["moon"] == (MOON.id,)
    assert large.vocabulary.titles["film number 2"] == ("film-2",)
    assert large.vocabulary.terms.keys() == small.vocabulary.terms.keys()
    before, after = (Lexicon.of(SCHEMA, c.vocabulary) for c in (small, large))
    assert before.words | {"film", "number", "2"} == after.words
    # Those of the state before are kept for who has it open.
    assert len(list((tmp_path / "films").glob("*.titles"))) == 2
    assert len(list((tmp_path / "films").glob("vocabulary-*.json"))) == 2


@pytest.mark.parametrize("kind", ["titles", "payloads", "vectors", "arrays", "codes"])
async def test_damaged_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(columns, "FLAT_LIMIT", 0)
    await index(tmp_path)
    (path,) = (tmp_path / "films").glob(f"*.{kind}")
    for content in (b"", b"nonsense", path.read_bytes()[:-40]):
        path.write_bytes(content)
        with pytest.raises(CatalogError, match="damaged"):
            await Catalog.open(tmp_path, "films")
