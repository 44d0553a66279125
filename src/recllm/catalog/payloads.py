"""The items of a catalogue as JSON, by where they stand; those of a large one in a mapped file.

Of a search the table is only asked for row numbers and scores: reading a hundred items out of it
took 3 to 4 ms of processor time at 100,000 items, reading them here a tenth of one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recllm.catalog.columns import FLAT_LIMIT, PAYLOAD
from recllm.types import Item

SCHEMA = pa.schema([pa.field(PAYLOAD, pa.large_string())])

KEPT = 2_000
"""Items of a large catalogue that stay parsed: more make Python's garbage collector slow."""


class Payloads:
    """The items of one state; those that were asked for are kept, up to a limit.

    Args:
        column: their JSON, in the order of the table.
        kept: so many parsed items stay in memory.
    """

    def __init__(self, column: pa.ChunkedArray, kept: int = FLAT_LIMIT) -> None:
        chunks = [part.cast(pa.large_string()) for part in column.chunks]
        self._parts, self._kept = [_Part.of(chunk) for chunk in chunks], kept
        self._starts = [0, *accumulate(map(len, chunks))]
        self._items: OrderedDict[int, Item] = OrderedDict()

    @classmethod
    def open(cls, path: Path) -> Payloads:
        """Map the file at ``path``; it may be deleted while it is open.

        Raises:
            OSError: it cannot be read.
            ValueError: it is damaged.
        """
        return cls(pa.ipc.open_file(pa.memory_map(str(path))).read_all()[PAYLOAD], KEPT)

    def __getitem__(self, place: int) -> Item:
        item = self._items.get(place)
        if item is None:
            item = self._items[place] = Item.model_validate_json(self._text(place))
            if len(self._items) > self._kept:
                self._items.popitem(last=False)
        return item

    def items(self, places: Iterable[int] | npt.NDArray[np.intp]) -> list[Item]:
        """Return the items that stand there, in that order."""
        return [self[place] for place in np.asarray(places).tolist()]

    def _text(self, place: int) -> bytes:
        number = bisect_right(self._starts, place) - 1
        part, at = self._parts[number], place - self._starts[number]
        return bytes(part.data[part.ends[at] : part.ends[at + 1]])


class _Part(NamedTuple):
    """Texts one after the other; the n-th is between the n-th and the next of ``ends``."""

    ends: npt.NDArray[np.int64]
    data: memoryview

    @classmethod
    def of(cls, texts: pa.Array) -> _Part:
        if not len(texts):
            return cls(np.zeros(1, dtype=np.int64), memoryview(b""))
        _, ends, data = texts.buffers()
        found = np.frombuffer(ends, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
        return cls(found, memoryview(data))
