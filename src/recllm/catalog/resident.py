"""The rows of a small catalogue, kept in memory: exact search in a millisecond or two.

Reading the vectors from the table took 13 ms a query at 10,000 items on two cores, from memory
it takes one; conditions are still the table's work, and remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from lancedb import AsyncConnection
from lancedb.table import AsyncTable

from recllm.catalog.columns import ID, PAYLOAD, PLACE, VECTOR, column_names
from recllm.catalog.columns_held import HeldColumns
from recllm.catalog.filters import Filter
from recllm.catalog.stored import Hit, matrix, run, words
from recllm.types import Item, Schema

ASKED_FOR = 1000
REMEMBERED = 256
"""How many conditions' rows are kept; a conversation asks for the same few again and again."""

_At: TypeAlias = tuple[int, float]
"""A row and its score."""


class Resident:
    """All rows of a table, read once; items are parsed when they are first asked for."""

    def __init__(
        self,
        connection: AsyncConnection,
        table: AsyncTable,
        ids: list[str],
        payloads: list[str],
        vectors: npt.NDArray[np.float32],
        row_ids: npt.NDArray[np.uint64],
        order: npt.NDArray[np.intp],
        held: HeldColumns,
    ) -> None:
        self.connection = connection
        self._table, self._ids, self._payloads, self._vectors = table, ids, payloads, vectors
        self._at = {i: n for n, i in enumerate(ids)}
        self._row_ids, self._order, self._held = row_ids, order, held
        self._items: dict[int, Item] = {}
        self._masks: OrderedDict[str, npt.NDArray[np.bool_]] = OrderedDict()

    @classmethod
    async def load(cls, connection: AsyncConnection, table: AsyncTable, schema: Schema) -> Resident:
        """Read all rows of ``table``."""
        columns = [ID, PAYLOAD, PLACE, VECTOR, *column_names(schema).values()]
        rows = (await table.query().select(columns).with_row_id().to_arrow()).sort_by("_rowid")
        ids = rows[ID].to_pylist()
        place = np.nan_to_num(rows[PLACE].to_numpy().astype(float), nan=-np.inf)
        return cls(
            connection,
            table,
            ids,
            rows[PAYLOAD].to_pylist(),
            matrix(rows),
            rows["_rowid"].to_numpy(),
            np.lexsort((np.asarray(ids, dtype=object), -place)),
            HeldColumns(rows, schema),
        )

    async def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """Return the items of ``ids`` that exist."""
        return {i: self._item(self._at[i]) for i in ids if i in self._at}

    async def vectors(self, ids: Sequence[str]) -> dict[str, npt.NDArray[np.float32]]:
        """Return the vectors of ``ids`` that exist."""
        return {i: self._vectors[self._at[i]] for i in ids if i in self._at}

    async def matching(self, text: str, where: str, limit: int) -> list[Hit]:
        """Return the rows of ``where`` whose words match ``text`` best by BM25."""
        if not where:
            return self._hits((await self._matching(text, None, limit))[0])
        # The table would evaluate the condition for every search, which takes longer than to
        # ask for more and leave out the rest; only where too few remain it is asked for all.
        mask = await self._mask(where)
        found, all_of_them = await self._matching(text, mask, limit + ASKED_FOR)
        if len(found) < limit and not all_of_them:
            found, _ = await self._matching(text, mask, len(self._ids))
        return self._hits(found[:limit])

    async def _matching(
        self, text: str, mask: npt.NDArray[np.bool_] | None, limit: int
    ) -> tuple[list[_At], bool]:
        """Return the first matches that are in ``mask``, and whether there are no more."""
        query = words(self._table, text).select(["_score"]).with_row_id()
        rows = await run(query.limit(limit), "")
        at = np.searchsorted(self._row_ids, rows["_rowid"].to_numpy())
        pairs = zip(at, rows["_score"].to_pylist(), strict=True)
        found = [(int(n), s) for n, s in pairs if mask is None or mask[n]]
        return found, len(at) < limit

    async def nearest(self, vector: npt.NDArray[np.float32], where: str, limit: int) -> list[Hit]:
        """Return the rows of ``where`` whose vectors are nearest by cosine; all are compared."""
        rows = np.flatnonzero(await self._mask(where)) if where else None
        best, scores = self._best(vector, rows, limit)
        return self._hits([(int(n), float(s)) for n, s in zip(best, scores, strict=True)])

    def _best(
        self, vector: npt.NDArray[np.float32], rows: npt.NDArray[np.intp] | None, limit: int
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
        # All vectors are of unit length, so that the product is the cosine. The operator @ would
        # share a millisecond's work between threads, and wait for them on a busy machine (12 ms).
        scores = np.einsum("ij,j->i", self._vectors, vector / np.linalg.norm(vector))
        rows = np.arange(len(scores)) if rows is None else rows
        chosen = scores[rows]
        if len(rows) > limit:
            top = np.argpartition(-chosen, limit)[:limit]
            rows, chosen = rows[top], chosen[top]
        order = np.argsort(-chosen, kind="stable")
        return rows[order], chosen[order]

    async def scan(self, where: str, limit: int) -> list[Item]:
        """Return items of ``where`` in their lasting order."""
        order = self._order[(await self._mask(where))[self._order]] if where else self._order
        return [self._item(int(n)) for n in order[:limit]]

    async def count(self, where: str) -> int:
        """Return how many rows satisfy ``where``."""
        return int((await self._mask(where)).sum()) if where else len(self._ids)

    def _item(self, row: int) -> Item:
        if row not in self._items:
            self._items[row] = Item.model_validate_json(self._payloads[row])
        return self._items[row]

    def _hits(self, found: list[_At]) -> list[Hit]:
        return [Hit(self._item(row), score) for row, score in found]

    async def _mask(self, where: str) -> npt.NDArray[np.bool_]:
        """Return which rows satisfy ``where``, a condition of ours or in other SQL."""
        mask = self._masks.get(where)
        if mask is None and isinstance(where, Filter):
            mask = self._held.mask(where.constraints)
        elif mask is None:
            rows = await run(self._table.query().select([]).with_row_id(), where)
            mask = np.isin(self._row_ids, rows["_rowid"].to_numpy())
        self._masks[where] = mask
        self._masks.move_to_end(where)
        if len(self._masks) > REMEMBERED:
            self._masks.popitem(last=False)
        return mask
