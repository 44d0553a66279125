"""The rows of a large catalogue, asked of the table each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from lancedb import AsyncConnection
from lancedb.query import ColumnOrdering, MatchQuery
from lancedb.table import AsyncTable

from recllm.catalog.columns import ID, PAYLOAD, PLACE, SEARCH, VECTOR
from recllm.catalog.filters import quote
from recllm.errors import CatalogError
from recllm.types import Item

EF = 100
"""Least search effort in the graph; recall@10 was 0.9965 at a million items."""
Found = list[tuple[str, float]]
"""Ids with their scores, best first."""


class Stored:
    """Rows read where they lie; vectors are found through the approximate index."""

    def __init__(self, connection: AsyncConnection, table: AsyncTable, dimension: int) -> None:
        self.connection = connection
        self._table, self._dimension = table, dimension

    async def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """Return the items of ``ids`` that exist."""
        rows = await self._by_id(ids, PAYLOAD)
        return {i: Item.model_validate_json(p) for i, p in _pairs(rows, PAYLOAD)}

    async def vectors(self, ids: Sequence[str]) -> dict[str, npt.NDArray[np.float32]]:
        """Return the vectors of ``ids`` that exist."""
        rows = await self._by_id(ids, VECTOR)
        return dict(zip(rows[ID].to_pylist(), matrix(rows, self._dimension), strict=True))

    async def matching(self, text: str, where: str, limit: int) -> Found:
        """Return the rows of ``where`` whose words match ``text`` best by BM25."""
        rows = await run(words(self._table, text).select([ID, "_score"]).limit(limit), where)
        return list(_pairs(rows, "_score"))

    async def nearest(self, vector: npt.NDArray[np.float32], where: str, limit: int) -> Found:
        """Return the rows of ``where`` whose vectors are nearest by cosine."""
        query = self._table.query().nearest_to(vector).distance_type("cosine")
        refine = 5 if limit <= EF / 5 else 2
        query = query.refine_factor(refine).ef(max(EF, refine * limit)).select([ID, "_distance"])
        rows = await run(query.limit(limit), where)
        return [(i, 1 - d) for i, d in _pairs(rows, "_distance")]

    async def scan(self, where: str, limit: int) -> list[str]:
        """Return ids of ``where`` in their lasting order."""
        by_place = ColumnOrdering(column_name=PLACE, ascending=False, nulls_first=False)
        by_id = ColumnOrdering(column_name=ID, ascending=True, nulls_first=False)
        query = self._table.query().order_by([by_place, by_id]).select([ID, PLACE])
        rows = await run(query.limit(limit), where)
        return [str(i) for i in rows[ID].to_pylist()]

    async def count(self, where: str) -> int:
        """Return how many rows satisfy ``where``."""
        try:
            return int(await self._table.count_rows(where or None))
        except (ValueError, RuntimeError) as error:
            raise failed(where, error) from error

    async def _by_id(self, ids: Sequence[str], column: str) -> pa.Table:
        wanted = sorted(set(ids))
        where = f"{ID} IN ({', '.join(map(quote, wanted))})" if wanted else "false"
        query = self._table.query().select([ID, column])
        return await run(query.limit(max(1, len(wanted))), where)


def words(table: AsyncTable, text: str) -> Any:
    """Return the query for ``text`` as plain words, with no query syntax."""
    # Any: the checker does not see the defaults that lancedb's dataclass has.
    match: Any = MatchQuery
    return table.query().nearest_to_text(match(text.replace("\0", " "), SEARCH))


async def run(query: Any, where: str) -> pa.Table:
    """Run ``query`` over the rows of ``where``.

    Raises:
        CatalogError: ``where`` is no condition over this table.
    """
    try:
        return await (query.where(where) if where else query).to_arrow()
    except (ValueError, RuntimeError) as error:
        raise failed(where, error) from error


def failed(where: str, error: Exception) -> CatalogError:
    """Return the error of a search that could not be run."""
    return CatalogError(
        f"the search failed with the condition {where!r} ({error}); make conditions with "
        "recllm.catalog.filters.compile_filter"
    )


def matrix(rows: pa.Table, dimension: int) -> npt.NDArray[np.float32]:
    """Return the vectors of ``rows`` as an array, a row for each."""
    flat = rows[VECTOR].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat, dtype=np.float32).reshape(-1, dimension)


def _pairs(rows: pa.Table, column: str) -> Any:
    return zip(rows[ID].to_pylist(), rows[column].to_pylist(), strict=True)
