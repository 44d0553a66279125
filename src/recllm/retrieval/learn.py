"""From a file of interactions to what co-engagement searches in: read, matched, learnt, kept."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recllm.catalog.artifacts import attach
from recllm.catalog.index import Catalog
from recllm.catalog.interactions import (
    Columns,
    Interactions,
    latest,
    positive,
    read_interactions,
    recognise_columns,
)
from recllm.catalog.rows import BadRow, Row
from recllm.catalog.sources import read_rows
from recllm.errors import SourceError
from recllm.retrieval import neighbours
from recllm.retrieval.coengagement import KIND
from recllm.retrieval.titles import TitleMatcher
from recllm.types import Value

Progress = Callable[[str, int, int | None], None]
_LOOKED_AT = 1000
_ENOUGH = 0.1
"""Share of the file's items whose ids must exist for the others to be unknown, not titles."""
_SHOWN = 5


class InteractionReport(Value):
    """What was read and kept. ``matched`` says how items were recognised: by "id" or "title"."""

    columns: Columns
    rows: int = 0
    users: int = 0
    items: int = 0
    matched: str = ""
    known_items: int = 0
    unknown_items: int = 0
    unknown_rows: int = 0
    unknown: tuple[str, ...] = ()
    liked: int = 0
    bad: int = 0
    bad_rows: tuple[BadRow, ...] = ()
    unchanged: bool = False


class Source(NamedTuple):
    """A file of interactions, and what a person says of it."""

    path: Path
    columns: dict[str, str]
    format: str = ""
    encoding: str = ""
    like_from: float | None = None
    strict: bool = False


async def learn_interactions(
    directory: Path,
    name: str,
    source: Source,
    progress: Progress = lambda stage, done, total: None,
) -> InteractionReport:
    """Learn from the interactions of ``source`` which items of the catalogue belong together.

    What was learnt before is replaced. The same file over the same items is not learnt again.

    Args:
        directory: where the catalogues are.
        name: the catalogue; it must be indexed.
        source: the file, its columns where they are not recognised, and from which rating on an
            item counts as liked (each user's own mean if None).
        progress: is told how far it is; it may be called from another thread.

    Raises:
        SourceError: the file cannot be read, no item of it is in the catalogue, or it has bad
            rows and ``source.strict``.
        CatalogError: the catalogue cannot be used or written.
    """
    catalog = await Catalog.open(directory, name)
    columns = await asyncio.to_thread(columns_of, source)
    mark = await asyncio.to_thread(_fingerprint, source, columns, catalog.state)
    before = await asyncio.to_thread(_before, catalog)
    if before and before.get("mark") == mark:
        report = InteractionReport.model_validate(before["report"])
        _refuse(report, source, catalog.name)
        return report.model_copy(update={"unchanged": True})
    read = await asyncio.to_thread(_read, source, columns, progress)
    ids, how = await _known(catalog, read)
    report = _report(columns, read, ids, how)
    _refuse(report, source, catalog.name)
    progress("learn", 0, None)
    found = await asyncio.to_thread(_fit, read, ids, source, report, mark)
    progress("learn", len(found.ids), len(found.ids))
    await attach(directory, name, KIND, await asyncio.to_thread(neighbours.to_bytes, found))
    return InteractionReport.model_validate(found.meta["report"])


def columns_of(source: Source) -> Columns:
    """Return which column of the file is what, from its first rows.

    Raises:
        SourceError: the file cannot be read, or its columns are not those of interactions.
    """
    rows = islice(_rows(source), _LOOKED_AT)
    first = next((r for r in rows if isinstance(r, Row)), None)
    if first is None:
        raise SourceError(f"{str(source.path)!r} has no row that can be read as an interaction")
    return recognise_columns(first, source.columns)


def _rows(source: Source) -> Iterator[Row | BadRow]:
    return read_rows(source.path, format=source.format, encoding=source.encoding)


def _fingerprint(source: Source, columns: Columns, state: str) -> str:
    """Return a hash of all that the neighbours depend on."""
    digest = hashlib.sha256()
    with source.path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    how = [source.format, source.encoding, source.like_from, state, columns.model_dump()]
    constants = [neighbours.FORMAT, neighbours.SHRINKAGE, neighbours.KEPT]
    digest.update(json.dumps([how, constants]).encode())
    return digest.hexdigest()


def _before(catalog: Catalog) -> dict[str, Any] | None:
    path = catalog.artifact(KIND)
    return neighbours.load(path).meta if path else None


def _read(source: Source, columns: Columns, progress: Progress) -> Interactions:
    return read_interactions(
        _rows(source), columns, lambda count: progress("interactions", count, None)
    )


async def _known(catalog: Catalog, read: Interactions) -> tuple[dict[int, str], str]:
    """Return which item of the catalogue each item of the file is, and how that was found out."""
    ids = {i for group in catalog.vocabulary.titles.values() for i in group}
    by_id = {n: name for n, name in enumerate(read.item_names) if name in ids}
    if len(by_id) >= _ENOUGH * max(1, len(read.item_names)):
        return by_id, "id"
    matcher = TitleMatcher(catalog)
    by_title = {}
    for n, name in enumerate(read.item_names):
        matches = await matcher.match(name, spelling=False)
        if len(matches) == 1:
            by_title[n] = matches[0].item.id
    return (by_title, "title") if len(by_title) > len(by_id) else (by_id, "id")


def _report(
    columns: Columns, read: Interactions, ids: dict[int, str], how: str
) -> InteractionReport:
    known = np.zeros(len(read.item_names), dtype=bool)
    known[list(ids)] = True
    unknown = [n for n in range(len(known)) if not known[n]]
    return InteractionReport(
        columns=columns,
        rows=len(read.users),
        users=read.user_count,
        items=len(read.item_names),
        matched=how,
        known_items=len(set(ids.values())),
        unknown_items=len(unknown),
        unknown_rows=int((~known[read.items]).sum()) if len(read.items) else 0,
        unknown=tuple(read.item_names[n] for n in unknown[:_SHOWN]),
        bad=read.bad,
        bad_rows=read.bad_rows,
    )


def _refuse(report: InteractionReport, source: Source, name: str) -> None:
    first = report.bad_rows[0] if report.bad_rows else None
    told = f"; line {first.line}: {first.reason}" if first else ""
    if source.strict and report.bad:
        raise SourceError(f"{str(source.path)!r} has {report.bad} bad rows{told}; mend them")
    if not report.known_items:
        some = f", such as {', '.join(map(repr, report.unknown))}" if report.unknown else told
        raise SourceError(
            f"no item of {str(source.path)!r} (column {report.columns.item!r}) is in the catalogue "
            f"{name!r}, by id or by title{some}; name the column with --interaction-column "
            "item=COLUMN"
        )


def _fit(
    read: Interactions,
    ids: dict[int, str],
    source: Source,
    report: InteractionReport,
    mark: str,
) -> neighbours.Neighbours:
    places = {item: n for n, item in enumerate(dict.fromkeys(ids.values()))}
    to_place: npt.NDArray[np.int32] = np.full(len(read.item_names), -1, dtype=np.int32)
    for n, item in ids.items():
        to_place[n] = places[item]
    items = to_place[read.items]
    kept = (items >= 0) & latest(read.users, items) & positive(read, source.like_from)
    report = report.model_copy(update={"liked": int(kept.sum())})
    meta = {"mark": mark, "report": report.model_dump(mode="json")}
    return neighbours.nearest(read.users[kept], items[kept], list(places), meta)
