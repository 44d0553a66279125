"""Search by words: the catalogue's own BM25 index, the built-in "search API" of RecLLM 4.1."""

from __future__ import annotations

from recllm.catalog.index import Catalog
from recllm.retrieval.constraints import executed, ranked
from recllm.types import Candidate, Query


class LexicalRetriever:
    """Finds items whose record shares words with the query line and the user's own words."""

    name = "bm25"

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return candidates by BM25 score."""
        wanted = (c.text for c in query.concepts if c.sign > 0)
        text = " ".join(dict.fromkeys((query.request, query.text, *wanted))).strip()
        where, limit = executed(query, self._catalog.schema)
        hits = await self._catalog.search_text(text, where=where, limit=limit)
        return ranked(hits, query, self.name)
