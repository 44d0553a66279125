"""Readers of the public film data that the demo catalogue is checked against.

Each file has its own columns; all become :class:`Record`, with genres under the demo
catalogue's names. What a file does not say stays empty.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from recllm.text import normalise

Row = dict[str, str]

_GENRES = {
    "action & adventure": ("Action", "Adventure"),
    "anime features": ("Animation",),
    "children": ("Family",),
    "children & family movies": ("Family",),
    "comedies": ("Comedy",),
    "documentaries": ("Documentary",),
    "dramas": ("Drama",),
    "film-noir": ("Noir",),
    "horror movies": ("Horror",),
    "music": ("Music", "Musical"),
    "music & musicals": ("Music", "Musical"),
    "musical": ("Music", "Musical"),
    "romantic movies": ("Romance",),
    "sci-fi": ("Science fiction",),
    "sci-fi & fantasy": ("Science fiction", "Fantasy"),
    "sports movies": ("Sport",),
    "thrillers": ("Thriller",),
}
"""Names that differ from the catalogue's. TMDB has no musicals, only music."""

_GENRES |= {
    name.lower(): (name,)
    for name in (
        *("Action", "Adventure", "Animation", "Biography", "Comedy", "Crime", "Documentary"),
        *("Drama", "Family", "Fantasy", "History", "Horror", "Mystery", "Romance"),
        *("Science fiction", "Sport", "Thriller", "War", "Western"),
    )
}


class Record(NamedTuple):
    """What one source says of one film. Directors are keys; 0 and () mean unknown."""

    source: str
    keys: tuple[str, ...]
    year: int
    directors: tuple[str, ...] = ()
    runtime: int = 0
    genres: tuple[str, ...] = ()


def title_keys(*titles: str) -> tuple[str, ...]:
    """Return the keys under which titles are compared."""
    return tuple(dict.fromkeys(k for k in map(normalise, titles) if k))


def person_key(name: str) -> str:
    """Return the key under which people are compared: the words of the name in any order.

    >>> person_key("Park Chan-wook") == person_key("Chan-wook Park")
    True
    """
    return " ".join(sorted(normalise(name.replace("ł", "l")).split()))


def read_all(folder: Path) -> Iterator[Record]:
    """Read every source under ``folder``."""
    for name, reader in FILES.items():
        with (folder / name).open(encoding="utf-8-sig", newline="") as lines:
            yield from filter(None, map(reader, csv.DictReader(lines)))


def _movies_dataset(row: Row) -> Record | None:
    genres = _genres(row["genres"].strip("[]").replace("'", "").split(","))
    return _record("movies dataset", [row["title"]], row["release_date"], genres=genres)


def _tmdb_5000(row: Row) -> Record | None:
    titles = [row["title"], row["original_title"]]
    genres = _genres([g["name"] for g in json.loads(row["genres"])])
    minutes = _minutes(row["runtime"])
    return _record("TMDB 5000", titles, row["release_date"], runtime=minutes, genres=genres)


def _tmdb_top(row: Row) -> Record | None:
    genres = _genres(row["genre"].split(","))
    return _record("TMDB top 10k", [row["title"]], row["release_date"], genres=genres)


def _imdb(row: Row) -> Record | None:
    return _record(
        "IMDb top 1000",
        [row["Title"]],
        row["Year"],
        directors=_people(row["Director"]),
        runtime=_minutes(row["Runtime (Minutes)"]),
        genres=_genres(row["Genre"].split(",")),
    )


def _netflix(row: Row) -> Record | None:
    if row["type"] != "Movie":
        return None
    return _record(
        "Netflix",
        [row["title"]],
        row["release_year"],
        directors=_people(row["director"]),
        runtime=_minutes(row["duration"]),
        genres=_genres(row["listed_in"].split(",")),
    )


def _redial(row: Row) -> Record | None:
    return _record(
        "ReDial metadata",
        [row["title"]],
        row["year"],
        directors=_people(row["directors"]),
        genres=_genres(row["genres"].split("|")),
    )


FILES = {
    "movies/moviesdataset_small/metadata_small.csv": _movies_dataset,
    "movies/tmdb_5000_movies.csv": _tmdb_5000,
    "movies/tmdb_top10k.csv": _tmdb_top,
    "movies/imdb_top1000.csv": _imdb,
    "movies/netflix_titles.csv": _netflix,
    "redial/combined_metadata.csv": _redial,
}
"""The files of the public data, relative to its folder, and how a row of each is read."""


def _record(
    source: str,
    titles: list[str],
    date: str,
    *,
    directors: tuple[str, ...] = (),
    runtime: int = 0,
    genres: tuple[str, ...] = (),
) -> Record | None:
    keys = title_keys(*titles)
    year = date[:4]
    if not keys or not year.isdigit():
        return None
    return Record(source, keys, int(year), directors, runtime, genres)


def _genres(names: list[str]) -> tuple[str, ...]:
    mapped = (g for name in names for g in _GENRES.get(name.strip().lower(), ()))
    return tuple(dict.fromkeys(mapped))


def _people(names: str) -> tuple[str, ...]:
    return tuple(n for n in map(person_key, re.split(r"[,|]", names)) if n)


def _minutes(text: str) -> int:
    digits = re.match(r"\d+", text)
    return int(digits.group()) if digits else 0
