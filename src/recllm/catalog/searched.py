"""The rows of one state of a catalogue, searched: by words, vectors, conditions and ids."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from lancedb import AsyncConnection
from lancedb.table import AsyncTable

from recllm.catalog.columns import FLAT_LIMIT, PAYLOAD, VECTOR, column_names
from recllm.catalog.columns_held import HeldColumns, held
from recllm.catalog.files import Opened
from recllm.catalog.filters import Filter
from recllm.catalog.nearest import Exact, Nearest
from recllm.catalog.numbering import COLUMNS, ROW, Numbering, numbered
from recllm.catalog.payloads import Payloads
from recllm.catalog.words import TableWords, Words
from recllm.errors import CatalogError
from recllm.types import Item, Schema

ASKED_FOR, TIMES_MORE = 1000, 8
"""So many more are asked for by words, to have enough left under a condition; then times more."""
ENOUGH = 20
"""So many are enough of a large catalogue under a condition: to find more takes long at 1 %."""
REMEMBERED = 256
"""How many conditions' rows are kept; a conversation asks for the same few again and again."""
REMEMBERED_BYTES = 64_000_000
"""And so much memory at most."""
_IN_ORDER = 4096

Mask = npt.NDArray[np.bool_]


class Hit(NamedTuple):
    """A found item; a higher ``score`` is better, within one way of searching."""

    item: Item
    score: float


class Rows:
    """All rows of a table in one state, held in memory or in mapped files.

    Args:
        connection: to the tables of the catalogue.
        table: in the state that the rest was made of; asked for conditions in other SQL.
        payloads: the items.
        numbering: where each row stands.
        columns: decide conditions.
        vectors: finds the nearest.
        words: finds those that match.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        table: AsyncTable,
        payloads: Payloads,
        numbering: Numbering,
        columns: HeldColumns,
        vectors: Nearest,
        words: Words,
    ) -> None:
        self.connection = connection
        self._table, self._payloads, self._numbering = table, payloads, numbering
        self._held, self._nearest, self._words = columns, vectors, words
        self._masks: OrderedDict[str, Mask] = OrderedDict()
        self._remembered = max(1, min(REMEMBERED, REMEMBERED_BYTES // max(1, len(numbering))))

    async def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """Return the items of ``ids`` that exist."""
        places = self._numbering.of_ids(ids)
        found = self._payloads.items(places[places >= 0])
        wanted = frozenset(ids)
        return {item.id: item for item in found if item.id in wanted}

    async def vectors(self, ids: Sequence[str]) -> dict[str, npt.NDArray[np.float32]]:
        """Return the vectors of ``ids`` that exist."""
        places = self._numbering.of_ids(ids)
        there = [i for i, place in zip(ids, places, strict=True) if place >= 0]
        return dict(zip(there, self._nearest.vectors(places[places >= 0]), strict=True))

    async def matching(self, text: str, where: str, limit: int) -> list[Hit]:
        """Return the rows of ``where`` whose words match ``text`` best by BM25."""
        if not where:
            return self._hits(*(await self._words.best(text, limit)))
        mask = await self._mask(where)
        among = int(np.count_nonzero(mask))
        enough = limit if len(mask) <= FLAT_LIMIT else min(limit, ENOUGH)
        asked = limit + ASKED_FOR + enough * len(mask) // max(among, 1)
        while among:
            places, scores = await self._words.best(text, min(asked, len(mask)))
            kept = mask[places]
            if np.count_nonzero(kept) >= enough or len(places) < asked:
                return self._hits(places[kept][:limit], scores[kept][:limit])
            asked *= TIMES_MORE
        return []

    async def nearest(self, vector: npt.NDArray[np.float32], where: str, limit: int) -> list[Hit]:
        """Return the rows of ``where`` whose vectors are nearest by cosine."""
        mask = await self._mask(where) if where else None
        unit = vector / np.linalg.norm(vector)
        return self._hits(*(await self._nearest.nearest(unit, mask, limit)))

    async def scan(self, where: str, limit: int) -> list[Item]:
        """Return items of ``where`` in their lasting order."""
        order = self._numbering.order
        if not where:
            return self._payloads.items(order[:limit])
        mask, found, at = await self._mask(where), np.zeros(0, dtype=np.int32), 0
        while at < len(order) and len(found) < limit:
            some = order[at : at + _IN_ORDER]
            found, at = np.concatenate([found, some[mask[some]]]), at + _IN_ORDER
        return self._payloads.items(found[:limit])

    async def satisfying(self, ids: Sequence[str], where: str) -> list[str]:
        """Return those of ``ids`` that exist and satisfy ``where``, in that order."""
        places = self._numbering.of_ids(ids)
        kept = places >= 0
        if where:
            kept &= (await self._mask(where))[places]
        return [i for i, keep in zip(ids, kept.tolist(), strict=True) if keep]

    async def count(self, where: str) -> int:
        """Return how many rows satisfy ``where``."""
        return int(np.count_nonzero(await self._mask(where))) if where else len(self._numbering)

    def _hits(self, places: npt.NDArray[np.intp], scores: npt.NDArray[np.float32]) -> list[Hit]:
        items = self._payloads.items(places)
        return [Hit(item, float(score)) for item, score in zip(items, scores, strict=True)]

    async def _mask(self, where: str) -> Mask:
        """Return which rows satisfy ``where``, a condition of ours or in other SQL."""
        mask = self._masks.get(where)
        if mask is None and isinstance(where, Filter):
            mask = self._held.mask(where.constraints)
        elif mask is None:
            rows = await _run(self._table.query().select([]).with_row_id(), where)
            mask = np.zeros(len(self._numbering), dtype=bool)
            mask[self._numbering.of_rows(rows[ROW].to_numpy())] = True
        self._masks[where] = mask
        self._masks.move_to_end(where)
        if len(self._masks) > self._remembered:
            self._masks.popitem(last=False)
        return mask


async def resident(connection: AsyncConnection, table: AsyncTable, schema: Schema) -> Rows:
    """Read all rows of a small ``table`` into memory: every vector is compared."""
    columns = [*COLUMNS, PAYLOAD, VECTOR, *column_names(schema).values()]
    rows = await table.query().select(columns).with_row_id().to_arrow()
    numbering = Numbering(numbered(rows))
    columns_held = HeldColumns(held(rows, schema), schema, len(rows))
    payloads, words = Payloads(rows[PAYLOAD]), TableWords(table, numbering)
    return Rows(connection, table, payloads, numbering, columns_held, Exact(matrix(rows)), words)


def mapped(connection: AsyncConnection, table: AsyncTable, opened: Opened) -> Rows:
    """Return the rows of a large ``table``, whose files are ``opened``."""
    return Rows(connection, table, *opened)


def matrix(rows: pa.Table) -> npt.NDArray[np.float32]:
    """Return the vectors of ``rows`` as an array, a row for each."""
    column = rows[VECTOR].combine_chunks()
    flat = column.flatten().to_numpy(zero_copy_only=False)
    return np.asarray(flat, dtype=np.float32).reshape(-1, column.type.list_size)


async def _run(query: Any, where: str) -> pa.Table:
    """Run ``query`` over the rows of ``where``.

    Raises:
        CatalogError: ``where`` is no condition over this table.
    """
    try:
        return await (query.where(where) if where else query).to_arrow()
    except (ValueError, RuntimeError) as error:
        raise CatalogError(
            f"the search failed with the condition {where!r} ({error}); make conditions with "
            "recllm.catalog.filters.compile_filter"
        ) from error
