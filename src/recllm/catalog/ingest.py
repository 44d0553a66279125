"""From a file to a catalogue in two steps: see what its columns are, then index its rows."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from recllm.catalog.convert import convert, slug
from recllm.catalog.mapping import Mapping, Overrides
from recllm.catalog.plan import IndexReport, Progress
from recllm.catalog.recognise import recognise, sample
from recllm.catalog.rows import Numbered
from recllm.catalog.sources import read_rows
from recllm.catalog.update import index_source
from recllm.protocols import Encoder
from recllm.types import Item


async def look(
    path: Path, *, format: str = "", encoding: str = "", overrides: Overrides | None = None
) -> tuple[Mapping, Item | None]:
    """Return how the columns of the file are understood, and a first item as an example.

    Raises:
        SourceError: it cannot be read, or no column is the title.
    """
    return await asyncio.to_thread(_look, path, format, encoding, overrides)


def _look(
    path: Path, format: str, encoding: str, overrides: Overrides | None
) -> tuple[Mapping, Item | None]:
    rows = sample(read_rows(path, format=format, encoding=encoding))
    hints = (path.stem, path.absolute().parent.name)
    mapping = recognise(rows, overrides, hints)
    items = (r.item for r in convert(rows, mapping) if isinstance(r, Numbered))
    return mapping, next(items, None)


async def ingest(
    path: Path,
    directory: Path,
    name: str,
    encoder: Encoder,
    *,
    mapping: Mapping | None = None,
    format: str = "",
    encoding: str = "",
    strict: bool = False,
    progress: Progress | None = None,
) -> IndexReport:
    """Make the catalogue ``name`` in ``directory`` hold the items of the file at ``path``.

    Args:
        path: the file.
        directory: where the catalogues are.
        name: the catalogue.
        encoder: makes the vectors.
        mapping: how the columns are understood; None recognises them.
        format: as in :func:`recllm.catalog.sources.read_rows`.
        encoding: likewise.
        strict: refuse a file with bad rows.
        progress: is told how far it is.

    Raises:
        CatalogError: as :func:`recllm.catalog.update.index_source`.
    """
    if mapping is None:
        mapping, _ = await look(path, format=format, encoding=encoding)
    rows = convert(read_rows(path, format=format, encoding=encoding), mapping)
    where = await asyncio.to_thread(path.absolute)
    return await index_source(
        directory,
        name,
        rows,
        mapping.typed,
        encoder,
        source=str(where),
        strict=strict,
        progress=progress or (lambda stage, done, total: None),
    )


def name_for(path: Path) -> str:
    """Return the name of a catalogue made of the file at ``path``.

    >>> name_for(Path("My Films.jsonl"))
    'my-films'
    """
    plain = slug(path.name.split(".", 1)[0].replace("_", " "))
    return re.sub(r"[^a-z0-9-]+", "", plain)[:64].strip("-")
