"""Whether a stored fact says what a preference says, and whether somebody said it: fixed rules.

No model judges, so every figure can be made again without a key. A fact holds a preference if
their vectors are near and they do not oppose one another. A fact is supported if its evidence is
a part of what the user said, says the same as the fact, and does not oppose it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recllm.facts import Fact
from recllm.profiles.subjects import stances
from recllm.protocols import Encoder

NEAR = 0.5
"""Cosine from which a fact and a preference say the same; chosen on half of the topics."""

SAME = 0.8
"""Cosine from which one of two preferences of a topic can stand for the other.

Of 36 pairs drawn between 0.8 and 0.95, a reader finds one that asks for something else.
"""

SUPPORTED = 0.6
"""Cosine that a fact has at least with its own evidence."""


def opposed(one: str, other: str) -> bool:
    """Whether one sentence only affirms and the other only denies."""
    first, second = stances(one), stances(other)
    return bool(first and second) and not first & second


async def closest(preference: str, facts: Sequence[Fact], encoder: Encoder) -> float:
    """Return the cosine of the nearest of ``facts`` that does not oppose ``preference``."""
    kept = [f for f in facts if not opposed(preference, f.text)]
    if not kept:
        return 0.0
    vectors = await encoder.encode([preference, *(f.text for f in kept)])
    return float(np.max(vectors[1:] @ vectors[0]))


async def alike(texts: Sequence[str], encoder: Encoder) -> npt.NDArray[np.bool_]:
    """Tell of each pair of ``texts`` whether they say the same, ``(n, n)``."""
    vectors = await encoder.encode(texts)
    found = np.asarray(vectors @ vectors.T >= SAME)
    np.fill_diagonal(found, True)
    for one, other in zip(*np.nonzero(np.triu(found, 1)), strict=True):
        found[one, other] = found[other, one] = not opposed(texts[one], texts[other])
    return found


async def unsupported(facts: Sequence[Fact], said: str, encoder: Encoder) -> list[Fact]:
    """Return those of ``facts`` that what the user ``said`` does not support."""
    if not facts:
        return []
    texts = [f.text for f in facts]
    pairs = await encoder.encode([*texts, *(f.evidence for f in facts)])
    near = np.sum(pairs[: len(texts)] * pairs[len(texts) :], axis=1)
    return [
        f
        for f, cosine in zip(facts, near, strict=True)
        if not f.evidence or f.evidence not in said or cosine < SUPPORTED
        or opposed(f.text, f.evidence)
    ]  # fmt: skip
