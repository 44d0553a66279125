"""Co-engagement: what people took to who took to the same items. Beside the ways of the paper."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recllm.catalog.filters import holds
from recllm.catalog.index import Catalog
from recllm.retrieval import neighbours
from recllm.retrieval.constraints import ranked
from recllm.retrieval.neighbours import Neighbours
from recllm.types import Candidate, Item, Query

KIND = "co-engagement"
"""The kind of the artifact that holds the neighbours."""
REFUSED = 0.1
"""How much an item that was refused counts against its neighbours, where one liked counts 1."""
_FETCHED_AT_ONCE = 200


class CoEngagementRetriever:
    """Adds up the neighbours of the items that the person likes, less those of refused ones.

    Items named as examples and items liked count alike; that an item was shown counts nothing.
    Without interactions, or without an item that they know, this way finds nothing.
    """

    name = "co-engagement"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._path = catalog.artifact(KIND)
        self._loading = asyncio.Lock()
        self._loaded: _Loaded | None = None

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return candidates by how near they are to all that is liked."""
        liked = tuple(dict.fromkeys((*query.similar_to, *query.liked)))
        if self._path is None or not liked:
            return ()
        loaded = await self._load(self._path)
        scored = await asyncio.to_thread(loaded.near, liked, query.rejected)
        known = {*liked, *query.rejected, *query.exclude}
        scored = [(i, s) for i, s in scored if i not in known]
        return ranked(await self._passing(scored, query), query, self.name)

    async def _load(self, path: Path) -> _Loaded:
        async with self._loading:
            if self._loaded is None:
                self._loaded = await asyncio.to_thread(lambda: _Loaded(neighbours.load(path)))
        return self._loaded

    async def _passing(
        self, scored: Sequence[tuple[str, float]], query: Query
    ) -> list[tuple[Item, float]]:
        """Return those that exist and satisfy the conditions, as many as are asked for."""
        passing: list[tuple[Item, float]] = []
        for start in range(0, len(scored), _FETCHED_AT_ONCE):
            some = dict(scored[start : start + _FETCHED_AT_ONCE])
            items = await self._catalog.items(tuple(some))
            passing += [
                (item, some[i])
                for i, item in items.items()
                if all(holds(item, c, self._catalog.schema) for c in query.where)
            ]
            if len(passing) >= query.limit:
                break
        return passing[: query.limit]


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
