"""How well texts match a question: by their words (BM25) and by their vectors.

Both are needed: vectors find what is meant, words find names and numbers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from recllm.profiles.cues import cues
from recllm.profiles.subjects import stem
from recllm.text import words

Vectors = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]

_EMPTY = frozenset(cues("subjects")["function"].pattern.replace("|", " ").split())
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


def centred(vectors: Vectors, usual: Vectors) -> Vectors:
    """Take the mean of ``usual`` away from ``vectors`` and bring them back to unit length.

    What all texts of a sort have in common ("can you recommend") says nothing of what they are
    about, and a good part of their similarity is due to it.
    """
    return unit(vectors - usual.mean(axis=0))


def unit(rows: npt.NDArray[Any]) -> Vectors:
    """Bring each row to unit length."""
    wide = np.asarray(rows, dtype=np.float32)
    norms = np.linalg.norm(wide, axis=-1, keepdims=True)
    return np.asarray(wide / np.maximum(norms, 1e-6), dtype=np.float32)
