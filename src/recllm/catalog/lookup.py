"""Where a number stands among many: a sorted array that may lie in a mapped file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.uint64]
Places = npt.NDArray[np.intp]


class Lookup:
    """Finds the places of numbers in the array that it was made of.

    Args:
        ordered: the numbers, ascending.
        at: where each of them stands.
    """

    def __init__(self, ordered: Numbers, at: npt.NDArray[np.int32]) -> None:
        self.ordered, self.at = ordered, at

    @classmethod
    def of(cls, numbers: Numbers) -> Lookup:
        """Prepare to find ``numbers``; of equal ones the first."""
        at = np.argsort(numbers, kind="stable").astype(np.int32)
        return cls(numbers[at], at)

    def places(self, wanted: Numbers) -> Places:
        """Return where each of ``wanted`` stands, -1 for one that is not there."""
        if not len(self.ordered):
            return np.full(len(wanted), -1, dtype=np.intp)
        near = np.searchsorted(self.ordered, wanted)
        near = np.minimum(near, len(self.ordered) - 1)
        found: Places = self.at[near].astype(np.intp)
        found[self.ordered[near] != wanted] = -1
        return found


def hash_of(text: str) -> int:
    """Return a number of 64 bits for ``text``; equal for equal texts, and hardly ever else."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def hashes(texts: Sequence[str] | Iterable[str], count: int) -> Numbers:
    """Return the hashes of ``count`` texts."""
    return np.fromiter(map(hash_of, texts), dtype=np.uint64, count=count)
