"""Names written as titles or people that the catalogue does not hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.mentions import STOPWORDS, TitleMention, find_terms
from recllm.dialogue.wishes import read_wishes
from recllm.text import spans, words

# Quoted, or written as a name behind a word that titles and people stand behind.
_UNKNOWN_TITLE = re.compile(
    r"[\"“«]([^\"”»]{2,60})[\"”»]|"
    r"\b(?:like|seen|watched|loved|liked|enjoyed|directed|wrote|about|called|to|have|got|find|"
    r"watch|read|hated|by|with|starring)\s+(?:any |the |some |anything (?:by|with) )?"
    r"((?:[A-Z0-9][\w'’.-]*)(?:\s+(?:of|the|and|in|a|to|[A-Z0-9][\w'’.-]*)){0,6})"
)
_LONG, _UNSAID = 3, 2
"""A name of so many words, of which so many are nothing of the catalogue's, is a title of its own
although a word of it is a theme ("The Quantum Banana Conspiracy")."""


def unknown_names(
    message: str, titles: Sequence[TitleMention], lexicon: Lexicon
) -> tuple[str, ...]:
    """Return the names in ``message`` that are neither titles, people nor values."""
    found = []
    for match in _UNKNOWN_TITLE.finditer(message):
        group = 1 if match.group(1) else 2
        name = match.group(group).strip(" .,!?'’")
        start = match.start(group)
        overlapping = any(t.start < start + len(name) and start < t.end for t in titles)
        if not name or name.isdigit() or name in {"I", "A", "The"} or overlapping:
            continue
        known = read_wishes(name, lexicon, (), ()).any
        if not known or _of_its_own(name, lexicon):
            found.append(name)
    return tuple(found)


def nothing_but(message: str, names: Sequence[str]) -> bool:
    """Whether ``message`` says nothing of what is sought but the unknown ``names``."""
    for name in names:
        message = message.replace(name, " ")
    return not [w for w in words(message) if w not in STOPWORDS and len(w) > 2]


def _of_its_own(name: str, lexicon: Lexicon) -> bool:
    terms = find_terms(name, lexicon)
    unsaid = [
        word
        for word, start, end in spans(name)
        if word not in STOPWORDS and not any(t.start < end and start < t.end for t in terms)
    ]
    return len(name.split()) >= _LONG and len(unsaid) >= _UNSAID
