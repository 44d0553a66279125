"""Search by what people took up after the same names and items."""

from __future__ import annotations

import asyncio

from recllm.catalog.index import Catalog
from recllm.retrieval import association_counts
from recllm.retrieval.association_counts import KIND, Associations, clues_of
from recllm.retrieval.constraints import passing, ranked
from recllm.types import Candidate, Query


class AssociationRetriever:
    """Adds up the shares of what was taken up after each clue, in labelled conversations.

    Co-engagement asks what goes together; this asks what comes next, after people and kinds that
    were named as well as items.

    Args:
        catalog: the items; its artifact of this kind holds the counts.
        found: used in place of the artifact; without either this way finds nothing.
    """

    name = "associations"

    def __init__(self, catalog: Catalog, found: Associations | None = None) -> None:
        self._catalog = catalog
        self._path = catalog.artifact(KIND)
        self._loading = asyncio.Lock()
        self._found = found

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return candidates by their shares."""
        found = await self._load()
        if found is None:
            return ()
        known = {*query.exclude, *query.similar_to, *query.liked, *query.rejected}
        scores = found.scores(clues_of(query))
        order = sorted(scores, key=lambda i: (-scores[i], i))
        scored = ((i, scores[i]) for i in order if i not in known)
        return ranked(await passing(scored, query, self._catalog), query, self.name)

    async def _load(self) -> Associations | None:
        async with self._loading:
            if self._found is None and self._path is not None:
                self._found = await asyncio.to_thread(association_counts.load, self._path)
        return self._found
