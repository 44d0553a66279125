"""All vectors of a catalogue with the names that their items carry, read in bounded memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import lancedb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recllm.catalog.columns import VECTOR, column_names
from recllm.catalog.manifest import Manifest
from recllm.catalog.searched import matrix
from recllm.types import Kind

READ_AT_ONCE = 4096


class Labels(NamedTuple):
    """Some rows: their vectors, and for each attribute of names the rows and values of them.

    ``names[attribute]`` is a pair of equal length: numbers of rows, and values as an Arrow array.
    """

    vectors: npt.NDArray[np.float32]
    names: dict[str, tuple[npt.NDArray[np.int64], pa.Array]]


async def stream_labels(path: Path, manifest: Manifest) -> AsyncIterator[Labels]:
    """Yield the rows of the state ``manifest`` of the catalogue at ``path``, all of them once."""
    table = await (await lancedb.connect_async(path)).open_table(manifest.table)
    await table.checkout(manifest.version)
    columns = {
        a.name: column_names(manifest.columns)[a.name]
        for a in manifest.columns.attributes
        if a.kind in (Kind.CATEGORY, Kind.LIST)
    }
    query = table.query().select([VECTOR, *columns.values()])
    async for batch in await query.to_batches(max_batch_length=READ_AT_ONCE):
        rows = pa.Table.from_batches([batch])
        names = {a: _flat(rows[column].combine_chunks()) for a, column in columns.items()}
        yield Labels(matrix(rows), names)


def _flat(column: Any) -> tuple[npt.NDArray[np.int64], pa.Array]:
    """Return the row numbers and the values of a column of names or of lists of names."""
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    if pa.types.is_list(column.type):
        return np.asarray(column.value_parent_indices(), dtype=np.int64), column.flatten()
    present = np.flatnonzero(np.asarray(column.is_valid()))
    return present.astype(np.int64), column.drop_null()
