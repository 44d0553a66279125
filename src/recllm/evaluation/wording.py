"""How the checks of an evaluation compare words: written apart from the product's own reading.

An evaluation that shared the product's normalisation would share its mistakes, so this module
uses nothing of :mod:`recllm.text`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_APOSTROPHES = str.maketrans("", "", "'’")


class Token(NamedTuple):
    """A word of a text: its folded form, and where it stands."""

    key: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return ``text`` without case, accents and punctuation.

    >>> fold("Amélie!  (Paris, 2001)")
    'amelie paris 2001'
    """
    return " ".join(token.key for token in tokens(text))


def tokens(text: str) -> list[Token]:
    """Cut ``text`` into words; hyphens and "&" part them, apostrophes do not."""
    return [Token(_key(m.group()), *m.span()) for m in _TOKEN.finditer(text)]


def contains(text: str, phrase: str) -> bool:
    """Whether the words of ``phrase`` stand in ``text`` one after another."""
    wanted = fold(phrase)
    return bool(wanted) and f" {wanted} " in f" {fold(text)} "


def _key(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.translate(_APOSTROPHES))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()
