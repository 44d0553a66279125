"""Search by meaning: context and items in one vector space (the dual encoder of RecLLM 4.1)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recllm.catalog.index import Catalog
from recllm.protocols import Encoder
from recllm.retrieval.constraints import executed, ranked
from recllm.types import Candidate, Query

Vector = npt.NDArray[np.float32]


class DualEncoderRetriever:
    """Finds the nearest items to what was said and to the items it is said to be like.

    The context's vector is the mean of the vector of the words and that of the items named as
    examples; with weights that are not tuned the two towers share one encoder.
    """

    name = "dual-encoder"

    def __init__(self, catalog: Catalog, encoder: Encoder) -> None:
        self._catalog = catalog
        self._encoder = encoder

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return candidates by cosine similarity."""
        vector = await self._context(query)
        if vector is None:
            return ()
        where, limit = executed(query, self._catalog.schema)
        hits = await self._catalog.search_vector(vector, where=where, limit=limit)
        return ranked(hits, query, self.name)

    async def _context(self, query: Query) -> Vector | None:
        parts: list[Vector] = []
        wanted = (c.text for c in query.concepts if c.sign > 0)
        text = ". ".join(dict.fromkeys(t for t in (query.request, query.text, *wanted) if t))
        if text:
            parts.append((await self._encoder.encode([text]))[0])
        if query.similar_to:
            # An item that was spoken of may have been removed from the catalogue since.
            known = await self._catalog.items(query.similar_to)
            if known:
                parts.append((await self._catalog.vectors(tuple(known))).mean(axis=0))
        if not parts:
            return None
        mean = np.mean([p / max(float(np.linalg.norm(p)), 1e-9) for p in parts], axis=0)
        return np.asarray(mean, dtype=np.float32)
