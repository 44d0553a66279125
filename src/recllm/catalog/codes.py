"""Vectors as short codes, all compared with a query: a million in two to three milliseconds.

A vector is cut into parts of some six dimensions, and each part is told by which of sixteen usual
parts it is most like (product quantisation: Jégou et al., TPAMI 2011). What a query has in common
with those is looked up in the processor's registers (André et al., VLDB 2015; Faiss: Douze et al.,
2024). The few hundred that come first so hold the nearest ones, and are compared in full
(:mod:`recllm.catalog.nearest`). Unlike a graph it is made in seconds and serves any condition.
Figures are in docs/benchmarks.md.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recllm.catalog.lookup import Places

Vectors = npt.NDArray[np.floating]
Vector = npt.NDArray[np.float32]

DIMENSIONS_A_PART, LEAST_PARTS = 6, 64
_BITS = 4
_SAMPLE = 100_000
_ENCODED_AT_ONCE = 20_000


class Codes:
    """The codes of the vectors of one state, in the order of its rows."""

    def __init__(self, index: Any) -> None:
        self._index = index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """How long the vectors are."""
        return int(self._index.d)

    def nearest(self, vector: Vector, limit: int) -> Places:
        """Return where the ``limit`` vectors with about the highest products stand, best first.

        Those of the least product that the codes can express may be left out.
        """
        _, found = self._index.search(vector[None], min(limit, len(self)))
        places: Places = found[0].astype(np.intp)
        return places[places >= 0]

    def write(self, path: Path) -> None:
        """Write the codes to ``path`` in one step."""
        import faiss

        part = path.with_name(f"{path.name}.part")
        faiss.write_index(self._index, str(part))
        os.replace(part, path)


def encoded(vectors: Vectors) -> Codes:
    """Return the codes of ``vectors``, which may be mapped: a sample of them tells the parts."""
    import faiss

    dimension = vectors.shape[1]
    index = faiss.IndexPQFastScan(dimension, parts_of(dimension), _BITS, faiss.METRIC_INNER_PRODUCT)
    sample = np.asarray(vectors[:: max(1, len(vectors) // _SAMPLE)], dtype=np.float32)
    # As many vectors are needed as a part has usual ones; of a small catalogue they come twice.
    least = 2**_BITS
    index.pq.cp.min_points_per_centroid = 1
    index.train(np.resize(sample, (max(least, len(sample)), dimension)))
    for start in range(0, len(vectors), _ENCODED_AT_ONCE):
        index.add(np.asarray(vectors[start : start + _ENCODED_AT_ONCE], dtype=np.float32))
    return Codes(index)


def parts_of(dimension: int) -> int:
    """Return into how many equal parts a vector is cut: of nearly six dimensions, if it is long."""
    wanted = min(DIMENSIONS_A_PART, dimension / LEAST_PARTS)
    sizes = [size for size in range(1, dimension + 1) if dimension % size == 0]
    return dimension // min(sizes, key=lambda size: (abs(size - wanted), size))


def read_codes(path: Path) -> Codes:
    """Map the codes at ``path``.

    Raises:
        ValueError: it is missing or damaged.
    """
    import faiss

    try:
        return Codes(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
    except RuntimeError as error:
        raise ValueError(f"{path.name} holds no codes ({error})") from error
