"""Numbers in texts as the checks read them: "1h 37m", "the 1980s", "1.2 million", "4.2".

A written number stands for a range: "4.2" for anything that rounds to it, "the 1980s" for ten
years. It is true of a record if the record has a number within that range.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "hundred": 100,
}  # fmt: skip
_DECADES = {
    "twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60,
    "seventies": 70, "eighties": 80, "nineties": 90,
}  # fmt: skip
_SPELT = re.compile(rf"\b(?:{'|'.join([*_WORDS, *_DECADES])})\b", re.IGNORECASE)
_HALVES = (
    (re.compile(r"\bhalf an hour\b", re.I), "30 minutes"),
    (re.compile(r"\b(?:an?|1) (?:hour and a half|and a half hours?)\b", re.I), "90 minutes"),
    (re.compile(r"\b(\d+) hours? and a half\b|\b(\d+) and a half hours\b", re.I), r"\1\2 h 30"),
    (re.compile(r"\b(\d+) and a half\b", re.I), r"\1.5"),
    (re.compile(r"\ban hour\b", re.I), "1 hour"),
    (re.compile(r"\ba (hundred|thousand|million)\b", re.I), r"1 \1"),
)  # fmt: skip
_SCALES = {"k": 1e3, "thousand": 1e3, "hundred": 1e2, "m": 1e6, "million": 1e6, "billion": 1e9}
_HEDGE = re.compile(
    r"\b(?:about|around|roughly|nearly|almost|approximately|over|under|more than|less than)\s+$",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"(?P<decade>\b(?:18|19|20)\d0|['’]?(?<!\d)\b\d0)['’]?s\b"
    r"|(?P<century>\b\d{1,2})(?:st|nd|rd|th)[ -]centur(?:y|ies)\b"
    r"|(?P<hours>\b\d{1,2}(?:\.\d)?)\s*-?(?:hours?|hrs?|h)\b(?:,?\s*(?:and\s+)?(?P<rest>\d{1,2})"
    r"(?:\s*(?:minutes?|mins?|m)\b)?)?"
    r"|(?P<compact>\b\d{1,2})h(?P<minutes>\d{2})\b"
    r"|(?P<short>['’]\d\d)\b"
    r"|(?P<number>(?<![\w.])\d{1,3}(?:,\d{3})+|(?<![\w.])\d+(?:\.\d+)?)(?:st|nd|rd|th)?"
    r"(?:(?=[^\w])\s?(?P<scale>thousand|hundred|million|billion)\b|(?P<letter>[kKM])\b)?(?![\w])",
    re.IGNORECASE,
)


class Figure(NamedTuple):
    """A number as written in ``text[start:end]`` and the range that it stands for.

    ``values`` are what was said, without rounding: the number, or the ends of a decade.
    """

    start: int
    end: int
    text: str
    low: float
    high: float
    values: tuple[float, ...]

    def covers(self, numbers: Iterable[float]) -> bool:
        """Whether one of ``numbers`` lies in the range."""
        return any(self.low <= n <= self.high for n in numbers)


def figures(text: str) -> list[Figure]:
    """Return the numbers written in digits, in order; hours and minutes are read as minutes.

    >>> [f.text for f in figures("97 minutes, from the 1980s, seen 1.2 million times")]
    ['97', '1980s', '1.2 million']
    """
    found = []
    for match in _FIGURE.finditer(text):
        low, high = _range(match)
        values = (low, high) if match["decade"] or match["century"] else ((low + high) / 2,)
        if not 1800 <= low <= 2100 and _HEDGE.search(text[: match.start()]):
            low, high = low * 0.9, high * 1.1
        found.append(Figure(*match.span(), match.group(), low, high, values))
    return found


def spelled_out(text: str) -> str:
    """Return ``text`` with its number words as digits, "an hour and a half" as 90 minutes.

    >>> spelled_out("under two hours, from the eighties")
    'under 2 hours, from the 80s'
    """
    text = _SPELT.sub(_digits, text)
    for pattern, digits in _HALVES:
        text = pattern.sub(digits, text)
    return text


def said(text: str) -> set[float]:
    """Return the numbers that ``text`` gives, in digits or words: the ends of each range."""
    found: set[float] = set()
    for form in (text, spelled_out(text)):
        found |= {value for figure in figures(form) for value in figure.values}
        found |= {float(digits) for digits in re.findall(r"(?<![\d.])\d{1,9}(?![\d.])", form)}
    return found


def _digits(match: re.Match[str]) -> str:
    word = match.group().lower()
    return f"{_DECADES[word]}s" if word in _DECADES else str(_WORDS[word])


def _range(match: re.Match[str]) -> tuple[float, float]:
    kind = next(name for name in _READERS if match[name] is not None)
    return _READERS[kind](match)


def _decade(match: re.Match[str]) -> tuple[float, float]:
    year = float(match["decade"].lstrip("'’"))
    if year < 100:
        year += 2000 if year < 20 else 1900
    return year, year + 9


def _century(match: re.Match[str]) -> tuple[float, float]:
    last = float(match["century"]) * 100
    return last - 100, last


def _hours(match: re.Match[str]) -> tuple[float, float]:
    minutes = float(match["hours"]) * 60 + float(match["rest"] or 0)
    return minutes - 0.5, minutes + 0.5


def _compact(match: re.Match[str]) -> tuple[float, float]:
    minutes = float(match["compact"]) * 60 + float(match["minutes"])
    return minutes - 0.5, minutes + 0.5


def _short(match: re.Match[str]) -> tuple[float, float]:
    year = float(match["short"][1:])
    year += 2000 if year < 30 else 1900
    return year, year


def _number(match: re.Match[str]) -> tuple[float, float]:
    digits = match["number"].replace(",", "")
    decimals = len(digits.partition(".")[2])
    scale = _SCALES.get((match["scale"] or match["letter"] or "").lower(), 1.0)
    half = 0.5 * 10**-decimals
    return (float(digits) - half) * scale, (float(digits) + half) * scale


_READERS: dict[str, Callable[[re.Match[str]], tuple[float, float]]] = {
    "decade": _decade,
    "century": _century,
    "hours": _hours,
    "compact": _compact,
    "short": _short,
    "number": _number,
}
