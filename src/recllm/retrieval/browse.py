"""Items by their conditions alone, for wishes that have no words to search with."""

from __future__ import annotations

from recllm.catalog.index import Catalog
from recllm.retrieval.constraints import executed, ranked
from recllm.types import Candidate, Query


class BrowseRetriever:
    """Lists what passes the conditions; answers only where there are no words to go by."""

    name = "browse"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return the items that pass, in the catalogue's order."""
        wished = any(c.sign > 0 for c in query.concepts)
        if query.text or query.request or query.similar_to or wished:
            return ()
        where, limit = executed(query, self._catalog.schema)
        items = await self._catalog.scan(where=where, limit=limit)
        kept = [i for i in items if i.id not in query.exclude]
        return ranked(((item, 1.0 / n) for n, item in enumerate(kept, start=1)), query, self.name)
