"""Trivial rankings, to be printed beside every figure: what is worth less than these is nothing.

They are learned from a data set's training part alone. "Copy" and the counts follow what
critical readings of the field use (repeated items are half of some published accuracies).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from recllm.evaluation.retrieval.offline import DEPTH, System
from recllm.evaluation.retrieval.values import Dataset, Instance

DECAY = 0.5
"""What a clue counts for against the one named after it, in "co-occurrence"."""

RARE = 5.0
"""Added to how often a clue was seen, so that a clue seen once does not decide."""

COPIED = 3.0
"""What an item that was named is given in "copy + co-occurrence", times its nearness to the end."""

EASE_PENALTY = 150.0
"""The L2 penalty of EASE (Steck, WWW 2019)."""


def baselines(dataset: Dataset, *, ease: bool = False) -> list[System]:
    """Return the baselines that the training part of ``dataset`` has the data for."""
    popular = popularity(dataset)
    systems: list[System] = [Popularity([*popular, *(i.id for i in dataset.items)]), Copy()]
    if dataset.train.dialogues:
        shared = comention_counts([[m.item for m in d.mentioned] for d in dataset.train.dialogues])
        systems.append(Counts("co-mention", shared, {}, popular))
        if ease:
            baskets = [[m.item for m in d.mentioned] for d in dataset.train.dialogues]
            systems.append(Ease(baskets, popular))
    if dataset.train.instances:
        led, seen = lead_counts(dataset.train.instances)
        systems.append(Counts("co-occurrence", led, seen, popular))
        systems.append(Counts("copy + co-occurrence", led, seen, popular, copied=COPIED))
    return systems


def popularity(dataset: Dataset) -> Counter[str]:
    """Count in how many training dialogues an item is named, else how often it is a target."""
    counts: Counter[str] = Counter()
    for dialogue in dataset.train.dialogues:
        counts.update({m.item for m in dialogue.mentioned})
    if not counts:
        counts.update(t for i in dataset.train.instances for t in i.targets)
    known = {i.id for i in dataset.items}
    kept = {i: n for i, n in counts.items() if i in known}
    return Counter(dict(sorted(kept.items(), key=lambda pair: (-pair[1], pair[0]))))


def comention_counts(baskets: Iterable[Iterable[str]]) -> dict[str, Counter[str]]:
    """Count for each pair of items in how many dialogues both are named."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for basket in baskets:
        items = sorted(set(basket))
        for one in items:
            counts[one].update(other for other in items if other != one)
    return dict(counts)


def lead_counts(instances: Iterable[Instance]) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """Count how often what was named leads to a target, and how often it was named at all."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    seen: Counter[str] = Counter()
    for instance in instances:
        for clue in clues(instance):
            seen[clue] += 1
            counts[clue].update(instance.targets)
    return dict(counts), seen


def clues(instance: Instance) -> list[str]:
    """Return all that was named, people and genres too, each once, the last named first."""
    return list(dict.fromkeys([*reversed(instance.entities), *instance.named]))


class Popularity:
    """Ranks by how often an item was named in training, then in the order of the catalogue."""

    name = "popularity"

    def __init__(self, ranking: Iterable[str]) -> None:
        self._ranking = list(dict.fromkeys(ranking))

    async def rank(self, instance: Instance) -> Sequence[str]:
        """Return the most named items."""
        return allowed(self._ranking, instance)


class Copy:
    """Repeats what was named, the last first."""

    name = "copy last named"

    async def rank(self, instance: Instance) -> Sequence[str]:
        """Return the items named before."""
        return allowed(instance.named, instance)


class Counts:
    """Ranks by how often an item went with what was named in this conversation.

    Args:
        name: its name in tables.
        counts: how often an item went with a clue.
        totals: how often a clue was seen, to make shares of counts, nearer clues counting more;
            empty for plain counts.
        popular: breaks ties, and ranks what no count speaks for.
        copied: what an item that was named itself gets; 0 for nothing.
    """

    def __init__(
        self,
        name: str,
        counts: Mapping[str, Counter[str]],
        totals: Mapping[str, int],
        popular: Counter[str],
        *,
        copied: float = 0.0,
    ) -> None:
        self.name = name
        self._counts, self._totals, self._copied = counts, totals, copied
        self._popular, self._ranking = popular, [i for i, _ in popular.most_common()]

    async def rank(self, instance: Instance) -> Sequence[str]:
        """Return the items that went with the clues of this conversation, then popular ones."""
        scores: dict[str, float] = defaultdict(float)
        named = set(instance.named) if self._copied else ()
        for place, clue in enumerate(clues(instance)):
            weight = self._weight(clue, place)
            for item, count in self._counts.get(clue, {}).items():
                scores[item] += count * weight
            if clue in named:
                scores[clue] += self._copied * DECAY**place
        ordered = sorted(scores, key=lambda i: (-scores[i], -self._popular[i], i))
        return allowed(dict.fromkeys([*ordered, *self._ranking]), instance)

    def _weight(self, clue: str, place: int) -> float:
        if not self._totals:
            return 1.0
        return DECAY**place / (self._totals.get(clue, 0) + RARE)


class Ease:
    """EASE: a closed-form linear model of items by items (Steck, WWW 2019)."""

    name = "EASE"

    def __init__(self, baskets: Iterable[Iterable[str]], popular: Counter[str]) -> None:
        self._ids = list(popular)
        self._rows = {item: row for row, item in enumerate(self._ids)}
        self._popular = np.log1p(np.array([popular[i] for i in self._ids], dtype=np.float64))
        self._weights = ease_weights(
            [[self._rows[i] for i in set(b) if i in self._rows] for b in baskets], len(self._ids)
        )

    async def rank(self, instance: Instance) -> Sequence[str]:
        """Return the items that the model predicts from those named."""
        rows = [self._rows[i] for i in instance.named if i in self._rows]
        scores = self._weights[rows].sum(axis=0) + 0.003 * self._popular
        order = np.argsort(-scores, kind="stable")
        return allowed([self._ids[i] for i in order], instance)


def ease_weights(baskets: Iterable[Sequence[int]], size: int) -> npt.NDArray[np.float64]:
    """Return the item-to-item weights, an array of shape ``(size, size)`` with a zero diagonal."""
    gram = np.zeros((size, size))
    for basket in baskets:
        gram[np.ix_(basket, basket)] += 1.0
    gram[np.diag_indices(size)] += EASE_PENALTY
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    weights[np.diag_indices(size)] = 0.0
    return np.asarray(weights)


def allowed(ranking: Iterable[str], instance: Instance) -> list[str]:
    """Return the first :data:`~recllm.evaluation.retrieval.offline.DEPTH` not excluded."""
    excluded = frozenset(instance.exclude)
    kept: list[str] = []
    for item in ranking:
        if item not in excluded:
            kept.append(item)
            if len(kept) == DEPTH:
                break
    return kept
