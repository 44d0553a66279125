"""How many items a message asks for: "give me two", "three films about trains", "just one"."""

from __future__ import annotations

from collections.abc import Sequence

from recllm.dialogue.cues import cues
from recllm.dialogue.numbers import number

MOST = 10
"""Items of a slate that anybody is shown at once, however many were asked for."""
_WORDINGS = cues("counts")
_WORDS = {"a couple of": 2, "a few": 3, "a dozen": 12}


def read_count(message: str, taken: Sequence[tuple[int, int]] = ()) -> int:
    """Return how many items ``message`` asks for, at most :data:`MOST`; 0 where it does not say.

    Args:
        message: what the person said.
        taken: stretches whose numbers mean something else (titles, figures, references).
    """
    for match in _WORDINGS["give"].finditer(message):
        name = next(n for n, value in match.groupdict().items() if value)
        start, end = match.span(name)
        if all(end <= a or start >= b for a, b in taken):
            said = match[name].lower()
            return max(1, min(MOST, _WORDS.get(said) or int(number(said))))
    return 0
