"""How well texts match a question: by their words (BM25) and by their vectors.

Both are needed: vectors find what is meant, words find names and numbers.
"""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from recllm.profiles.cues import cues
from recllm.profiles.subjects import stem
from recllm.protocols import Encoder
from recllm.text import words

Vectors = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]

_EMPTY = frozenset(cues("subjects")["function"].pattern.replace("|", " ").split())
_LONG, _PROFILES = 20, 8  # from how many texts on a list is kept as a whole, and how many lists
_K1, _B = 1.2, 0.75  # the usual parameters of BM25 (Robertson and Zaragoza, 2009)


def tokens(text: str) -> list[str]:
    """Cut ``text`` into stems, without the words that every text has."""
    return [stem(w) for w in words(text) if w not in _EMPTY]


@lru_cache(maxsize=50_000)
def _bag(text: str) -> Counter[str]:
    return Counter(tokens(text))


def bm25(question: str, texts: Sequence[str]) -> Scores:
    """Return the BM25 score of each of ``texts`` for ``question``."""
    bags = [_bag(text) for text in texts]
    lengths = np.array([sum(bag.values()) for bag in bags], dtype=float)
    usual = lengths.mean() if len(bags) else 1.0
    scores = np.zeros(len(bags))
    for word in set(tokens(question)):
        counts = np.array([bag[word] for bag in bags], dtype=float)
        holders = int((counts > 0).sum())
        if holders:
            weight = math.log(1 + (len(bags) - holders + 0.5) / (holders + 0.5))
            norm = counts + _K1 * (1 - _B + _B * lengths / max(usual, 1e-9))
            scores += weight * counts * (_K1 + 1) / norm
    return scores


def standard(scores: Scores) -> Scores:
    """Shift and scale ``scores`` to mean 0 and deviation 1, so that two kinds can be added."""
    spread = float(scores.std()) if scores.size else 0.0
    return (scores - scores.mean()) / spread if spread > 1e-9 else np.zeros_like(scores)


class VectorCache:
    """An encoder that keeps vectors by their text, the most recently used ``size`` of them.

    Args:
        encoder: makes the vectors.
        size: how many are kept.
    """

    def __init__(self, encoder: Encoder, size: int = 20_000) -> None:
        self._encoder = encoder
        self._size = size
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._whole: OrderedDict[tuple[str, ...], Vectors] = OrderedDict()

    @property
    def name(self) -> str:
        """The name of the encoder that makes the vectors."""
        return self._encoder.name

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self._encoder.dimension

    async def encode(self, texts: Sequence[str]) -> Vectors:
        """Return an array of shape ``(len(texts), dimension)``, rows of unit length."""
        key = tuple(texts)
        if (whole := self._whole.get(key)) is not None:
            return whole
        new = [t for t in dict.fromkeys(texts) if t not in self._kept]
        made = dict(zip(new, await self._encoder.encode(new), strict=True)) if new else {}
        rows = [made[t] if t in made else self._kept[t] for t in texts]
        for text in texts:
            self._kept[text] = made[text] if text in made else self._kept[text]
            self._kept.move_to_end(text)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
        stacked = np.array(rows, dtype=np.float32).reshape(len(texts), self._encoder.dimension)
        if len(texts) >= _LONG:  # a profile is asked for again in the next turn
            self._whole[key] = stacked
            while len(self._whole) > _PROFILES:
                self._whole.popitem(last=False)
        return stacked


def centred(vectors: Vectors, usual: Vectors) -> Vectors:
    """Take the mean of ``usual`` away from ``vectors`` and bring them back to unit length.

    What all texts of a sort have in common ("can you recommend") says nothing of what they are
    about, and a good part of their similarity is due to it.
    """
    shifted = vectors - usual.mean(axis=0)
    norms = np.linalg.norm(shifted, axis=1, keepdims=True)
    return np.asarray(shifted / np.maximum(norms, 1e-6), dtype=np.float32)
