"""The rows of a large catalogue, asked of the table each time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from lancedb import AsyncConnection
from lancedb.query import MatchQuery
from lancedb.table import AsyncTable

from recllm.catalog.columns import ID, PAYLOAD, PLACE, SEARCH, VECTOR
from recllm.catalog.filters import quote
from recllm.catalog.payloads import Payloads
from recllm.catalog.recent import INDEX, Recent
from recllm.catalog.settings import effort, is_graph
from recllm.errors import CatalogError
from recllm.types import Item, Schema

_TOGETHER = 1024
"""Rows asked for by number at once: more are read in runs."""


class Hit(NamedTuple):
    """A found item; a higher ``score`` is better, within one way of searching."""

    item: Item
    score: float


class Stored:
    """Rows read where they lie; vectors are found through the approximate index.

    Rows that are not in that index yet are few, kept in memory and compared exactly.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        table: AsyncTable,
        graph: bool,
        recent: Recent,
        payloads: Payloads | None,
    ) -> None:
        self.connection = connection
        self._payloads = payloads
        self._table, self._graph, self._recent = table, graph, recent
        self._order: npt.NDArray[np.uint64] | None = None

    @classmethod
    async def load(
        cls,
        connection: AsyncConnection,
        table: AsyncTable,
        schema: Schema,
        payloads: Payloads | None,
    ) -> Stored:
        """Prepare to search ``table``, made with ``schema``; without ``payloads`` it is slower."""
        stats = await table.index_stats(INDEX)
        graph = stats is not None and is_graph(stats.index_type)
        recent = await Recent.load(table, schema, stats.num_unindexed_rows if stats else 0)
        return cls(connection, table, graph, recent, payloads)

    async def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """Return the items of ``ids`` that exist."""
        return {i.id: i for i in await self._items(*self._by_id(ids))}

    async def vectors(self, ids: Sequence[str]) -> dict[str, npt.NDArray[np.float32]]:
        """Return the vectors of ``ids`` that exist."""
        query, where = self._by_id(ids)
        rows = await run(query.select([ID, VECTOR]), where)
        return dict(zip(rows[ID].to_pylist(), matrix(rows), strict=True))

    async def matching(self, text: str, where: str, limit: int) -> list[Hit]:
        """Return the rows of ``where`` whose words match ``text`` best by BM25."""
        # All rows are in the index of words: it is made anew whenever some are written.
        query = words(self._table, text).fast_search().limit(limit)
        return [Hit(*pair) for pair in await self._scored(query, where, "_score")]

    async def nearest(self, vector: npt.NDArray[np.float32], where: str, limit: int) -> list[Hit]:
        """Return the rows of ``where`` whose vectors are nearest by cosine."""
        query = self._table.query().nearest_to(vector).distance_type("cosine")
        found = effort(self._graph, limit)
        query = query.refine_factor(found.refine).ef(found.ef).nprobes(found.probes)
        if self._recent:
            query = query.fast_search()
        found_rows = await self._scored(query.limit(limit), where, "_distance")
        hits = [Hit(i, 1 - d) for i, d in found_rows]
        if self._recent:
            hits += [Hit(*pair) for pair in await self._recent.nearest(vector, where, limit)]
            hits = sorted(hits, key=lambda hit: -hit.score)[:limit]
        return hits

    async def scan(self, where: str, limit: int) -> list[Item]:
        """Return items of ``where`` in their lasting order."""
        if self._order is None:
            rows = await self._table.query().select([ID, PLACE]).with_row_id().to_arrow()
            self._order = await asyncio.to_thread(_ordered, rows)
        order = self._order
        if where:
            rows = await run(self._table.query().select([]).with_row_id(), where)
            order = await asyncio.to_thread(_among, order, rows["_rowid"].to_numpy())
        return await self._by_row(order[:limit])

    async def count(self, where: str) -> int:
        """Return how many rows satisfy ``where``."""
        try:
            return int(await self._table.count_rows(where or None))
        except (ValueError, RuntimeError) as error:
            raise failed(where, error) from error

    async def _by_row(self, order: npt.NDArray[np.uint64]) -> list[Item]:
        if self._payloads:
            return self._payloads.items(order)
        found: list[Item] = []
        for start in range(0, len(order), _TOGETHER):
            wanted = order[start : start + _TOGETHER].tolist()
            query = self._table.take_row_ids(wanted).select([PAYLOAD]).with_row_id()
            rows = await query.to_arrow()
            items = dict(zip(rows["_rowid"].to_pylist(), _parsed(rows), strict=True))
            found += [items[n] for n in wanted]
        return found

    async def _scored(self, query: Any, where: str, score: str) -> list[tuple[Item, float]]:
        """Return the items that ``query`` finds in ``where``, with their scores."""
        if self._payloads:
            rows = await run(query.select([score]).with_row_id(), where)
            items = self._payloads.items(rows["_rowid"].to_numpy())
        else:
            rows = await run(query.select([PAYLOAD, score]), where)
            items = _parsed(rows)
        return list(zip(items, map(float, rows[score].to_pylist()), strict=True))

    async def _items(self, query: Any, where: str) -> list[Item]:
        if self._payloads:
            rows = await run(query.select([]).with_row_id(), where)
            return self._payloads.items(rows["_rowid"].to_numpy())
        return _parsed(await run(query.select([PAYLOAD]), where))

    def _by_id(self, ids: Sequence[str]) -> tuple[Any, str]:
        wanted = sorted(set(ids))
        where = f"{ID} IN ({', '.join(map(quote, wanted))})" if wanted else "false"
        return self._table.query().limit(max(1, len(wanted))), where


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


def matrix(rows: pa.Table) -> npt.NDArray[np.float32]:
    """Return the vectors of ``rows`` as an array, a row for each."""
    column = rows[VECTOR].combine_chunks()
    flat = column.flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat, dtype=np.float32).reshape(-1, column.type.list_size)


def _parsed(rows: pa.Table) -> list[Item]:
    return [Item.model_validate_json(payload) for payload in rows[PAYLOAD].to_pylist()]


def _ordered(rows: pa.Table) -> npt.NDArray[np.uint64]:
    """Return the numbers of all rows, the highest place first, then by id."""
    keys = [(PLACE, "descending"), (ID, "ascending")]
    found = rows.sort_by(keys)["_rowid"].to_numpy()
    return np.asarray(found, dtype=np.uint64)


def _among(order: npt.NDArray[np.uint64], some: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return those of ``order`` that are in ``some``, in its order."""
    return order[np.isin(order, some)]
