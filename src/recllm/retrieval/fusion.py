"""Several ways as one: reciprocal rank fusion, or a scorer that has learnt to weigh them.

A way that fails or takes too long costs its candidates, not the turn. What is fused keeps the rank
and the score of every way that found it, so that a scorer has both to go by.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from recllm.errors import CatalogError, RecLLMError
from recllm.protocols import Retriever, Scorer
from recllm.retrieval.constraints import candidate_of
from recllm.retrieval.notes import note
from recllm.types import Candidate, Query

RRF_K = 60
"""Rank offset of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""
WAY_TIMEOUT = 20.0
"""Seconds that a way may take before the others go on without it."""


class Reorder(Protocol):
    """Changes the order of what was fused, such as for variety; see ``retrieval.reorder``."""

    async def reorder(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Return the same candidates in another order, with scores that fall."""
        ...


class ReciprocalRank:
    """Scores by the sum of ``weight / (60 + rank)`` over the ways that found an item.

    Args:
        weights: of ways by name, each at least 0; one that is not named weighs 1.
    """

    def __init__(self, weights: Mapping[str, float] | None = None) -> None:
        self._weights = dict(weights or {})

    async def score(self, query: Query, candidates: Sequence[Candidate]) -> Sequence[float]:
        """Return a score for each candidate, in order."""
        return [reciprocal_ranks(c.ranks, self._weights) for c in candidates]


class FusionRetriever:
    """Asks all ways at once and orders what they found by one score.

    Args:
        ways: asked all at once.
        scorer: scores what they found; reciprocal ranks if None, or where it fails.
        weights: of the ways for reciprocal ranks; a way of weight 0 is not asked.
        reorder: changes the order of the whole list at the end; None leaves it.
        timeout: seconds that a way may take.
    """

    name = "fusion"

    def __init__(
        self,
        ways: Sequence[Retriever],
        scorer: Scorer | None = None,
        *,
        weights: Mapping[str, float] | None = None,
        reorder: Reorder | None = None,
        timeout: float = WAY_TIMEOUT,
    ) -> None:
        weights = weights or {}
        self._ways = tuple(w for w in ways if weights.get(w.name, 1.0) > 0)
        self._plain = ReciprocalRank(weights)
        self._scorer = scorer
        self._reorder = reorder
        self._timeout = timeout

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return the candidates of all ways, best first, with their ranks and scores in each.

        Raises:
            RecLLMError: every way failed; this is the error of the first.
        """
        answers = await asyncio.gather(*(self._ask(way, query) for way in self._ways))
        failures = [a for a in answers if isinstance(a, RecLLMError)]
        if failures and len(failures) == len(answers):
            raise failures[0]
        merged = merge([a for a in answers if not isinstance(a, RecLLMError)])
        scores = await self._score(query, merged)
        if self._reorder and merged:
            fused = await self._reorder.reorder(_ordered(merged, scores, len(merged)))
            return fused[: query.limit]
        return _ordered(merged, scores, query.limit)

    async def _ask(self, way: Retriever, query: Query) -> Sequence[Candidate] | RecLLMError:
        try:
            async with asyncio.timeout(self._timeout):
                return await way.retrieve(query)
        except TimeoutError:
            note(f"{way.name} took longer than {self._timeout:g} s and was left out")
            return CatalogError(
                f"the search {way.name!r} took longer than {self._timeout:g} s; try again, or "
                "leave it out with the setting ways"
            )
        except RecLLMError as error:
            note(f"{way.name} failed and was left out: {error}")
            return error

    async def _score(self, query: Query, merged: Sequence[Candidate]) -> Sequence[float]:
        if self._scorer is not None:
            try:
                scores = [float(s) for s in await self._scorer.score(query, merged)]
            except RecLLMError as error:
                note(f"the scorer failed, so that reciprocal ranks order the candidates: {error}")
            else:
                if len(scores) == len(merged) and all(map(math.isfinite, scores)):
                    return scores
                note("the scorer's answer was no score for each, so that reciprocal ranks order")
        return await self._plain.score(query, merged)


def fuse(
    answers: Sequence[Sequence[Candidate]], weights: Mapping[str, float] | None = None
) -> tuple[Candidate, ...]:
    """Fuse lists by reciprocal ranks; ties keep the order in which they were first found."""
    merged = merge(answers)
    scores = [reciprocal_ranks(c.ranks, weights or {}) for c in merged]
    return _ordered(merged, scores, len(merged))


def merge(answers: Sequence[Sequence[Candidate]]) -> tuple[Candidate, ...]:
    """Put lists together: each item once, with its ranks and scores in all, in order found."""
    items = {c.item.id: c.item for answer in reversed(answers) for c in answer}
    ranks: dict[str, dict[str, int]] = {}
    scores: dict[str, dict[str, float]] = {}
    for candidate in (c for answer in answers for c in answer):
        ranks.setdefault(candidate.item.id, {}).update(candidate.ranks)
        scores.setdefault(candidate.item.id, {}).update(candidate.scores)
    return tuple(candidate_of(items[i], 0.0, ranks[i], scores[i]) for i in ranks)


def reciprocal_ranks(ranks: Mapping[str, int], weights: Mapping[str, float]) -> float:
    """Return the sum of ``weight / (60 + rank)`` over ``ranks``."""
    return sum(weights.get(way, 1.0) / (RRF_K + rank) for way, rank in ranks.items())


def _ordered(
    merged: Sequence[Candidate], scores: Sequence[float], limit: int
) -> tuple[Candidate, ...]:
    pairs = sorted(zip(merged, scores, strict=True), key=lambda pair: -pair[1])[:limit]
    return tuple(candidate_of(c.item, s, c.ranks, c.scores) for c, s in pairs)
