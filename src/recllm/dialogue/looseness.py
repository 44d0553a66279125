"""Comparisons without a figure: "shorter", "older than the second", "recent", "not too long"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from recllm.catalog.vocabulary import figure_of
from recllm.dialogue.cues import cues
from recllm.dialogue.lexicon import Lexicon
from recllm.types import Attribute, Constraint, Item, Kind, Op, Role, Schema

_WORDINGS = cues("looseness")
_RELATIVE: dict[str, tuple[Op, tuple[Role, ...]]] = {
    "shorter": (Op.LT, (Role.DURATION, Role.LENGTH)),
    "longer": (Op.GT, (Role.DURATION, Role.LENGTH)),
    "older": (Op.LT, (Role.YEAR,)),
    "newer": (Op.GT, (Role.YEAR,)),
    "cheaper": (Op.LT, (Role.PRICE,)),
    "dearer": (Op.GT, (Role.PRICE,)),
    "better rated": (Op.GT, (Role.RATING,)),
    "more popular": (Op.GT, (Role.POPULARITY,)),
    "less popular": (Op.LT, (Role.POPULARITY,)),
}
_LOOSE: dict[str, tuple[Op, tuple[Role, ...], int]] = {
    "short": (Op.LE, (Role.DURATION, Role.LENGTH), 1),
    "long": (Op.GE, (Role.DURATION, Role.LENGTH), 3),
    "recent": (Op.GE, (Role.YEAR,), 3),
    "old": (Op.LE, (Role.YEAR,), 1),
    "cheap": (Op.LE, (Role.PRICE,), 1),
    "expensive": (Op.GE, (Role.PRICE,), 3),
    "well rated": (Op.GE, (Role.RATING,), 3),
    "popular": (Op.GE, (Role.POPULARITY,), 3),
    "unknown": (Op.LE, (Role.POPULARITY,), 2),
}
"""The last number is the quartile of the catalogue that a word means."""
_NOT = re.compile(
    r"(?:\bnot|n['’]t|\bnothing|\bnever|\bno|\bwithout)\s+(?:(?!but\b)\w+\s+){0,2}?$|\btoo\s*$",
    re.IGNORECASE,
)


class Loose(NamedTuple):
    """A constraint read from ``message[start:end]`` with the catalogue's own range as measure."""

    constraint: Constraint
    start: int
    end: int


def read_relative(
    message: str, base: Sequence[Item], lexicon: Lexicon, taken: Sequence[tuple[int, int]]
) -> list[Loose]:
    """Read "shorter" or "anything older?" against the items of ``base``.

    With several items the bound is beyond all of them: older than the oldest shown.
    """
    found: list[Loose] = []
    for section, (op, roles) in _RELATIVE.items():
        attribute = _usable(lexicon.schema, roles)
        for match in _WORDINGS[section].finditer(message):
            if _superlative_or_figure(message, match):
                continue
            if attribute is None or any(a <= match.start() < b for a, b in taken):
                continue
            values = [v for i in base if (v := figure_of(i, attribute)) is not None]
            if values:
                bound = min(values) if op is Op.LT else max(values)
                constraint = Constraint(
                    attribute=attribute.name,
                    op=op,
                    values=(bound,),
                    words=f"{match.group()} than {_called(base)}",
                    relative=True,
                )
                found.append(Loose(constraint, *match.span()))
    return found


def read_loose(message: str, lexicon: Lexicon, taken: Sequence[tuple[int, int]]) -> Iterator[Loose]:
    """Read "short", "recent" or "not too long" against the quartiles of the catalogue."""
    for section, (op, roles, quartile) in _LOOSE.items():
        attribute = _usable(lexicon.schema, roles)
        ranges = lexicon.vocabulary.ranges.get(attribute.name) if attribute else None
        for match in _WORDINGS[section].finditer(message):
            if attribute is None or ranges is None or _overlaps(match, taken):
                continue
            if _refused(message, match):
                flipped, bound = (Op.LE, ranges[2]) if op is Op.GE else (Op.GE, ranges[1])
                constraint = _bound(attribute, flipped, bound, f"not {match.group().strip()}")
            else:
                constraint = _bound(attribute, op, ranges[quartile], match.group().strip(" ,"))
            yield Loose(constraint, *match.span())


def _superlative_or_figure(message: str, match: re.Match[str]) -> bool:
    """Whether the words are "the shorter" of two or "shorter than 90": others read those."""
    before, after = message[: match.start()], message[match.end() :]
    if message[match.end() : match.end() + 1].isalpha() or before[-1:].isalpha():
        return True
    figure = re.match(r" than (?:\d|an? |half|one |two )", after, re.IGNORECASE)
    return before.lower().endswith("the ") or bool(figure)


def _called(base: Sequence[Item]) -> str:
    return base[0].title if len(base) == 1 else "those"


def _refused(message: str, match: re.Match[str]) -> bool:
    words = match.group().lower()
    return bool(_NOT.search(message[: match.start()])) or words.startswith(("nothing", "too"))


def _overlaps(match: re.Match[str], taken: Sequence[tuple[int, int]]) -> bool:
    return any(a < match.end() and match.start() < b for a, b in taken)


def _bound(attribute: Attribute, op: Op, value: float, words: str) -> Constraint:
    return Constraint(attribute=attribute.name, op=op, values=(value,), words=words)


def _usable(schema: Schema, roles: tuple[Role, ...]) -> Attribute | None:
    kinds = (Kind.NUMBER, Kind.DATE)
    return next((a for a in schema.having(*roles) if a.kind in kinds), None)
