"""The catalogues that the scenarios talk about, indexed on demand from what there is."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from recllm.catalog.ingest import ingest, look
from recllm.catalog.mapping import Overrides
from recllm.catalog.plan import Progress
from recllm.errors import EvaluationError
from recllm.evaluation.oracle import Oracle
from recllm.protocols import Encoder
from recllm.services.live import AnyCatalog

DATA_VARIABLE = "RECLLM_DATA"
_REPOSITORY = Path(__file__).resolve().parents[3]
_OWN = _REPOSITORY / "evaluation" / "catalogs"


class Source(NamedTuple):
    """A file of the public data: where it lies in the data folder, and how to understand it."""

    path: str
    overrides: Overrides


SOURCES = {
    "ted": Source("ted/ted_main.csv", Overrides(noun="talk")),
    "books": Source("books/books_7k_descriptions.csv", Overrides(noun="book")),
    "beers": Source("beer/beer_profile_and_ratings.csv", Overrides(noun="beer")),
}


def data_directory() -> Path:
    """Return the folder of public data: RECLLM_DATA, or ``../shared/data`` by the repository."""
    given = os.environ.get(DATA_VARIABLE)
    return Path(given).expanduser() if given else _REPOSITORY.parent / "shared" / "data"


def source_of(name: str, data: Path) -> tuple[Path, Overrides]:
    """Return the file of the suite's catalogue ``name`` and how to understand it.

    Args:
        name: "films", "games", "ted", "books" or "beers".
        data: the folder of public data.

    Raises:
        EvaluationError: the file is not there.
    """
    if name == "films":
        films = resources.files("recllm") / "data" / "films.jsonl"
        return Path(str(films)), Overrides(noun="film")
    if name == "games":
        # Invented for the suite, so that there are prices and a boolean column to talk about.
        return _OWN / "games.jsonl", Overrides(noun="game")
    source = SOURCES[name]
    path = data / source.path
    if not path.is_file():
        raise EvaluationError(
            f"the scenarios over {name!r} need {source.path}, which is not in {str(data)!r}: set "
            f"{DATA_VARIABLE} to the folder that has it (docs/evaluation.md says where to get "
            "it), or leave them out with --catalog films"
        )
    return path, source.overrides


async def prepare(
    name: str, directory: Path, encoder: Encoder, data: Path, progress: Progress | None = None
) -> None:
    """Index the suite's catalogue ``name`` into ``directory``, or bring it up to date.

    Raises:
        EvaluationError: its file is not there.
    """
    path, overrides = source_of(name, data)
    mapping, _ = await look(path, overrides=overrides)
    await ingest(path, directory, name, encoder, mapping=mapping, progress=progress)


async def oracle_of(catalog: AnyCatalog) -> Oracle:
    """Return all that ``catalog`` holds, for the checks."""
    return Oracle(catalog.schema, await catalog.scan(limit=catalog.size))
