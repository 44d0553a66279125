"""The contract of every :class:`recllm.protocols.Scorer`, as one function to call in a test."""

from __future__ import annotations

import math

from recllm.protocols import Scorer
from recllm.testing.toy import toy_films
from recllm.types import Candidate, Query

QUERIES = (Query(text="something scary in space"), Query(text=""), Query(text="x", limit=1))


async def check_scorer(scorer: Scorer) -> None:
    """Check that ``scorer`` keeps the contract: a finite score for each, and the same again.

    Raises:
        AssertionError: the contract is broken; the message says where.
    """
    found = [
        Candidate(item=film, score=0.0, ranks={way: n}, scores={way: 1.0 / n})
        for n, film in enumerate(toy_films(), start=1)
        for way in ("bm25" if n % 2 else "a way that it has never heard of",)
    ]
    for query in QUERIES:
        for some in (found, found[:1], found[:0]):
            scores = list(await scorer.score(query, some))
            assert len(scores) == len(some), f"{len(scores)} scores for {len(some)} candidates"
            assert all(map(math.isfinite, scores)), f"a score is not finite: {scores}"
            assert list(await scorer.score(query, some)) == scores, "other scores for the same"
