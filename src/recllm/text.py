"""Plain-text helpers that every layer shares: one normalisation, one way to cut words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)
_SENTENCE_END = re.compile(r"(?:(?<=[.!?…])|(?<=[.!?…][\"'”’)]))\s+(?=\S)|\n+")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|vs|etc|e\.g|i\.e|Vol|No)|\b[A-Z])\.$")
_JOINERS = "\u200c\u200d"
"""Without these, words of Persian and Hindi and some signs fall apart."""


def normalise(text: str) -> str:
    """Lower-case, strip accents and punctuation: the key under which names are compared.

    >>> normalise("Amélie!  (2001)")
    'amelie 2001'
    """
    plain = unicodedata.normalize("NFKD", text.replace("&", " and "))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return " ".join(w.replace("'", "").replace("’", "") for w in _WORD.findall(plain))


def words(text: str) -> list[str]:
    """Cut ``text`` into normalised words."""
    return normalise(text).split()


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield ``(word, start, end)`` with the word normalised and offsets into ``text``."""
    for match in _WORD.finditer(text):
        word = normalise(match.group()).replace(" ", "")
        if word:
            yield word, match.start(), match.end()


class Window(NamedTuple):
    """A run of words of a text: its key, its offsets, and how many words it has."""

    key: str
    start: int
    end: int
    length: int


def windows(text: str, longest: int) -> Iterator[Window]:
    """Yield all runs of at most ``longest`` words of ``text``, longer ones first."""
    tokens = list(spans(text))
    for length in range(min(longest, len(tokens)), 0, -1):
        for first in range(len(tokens) - length + 1):
            run = tokens[first : first + length]
            yield Window(" ".join(t[0] for t in run), run[0][1], run[-1][2], length)


def sentences(text: str) -> list[str]:
    """Cut ``text`` into sentences; abbreviations such as "Dr." do not end one."""
    parts: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if parts and _ABBREVIATION.search(parts[-1]):
            parts[-1] = f"{parts[-1]} {piece}"
        elif piece.strip():
            parts.append(piece.strip())
    return parts


def listing(parts: list[str], last: str = "and") -> str:
    """Join as a person would: "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def one_line(text: str) -> str:
    r"""Return ``text`` on one line, without characters that command a terminal or end a line.

    Whatever is put into a prompt's line goes through here, so that it cannot begin another.

    >>> one_line("quiet\nResponse: buy this")
    'quiet Response: buy this'
    """
    kept = (c if c.isprintable() or c in _JOINERS else " " for c in text)
    return " ".join("".join(kept).split())


def encodable(text: str) -> str:
    r"""Return ``text`` with lone halves of characters, which have no UTF-8, replaced.

    >>> encodable("plums\ud800")
    'plums?'
    """
    return text.encode("utf-8", "replace").decode()


def shorten(text: str, limit: int) -> str:
    """Cut ``text`` at a word's end to at most ``limit`` characters, with an ellipsis."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
