"""Small catalogues for the tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from recllm.catalog.index import Catalog
from recllm.catalog.plan import IndexReport
from recllm.catalog.rows import Converted, Numbered
from recllm.catalog.update import index_source
from recllm.encoder import HashEncoder
from recllm.types import Attribute, Item, Kind, Role, Schema

ENCODER = HashEncoder(16)
SCHEMA = Schema(
    noun="film",
    attributes=(
        Attribute(name="year", kind=Kind.NUMBER, role=Role.YEAR),
        Attribute(name="released", kind=Kind.DATE),
        Attribute(name="silent", kind=Kind.BOOLEAN),
        Attribute(name="country", kind=Kind.CATEGORY, role=Role.COUNTRY),
        Attribute(name="genres", kind=Kind.LIST, role=Role.GENRE),
        Attribute(name="Tag line", kind=Kind.TEXT),
    ),
)
MOON = Item(
    id="moon-2009",
    title="Moon",
    text="A lone miner on the far side of the Moon finds that he is not alone.",
    attributes={
        "year": 2009.0,
        "released": "2009-07-17",
        "silent": False,
        "country": "United Kingdom",
        "genres": ("Drama", "Science fiction"),
        "Tag line": "250,000 miles from home, the hardest thing to face is yourself",
    },
)
GENERAL = Item(
    id="the-general-1926",
    title="The General",
    text="An engine driver chases his stolen locomotive through the lines of a war.",
    attributes={
        "year": 1926.0,
        "released": "1926",
        "silent": True,
        "country": "United States",
        "genres": ("Comedy", "War"),
    },
)
BARE = Item(id="bare", title="Amélie's Robot; DROP TABLE items --")
FILMS = (MOON, GENERAL, BARE)


def numbered(items: Iterable[Item]) -> list[Converted]:
    return [Numbered(line, item) for line, item in enumerate(items, 1)]


async def index(
    directory: Path,
    items: Iterable[Item] = FILMS,
    *,
    name: str = "films",
    encoder: HashEncoder = ENCODER,
    schema: Schema = SCHEMA,
) -> IndexReport:
    return await index_source(directory, name, numbered(items), schema, encoder)


async def opened(directory: Path, items: Iterable[Item] = FILMS, name: str = "films") -> Catalog:
    await index(directory, items, name=name)
    return await Catalog.open(directory, name)


def film(number: int, **attributes: float | str | bool | tuple[str, ...]) -> Item:
    return Item(
        id=f"film-{number}",
        title=f"Film number {number}",
        text="A robot learns to dance." if number % 2 else "A detective in Paris.",
        attributes=attributes,
    )
