"""Triggering by words alone: the default where no better trigger is given."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from recllm.facts import Fact, FactKind
from recllm.profiles.matching import Vectors
from recllm.text import words
from recllm.types import ChatMessage

_CHARACTERS_PER_TOKEN = 4
_LOOKED_AT = 3
_SHORT = 4
"""Words of fewer letters tell no topic."""


class WordTrigger:
    """Brings up hard constraints, then facts that share words with what was said, then tastes.

    A small profile fits the budget as a whole; of a large one the newest facts come first where
    words do not tell.
    """

    async def trigger(
        self,
        conversation: Sequence[ChatMessage],
        facts: Sequence[Fact],
        budget: int,
        offered: Vectors | None = None,
    ) -> tuple[Fact, ...]:
        """Return the facts that bear on the last message, within about ``budget`` tokens.

        What was found (``offered``) takes an encoder to compare: for it, only what shares words
        with the conversation, and constraints, come up.
        """
        said = [m.content for m in conversation if m.role == "user"][-_LOOKED_AT:]
        topic = {stem(w) for text in said for w in words(text) if len(w) >= _SHORT}
        ranked = sorted(enumerate(facts), key=lambda pair: _rank(pair[1], pair[0], topic))
        if offered is not None:
            ranked = [(n, f) for n, f in ranked if _always(f) or topic & _stems(f.text)]
        room = budget * _CHARACTERS_PER_TOKEN
        chosen: list[Fact] = []
        for _, fact in ranked:
            room -= len(fact.text)
            if room < 0 and not _always(fact):
                break
            chosen.append(fact)
        return tuple(chosen)


def _rank(fact: Fact, place: int, topic: set[str]) -> tuple[bool, int, bool, int]:
    shared = len(topic & _stems(fact.text))
    taste = fact.kind in (FactKind.LIKE, FactKind.DISLIKE)
    return not _always(fact), -shared, not taste, -place


def _always(fact: Fact) -> bool:
    return fact.kind is FactKind.CONSTRAINT


@lru_cache(maxsize=8192)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(w) for w in words(text))


def stem(word: str) -> str:
    """Cut the ending of a plural or a verb off, roughly."""
    for ending in ("ies", "ing", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORT:
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word
