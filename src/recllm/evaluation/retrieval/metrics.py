"""Metrics of a ranking that has one right answer: of its rank, from 1, or None if it is not there.

With one relevant item recall@k is 1 or 0, the ideal DCG is 1, and MRR is not cut off. Means and
standard errors are over targets, as He et al. (CIKM 2023) and UniCRS (KDD 2022) count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial

CUTS = (1, 5, 10, 20, 50)
"""The k of recall@k."""


def rank_of(target: Hashable, ranking: Iterable[Hashable]) -> int | None:
    """Return the place of ``target`` in ``ranking``, from 1; a repeated entry counts once."""
    for place, entry in enumerate(dict.fromkeys(ranking), start=1):
        if entry == target:
            return place
    return None


def recall(rank: int | None, k: int) -> float:
    """Return 1 if the target is among the first ``k``, else 0."""
    return float(rank is not None and rank <= k)


def ndcg(rank: int | None, k: int) -> float:
    """Return ``1 / log2(1 + rank)`` if the target is among the first ``k``, else 0."""
    return 1.0 / math.log2(1 + rank) if rank is not None and rank <= k else 0.0


def reciprocal_rank(rank: int | None) -> float:
    """Return ``1 / rank``, 0 if the target was not ranked."""
    return 1.0 / rank if rank is not None else 0.0


METRICS: dict[str, Callable[[int | None], float]] = {
    **{f"recall@{k}": partial(recall, k=k) for k in CUTS},
    "ndcg@10": partial(ndcg, k=10),
    "mrr": reciprocal_rank,
}
"""What is printed, by name."""


def mean(values: Sequence[float]) -> float:
    """Return the mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean: the sample deviation over the root of the count."""
    count = len(values)
    if count < 2:
        return 0.0
    middle = mean(values)
    return math.sqrt(sum((v - middle) ** 2 for v in values) / (count - 1) / count)
