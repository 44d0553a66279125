"""The catalogues that are measured on, made where the data for them is, and the conversations."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from recllm.catalog.ingest import ingest, look
from recllm.catalog.mapping import Overrides
from recllm.encoder import MiniLMEncoder
from recllm.evaluation.scenario_catalogs import source_of

BOOKS = Path("books") / "goodbooks10k_books.csv"
BOOKS_SIZE = 10_000
TALKS = Path("ted") / "ted_main.csv"
_WORDS = "Again,Returns,Tonight,Forever,Rising,at Dawn,in Winter,Revisited,Unbound,by Night,Lost"


class Source(NamedTuple):
    """A file to index: its catalogue's name, which script is talked over it, and what it is."""

    path: Path
    name: str
    script: str
    about: str


def conversations(script: str, count: int, seed: int) -> list[list[str]]:
    """Return ``count`` conversations of the script "films" or "books", in an order by ``seed``."""
    file = Path(__file__).with_name("conversations.yaml")
    all_of_them: list[list[str]] = yaml.safe_load(file.read_text("utf-8"))[script]
    order = random.Random(seed).sample(all_of_them, len(all_of_them))
    return order[:count]


def choose(kind: str, items: int, data: Path, folder: Path, seed: int) -> Source:
    """Return a file of ``items`` items, written to ``folder`` if there is none of that size.

    Args:
        kind: "books" or "films", or "auto": books where the data has enough of them.
        items: how many items.
        data: the folder of public data sets.
        folder: where files and catalogues are kept.
        seed: what the synthetic films are drawn with.
    """
    books = data / BOOKS
    if kind == "auto":
        kind = "books" if books.is_file() and items <= BOOKS_SIZE else "films"
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "books":
        path = cut(books, items, folder / f"books-{items}.csv")
        return Source(path, f"books-{items}", "books", "goodbooks-10k: titles, authors, figures")
    path = folder / f"films-{items}-{seed}.jsonl"
    with path.open("w", encoding="utf-8") as out:
        out.writelines(f"{json.dumps(f)}\n" for f in islice(multiplied(seed), items))
    about = "the shipped films"
    if items > len(films()):
        about += ", multiplied with altered titles, cast, tags and figures"
    return Source(path, path.stem, "films", about)


def films() -> list[dict[str, Any]]:
    """Return the films that come with the package."""
    path, _ = source_of("films", Path())
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def multiplied(seed: int) -> Iterator[dict[str, Any]]:
    """Yield the shipped films, then variations of them without end."""
    known, draw, words = films(), random.Random(seed), _WORDS.split(",")
    yield from known
    for n in range(10**6):
        word = words[n % len(words)] + ("" if n < len(words) else f" {n // len(words) + 1}")
        for film in known:
            other = draw.choice(known)
            yield film | {
                "id": f"{film['id']}-{n}",
                "title": f"{film['title']} {word}",
                "year": film["year"] + draw.randint(-4, 4),
                "runtime": film["runtime"] + draw.randint(-15, 15),
                "cast": film["cast"][:2] + other["cast"][:2],
                "tags": film["tags"][:4] + other["tags"][:4],
                "description": other["description"],
            }


def cut(path: Path, rows: int, to: Path) -> Path:
    """Return a CSV file with the first ``rows`` rows of the one at ``path``."""
    with path.open(encoding="utf-8", newline="") as file, to.open("w", newline="") as out:
        csv.writer(out).writerows(islice(csv.reader(file), rows + 1))
    return to


async def index(source: Source, home: Path) -> None:
    """Index the file into ``home``, or bring its catalogue up to date."""
    noun = Overrides(noun=source.script.removesuffix("s"))
    mapping, _ = await look(source.path, overrides=noun)
    await ingest(source.path, home / "catalogs", source.name, MiniLMEncoder(), mapping=mapping)
