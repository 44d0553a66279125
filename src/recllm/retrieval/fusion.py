"""Several ways as one: reciprocal rank fusion."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from recllm.protocols import Retriever
from recllm.types import Candidate, Query

RRF_K = 60
"""Rank offset of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""


class FusionRetriever:
    """Asks all ways at once and adds up ``1 / (60 + rank)`` over those that found an item."""

    name = "fusion"

    def __init__(self, ways: Sequence[Retriever]) -> None:
        self._ways = tuple(ways)

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return the candidates of all ways, best fused score first, with their ranks."""
        answers = await asyncio.gather(*(way.retrieve(query) for way in self._ways))
        return fuse(answers)[: query.limit]


def fuse(answers: Sequence[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """Fuse lists of candidates; ties keep the order in which they were first found."""
    scores: dict[str, float] = {}
    ranks: dict[str, dict[str, int]] = {}
    items = {c.item.id: c.item for answer in answers for c in answer}
    for answer in answers:
        for place, candidate in enumerate(answer, start=1):
            key = candidate.item.id
            scores[key] = scores.get(key, 0.0) + 1.0 / (RRF_K + place)
            ranks[key] = ranks.get(key, {}) | candidate.ranks
    ordered = sorted(scores, key=lambda key: -scores[key])
    return tuple(Candidate(item=items[k], score=scores[k], ranks=ranks[k]) for k in ordered)
