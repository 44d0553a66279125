"""The ingredients of a context and what each counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recllm.text import normalise
from recllm.types import Query

Vector = npt.NDArray[np.float32]


class Weights(NamedTuple):
    """What each ingredient of a context counts, each being of unit length.

    Chosen on training conversations of ReDial (docs/dual-encoder.md has what each one adds).

    Attributes:
        now: the wish of this turn: the user's words, the query line, the wanted concepts.
        past: what the user said in the last message but one; earlier ones ``decay`` times less.
        said: likewise for the assistant's messages.
        decay: factor per message back.
        examples: the items that the wish names.
        liked: the items that the user took to.
        facts: the profile facts that bear on this turn, together.
        refused: the items refused, subtracted.
        unwanted: each concept refused, subtracted.
    """

    now: float = 1.0
    past: float = 0.25
    said: float = 0.0
    decay: float = 0.7
    examples: float = 1.5
    liked: float = 1.0
    facts: float = 0.25
    refused: float = 0.2
    unwanted: float = 0.25


WEIGHTS = Weights()
LONGEST_TRANSCRIPT = 4000
"""Characters of the earlier conversation that are embedded."""


def weighted_texts(query: Query, weights: Weights) -> Iterator[tuple[float, str]]:
    """Yield the texts of a context with what each counts, refusals negative."""
    now = _now(query)
    if now:
        yield weights.now, now
    # The newest message is this turn's, which ``now`` is read from. Earlier ones colour a wish;
    # they are none by themselves, as it may have been withdrawn.
    earlier = [m for m in query.conversation[:-1] if m.role != "system" and m.content.strip()]
    for role, weight in (("user", weights.past), ("assistant", weights.said)):
        said = [m.content for m in reversed(earlier) if m.role == role]
        for back, text in enumerate(said if weight and now else ()):
            yield weight * weights.decay**back, text
    for fact in query.facts if weights.facts else ():
        yield weights.facts / len(query.facts), fact
    refused = [c.text for c in query.concepts if c.sign < 0 and normalise(c.text)]
    for text in refused if weights.unwanted else ():
        yield -weights.unwanted, text


def weighted_items(query: Query, weights: Weights) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Yield the ids of a context's items, in groups with what each group counts."""
    groups = (
        (weights.examples, query.similar_to),
        (weights.liked, tuple(i for i in query.liked if i not in query.similar_to)),
        (-weights.refused, query.rejected),
    )
    return ((weight, ids) for weight, ids in groups if ids and weight)


def transcript(query: Query) -> str:
    r"""Return the context as one text, the newest last and cut off at the front if it is long.

    >>> transcript(Query(text="a calm film", facts=("has two children",)))
    'About the user: has two children.\nWants: a calm film'
    """
    now = _now(query)
    if not now:
        return ""
    earlier = [m for m in query.conversation[:-1] if m.role != "system" and m.content.strip()]
    said = "\n".join(f"{m.role.capitalize()}: {m.content}" for m in earlier)[-LONGEST_TRANSCRIPT:]
    refused = ", ".join(c.text for c in query.concepts if c.sign < 0)
    facts = "; ".join(query.facts)
    lines = (
        f"About the user: {facts}." if facts else "",
        said,
        f"Does not want: {refused}" if refused else "",
    )
    around = [line for line in lines if line]
    # Alone it is a search like any other.
    return "\n".join([*around, f"Wants: {now}"]) if around else now


def _now(query: Query) -> str:
    """Return the wish of this turn in words."""
    wanted = (c.text for c in query.concepts if c.sign > 0)
    return ". ".join(dict.fromkeys(t for t in (query.request, query.text, *wanted) if t.strip()))


def combined(parts: Sequence[tuple[float, Vector]]) -> Vector | None:
    """Return the sum of ``weight * part``, parts and sum of unit length; None without a wish."""
    if not any(weight > 0 for weight, _ in parts):
        return None
    whole = np.sum([weight * _unit(part) for weight, part in parts], axis=0)
    return _unit(np.asarray(whole, dtype=np.float32)) if whole.any() else None


def _unit(vector: Vector) -> Vector:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)
