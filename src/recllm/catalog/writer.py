"""The writing side of a catalogue's table: rows in and out, and the indexes over them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import lancedb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from lancedb.index import FTS, BTree
from lancedb.table import AsyncTable

from recllm.catalog import columns
from recllm.catalog.columns import (
    CONTENT_HASH,
    ID,
    SEARCH,
    TEXT_HASH,
    VECTOR,
    table_schema,
)
from recllm.catalog.filters import quote
from recllm.catalog.manifest import Manifest
from recllm.types import Schema

KEEP_VERSIONS = timedelta(days=1)
"""How long a reader may hold an earlier state of a table open."""
CLEARED_AFTER = timedelta(days=7)
"""How old a state of a large table may be before it is cleared away and its index remade."""
OUTSIDE_LIMIT = 20_000
"""So many rows of a large table may be outside of the index of ids."""
_CHUNK = 1000


class Known(NamedTuple):
    """What is stored of an item: the hashes of its content and of the text encoded."""

    content: str
    text: str


async def open_at(path: Path, manifest: Manifest) -> AsyncTable:
    """Open the table of ``manifest`` for writing, exactly as it is served.

    Rows that an interrupted run left behind are undone: the served version becomes the latest.
    """
    table = await (await lancedb.connect_async(path)).open_table(manifest.table)
    if await table.version() != manifest.version:
        await table.checkout(manifest.version)
        await table.restore()
    return table


async def create(path: Path, name: str, schema: Schema, dimension: int) -> AsyncTable:
    """Make an empty table, in place of one that an interrupted run left behind."""
    drop(path, name)
    connection = await lancedb.connect_async(path)
    return await connection.create_table(name, schema=table_schema(schema, dimension))


def drop(path: Path, name: str) -> None:
    """Delete a table that nobody reads."""
    shutil.rmtree(path / f"{name}.lance", ignore_errors=True)


async def known_rows(table: AsyncTable) -> dict[str, Known]:
    """Return the hashes of all rows by id."""
    rows = await table.query().select([ID, CONTENT_HASH, TEXT_HASH]).to_arrow()
    columns = (rows[c].to_pylist() for c in (ID, CONTENT_HASH, TEXT_HASH))
    return {i: Known(content, text) for i, content, text in zip(*columns, strict=True)}


async def stored_vectors(
    table: AsyncTable, ids: Collection[str]
) -> dict[str, npt.NDArray[np.float32]]:
    """Return the vectors of those of ``ids`` that are stored."""
    found: dict[str, npt.NDArray[np.float32]] = {}
    for condition in _conditions(ids):
        rows = await table.query().where(condition).select([ID, VECTOR]).to_arrow()
        for i, vector in zip(rows[ID].to_pylist(), rows[VECTOR], strict=True):
            found[i] = np.asarray(vector.values, dtype=np.float32)
    return found


async def delete(table: AsyncTable, ids: Collection[str]) -> None:
    """Delete the rows of ``ids``."""
    for condition in _conditions(ids):
        await table.delete(condition)


async def put(table: AsyncTable, rows: pa.Table, new: bool) -> None:
    """Add ``rows``, in place of those of the same ids unless all are known to be ``new``."""
    if new:
        await table.add(rows)
    else:
        merge = table.merge_insert(ID).when_matched_update_all().when_not_matched_insert_all()
        await merge.execute(rows)


async def index(table: AsyncTable) -> None:
    """Make the indexes that the table needs, or bring those there are up to date.

    A small table is searched by words; a large one has files for that (:mod:`.files`) and only
    needs its ids, to write. It is not brought up to date as long as few rows are outside of that
    index: ``optimize`` would write it anew, two gigabytes for a million items.
    """
    made = {column for index in await table.list_indices() for column in index.columns}
    if await table.count_rows() <= columns.FLAT_LIMIT:
        if SEARCH not in made:
            await table.create_index(SEARCH, config=FTS(with_position=False))
    elif ID not in made:
        await table.create_index(ID, config=BTree())
    elif await _outside(table) <= OUTSIDE_LIMIT and await _young(table):
        return
    if made:
        await table.optimize(cleanup_older_than=KEEP_VERSIONS)


async def _outside(table: AsyncTable) -> int:
    """Return how many rows the index of ids does not hold."""
    stats = await table.index_stats(f"{ID}_idx")
    return int(stats.num_unindexed_rows) if stats else 0


async def _young(table: AsyncTable) -> bool:
    """Whether no state of the table is older than a week: else what is no longer read is cleared.

    Each run leaves rows behind that it replaced, and only ``optimize`` deletes them.
    """
    versions: list[Any] = await table.list_versions()  # type: ignore[no-untyped-call]
    oldest = min(float(version["timestamp"].timestamp()) for version in versions)
    return time.time() - oldest < CLEARED_AFTER.total_seconds()


def _conditions(ids: Collection[str]) -> Iterator[str]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _CHUNK):
        yield f"{ID} IN ({', '.join(map(quote, ordered[start : start + _CHUNK]))})"
