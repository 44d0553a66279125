"""A title as a model wrote it, read: the name, the year and the creator that stand beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from recllm.text import normalise

LONGEST = 200
"""Characters of a written title that are read."""
_NUMBERING = re.compile(r"^\s*(?:[-*•·]+|\(?\d{1,3}[.):]|#\d{1,3})\s+")
_BRACKETS = re.compile(r"\s*[(\[](?P<inside>[^()\[\]]*)[)\]]")
_YEAR = re.compile(r"\b(1[5-9]\d\d|20\d\d)\b")
_LAST_YEAR = re.compile(r"^(?P<rest>.*\w.*?)[\s,]+(?P<year>1[5-9]\d\d|20\d\d)$")
_BY = re.compile(
    r"^(?P<rest>.*\w.*?),?\s+(?:by|dir\.?|from director|starring)\s+(?P<name>\S.*)$",
    re.IGNORECASE,
)
_MADE = re.compile(r",?\s+(?:written|directed|created|performed|made|sung)$", re.IGNORECASE)
_DASH = re.compile(r"^(?P<rest>.*\w.*?)\s+[-–—]+\s+(?P<name>\S.*)$")
_SAYS_BY = re.compile(
    r"\b(?:written|directed|created|by|dir|director|author)\b[.:]?", re.IGNORECASE
)
_QUOTES = "\"'“”‘’«»„`*_ \t"
_ARTICLES = ("the", "a", "an")
_ROMAN = {
    "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9",
    "x": "10", "xi": "11", "xii": "12", "xiii": "13",
}  # fmt: skip
_WORDED = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7"}
_NUMERALS = frozenset({*_ROMAN, *_WORDED, *map(str, range(1, 30))})
_PART = {"part", "volume", "vol", "chapter", "episode", "book"}


class Written(NamedTuple):
    """One way to read a written title. ``sure`` tells a stated creator from a guessed one."""

    title: str
    year: int | None = None
    creator: str = ""
    sure: bool = False


def readings(text: str) -> Iterator[Written]:
    """Yield the ways to read ``text``, the most literal first.

    >>> list(readings('1. "Heat" by Michael Mann (1995)'))[-1]
    Written(title='Heat', year=1995, creator='Michael Mann', sure=True)
    """
    plain = _NUMBERING.sub("", " ".join(text[:LONGEST].split())).strip(_QUOTES)
    bare, year, inside = _without_brackets(plain)
    bare = bare.strip(_QUOTES + ",;")
    if bare != plain:
        yield Written(plain)
    yield Written(bare, year, inside, bool(inside and _SAYS_BY.search(inside)))
    if year is None and (dated := _LAST_YEAR.match(bare)):
        bare, year = dated["rest"].strip(_QUOTES + ",;"), int(dated["year"])
        yield Written(bare, year, inside)
    for pattern, sure in ((_BY, True), (_DASH, False)):
        cut = pattern.match(bare)
        if cut and len(cut["name"].split()) <= 6:
            name = _LAST_YEAR.match(cut["name"])
            creator = name["rest"].strip(" ,") if name else cut["name"]
            dated_at = int(name["year"]) if name else year
            rest = _MADE.sub("", cut["rest"]) if sure else cut["rest"]
            yield Written(rest.strip(_QUOTES + ",;"), dated_at, creator, sure)


def _without_brackets(text: str) -> tuple[str, int | None, str]:
    """Return ``text`` without what stands in brackets, and the year and the names that did."""
    year: int | None = None
    names: list[str] = []
    for match in _BRACKETS.finditer(text):
        found = _YEAR.search(match["inside"])
        year = int(found[1]) if found and year is None else year
        names.append(_YEAR.sub("", match["inside"]).strip(" ,;:-–"))
    bare = " ".join(_BRACKETS.sub(" ", text).split())
    return (bare, year, ", ".join(n for n in names if n)) if bare.strip() else (text, None, "")


def year_in(title: str) -> int | None:
    """Return the year that a catalogue's title has in brackets: 1995 of "Heat (1995)"."""
    return _without_brackets(title)[1]


def variants(title: str) -> tuple[str, ...]:
    """Return the keys that a title may be filed under, the title's own first.

    >>> variants("Godfather, The: Part II")
    ('godfather the part ii', 'the godfather part ii', 'godfather part ii', 'godfather 2')
    """
    key = normalise(title)
    found = [key]
    inverted = re.match(r"^(.*\w),\s+(the|a|an)\b(.*)$", title, re.IGNORECASE)
    if inverted:
        found.append(normalise(f"{inverted[2]} {inverted[1]} {inverted[3]}"))
    first, _, rest = found[-1].partition(" ")
    found.append(rest if rest and first in _ARTICLES else found[-1])
    found.append(numbered(found[-1]))
    return tuple(dict.fromkeys(k for k in found if k))


def has_numeral(key: str) -> bool:
    """Whether :func:`numbered` may change ``key``; it is quick, for a million titles."""
    return not _NUMERALS.isdisjoint(key.split()[1:])


def numbered(key: str) -> str:
    """Return ``key`` with its numerals in digits and without words such as "part" before them.

    >>> numbered("rocky part iii")
    'rocky 3'
    """
    words = key.split()
    out = words[:1]
    for before, word in pairwise(words):
        digit = _ROMAN.get(word, _WORDED.get(word, "") if before in _PART else "")
        if before in _PART and len(out) > 1 and (digit or word.isdigit()):
            out.pop()
        out.append(digit or word)
    return " ".join(out)


def parts(title: str) -> tuple[str, ...]:
    """Return the keys of what stands before and behind a colon or a dash."""
    cut = [normalise(p) for p in re.split(r":\s+|\s+[-–—]\s+|;\s+", title)]
    return tuple(dict.fromkeys(k for k in cut if len(k.split()) > 1)) if len(cut) > 1 else ()
