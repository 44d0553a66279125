"""Search by meaning: context and items in one vector space (the dual encoder of RecLLM 4.1)."""

from __future__ import annotations

from recllm.catalog.index import Catalog
from recllm.protocols import Encoder
from recllm.retrieval.constraints import executed, ranked
from recllm.retrieval.towers import ContextTower, make_tower
from recllm.types import Candidate, Query


class DualEncoderRetriever:
    """Finds the items nearest to the context: what was said, liked and refused.

    Args:
        catalog: the items, whose vectors are the item tower's.
        encoder: the one that the catalogue was indexed with.
        tower: reads the context; the one that suits ``encoder`` if None.
    """

    name = "dual-encoder"

    def __init__(
        self, catalog: Catalog, encoder: Encoder, tower: ContextTower | None = None
    ) -> None:
        self._catalog = catalog
        self._tower = tower or make_tower(encoder, catalog, catalog.schema.noun)

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return candidates by cosine similarity."""
        vector = await self._tower.encode(query)
        if vector is None:
            return ()
        where, limit = executed(query, self._catalog.schema)
        hits = await self._catalog.search_vector(vector, where=where, limit=limit)
        return ranked(hits, query, self.name)
