"""Ranking by code: literal checks and retrieval scores. Also every other way's fallback."""

from __future__ import annotations

import math
from collections.abc import Sequence

from recllm.facts import Fact, FactKind
from recllm.ranking.evidence import Checks, check
from recllm.ranking.explanation import explain
from recllm.ranking.remembered import because, remembered
from recllm.ranking.variety import spread
from recllm.services.live import AnyCatalog
from recllm.types import Bucket, Candidate, Evidence, Item, Recommendation, Slate, State

DEPTH = 60
"""Candidates beyond this rank are not looked at by the second stage."""
_EXCELLENT, _GOOD = 0.7, 0.4
_TELLING = math.log(5)
"""A value that more than a fifth of the items have says nothing of likeness."""
_ALIKE = 9.0
"""Summed rarity of shared values at which two items count as wholly alike: about three tags."""


class CodeRanker:
    """Scores by what the records literally answer, in [0, 1], and explains from the same facts."""

    def __init__(self, catalog: AnyCatalog, seed: int = 0) -> None:
        self._catalog = catalog
        self._seed = seed

    async def rank(
        self,
        message: str,
        state: State,
        candidates: Sequence[Candidate],
        size: int,
        facts: Sequence[Fact] = (),
    ) -> Slate:
        """Return the best ``size`` candidates, each creator once where nobody asked for one."""
        examples = list((await self._catalog.items(state.similar_to)).values())
        scored = self.score(state, candidates[:DEPTH], examples, facts)
        chosen = spread(scored, state, self._catalog.schema, size)
        if facts and not chosen:
            # What somebody dislikes in general gives way where it is all that was asked for.
            facts = [f for f in facts if f.kind is FactKind.CONSTRAINT]
            scored = self.score(state, candidates[:DEPTH], examples, facts)
            chosen = spread(scored, state, self._catalog.schema, size)
        return Slate(
            items=tuple(self._recommend(s, facts, examples, n) for n, s in enumerate(chosen))
        )

    def score(
        self,
        state: State,
        candidates: Sequence[Candidate],
        examples: Sequence[Item],
        facts: Sequence[Fact] = (),
    ) -> list[tuple[Candidate, Checks, float]]:
        """Return candidates with checks and score, best first; what is refused goes last."""
        schema = self._catalog.schema
        best = max((c.score for c in candidates), default=1.0) or 1.0
        rows: list[tuple[Candidate, Checks, float]] = []
        for candidate in candidates:
            checks = check(candidate.item, state, schema, examples)
            telling = sorted(checks.shared, key=self._rarity, reverse=True)
            checks = checks._replace(shared=tuple(e for e in telling if self._rarity(e) > _TELLING))
            common = min(1.0, sum(map(self._rarity, checks.shared)) / _ALIKE) if examples else None
            score = _mean(candidate.score / best, checks.share, common)
            if facts:
                found = remembered(candidate.item, facts)
                against = tuple(b.evidence.value for b in found.against)
                checks = checks._replace(refused=(*checks.refused, *against))
                # What meets no wish is not made an answer by what is known of the person.
                score = score if checks.share == 0 else min(1.0, score + found.weight)
            rows.append((candidate, checks, 0.0 if checks.refused else score))
        return sorted(rows, key=lambda row: -row[2])

    def _rarity(self, evidence: Evidence) -> float:
        """Weigh a shared value by how few items have it (inverse document frequency)."""
        count = self._catalog.vocabulary.values(evidence.attribute).get(evidence.value, 1)
        return math.log((self._catalog.size + 1) / (count + 0.5))

    def _recommend(
        self,
        row: tuple[Candidate, Checks, float],
        facts: Sequence[Fact],
        examples: Sequence[Item],
        place: int,
    ) -> Recommendation:
        candidate, checks, score = row
        # An outside engine does not say why it found an item: likeness must stand in the records.
        alike = examples if checks.shared or "search-api" not in candidate.ranks else ()
        found = remembered(candidate.item, facts)
        told = explain(
            candidate.item,
            checks,
            alike,
            self._catalog.schema,
            self._seed + place,
            because(found),
        )
        return Recommendation(
            item=candidate.item,
            bucket=bucket_of(checks, score),
            score=round(min(1.0, score), 4),
            explanation=told.text,
            evidence=tuple(dict.fromkeys((*told.evidence, *found.evidence))),
            facts=found.sentences,
        )


def _mean(retrieval: float, concepts: float | None, common: float | None) -> float:
    """Return the mean of the parts that there are: found, met, alike."""
    parts = [p for p in (retrieval, concepts, common) if p is not None]
    return sum(parts) / len(parts)


def bucket_of(checks: Checks, score: float) -> Bucket:
    """Name the fit: what fails a condition or meets no wish is at best a fair fit."""
    if checks.refused:
        return Bucket.POOR
    if checks.failed or checks.share == 0:
        return Bucket.FAIR
    answered = checks.met or checks.held or checks.shared
    if score >= _EXCELLENT and not checks.missed and answered:
        return Bucket.EXCELLENT
    return Bucket.GOOD if score >= _GOOD else Bucket.FAIR
