"""Vectors as a few bits, all of which are compared: finds candidates among a million in 4 ms.

A bit is the side of a plane on which a vector lies (Charikar, STOC 2002). The planes are turned
within the directions in which the vectors differ most until the vectors are as near as can be to
the corners of a cube, which are what bits tell apart (ITQ: Gong et al., TPAMI 2013).
The more bits two vectors share, the nearer they are, so that the few thousand that share most with
a query hold its nearest ones, and are compared in full (:mod:`recllm.catalog.nearest`). Unlike a
graph it is made in seconds and serves any condition. Figures are in docs/benchmarks.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Vectors = npt.NDArray[np.floating]
Vector = npt.NDArray[np.float32]
Distances = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Bytes = npt.NDArray[np.uint8]

_WORD = 64
_LEAST_WORDS, _DIMENSIONS_A_WORD = 4, 96
"""Two bits stand for three dimensions, and there are at least so many words."""
_SAMPLE = 100_000
_TURNS = 20
_ENCODED_AT_ONCE = 20_000
_SCANNED_AT_ONCE = 65_536
"""So many rows at once: what is computed of them stays in the processor's cache."""
_TOGETHER = 4
"""Words whose differing bits are counted in a byte together.

Only if all 256 of them differ are there more than fit; such a vector then counts as near, and is
found to be the opposite when it is compared in full.
"""


class Planes(NamedTuple):
    """What tells the bits of a vector: ``sign((vector - mean) @ normals)``."""

    mean: Vector
    normals: npt.NDArray[np.float32]

    def bits(self, vectors: Vectors) -> Words:
        """Return the bits of ``vectors``: a row of words for each."""
        shifted = np.asarray(vectors, dtype=np.float32) - self.mean
        # For one vector the operator @ would start threads, and wait for them.
        one = len(shifted) == 1
        found = np.einsum("ij,jk->ik", shifted, self.normals) if one else shifted @ self.normals
        sides = found > 0
        return np.packbits(sides, axis=1).view(np.uint64)


def planes(vectors: Vectors, seed: int = 0) -> Planes:
    """Choose planes for ``vectors``, which may be mapped: a sample of them is read."""
    sample = np.asarray(vectors[:: max(1, len(vectors) // _SAMPLE)], dtype=np.float32)
    dimension = vectors.shape[1]
    count = _WORD * max(_LEAST_WORDS, -(-dimension // _DIMENSIONS_A_WORD))
    mean = sample.mean(axis=0) if len(sample) else np.zeros(dimension, dtype=np.float32)
    shifted = sample - mean
    # The last are those of the largest variance.
    _, directions = np.linalg.eigh(shifted.T @ shifted)
    kept = directions[:, -min(count, dimension) :]
    random = np.random.default_rng(seed).standard_normal((count, kept.shape[1]))
    turned, _ = np.linalg.qr(random)
    normals = (kept @ turned.T).astype(np.float32)
    if count <= dimension:
        normals = _turned(shifted @ normals, normals)
    return Planes(mean, normals)


def _turned(sample: Vector, normals: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Turn the planes ``normals`` to where ``sample``, seen from them, is nearest to its bits."""
    turn = np.eye(len(normals.T), dtype=np.float32)
    for _ in range(_TURNS):
        corners = np.sign(sample @ turn)
        # The turn that brings one set of points nearest to another (Procrustes).
        left, _, right = np.linalg.svd(corners.T @ sample)
        turn = right.T @ left.T
    return np.asarray(normals @ turn, dtype=np.float32)


def encode(vectors: Vectors, by: Planes, into: Words) -> None:
    """Write the bits of ``vectors`` to ``into``, shape (words, rows): a word of all is together."""
    for start in range(0, len(vectors), _ENCODED_AT_ONCE):
        piece = slice(start, start + _ENCODED_AT_ONCE)
        into[:, piece] = by.bits(vectors[piece]).T


def words_of(by: Planes) -> int:
    """Return how many words a vector's bits take."""
    return int(by.normals.shape[1]) // _WORD


def differing(codes: Words, wanted: Words) -> Distances:
    """Return in how many bits each row of ``codes`` (words, rows) differs from ``wanted``."""
    found = np.empty((-(-len(codes) // _TOGETHER), codes.shape[1]), dtype=np.uint8)
    # Into memory that is there already: new memory would cost as much as the computing.
    apart = np.empty(_SCANNED_AT_ONCE, dtype=np.uint64)
    bits = np.empty(_SCANNED_AT_ONCE, dtype=np.uint8)
    for start in range(0, codes.shape[1], _SCANNED_AT_ONCE):
        rows = codes[:, start : start + _SCANNED_AT_ONCE]
        size = rows.shape[1]
        totals = found[:, start : start + size]
        _count(rows, wanted, totals, apart[:size], bits[:size])
    return found[0] if len(found) == 1 else np.asarray(found.sum(axis=0, dtype=np.uint16))


def _count(codes: Words, wanted: Words, totals: Bytes, apart: Words, bits: Bytes) -> None:
    """Write how many bits differ to ``totals``, for each group of words."""
    for word, line in enumerate(codes):
        np.bitwise_xor(line, wanted[word], apart)
        total = totals[word // _TOGETHER]
        if word % _TOGETHER:
            np.add(total, np.bitwise_count(apart, bits), total)
        else:
            np.bitwise_count(apart, total)
