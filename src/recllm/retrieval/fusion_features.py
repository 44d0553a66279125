"""What a learned fusion goes by: each way's verdict on a candidate, and facts of the item."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np

from recllm.catalog.index import Catalog
from recllm.catalog.vocabulary import names_of
from recllm.protocols import Encoder
from recllm.retrieval.tuned_encoder import said
from recllm.retrieval.tuned_weights import Floats
from recllm.types import Candidate, Item, Kind, Query, Role

WAYS = (
    "bm25",
    "dual-encoder",
    "concepts",
    "co-engagement",
    "associations",
    "tuned-encoder",
)
"""The ways that are weighed; others are not known to a learned fusion."""
_OF_A_WAY = ("score", "share", "rank")
_OF_AN_ITEM = (
    "words",
    "examples",
    "shared",
    "most shared",
    "popularity",
    "popularity rank",
    "year",
    "years apart",
)
_OF_A_TURN = ("items named", "messages")
NAMES = (*(f"{way} {part}" for way in WAYS for part in _OF_A_WAY), *_OF_AN_ITEM, *_OF_A_TURN)
"""The features in the order of their columns; what is not known is NaN."""
EXAMPLES = 8
_REMEMBERED = 50_000
Bag: TypeAlias = dict[tuple[str, str], float]


class FusionFeatures:
    """Describes candidates by numbers.

    Args:
        catalog: where the candidates are from.
        encoder: the one that the catalogue was indexed with.
        popularity: how many people took to an item, by id; the column of that role if empty.
    """

    def __init__(
        self, catalog: Catalog, encoder: Encoder, popularity: Mapping[str, float] | None = None
    ) -> None:
        self._catalog = catalog
        self._encoder = encoder
        self._popularity = popularity or {}
        self._bags: dict[str, Bag] = {}
        kinds = (Kind.LIST, Kind.CATEGORY)
        self._named = [a.name for a in catalog.schema.attributes if a.kind in kinds]
        self._year = next((a.name for a in catalog.schema.having(Role.YEAR)), "")
        self._popular = next((a.name for a in catalog.schema.having(Role.POPULARITY)), "")

    async def describe(self, query: Query, candidates: Sequence[Candidate]) -> Floats:
        """Return an array of shape ``(len(candidates), len(NAMES))``."""
        if not candidates:
            return np.zeros((0, len(NAMES)), dtype=np.float32)
        ids = query.examples[:EXAMPLES]
        examples = list((await self._catalog.items(ids)).values())
        near = await self._nearness(query, candidates, [i.id for i in examples])
        items = [c.item for c in candidates]
        turn = [np.full(len(items), float(n)) for n in (len(ids), len(query.conversation))]
        columns = [
            *_verdicts(candidates),
            *near,
            *self._alike(items, examples),
            *self._popularities(items),
            *self._years(items, examples),
            *turn,
        ]
        return np.stack(columns, axis=1).astype(np.float32)

    async def _nearness(
        self, query: Query, candidates: Sequence[Candidate], examples: Sequence[str]
    ) -> list[Floats]:
        """Return the cosines to what was said and to the middle of the items named."""
        vectors = await self._catalog.vectors([c.item.id for c in candidates])
        unknown = np.full(len(candidates), np.nan)
        text = said(query)
        words = vectors @ (await self._encoder.encode([text]))[0] if text else unknown
        if not examples:
            return [words, unknown]
        middle = (await self._catalog.vectors(examples)).mean(axis=0)
        return [words, vectors @ middle / max(float(np.linalg.norm(middle)), 1e-6)]

    def _alike(self, items: Sequence[Item], examples: Sequence[Item]) -> list[Floats]:
        """Return how much of their names the items share with the examples: mean and most."""
        if not examples:
            return [np.full(len(items), np.nan)] * 2
        bags = [self._bag(e) for e in examples]
        shared = np.array([[_overlap(self._bag(item), bag) for bag in bags] for item in items])
        return [shared.mean(axis=1), shared.max(axis=1)]

    def _bag(self, item: Item) -> Bag:
        """Return the names of an item with their weights, of unit length: rare ones say more."""
        bag = self._bags.get(item.id)
        if bag is None:
            if len(self._bags) >= _REMEMBERED:
                self._bags.clear()
            bag = self._bags[item.id] = self._weighed(item)
        return bag

    def _weighed(self, item: Item) -> Bag:
        size = max(2, self._catalog.size)
        found: Bag = {}
        for attribute in self._named:
            counts = self._catalog.vocabulary.values(attribute)
            for name in names_of(item, attribute):
                found[attribute, name] = math.log(size / (1 + counts.get(name, 1)))
        length = math.sqrt(sum(w * w for w in found.values()))
        return {name: weight / length for name, weight in found.items()} if length else {}

    def _popularities(self, items: Sequence[Item]) -> list[Floats]:
        counts = np.array([self._count(item) for item in items])
        order = np.argsort(np.argsort(-counts, kind="stable"))
        return [np.log1p(np.maximum(counts, 0)), np.log1p(order)]

    def _count(self, item: Item) -> float:
        if self._popularity:
            return float(self._popularity.get(item.id, 0.0))
        value = item.attributes.get(self._popular)
        return float(value) if isinstance(value, float) else 0.0

    def _years(self, items: Sequence[Item], examples: Sequence[Item]) -> list[Floats]:
        years = np.array([self._year_of(item) for item in items])
        known = [y for e in examples if not math.isnan(y := self._year_of(e))]
        apart = np.abs(years - float(np.mean(known))) if known else np.full(len(items), np.nan)
        return [years, apart]

    def _year_of(self, item: Item) -> float:
        value = item.attributes.get(self._year)
        if isinstance(value, str) and value[:4].isdigit():
            return float(value[:4])
        return float(value) if isinstance(value, float) else math.nan


def _overlap(one: Bag, two: Bag) -> float:
    """Return the cosine of two bags of weighted names."""
    return sum(weight * two[name] for name, weight in one.items() if name in two)


def _verdicts(candidates: Sequence[Candidate]) -> Iterator[Floats]:
    """Yield of each way the score, its share of the best score, and the rank."""
    for way in WAYS:
        scores = np.array([c.scores.get(way, math.nan) for c in candidates])
        yield scores
        best = np.abs(scores[np.isfinite(scores)]).max(initial=1e-9)
        yield scores / best
        yield np.log1p(np.array([c.ranks.get(way, math.nan) for c in candidates]))
