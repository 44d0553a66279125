"""Which stretches of a message are negated: cue words, their scope, and what only looks like it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from recllm.dialogue.cues import cues

_WORDINGS = cues("negation")
_MOST = 40
"""Refusals of one message that are looked at; nobody means more."""


class Stretch(NamedTuple):
    """Offsets of a negated stretch of the message."""

    start: int
    end: int


@lru_cache(maxsize=64)
def negated_stretches(message: str) -> tuple[Stretch, ...]:
    """Return the scopes of the negation cues in ``message``.

    A scope runs from its cue to the end of the clause, or over the clause that refuses its subject
    ("gore makes me sick"). A comma ends it too, unless a list goes on behind it ("nothing sad,
    scary or violent").
    """
    harmless = [m.span() for m in _WORDINGS["harmless"].finditer(message)]
    stretches: list[Stretch] = []
    for cue in _WORDINGS["cue"].finditer(message):
        if any(a <= cue.start() < b for a, b in harmless):
            continue
        boundary = _WORDINGS["boundary"].search(message, cue.end())
        end = boundary.start() if boundary else len(message)
        stretches.append(Stretch(cue.start(), _cut_at_comma(message, cue.end(), end)))
    stretches += [Stretch(*m.span()) for m in _WORDINGS["refusing"].finditer(message)]
    return tuple(sorted(stretches)[:_MOST])


def is_negated(message: str, start: int, end: int, stretches: Sequence[Stretch]) -> bool:
    """Whether ``message[start:end]`` stands in the scope of a negation, before or behind it."""
    if any(s.start <= start < s.end for s in stretches):
        return True
    return bool(_WORDINGS["after"].search(message[end : end + 60]))


def _cut_at_comma(message: str, start: int, end: int) -> int:
    comma = message.find(",", start, end)
    if comma < 0:
        return end
    rest = message[comma:end]
    goes_on = re.match(
        r",\s*(?:no|not|nor|or)\b|(?:,\s*[\w-]+(?: [\w-]+)?){1,4},?\s*(?:or|nor)\b", rest
    )
    return end if goes_on else comma
