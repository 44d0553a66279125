"""Co-engagement: what people took to who took to the same items. Beside the ways of the paper."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from recllm.catalog.index import Catalog
from recllm.retrieval import neighbours
from recllm.retrieval.constraints import passing, ranked
from recllm.retrieval.neighbours import Neighbours
from recllm.types import Candidate, Query

KIND = "co-engagement"
"""The kind of the artifact that holds the neighbours."""
REFUSED = 0.1
"""How much an item that was refused counts against its neighbours, where one liked counts 1."""


class CoEngagementRetriever:
    """Adds up the neighbours of the items that the person likes, less those of refused ones.

    Items named as examples and items liked count alike; that an item was shown counts nothing.
    Without interactions, or without an item that they know, this way finds nothing.

    Args:
        catalog: the items; its artifact of this kind holds the neighbours.
        found: used in place of the artifact.
    """

    name = "co-engagement"

    def __init__(self, catalog: Catalog, found: Neighbours | None = None) -> None:
        self._catalog = catalog
        self._path = catalog.artifact(KIND)
        self._loading = asyncio.Lock()
        self._loaded = _Loaded(found) if found else None

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return candidates by how near they are to all that is liked."""
        liked = tuple(dict.fromkeys((*query.similar_to, *query.liked)))
        loaded = await self._load()
        if loaded is None or not liked:
            return ()
        scored = await asyncio.to_thread(loaded.near, liked, query.rejected)
        known = {*liked, *query.rejected, *query.exclude}
        scored = [(i, s) for i, s in scored if i not in known]
        return ranked(await passing(scored, query, self._catalog), query, self.name)

    async def _load(self) -> _Loaded | None:
        async with self._loading:
            if self._loaded is None and (path := self._path):
                self._loaded = await asyncio.to_thread(lambda: _Loaded(neighbours.load(path)))
        return self._loaded


class _Loaded:
    """The neighbours, and where each item is among them."""

    def __init__(self, found: Neighbours) -> None:
        self._found = found
        self._at = {i: n for n, i in enumerate(found.ids)}

    def near(self, liked: Sequence[str], refused: Sequence[str]) -> list[tuple[str, float]]:
        """Return items with a positive sum, the nearest first."""
        found = self._found
        sums: dict[int, float] = {}
        for ids, sign in ((liked, 1.0), (refused, -REFUSED)):
            for n in (self._at[i] for i in ids if i in self._at):
                span = slice(int(found.starts[n]), int(found.starts[n + 1]))
                for other, weight in zip(found.items[span], found.weights[span], strict=True):
                    sums[int(other)] = sums.get(int(other), 0.0) + sign * float(weight)
        size = len(found.ids)
        best = sorted((n for n, s in sums.items() if s > 0 and 0 <= n < size and np.isfinite(s)))
        return [(found.ids[n], sums[n]) for n in sorted(best, key=lambda n: -sums[n])]
