"""How the vectors of a catalogue are indexed and searched, by its number of items.

The figures behind the choices are in docs/catalogs.md.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lancedb.index import HnswSq, IvfRq, IvfSq

GRAPH_LIMIT = 200_000
"""Above it the vectors are found through a graph, which takes minutes to build."""
RECENT_LIMIT = 20_000
"""So many rows may be outside of the index: they are compared exactly, in a few milliseconds."""
_A_CELL = 2048
_ALL = 10_000
"""More cells than there are: each is searched, or filters and far items would lose answers."""


class Effort(NamedTuple):
    """What a search costs: ``ef`` candidates of the graph, ``probes`` cells, ``refine`` * limit.

    The last are compared by their full vectors in the end.
    """

    ef: int
    probes: int
    refine: int


def configuration(rows: int, dimension: int) -> Any:
    """Return the index to make for ``rows`` vectors."""
    if rows > GRAPH_LIMIT:
        return HnswSq(distance_type="cosine", num_partitions=1, m=16, ef_construction=80)
    # The code of one bit a dimension is made of whole bytes.
    kind = IvfSq if dimension % 8 else IvfRq
    cells = max(1, rows // _A_CELL)
    return kind(distance_type="cosine", num_partitions=cells, max_iterations=10)


def is_graph(index_type: str) -> bool:
    """Whether an index of this type, as LanceDB names it, is a graph."""
    return "HNSW" in index_type.upper()


def effort(graph: bool, limit: int) -> Effort:
    """Return how hard to search for the nearest ``limit``, in a graph or in cells."""
    if graph:
        refine = 5 if limit <= 20 else 2
        return Effort(max(200, refine * limit), 1, refine)
    return Effort(max(100, limit), _ALL, 10 if limit <= 20 else 4)
