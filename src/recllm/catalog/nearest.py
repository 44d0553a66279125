"""The nearest vectors of a state: all compared in full, or those that their codes point to."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from recllm.catalog.codes import Codes, Vector, Vectors
from recllm.catalog.lookup import Places

Mask = npt.NDArray[np.bool_]

FEW = 20_000
"""So many rows are compared in full, without a look at their codes."""
CANDIDATES, A_HIT = 1_000, 20
"""So many are compared in full after a look at the codes, and at least so many for each hit."""
TIMES_MORE = 4
"""If a condition leaves too few of those that were asked for, so many times more are."""
AT_ONCE = 2_000_000
"""Up to so many rows are searched at once; in a thread that takes a quarter longer."""
_COMPARED = 8_192


class Found(NamedTuple):
    """Where the nearest stand, the nearest first, and their cosines."""

    places: Places
    scores: Vector


class Nearest(Protocol):
    """Finds what is nearest to a vector of unit length."""

    async def nearest(self, vector: Vector, mask: Mask | None, limit: int) -> Found:
        """Return at most ``limit`` rows of ``mask``, or of all."""
        ...

    def vectors(self, places: Places) -> Vectors:
        """Return the vectors that stand there, of unit length, a row for each."""
        ...


class Exact:
    """Compares all vectors, kept in memory: a millisecond or two for 20,000."""

    def __init__(self, vectors: Vector) -> None:
        self._vectors = vectors

    async def nearest(self, vector: Vector, mask: Mask | None, limit: int) -> Found:
        """Return at most ``limit`` rows of ``mask``, or of all."""
        # All vectors are of unit length, so that the product is the cosine. The operator @ would
        # share a millisecond's work between threads, and wait for them on a busy machine (12 ms).
        scores = np.einsum("ij,j->i", self._vectors, vector)
        places = np.arange(len(scores)) if mask is None else np.flatnonzero(mask)
        return best(places, scores[places], limit)

    def vectors(self, places: Places) -> Vector:
        """Return the vectors that stand there."""
        return self._vectors[places]


class ByCodes:
    """Compares the codes of all vectors, then the vectors of those that come first.

    Args:
        vectors: in half precision, mapped.
        codes: of all of them.
    """

    def __init__(self, vectors: Vectors, codes: Codes) -> None:
        self._vectors, self._codes = np.asarray(vectors), codes

    async def nearest(self, vector: Vector, mask: Mask | None, limit: int) -> Found:
        """Return at most ``limit`` rows of ``mask``, or of all."""
        if len(self._vectors) <= AT_ONCE:
            return self._nearest(vector, mask, limit)
        return await asyncio.to_thread(self._nearest, vector, mask, limit)

    def vectors(self, places: Places) -> Vector:
        """Return the vectors that stand there."""
        found = np.take(self._vectors, places, axis=0).astype(np.float32)
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
        return found

    def _nearest(self, vector: Vector, mask: Mask | None, limit: int) -> Found:
        among = len(self._vectors) if mask is None else int(np.count_nonzero(mask))
        wanted = max(CANDIDATES, A_HIT * limit)
        if among > max(FEW, wanted):
            first = self._first_by_codes(vector, mask, wanted, among)
            if len(first) >= limit:  # of no direction at all nothing comes first
                return self._compared(vector, first, limit)
        every = np.arange(among) if mask is None else np.flatnonzero(mask)
        return self._compared(vector, every, limit)

    def _first_by_codes(self, vector: Vector, mask: Mask | None, wanted: int, among: int) -> Places:
        """Return which rows of ``mask`` come first by codes: ``wanted``, or half at least."""
        if mask is None:
            return self._codes.nearest(vector, wanted)
        asked = wanted * len(mask) // among
        while True:
            found = self._codes.nearest(vector, asked)
            kept = found[mask[found]]
            # A tenth is missed by chance; half of them by a condition that the query goes against.
            if len(kept) * 2 >= wanted or asked >= len(mask):
                return kept
            asked *= TIMES_MORE

    def _compared(self, vector: Vector, places: Places, limit: int) -> Found:
        import numkong  # compares in half precision, three times faster than NumPy converts it

        asked = vector[None].astype(np.float16)
        scores = np.empty(len(places), dtype=np.float32)
        for at in range(0, len(places), _COMPARED):
            rows = np.take(self._vectors, places[at : at + _COMPARED], axis=0)
            distances = numkong.cdist(asked, rows, "angular")
            scores[at : at + _COMPARED] = 1 - np.asarray(distances)[0]
        return best(places, scores, limit)


def best(places: Places, scores: Vector, limit: int) -> Found:
    """Return the ``limit`` of ``places`` with the highest scores; of equal ones the first."""
    if len(places) > limit:
        top = np.sort(np.argpartition(-scores, limit)[:limit])
        places, scores = places[top], scores[top]
    order = np.argsort(-scores, kind="stable")
    return Found(places[order], scores[order])
