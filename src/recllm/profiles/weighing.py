"""How far something offered suits a fact: near to what it takes to, far from what it refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recllm.profiles.cues import cues
from recllm.profiles.subjects import polarity_of
from recllm.protocols import Encoder

_WORDINGS = cues("weighing")


def sides(text: str) -> list[tuple[str, int]]:
    """Cut a fact into what it takes to (1) and what it refuses (-1).

    >>> sides("Avoids SUVs and prefers compact cars.")
    [('SUVs', -1), ('compact cars', 1)]
    """
    found: list[tuple[str, int]] = []
    turn = 1
    for part in _WORDINGS["between"].split(text.strip(" .")):
        words = part.strip(" ,.;")
        if re.fullmatch(_WORDINGS["over"].pattern, words, re.IGNORECASE):
            turn = -(found[-1][1] if found else 1)
            continue
        sign = polarity_of(words) or turn
        plain = _WORDINGS["verb"].sub("", words).strip(" ,")
        if plain:
            found.append((plain, sign))
        turn = sign
    return found


async def leaning(fact: str, options: Sequence[str], encoder: Encoder) -> npt.NDArray[np.float64]:
    """Return for each of ``options`` how far it suits ``fact``, 0 for neither way.

    What options share is taken away first, so that only what tells them apart counts.
    """
    parts = sides(fact)
    if not parts or not options:
        return np.zeros(len(options))
    vectors = await encoder.encode([*options, *(words for words, _ in parts)])
    offered = vectors[: len(options)] - vectors[: len(options)].mean(axis=0)
    signs = np.array([sign for _, sign in parts], dtype=np.float64)
    return np.asarray((offered @ vectors[len(options) :].T) @ signs, dtype=np.float64)
