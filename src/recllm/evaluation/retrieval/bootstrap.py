"""Whether one system is better than another on the same targets: the paired bootstrap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recllm.types import Value

RESAMPLES = 10_000
_AT_ONCE = 500


class Comparison(Value):
    """A paired difference of means: ours less theirs, in 0 to 1, and what resampling says of it.

    Attributes:
        low: the lower end of the 95 % interval (percentiles).
        high: its upper end.
        p: two-sided: twice the smaller share of resamples on one side of nothing.
        unit: what was resampled: "target" or "dialogue".
    """

    ours: str
    theirs: str
    metric: str
    unit: str
    targets: int
    difference: float
    low: float
    high: float
    p: float


def paired(
    ours: Sequence[float],
    theirs: Sequence[float],
    groups: Sequence[str],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[float, float, float, float]:
    """Return the difference of means, its 95 % interval, and a two-sided p.

    Whole groups are resampled, with all their targets (cluster bootstrap, Efron and Tibshirani
    1993): targets of one dialogue are not independent. Give each target a group of its own to
    resample targets.

    Args:
        ours: our figure for each target.
        theirs: theirs for the same targets in the same order.
        groups: the group of each target.
        seed: of the resampling.
        resamples: how many.
    """
    differences = np.asarray(ours, dtype=np.float64) - np.asarray(theirs, dtype=np.float64)
    if not differences.size:
        return 0.0, 0.0, 0.0, 1.0
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.bincount(group, weights=differences).astype(np.float64)
    sizes = np.bincount(group).astype(np.float64)
    means = _resampled(sums, sizes, np.random.default_rng(seed), resamples)
    low, high = np.percentile(means, [2.5, 97.5])
    # One is added to each count so that p is never 0 (Davison and Hinkley 1997).
    below, above = int((means <= 0).sum()), int((means >= 0).sum())
    p = min(1.0, 2 * (min(below, above) + 1) / (resamples + 1))
    return float(differences.mean()), float(low), float(high), p


def _resampled(
    sums: npt.NDArray[np.float64],
    sizes: npt.NDArray[np.float64],
    random: np.random.Generator,
    resamples: int,
) -> npt.NDArray[np.float64]:
    count = len(sums)
    means = []
    for start in range(0, resamples, _AT_ONCE):
        drawn = random.integers(0, count, size=(min(_AT_ONCE, resamples - start), count))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return np.concatenate(means)
