"""Items that the same people take to: the nearest neighbours of each item, and their file.

Items are compared by the people that they share, ``shared / (sqrt(a * b) + SHRINKAGE)``: the
cosine of item-based collaborative filtering (Sarwar et al., WWW 2001), in which the added number
keeps two items that one person shares from looking alike. Of each item the best :data:`KEPT` are
stored. Measured against popularity, BM25 weights and EASE in docs/decisions.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recllm.errors import CatalogError
from recllm.packed import DAMAGE, pack, unpack

SHRINKAGE = 50.0
KEPT = 100
MOST_OF_A_USER = 1000
"""Items of one user that count, the last ones; what a robot visits tells nothing of taste."""
_AT_ONCE = 2_000_000
"""Cells of the block of products that is in memory at a time."""
FORMAT = 1

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int32]


class Neighbours(NamedTuple):
    """Of item ``n`` the neighbours ``items[starts[n]:starts[n + 1]]``, nearest first.

    ``ids`` names the items; ``counts`` says how many people took to each.
    """

    ids: list[str]
    counts: Integers
    starts: npt.NDArray[np.int64]
    items: Integers
    weights: Floats
    meta: dict[str, Any]


_ARRAYS = ("counts", "starts", "items", "weights")


def nearest(users: Integers, items: Integers, ids: list[str], meta: dict[str, Any]) -> Neighbours:
    """Return the neighbours of each item, given who took to what (each pair once).

    Args:
        users: numbers of the users, a pair with ``items`` at each place.
        items: places in ``ids``.
        ids: the items.
        meta: what they were learnt from, to be kept with them.
    """
    matrix = _matrix(users, items, len(ids))
    counts = np.asarray(matrix.sum(axis=0)).ravel()
    columns = matrix.T.tocsr()
    step = max(1, _AT_ONCE // max(1, len(ids)))
    starts, near, weights = [0], [], []
    for begin in range(0, len(ids), step):
        block = (columns[begin : begin + step] @ matrix).tocsr()
        for row in range(block.shape[0]):
            span = slice(block.indptr[row], block.indptr[row + 1])
            others, values = _best(block.indices[span], block.data[span], begin + row, counts)
            near.append(others)
            weights.append(values)
            starts.append(starts[-1] + len(others))
    return Neighbours(
        ids,
        counts.astype(np.int32),
        np.asarray(starts, dtype=np.int64),
        np.concatenate([*near, np.zeros(0, np.int32)]).astype(np.int32),
        np.concatenate([*weights, np.zeros(0, np.float32)]).astype(np.float32),
        meta,
    )


def _matrix(users: Integers, items: Integers, size: int) -> Any:
    from scipy.sparse import csr_array

    order = np.argsort(users, kind="stable")
    ordered = users[order]
    ends = np.searchsorted(ordered, ordered, side="right")
    kept = order[ends - np.arange(len(ordered)) <= MOST_OF_A_USER]
    ones = np.ones(len(kept), dtype=np.float32)
    height = int(users.max()) + 1 if len(users) else 1
    return csr_array((ones, (users[kept], items[kept])), shape=(height, size))


def _best(others: Integers, shared: Floats, item: int, counts: Floats) -> tuple[Integers, Floats]:
    rest = others != item
    others, shared = others[rest], shared[rest]
    values = shared / (np.sqrt(counts[others] * counts[item]) + SHRINKAGE)
    # Ties by place, so that the same file always makes the same neighbours.
    order = np.lexsort((others, -values))[:KEPT]
    return others[order], values[order]


def counts(found: Neighbours) -> dict[str, float]:
    """Return how many people took to each item."""
    return dict(zip(found.ids, map(float, found.counts), strict=True))


# ── The file ─────────────────────────────────────────────────────────────────────────────────


def to_bytes(found: Neighbours) -> bytes:
    """Return ``found`` as the content of a file."""
    meta = {"format": FORMAT, **found.meta, "ids": found.ids}
    return pack(meta, **{name: getattr(found, name) for name in _ARRAYS})


def load(path: Path) -> Neighbours:
    """Return what :func:`to_bytes` wrote; the neighbours stay on disk until they are looked at.

    Raises:
        CatalogError: the file is damaged, or of another version.
    """
    try:
        meta, arrays = unpack(path, *_ARRAYS)
        found = Neighbours(ids=list(map(str, meta.pop("ids"))), meta=meta, **arrays)
        _check(found)
    except DAMAGE as error:
        raise CatalogError(
            f"the interactions in {str(path)!r} are damaged ({error}); give them again with "
            "'recllm index SOURCE --interactions FILE'"
        ) from error
    return found


def _check(found: Neighbours) -> None:
    """Refuse what cannot be: places outside, ends before starts."""
    if any(part.ndim != 1 for part in (found.counts, found.starts, found.items, found.weights)):
        raise ValueError("not lists of numbers")
    size, starts = len(found.ids), found.starts
    whole = len(starts) == size + 1 and len(found.counts) == size
    if found.meta.get("format") != FORMAT or not whole:
        raise ValueError("not of this version")
    if len(found.items) != len(found.weights) or starts[0] != 0 or starts[-1] != len(found.items):
        raise ValueError("the parts do not belong together")
    kinds = [part.dtype.kind for part in (found.counts, starts, found.items, found.weights)]
    if kinds != ["i", "i", "i", "f"]:
        raise ValueError("the parts are of other kinds")
    if (np.diff(starts) < 0).any():
        raise ValueError("the parts are out of order")
