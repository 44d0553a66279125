"""Ranking by code: literal checks and retrieval scores, no model. Also every other way's fallback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recllm.catalog.index import Catalog
from recllm.ranking.evidence import Checks, check, rarity
from recllm.ranking.explanation import explain
from recllm.ranking.variety import spread
from recllm.types import Bucket, Candidate, Evidence, Item, Recommendation, Slate, State

DEPTH = 60
"""Candidates beyond this rank are not looked at by the second stage."""
_RETRIEVAL, _CONCEPTS, _SHARED = 0.4, 0.4, 0.2


class CodeRanker:
    """Scores by what the records literally answer, in [0, 1], and explains from the same facts."""

    def __init__(self, catalog: Catalog, seed: int = 0) -> None:
        self._catalog = catalog
        self._seed = seed

    async def rank(
        self, message: str, state: State, candidates: Sequence[Candidate], size: int
    ) -> Slate:
        """Return the best ``size`` candidates, each creator once where nobody asked for one."""
        examples = list((await self._catalog.items(state.similar_to)).values())
        scored = self.score(state, candidates[:DEPTH], examples)
        chosen = spread(scored, state, self._catalog.schema, size)
        return Slate(
            items=tuple(self._recommend(s, state, examples, n) for n, s in enumerate(chosen))
        )

    def score(
        self, state: State, candidates: Sequence[Candidate], examples: Sequence[Item]
    ) -> list[tuple[Candidate, Checks, float]]:
        """Return candidates with checks and score, best first; what is refused goes last."""
        schema = self._catalog.schema
        best = max((c.score for c in candidates), default=1.0) or 1.0
        rows: list[tuple[Candidate, Checks, float]] = []
        for candidate in candidates:
            checks = check(candidate.item, state, schema, examples)
            common = min(1.0, self._weight(checks.shared) / 12) if examples else checks.share
            score = (
                _RETRIEVAL * candidate.score / best + _CONCEPTS * checks.share + _SHARED * common
            )
            rows.append((candidate, checks, 0.0 if checks.refused else score))
        return sorted(rows, key=lambda row: -row[2])

    def _weight(self, shared: Sequence[Evidence]) -> float:
        return sum(rarity(e, dict(self._counts(e.attribute)), self._catalog.size) for e in shared)

    def _counts(self, attribute: str) -> Mapping[str, int]:
        return self._catalog.vocabulary.values(attribute)

    def _recommend(
        self,
        row: tuple[Candidate, Checks, float],
        state: State,
        examples: Sequence[Item],
        place: int,
    ) -> Recommendation:
        candidate, checks, score = row
        told = explain(candidate.item, checks, examples, self._catalog.schema, self._seed + place)
        return Recommendation(
            item=candidate.item,
            bucket=bucket_of(checks, score),
            score=round(min(1.0, score), 4),
            explanation=told.text,
            evidence=told.evidence,
        )


def bucket_of(checks: Checks, score: float) -> Bucket:
    """Name the fit: what fails a condition or meets no wish is at best a fair fit."""
    if checks.refused:
        return Bucket.POOR
    if checks.failed or checks.share == 0:
        return Bucket.FAIR
    return Bucket.EXCELLENT if score >= 0.75 and not checks.missed else Bucket.GOOD
