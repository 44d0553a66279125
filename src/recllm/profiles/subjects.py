"""What a fact is about, for comparing facts: its content words, and if it affirms or denies."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from recllm.facts import Fact, FactKind
from recllm.profiles.cues import cues
from recllm.text import words

_WORDINGS = cues("subjects")
_STOP = frozenset(_WORDINGS["empty"].pattern.replace("|", " ").split())


_IDLE = frozenset(_WORDINGS["idle"].pattern.replace("|", " ").split())


class Subject(NamedTuple):
    """The content words of a fact, stemmed, and its polarity: 1 affirms, -1 denies, 0 neither."""

    content: frozenset[str]
    polarity: int
    slot: str = ""


def stem(word: str) -> str:
    """Cut the ending of a word, so that "films" and "film" are one."""
    for ending in ("ings", "ing", "ies", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: -len(ending)] + ("y" if ending == "ies" else "")
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


@lru_cache(maxsize=20_000)
def content_of(text: str) -> frozenset[str]:
    """Return the stems of the words of ``text`` that say something."""
    kept = [w for w in words(text) if w not in _STOP]
    return frozenset(stem(w) for w in kept)


def has_all_of(longer: str, shorter: str) -> bool:
    """Whether a sentence has all words of another one, but for those that add nothing."""
    return {stem(w) for w in words(shorter) if w not in _IDLE} <= {stem(w) for w in words(longer)}


def particulars(text: str) -> frozenset[str]:
    """Return the names and figures in a sentence: they tell apart what is alike otherwise.

    >>> sorted(particulars("Likes films with Tom Hanks from the 80s."))
    ['80s', 'Hanks', 'Tom']
    """
    return frozenset(re.findall(r"(?<!^)\b(?:[^\W\d_a-z]\w*|\w*\d\w*)", text))


def subject_of(fact: Fact) -> Subject:
    """Return what ``fact`` is about."""
    slot = next((n for n in _SLOTS if _WORDINGS[n].search(fact.text)), "")
    return Subject(content_of(fact.text), _polarity(fact), slot)


_SLOTS = ("home", "work", "favourite", "diet", "children")


def stances(text: str) -> frozenset[int]:
    """Return what a sentence has words of: 1 for taking to something, -1 for refusing it."""
    found = {-1} if _WORDINGS["against"].search(text) else set()
    return frozenset(found | ({1} if _WORDINGS["towards"].search(text) else set()))


def polarity_of(text: str) -> int:
    """Return -1 if a sentence denies or dislikes, 1 if it likes, 0 if neither."""
    if _WORDINGS["against"].search(text):
        return -1
    return 1 if _WORDINGS["towards"].search(text) else 0


def _polarity(fact: Fact) -> int:
    if fact.kind is FactKind.DISLIKE:
        return -1
    if fact.kind is FactKind.LIKE:
        return 1
    return -1 if re.match(r"(?:does|is|has|cannot|can|did) ?not\b|cannot\b", fact.text, re.I) else 0
