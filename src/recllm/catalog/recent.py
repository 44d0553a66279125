"""The rows that the vector index does not hold yet, in memory.

To bring a graph over a million vectors up to date takes as long as to make it; until there are
too many of them, new rows are compared one by one beside it, which takes a millisecond or two.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from lancedb.table import AsyncTable

from recllm.catalog.columns import ID, PAYLOAD, VECTOR, column_names
from recllm.catalog.columns_held import HeldColumns
from recllm.catalog.filters import Filter
from recllm.types import Item, Schema

INDEX = "vector_idx"
"""What LanceDB calls the index over the vectors."""


class Recent:
    """Rows outside of the index, compared exactly; empty where the index holds all."""

    def __init__(self, table: AsyncTable, rows: pa.Table | None, schema: Schema) -> None:
        self._table, self._count = table, 0 if rows is None else len(rows)
        if rows is None:
            return
        self._payloads = rows[PAYLOAD].to_pylist()
        self._row_ids = rows["_rowid"].to_numpy()
        flat = rows[VECTOR].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        self._vectors = np.asarray(flat, dtype=np.float32).reshape(self._count, -1)
        self._held = HeldColumns(rows, schema)

    @classmethod
    async def load(cls, table: AsyncTable, schema: Schema, count: int) -> Recent:
        """Read the rows of ``table`` that its vector index does not hold, ``count`` of them."""
        if not count:
            return cls(table, None, schema)
        numbers = (await table.query().select([]).with_row_id().to_arrow())["_rowid"].to_numpy()
        columns = [ID, PAYLOAD, VECTOR, *column_names(schema).values()]
        query = table.take_row_ids(_newest(numbers, count))
        return cls(table, await query.select(columns).with_row_id().to_arrow(), schema)

    def __bool__(self) -> bool:
        return self._count > 0

    async def nearest(
        self, vector: npt.NDArray[np.float32], where: str, limit: int
    ) -> list[tuple[Item, float]]:
        """Return the rows of ``where`` whose vectors are nearest by cosine; all are compared."""
        rows = np.flatnonzero(await self._mask(where)) if where else np.arange(self._count)
        scores = np.einsum("ij,j->i", self._vectors, vector / np.linalg.norm(vector))[rows]
        best = np.argsort(-scores, kind="stable")[:limit]
        return [(Item.model_validate_json(self._payloads[rows[n]]), float(scores[n])) for n in best]

    async def _mask(self, where: str) -> npt.NDArray[np.bool_]:
        if isinstance(where, Filter):
            return self._held.mask(where.constraints)
        rows = await self._table.query().select([]).with_row_id().where(where).to_arrow()
        return np.isin(self._row_ids, rows["_rowid"].to_numpy())


def _newest(numbers: npt.NDArray[np.uint64], count: int) -> list[int]:
    """Return the rows of the newest files that hold at least ``count`` rows together.

    An index holds whole files (Lance's fragments: the upper half of a row's number), and those
    that were written after it was made have the higher numbers.
    """
    ordered = np.sort(numbers)
    oldest = ordered[-min(count, len(ordered))] >> np.uint64(32)
    return [int(n) for n in ordered[ordered >> np.uint64(32) >= oldest]]
