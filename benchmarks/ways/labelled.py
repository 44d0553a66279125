"""Catalogues whose items carry labels, and their documents with the labels' names taken out."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from recllm.catalog.document import document
from recllm.types import Attribute, Item, Kind, Role, Schema

SCHEMA = Schema(
    attributes=(
        Attribute(name="genres", kind=Kind.LIST, role=Role.GENRE),
        Attribute(name="tags", kind=Kind.LIST, role=Role.TAG),
    )
)
SETS = ("films", "ted", "tmdb")


class Labelled(NamedTuple):
    """A catalogue by name and its items, all of them with the columns of :data:`SCHEMA`."""

    name: str
    items: tuple[Item, ...]

    def labels(self) -> list[frozenset[str]]:
        """Return the labels of each item, in lower case."""
        return [frozenset(v.lower() for v in _values(item)) for item in self.items]

    def documents(self, without: Iterable[str] = ()) -> list[str]:
        """Return what the encoder reads, with the names in ``without`` taken out everywhere.

        Given any name, the columns of labels are left out too.
        """
        names = sorted(map(re.escape, without), key=len, reverse=True)
        if not names:
            return [document(item, SCHEMA) for item in self.items]
        pattern = re.compile(rf"\b(?:{'|'.join(names)})(?:s|es)?\b", re.IGNORECASE)
        return [_bare(item, pattern) for item in self.items]


def load(name: str, data: Path) -> Labelled:
    """Read one of :data:`SETS`; "films" is shipped, the others lie in ``data``.

    Raises:
        FileNotFoundError: the data is not there.
    """
    rows = {"films": _films, "ted": _ted, "tmdb": _tmdb}[name](data)
    items = (
        Item(id=str(n), title=title, text=text, attributes={"genres": genres, "tags": tags})
        for n, (title, text, genres, tags) in enumerate(rows)
    )
    return Labelled(name, tuple(items))


Row = tuple[str, str, tuple[str, ...], tuple[str, ...]]


def _films(_: Path) -> Iterator[Row]:
    text = files("recllm.data").joinpath("films.jsonl").read_text("utf-8")
    for film in map(json.loads, text.splitlines()):
        yield film["title"], film["description"], tuple(film["genres"]), tuple(film["tags"])


def _ted(data: Path) -> Iterator[Row]:
    with (data / "ted" / "ted_main.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield row["title"], row["description"], (), tuple(ast.literal_eval(row["tags"]))


def _tmdb(data: Path) -> Iterator[Row]:
    path = data / "movies" / "tmdb_5000_movies.csv"
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            genres, tags = (_names(row[c]) for c in ("genres", "keywords"))
            yield row["title"], row["overview"], genres, tags


def _names(cell: str) -> tuple[str, ...]:
    return tuple(entry["name"] for entry in json.loads(cell))


def _values(item: Item) -> Iterator[str]:
    for value in item.attributes.values():
        yield from value if isinstance(value, tuple) else ()


def _bare(item: Item, pattern: re.Pattern[str]) -> str:
    return re.sub(r"\s+", " ", pattern.sub(" ", f"{item.title}. {item.text}")).strip()
