from __future__ import annotations

import asyncio
import csv
import json
import tempfile
from pathlib import Path

import pytest
from catalogs import ENCODER
from hypothesis import given, settings
from hypothesis import strategies as st

from recllm.catalog.convert import convert
from recllm.catalog.index import Catalog
from recllm.catalog.ingest import ingest, look, name_for
from recllm.catalog.mapping import Mapping
from recllm.catalog.recognise import recognise, sample
from recllm.catalog.rows import Read, Row
from recllm.catalog.sources import read_rows
from recllm.catalog.update import index_source
from recllm.errors import SourceError
from recllm.types import Item, Kind, Role

CELLS = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
        st.dates(), st.datetimes(), st.binary(max_size=4),
        st.sampled_from(["a|b", "['a', 'b']", "{a: True}", "1,234.5 €", "2009-07-17", "1h 3m"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)  # fmt: skip
COLUMNS = st.sampled_from(
    ["id", "year", "release_date", "duration", "price", "rating", "views", "genres", "cast", "tags",
     "language", "country", "description", "url", "image", "type", "is_new", "x.y", "Ä b", "", "'"]
)  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries({"title": CELLS}).flatmap(
        lambda row: st.dictionaries(COLUMNS, CELLS, max_size=6).map(lambda more: row | more)
    ),
    min_size=1,
    max_size=12,
)


async def indexed(rows: list[Row], directory: Path) -> tuple[Mapping, Catalog]:
    mapping = recognise(rows)
    await index_source(directory, "any", convert(rows, mapping), mapping.typed, ENCODER)
    return mapping, await Catalog.open(directory, "any")


@settings(max_examples=15)
@given(ROWS)
def test_arbitrary_rows_never_break_an_index(values: list[dict[str, object]]) -> None:
    rows = [Row(n, v) for n, v in enumerate(values, 1)]
    with tempfile.TemporaryDirectory() as directory:
        try:
            mapping, catalog = asyncio.run(indexed(rows, Path(directory)))
        except SourceError:
            return  # no usable title at all
        assert 1 <= catalog.size <= len(rows)
        for item in asyncio.run(catalog.scan()):
            assert Item.model_validate_json(item.model_dump_json()) == item
            assert item.title
            assert item.attributes.keys() <= {a.name for a in mapping.typed.attributes}


@given(st.binary(max_size=300), st.sampled_from([".csv", ".tsv", ".jsonl", ".json", ".parquet"]))
def test_arbitrary_bytes_are_rows_or_a_named_error(content: bytes, extension: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"a{extension}"
        path.write_bytes(content)
        try:
            rows: list[Read] = list(read_rows(path))
            recognise(sample(rows))
        except SourceError:
            pass


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=20)


@given(st.lists(TEXTS.filter(str.strip), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_csv_survives_any_text(titles: list[str], sign: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "a.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=sign)
            writer.writerow(["title", "n"])
            writer.writerows([t, n] for n, t in enumerate(titles))
        found = [r.values["title"] for r in read_rows(path) if isinstance(r, Row)]
        assert found == titles


def test_names_of_catalogues() -> None:
    names = [
        name_for(Path(p)) for p in ("My Films.jsonl", "ted_main.csv", "é.csv", "映画.csv", "a.b.c")
    ]
    assert names == ["my-films", "ted-main", "e", "", "a"]


async def test_a_file_end_to_end(tmp_path: Path) -> None:
    path = tmp_path / "films.jsonl"
    rows = [{"title": "Moon", "year": 2009, "genres": ["Drama"]}, {"title": "Up", "year": 2009}, {}]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    mapping, example = await look(path)
    assert example is not None
    assert (example.id, mapping.noun) == ("moon-2009", "film")
    report = await ingest(path, tmp_path / "catalogs", "films", ENCODER)
    assert (report.size, report.bad_rows[0].line) == (2, 3)
    catalog = await Catalog.open(tmp_path / "catalogs", "films")
    assert [h.item.title for h in await catalog.search_text("drama")] == ["Moon"]
    with pytest.raises(SourceError, match="1 bad rows"):
        await ingest(path, tmp_path / "catalogs", "films", ENCODER, strict=True)


# ── Real files, as far as they are here ──────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("file", "noun", "fields", "roles"),
    [
        ("ted/ted_main.csv", "talk", ("title", ""), {
            "film_date": Role.YEAR, "duration": Role.DURATION, "views": Role.POPULARITY,
            "speaker": Role.CREATOR, "tags": Role.TAG, "languages": Role.OTHER}),
        ("books/goodbooks10k_books.csv", "book", ("title", "book_id"), {
            "original_publication_year": Role.YEAR, "authors": Role.CREATOR,
            "average_rating": Role.RATING, "ratings_count": Role.POPULARITY,
            "language_code": Role.LANGUAGE}),
        ("books/books_7k_descriptions.csv", "book", ("title", "isbn13"), {
            "num_pages": Role.LENGTH, "categories": Role.GENRE, "published_year": Role.YEAR}),
        ("games/steam.csv", "game", ("title", "index"), {
            "developer": Role.CREATOR, "genres": Role.GENRE, "categories": Role.TAG}),
        ("beer/beer_profile_and_ratings.csv", "beer", ("Name", ""), {
            "Style": Role.GENRE, "Brewery": Role.CREATOR, "review_overall": Role.RATING,
            "number_of_reviews": Role.POPULARITY}),
        ("movies/netflix_titles.csv", "title", ("title", "show_id"), {
            "release_year": Role.YEAR, "duration": Role.DURATION, "listed_in": Role.GENRE,
            "cast": Role.PERFORMER, "country": Role.COUNTRY, "rating": Role.OTHER}),
        ("movies/tmdb_5000_movies.csv", "film", ("title", "id"), {
            "release_date": Role.YEAR, "runtime": Role.DURATION, "keywords": Role.TAG,
            "vote_count": Role.POPULARITY, "spoken_languages": Role.LANGUAGE}),
        ("restaurants/item_metadata.jsonl", "restaurant", ("name", "item_id"), {
            "stars": Role.RATING, "review_count": Role.POPULARITY, "categories": Role.GENRE}),
        ("youtube/USvideos_2017.csv", "video", ("title", "video_id"), {
            "views": Role.POPULARITY, "tags": Role.TAG, "channel_title": Role.CREATOR}),
    ],
)  # fmt: skip
async def test_real_files(
    data: Path, file: str, noun: str, fields: tuple[str, str], roles: dict[str, Role]
) -> None:
    mapping, example = await look(data / file)
    assert (mapping.noun, mapping.title, mapping.id) == (noun, *fields)
    found = {c.source: c.attribute.role for c in mapping.columns}
    assert {c: found.get(c) for c in roles} == roles
    assert example is not None
    assert example.attributes


async def test_ted_talks_as_a_person_would_say(data: Path) -> None:
    mapping, talk = await look(data / "ted" / "ted_main.csv")
    assert talk is not None
    assert talk.id == "do-schools-kill-creativity-2006"
    assert talk.attributes["film_date"] == "2006-02-25"
    assert talk.attributes["duration"] == 19.4
    kinds = {c.source: c.attribute.kind for c in mapping.columns}
    assert kinds["film_date"] == Kind.DATE
