"""Items by their conditions alone, for wishes that have no words to search with."""

from __future__ import annotations

from recllm.catalog.filters import compile_filter
from recllm.catalog.index import Catalog
from recllm.types import Candidate, Query


class BrowseRetriever:
    """Lists what passes the conditions; answers only where there are no words to go by."""

    name = "browse"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return the items that pass, in the catalogue's order."""
        if query.text or query.request or query.similar_to or query.concepts:
            return ()
        where = compile_filter(query.where, query.exclude, self._catalog.schema)
        items = await self._catalog.scan(where=where, limit=query.limit)
        return tuple(
            Candidate(item=item, score=1.0 / n, ranks={self.name: n})
            for n, item in enumerate(items, start=1)
        )
