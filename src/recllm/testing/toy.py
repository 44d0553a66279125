"""A toy catalogue of famous films with known right answers, for contract suites and tests."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path

from recllm.catalog.index import Catalog
from recllm.catalog.rows import Numbered
from recllm.catalog.update import index_source
from recllm.encoder import HashEncoder
from recllm.protocols import Encoder
from recllm.types import Attribute, Item, Kind, Role, Schema

SCHEMA = Schema(
    noun="film",
    attributes=(
        Attribute(name="year", kind=Kind.NUMBER, role=Role.YEAR),
        Attribute(name="runtime", kind=Kind.NUMBER, role=Role.DURATION, unit="minutes"),
        Attribute(name="directors", kind=Kind.LIST, role=Role.CREATOR),
        Attribute(name="cast", kind=Kind.LIST, role=Role.PERFORMER),
        Attribute(name="countries", kind=Kind.LIST, role=Role.COUNTRY),
        Attribute(name="languages", kind=Kind.LIST, role=Role.LANGUAGE),
        Attribute(name="genres", kind=Kind.LIST, role=Role.GENRE),
        Attribute(name="tags", kind=Kind.LIST, role=Role.TAG),
    ),
)
"""The columns of the toy catalogue."""


@cache
def toy_films() -> tuple[Item, ...]:
    """Return the films, in order of their years."""
    text = files("recllm.testing").joinpath("toy.jsonl").read_text(encoding="utf-8")
    return tuple(_item(json.loads(line)) for line in text.splitlines())


def _item(row: dict[str, str | float | list[str]]) -> Item:
    columns = {a.name: row[a.name] for a in SCHEMA.attributes}
    return Item.model_validate(
        {"id": row["id"], "title": row["title"], "text": row["text"], "attributes": columns}
    )


async def toy_catalog(directory: Path, encoder: Encoder | None = None) -> Catalog:
    """Index the films as the catalogue "toy" in ``directory`` and open it.

    Args:
        directory: where catalogues are.
        encoder: makes the vectors; a :class:`recllm.encoder.HashEncoder` if None.

    Raises:
        CatalogError: it cannot be written.
    """
    rows = [Numbered(line, item) for line, item in enumerate(toy_films(), start=1)]
    await index_source(directory, "toy", rows, SCHEMA, encoder or HashEncoder())
    return await Catalog.open(directory, "toy")
