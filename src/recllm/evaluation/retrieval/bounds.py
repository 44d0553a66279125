"""What a list and another of which only one rank is known would find together, within bounds.

The published outcomes of language models hold the rank of the target, not the list. Of two lists
interleaved (theirs first, one from each in turn, what is there already skipped) the target's place
is known within bounds all the same: a target that they have at ``r`` comes at ``r`` at the earliest
(both lists agree on all before it) and at ``2r - 1`` at the latest (they agree on nothing); one
that we have at ``r`` at ``r`` and ``2r``. The lower bound of recall is what interleaving reaches
for certain. Nothing can be said so of fusion by reciprocal rank, where all other ranks matter.
"""

from __future__ import annotations

from collections.abc import Sequence

from recllm.evaluation.retrieval.he2023 import CUTS, Pair
from recllm.evaluation.retrieval.metrics import mean, recall
from recllm.types import Value


class Bound(Value):
    """Recall of two lists interleaved: between ``low`` and ``high``; each alone beside it."""

    ours: str
    theirs: str
    metric: str
    targets: int
    our_recall: float
    their_recall: float
    low: float
    high: float


def latest(ours: int | None, theirs: int | None) -> int | None:
    """Return the last place at which the target can come in, None if neither list has it.

    >>> latest(2, 5), latest(None, 5), latest(None, None)
    (4, 9, None)
    """
    places = [2 * ours] if ours else []
    places += [2 * theirs - 1] if theirs else []
    return min(places, default=None)


def earliest(ours: int | None, theirs: int | None) -> int | None:
    """Return the first place at which the target can come in, None if neither list has it."""
    return min((r for r in (ours, theirs) if r), default=None)


def bounds(system: str, model: str, pairs: Sequence[Pair]) -> list[Bound]:
    """Return the bounds of recall at 1, 5, 10 and 20 for our ``system`` and their ``model``."""
    found = []
    for k in CUTS:
        found.append(
            Bound(
                ours=system,
                theirs=model,
                metric=f"recall@{k}",
                targets=len(pairs),
                our_recall=_share([p.ours for p in pairs], k),
                their_recall=_share([p.theirs for p in pairs], k),
                low=_share([latest(p.ours, p.theirs) for p in pairs], k),
                high=_share([earliest(p.ours, p.theirs) for p in pairs], k),
            )
        )
    return found


def _share(ranks: Sequence[int | None], k: int) -> float:
    return round(mean([recall(rank, k) for rank in ranks]), 6)
