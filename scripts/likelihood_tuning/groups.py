"""Preferences that are hard to tell apart, each with a request of its own.

What is told apart is what the ranking before it leaves to be told apart: the preferences of a topic
that are nearest to one's request by the tuned encoder.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from preference_tuning.examples import Example, Pair, topics_of
from recllm.profiles.matching import Vectors

NEAREST = 40


class Groups:
    """Draws groups of preferences of one topic: one, some near to a request of it, and others.

    Args:
        examples: what is drawn from.
        vectors: of each preference and each request.
        size: of a group.
        others: so many of a group are drawn from the whole topic.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        vectors: Mapping[str, Vectors],
        size: int = 6,
        others: int = 2,
    ) -> None:
        self._size, self._others, self._vectors = size, others, vectors
        self._topics = list(topics_of(examples).values())
        self._rows = [np.stack([vectors[e.preference] for e in t]) for t in self._topics]
        self._left: dict[tuple[int, int], list[str]] = {}

    def __iter__(self) -> Iterator[list[Pair]]:
        """Yield a group for each example, in an order of its own, again and again."""
        places = [(t, n) for t, some in enumerate(self._topics) for n in range(len(some))]
        while True:
            for topic, number in random.sample(places, len(places)):
                own = self._pair(topic, number)
                members = self._beside(topic, number, own[1])
                yield [own, *(self._pair(topic, n) for n in members)]

    def _beside(self, topic: int, number: int, request: str) -> list[int]:
        """Return the places in the topic of what is told from the preference ``number``."""
        likeness = self._rows[topic] @ self._vectors[request]
        near = [int(n) for n in np.argsort(-likeness)[: NEAREST + 1] if n != number]
        beside = random.sample(near, min(self._size - 1 - self._others, len(near)))
        rest = [n for n in range(len(likeness)) if n != number and n not in beside]
        return beside + random.sample(rest, min(self._size - 1 - len(beside), len(rest)))

    def _pair(self, topic: int, number: int) -> Pair:
        """Return a preference with one of its requests; all come before one comes again."""
        example = self._topics[topic][number]
        left = self._left.setdefault((topic, number), [])
        if not left:
            left += random.sample(example.requests, len(example.requests))
        return example.preference, left.pop()
