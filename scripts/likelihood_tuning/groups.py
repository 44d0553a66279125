"""Preferences that are hard to tell apart, each with a request of its own."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from preference_tuning.examples import Example, Pair, topics_of
from recllm.profiles.matching import Vectors

NEAREST = 25


class Groups:
    """Draws groups of preferences of one topic: one, some of the nearest to it, and others.

    Args:
        examples: what is drawn from.
        vectors: of their preferences, in their order.
        size: of a group.
        others: so many of a group are drawn from the whole topic.
    """

    def __init__(
        self, examples: Sequence[Example], vectors: Vectors, size: int = 6, others: int = 2
    ) -> None:
        self._size, self._others = size, others
        rows = dict(zip((e.preference for e in examples), vectors, strict=False))
        self._topics = list(topics_of(examples).values())
        self._near = [_nearest(np.stack([rows[e.preference] for e in t])) for t in self._topics]
        self._left: dict[tuple[int, int], list[str]] = {}

    def __iter__(self) -> Iterator[list[Pair]]:
        """Yield a group for each example, in an order of its own, again and again."""
        places = [(t, n) for t, some in enumerate(self._topics) for n in range(len(some))]
        while True:
            for topic, number in random.sample(places, len(places)):
                yield [self._pair(topic, n) for n in self._members(topic, number)]

    def _members(self, topic: int, number: int) -> list[int]:
        near, some = self._near[topic][number], len(self._topics[topic])
        members = [
            number,
            *random.sample(list(near), min(self._size - 1 - self._others, len(near))),
        ]
        rest = [n for n in range(some) if n not in members]
        return members + random.sample(rest, min(self._size - len(members), len(rest)))

    def _pair(self, topic: int, number: int) -> Pair:
        """Return a preference with one of its requests; all come before one comes again."""
        example = self._topics[topic][number]
        left = self._left.setdefault((topic, number), [])
        if not left:
            left += random.sample(example.requests, len(example.requests))
        return example.preference, left.pop()


def _nearest(vectors: Vectors) -> npt.NDArray[np.intp]:
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -np.inf)
    return np.argsort(-alike, axis=1)[:, : min(NEAREST, len(vectors) - 1)]
