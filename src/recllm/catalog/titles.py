"""The titles of a large catalogue, in a file that is mapped into memory and searched where it lies.

As part of the JSON of the vocabulary, a million titles took seconds and hundreds of megabytes to
open; so only the pages that are looked at are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recllm.catalog.arrays import write_table
from recllm.catalog.lookup import hash_of

_HASH, _KEY, _IDS = "hash", "key", "ids"


class Titles(Mapping[str, tuple[str, ...]]):
    """The ids of the items of each title, by normalised key, as written by :func:`write_titles`.

    Args:
        path: the file; it may be replaced or deleted while it is open.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """

    def __init__(self, path: Path) -> None:
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        self._hashes: npt.NDArray[np.uint64] = _whole(table, _HASH).to_numpy()
        self._names, self._ids = _whole(table, _KEY), _whole(table, _IDS)

    def __getitem__(self, key: str) -> tuple[str, ...]:
        wanted = np.uint64(hash_of(key))
        at = int(np.searchsorted(self._hashes, wanted))
        while at < len(self._hashes) and self._hashes[at] == wanted:
            if self._names[at].as_py() == key:
                return tuple(self._ids[at].as_py())
            at += 1
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return (name.as_py() for name in self._names)

    def __len__(self) -> int:
        return len(self._names)


def write_titles(path: Path, titles: Mapping[str, tuple[str, ...]]) -> None:
    """Write ``titles`` to ``path`` in one step, so that no reader sees half of it."""
    hashes = np.fromiter(map(hash_of, titles), dtype=np.uint64, count=len(titles))
    columns = {
        _HASH: pa.array(hashes),
        _KEY: pa.array(list(titles), pa.large_string()),
        _IDS: pa.array(map(list, titles.values()), pa.large_list(pa.large_string())),
    }
    table = pa.table(columns).take(pa.array(np.argsort(hashes, kind="stable")))
    write_table(path, table.combine_chunks())


def _whole(table: pa.Table, column: str) -> pa.Array:
    """Return a column in one piece; it is written so."""
    chunks = table[column].chunks
    return chunks[0] if len(chunks) == 1 else table[column].combine_chunks()
