"""Concept-based search: signed, weighted concepts as one vector (RecLLM, section 4.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from recllm.catalog.index import Catalog
from recllm.protocols import Encoder
from recllm.retrieval.concept_vectors import KIND, ConceptVectors, Vector
from recllm.retrieval.constraints import executed, ranked
from recllm.types import Candidate, Concept, Query
from recllm.vector_cache import VectorCache

UNWANTED = 0.75
"""Weight of a refused concept, after what it has in common with the wishes was taken out."""
WORDS = 0.5
"""Weight of the user's words beside the concepts that were read in them."""
_REMEMBERED = 4096


class ConceptRetriever:
    """Finds the items nearest to the weighted sum of the concepts, the words and the examples.

    A concept is a learnt vector where the catalogue has items with that label, mixed with the
    embedding of its name (:mod:`recllm.retrieval.concept_vectors`); a refused one is subtracted.
    Alternatives, which are concepts of the same words, are averaged: they are one wish.

    Args:
        catalog: what is searched; without a learnt artifact concepts are the names' embeddings.
        encoder: the one that the catalogue was indexed with.
        words_alone: answer also where there are only words, which is what a dual encoder does.
    """

    name = "concepts"

    def __init__(self, catalog: Catalog, encoder: Encoder, *, words_alone: bool = True) -> None:
        self._catalog = catalog
        self._words_alone = words_alone
        self._encoder = encoder
        self._vectors: ConceptVectors | None = None
        self._cache = VectorCache(encoder, _REMEMBERED)

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return candidates by cosine similarity; none if there is no wish but only refusals."""
        if not (self._words_alone or any(c.sign > 0 for c in query.concepts)):
            return ()
        vector = await self._sum(query)
        if vector is None:
            return ()
        where, limit = executed(query, self._catalog.schema)
        hits = await self._catalog.search_vector(vector, where=where, limit=limit)
        return ranked(hits, query, self.name)

    async def _sum(self, query: Query) -> Vector | None:
        vectors = await self._learnt()
        words = ". ".join(dict.fromkeys(t for t in (query.request, query.text) if t.strip()))
        texts = [c.text for c in query.concepts if c.text.strip()]
        asked = [*texts, words] if words else texts
        known = dict(zip(asked, await self._cache.encode(asked), strict=True))
        wanted = _wishes(query.concepts, 1, vectors, known)
        parts = list(wanted)
        if words:
            parts.append(vectors.spread(known[words]) * (WORDS if wanted else 1.0))
        if query.similar_to:
            examples = await self._catalog.vectors(query.similar_to)
            parts.append(vectors.spread(examples.mean(axis=0)))
        if not parts:
            return None
        whole = np.sum(parts, axis=0)
        refused = _wishes(query.concepts, -1, vectors, known)
        return np.asarray(whole - np.sum([_less(v, whole, vectors) for v in refused], axis=0))

    async def _learnt(self) -> ConceptVectors:
        if self._vectors is None:
            path, encoder = self._catalog.artifact(KIND), self._encoder
            self._vectors = await asyncio.to_thread(
                ConceptVectors.read, path, encoder.name, encoder.dimension
            )
        return self._vectors


def _wishes(
    concepts: Sequence[Concept], sign: int, vectors: ConceptVectors, known: dict[str, Vector]
) -> list[Vector]:
    """Return a vector for each wish of this sign, the mean of its alternatives."""
    alike = [c for c in concepts if c.sign == sign and c.text.strip()]
    alike.sort(key=lambda c: c.words)
    wishes: list[Vector] = []
    for words, group in groupby(alike, key=lambda c: c.words):
        each = [vectors.vector(c.text, known[c.text], c.attribute) for c in group]
        wishes += [vectors.spread(np.mean(each, axis=0))] if words else each
    return wishes


def _less(refused: Vector, whole: Vector, vectors: ConceptVectors) -> Vector:
    """Return what to subtract: the refused without what it shares with the wishes."""
    return UNWANTED * vectors.apart(refused, whole)
