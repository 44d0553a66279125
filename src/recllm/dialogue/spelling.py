"""Misspelt names: the nearest title, person or value, where nothing was found as written."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from recllm.catalog.aliases import PEOPLES
from recllm.dialogue.cues import wordlist
from recllm.dialogue.lexicon import Lexicon
from recllm.text import Window, windows

_CUE = re.compile(
    r"\b(?:like|seen|saw|watched|loved|liked|enjoyed|hated|read|is|was|than|directed|of)\s+$",
    re.IGNORECASE,
)
_BY = re.compile(r"\b(?:by|with|starring|directed|like|from|and|or|of)\s+$", re.IGNORECASE)
_BY_FIRST_NAME = re.compile(r"\b(?:by|with|starring)\s+\w+\s+$", re.IGNORECASE)
_SHORTEST_TITLE, _SHORTEST_WORD, _SHORTEST_KIND = 7, 6, 5


def respell(message: str, lexicon: Lexicon, taken: Sequence[tuple[int, int]] = ()) -> str:
    """Return ``message`` with misspelt names of the catalogue written as the catalogue does.

    Only words that are nobody's plain English are touched: long ones, near to a title behind a
    word such as "seen" or "like", to a surname, or to a genre, country or language.
    """
    text = message
    for window in windows(message, 4):
        if any(a < window.end and window.start < b for a, b in taken) or _known(window, lexicon):
            continue
        right = _title(message, window, lexicon) or _word(message, window, lexicon)
        if right:
            written = message[window.start : window.end]
            text = text.replace(written, right, 1)
            taken = [*taken, (window.start, window.end)]
    return text


def _known(window: Window, lexicon: Lexicon) -> bool:
    vocabulary = lexicon.vocabulary
    key = window.key
    if key in vocabulary.titles or key in vocabulary.terms or key in lexicon.surnames:
        return True
    return window.length == 1 and (key in wordlist("stopwords") or key in lexicon.words)


def _title(message: str, window: Window, lexicon: Lexicon) -> str:
    if len(window.key) < _SHORTEST_TITLE or not _CUE.search(message[: window.start]):
        return ""
    if all(word in english() for word in window.key.split()):
        return ""  # "Than the other" has no slip in it that "The Others" would mend.
    # Only names of nearly this length can be 88 % alike, which is 2 * shorter / (both lengths).
    size = len(window.key)
    near = [
        found
        for length in range(-(-11 * size // 14), 14 * size // 11 + 1)
        if (found := _nearest(window.key, lexicon.long_titles.get(length, ())))
    ]
    best = max(near, key=lambda found: found[1], default=None)
    if not best or abs(len(best[0]) - size) > 2:
        return ""
    return best[0].title()


def _nearest(key: str, names: Sequence[str]) -> tuple[str, float, int] | None:
    return process.extractOne(key, names, scorer=fuzz.ratio, score_cutoff=88, processor=None)


@cache
def english() -> frozenset[str]:
    """Return everyday words, which are no misspellings: those that the encoder has a piece for."""
    path = files("recllm") / "models" / "minilm" / "tokenizer.json"
    pieces = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    return frozenset(p for p in pieces if p.isalpha())


def _kind(key: str, lexicon: Lexicon) -> str:
    """Return the genre or column that a word of five letters is one slip away from."""
    best = process.extractOne(
        key, lexicon.kinds, scorer=OSA.distance, score_cutoff=1, processor=None
    )
    return best[0].title() if best and best[0][0] == key[0] and len(best[0]) > len(key) else ""


def _word(message: str, window: Window, lexicon: Lexicon) -> str:
    key = window.key
    if window.length > 1 or len(key) < _SHORTEST_KIND or not key.isalpha() or key in english():
        return ""
    if len(key) < _SHORTEST_WORD:
        return _kind(key, lexicon)
    allowed = 1 if len(key) < 9 else 2
    best = process.extractOne(
        key, lexicon.plain_names, scorer=OSA.distance, score_cutoff=allowed, processor=None
    )
    if not best or best[0][0] != key[0] or best[0].rstrip("s") == key.rstrip("s"):
        return ""
    somebody = best[0] in lexicon.surnames and best[0] not in PEOPLES
    before = message[: window.start]
    named = _BY.search(before) or _BY_FIRST_NAME.search(before)
    if somebody and not (message[window.start].isupper() or named):
        return ""  # "Browsing" is no Browning.
    # A column is called by its name as it stands; a name of the catalogue by its capital.
    return best[0] if best[0] in lexicon.columns else best[0].title()
