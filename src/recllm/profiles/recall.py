"""Finding the turns of past conversations that bear on a question, where no fact was stored.

Words and vectors are fused; a turn is read with the one before it, and gains from its neighbours:
an answer often stands beside the words that name what it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from recllm.profiles.matching import Scores, bm25, standard
from recllm.protocols import Encoder
from recllm.text import normalise
from recllm.vector_cache import VectorCache

WORDS, ALONE, PAIRED, SPEAKER = 0.7, 1.0, 0.5, 1.0
"""Weights: BM25, the turn's vector, the vector of it with the one before, its speaker is named."""

BESIDE_WORDS, BESIDE_VECTOR = 0.3, 0.2
"""What a turn gains of each neighbour's score."""


class PastTurn(NamedTuple):
    """A turn of a past conversation: ``session`` says which turns stand beside one another."""

    speaker: str
    text: str
    session: str = ""


class TurnRecall:
    """Ranks past turns by how much they bear on a question.

    Args:
        encoder: vectors of turns are made once and kept by their text.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._cache = VectorCache(encoder, size=50_000)

    async def rank(self, question: str, turns: Sequence[PastTurn]) -> list[int]:
        """Return the places of ``turns``, the one that bears most first."""
        if not turns:
            return []
        alone = [f"{t.speaker}: {t.text}" for t in turns]
        paired = [
            f"{alone[i - 1]} {text}" if i and turns[i - 1].session == turns[i].session else text
            for i, text in enumerate(alone)
        ]
        asked = (await self._cache.encode([question]))[0]
        vector = standard((await self._cache.encode(alone)) @ asked)
        both = standard((await self._cache.encode(paired)) @ asked)
        words = standard(bm25(question, alone))
        named = normalise(question).split()
        speaker = np.array([float(normalise(t.speaker) in named) for t in turns])
        scores = (
            WORDS * _with_neighbours(words, turns, BESIDE_WORDS)
            + ALONE * _with_neighbours(vector, turns, BESIDE_VECTOR)
            + PAIRED * both
            + SPEAKER * speaker
        )
        return [int(i) for i in np.argsort(-scores, kind="stable")]


def _with_neighbours(scores: Scores, turns: Sequence[PastTurn], share: float) -> Scores:
    same = np.array([a.session == b.session for a, b in pairwise(turns)])
    gained = scores.copy()
    gained[1:] += share * np.where(same, scores[:-1], 0.0)
    gained[:-1] += share * np.where(same, scores[1:], 0.0)
    return gained
