"""A push to the fused order: variety, popularity and newness, each off unless it is set.

Variety is maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): the next item is the
one with the most of relevance less its likeness to the nearest item already chosen. Popularity
and newness are places among the whole catalogue, in [0, 1], so that one bestseller of a million
sales does not outweigh everything. Whatever is set is noted for the trace.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recllm.catalog.index import Catalog
from recllm.catalog.vocabulary import figure_of
from recllm.retrieval.notes import note
from recllm.types import Attribute, Candidate, Item, Role

CONSIDERED = 200
"""Candidates that are put in another order; the rest keeps its place behind them."""
_QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)

Floats = npt.NDArray[np.float64]


class Reordering:
    """Reorders candidates by the weights that a person set.

    Args:
        catalog: has the vectors, and the columns of popularity and year.
        diversity: in [0, 1]; 0 keeps the order, 1 looks at nothing but unlikeness.
        popularity: weight of popularity beside a relevance of weight 1; 0 leaves it out.
        recency: likewise of newness.
    """

    def __init__(
        self,
        catalog: Catalog,
        *,
        diversity: float = 0.0,
        popularity: float = 0.0,
        recency: float = 0.0,
    ) -> None:
        self._catalog = catalog
        self._diversity = diversity
        self._weights = {
            Role.POPULARITY: popularity,
            Role.YEAR: recency,
        }

    @property
    def active(self) -> bool:
        """Whether anything is set."""
        return self._diversity > 0 or any(w > 0 for w in self._weights.values())

    async def reorder(self, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        """Return the same candidates in the new order; scores fall from 1."""
        if not candidates:
            return ()
        head, rest = list(candidates[:CONSIDERED]), list(candidates[CONSIDERED:])
        scores = self._weighted(head, _relevance(head))
        order = np.argsort(-scores, kind="stable")
        if self._diversity > 0:
            vectors = await self._catalog.vectors([c.item.id for c in head])
            order, scores = await asyncio.to_thread(
                marginal, scores, np.asarray(vectors, dtype=np.float64), self._diversity
            )
            note(f"the order is changed for variety (diversity {self._diversity:g})")
        least = float(scores.min())
        moved = [head[n].model_copy(update={"score": float(scores[n])}) for n in order]
        # What was not considered stays behind, in its order.
        top = max((c.score for c in rest), default=1.0) or 1.0
        behind = [c.model_copy(update={"score": least * min(1.0, c.score / top)}) for c in rest]
        return (*moved, *behind)

    def _weighted(self, candidates: Sequence[Candidate], relevance: Floats) -> Floats:
        """Return the weighted mean of relevance, popularity and newness, each in [0, 1]."""
        total, scores = 1.0, relevance.copy()
        for role, weight in self._weights.items():
            attribute = next(iter(self._catalog.schema.having(role)), None)
            if weight <= 0:
                continue
            what = "popular" if role is Role.POPULARITY else "new"
            if attribute is None:
                note(f"the catalogue has no column that says how {what} an item is")
                continue
            scores += weight * np.asarray([self._place(c.item, attribute) for c in candidates])
            total += weight
            note(f"{what} items are put first (weight {weight:g}, by {attribute.name})")
        return np.asarray(scores / total, dtype=np.float64)

    def _place(self, item: Item, attribute: Attribute) -> float:
        """Return the share of the catalogue that the item's figure is at least as high as."""
        figure = figure_of(item, attribute)
        marks = self._catalog.vocabulary.ranges.get(attribute.name, ())
        if figure is None or len(marks) != len(_QUANTILES):
            return 0.0
        return float(np.interp(figure, marks, _QUANTILES))


def _relevance(candidates: Sequence[Candidate]) -> Floats:
    """Return the fused scores as shares of the best one, in [0, 1]."""
    scores = np.asarray([c.score for c in candidates], dtype=np.float64)
    least, best = float(scores.min()), float(scores.max())
    if least >= 0:
        return scores / best if best > 0 else np.ones(len(scores))
    return (scores - least) / (best - least) if best > least else np.ones(len(scores))


def marginal(
    scores: Floats, vectors: Floats, diversity: float
) -> tuple[npt.NDArray[np.intp], Floats]:
    """Return the order of maximal marginal relevance, and scores that fall with it.

    Args:
        scores: relevance in [0, 1], shape (n,).
        vectors: of unit length, shape (n, dimension).
        diversity: in [0, 1], the weight of unlikeness.

    Returns:
        The places in the new order, and by place (not by order) the marginal relevance, moved up
        so that it is in [0, 1].
    """
    worth = (1 - diversity) * scores
    likeness = np.zeros(len(scores))
    left = np.ones(len(scores), dtype=bool)
    order: list[int] = []
    found = np.zeros(len(scores))
    for _ in range(len(scores)):
        value = np.where(left, worth - diversity * likeness, -np.inf)
        best = int(np.argmax(value))
        order.append(best)
        found[best] = value[best] + diversity
        left[best] = False
        likeness = np.maximum(likeness, np.clip(vectors @ vectors[best], 0.0, 1.0))
    return np.asarray(order, dtype=np.intp), np.clip(found, 0.0, 1.0)
