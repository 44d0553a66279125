"""The nearest vectors of a state: all compared in full, or those that the bits of all point to."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from recllm.catalog.lookup import Places
from recllm.catalog.signs import Distances, Planes, Vector, Vectors, Words, differing

Mask = npt.NDArray[np.bool_]

FEW = 20_000
"""So many rows are compared in full, without a look at their bits."""
CANDIDATES, A_HIT = 3_000, 30
"""So many are compared in full after a look at the bits, and at least so many for each hit."""
AT_ONCE = 2_000_000
"""Up to so many rows are searched at once; in a thread that takes a quarter longer."""
_SAMPLE = 16_384
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


class BySigns:
    """Compares the bits of all vectors, then the vectors of those that share most bits.

    Args:
        vectors: in half precision, mapped.
        codes: their bits (:mod:`recllm.catalog.signs`), in memory.
        planes: which bits a query has.
    """

    def __init__(self, vectors: Vectors, codes: Words, planes: Planes) -> None:
        self._vectors, self._codes, self._planes = np.asarray(vectors), codes, planes

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
            apart = differing(self._codes, self._planes.bits(vector[None])[0])
            return self._compared(vector, _least(apart, mask, wanted), limit)
        every = np.arange(among) if mask is None else np.flatnonzero(mask)
        return self._compared(vector, every, limit)

    def _compared(self, vector: Vector, places: Places, limit: int) -> Found:
        import numkong  # compares in half precision, three times faster than NumPy converts it

        asked = vector[None].astype(np.float16)
        scores = np.empty(len(places), dtype=np.float32)
        for at in range(0, len(places), _COMPARED):
            rows = np.take(self._vectors, places[at : at + _COMPARED], axis=0)
            distances = numkong.cdist(asked, rows, "angular")
            scores[at : at + _COMPARED] = 1 - np.asarray(distances)[0]
        return best(places, scores, limit)


def _least(apart: Distances, mask: Mask | None, wanted: int) -> Places:
    """Return about ``wanted`` rows of ``mask`` with the least distances, and all of the last's."""
    step = max(1, len(apart) // _SAMPLE)
    sample = apart[::step] if mask is None else apart[::step][mask[::step]]
    if len(sample) * step < 4 * wanted:
        # Too small a sample to tell.
        sample, step = (apart if mask is None else apart[mask]), 1
    rank = min(len(sample) - 1, wanted // step)
    near = apart <= np.partition(sample, rank)[rank]
    return np.flatnonzero(near if mask is None else near & mask)


def best(places: Places, scores: Vector, limit: int) -> Found:
    """Return the ``limit`` of ``places`` with the highest scores; of equal ones the first."""
    if len(places) > limit:
        top = np.sort(np.argpartition(-scores, limit)[:limit])
        places, scores = places[top], scores[top]
    order = np.argsort(-scores, kind="stable")
    return Found(places[order], scores[order])
