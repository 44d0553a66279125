"""Comparisons without a figure: "shorter", "older than the second one", "recent", "not too long"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from recllm.catalog.vocabulary import figure_of
from recllm.dialogue.lexicon import Lexicon
from recllm.types import Attribute, Constraint, Item, Kind, Op, Role, Schema

_RELATIVE: tuple[tuple[str, Op, tuple[Role, ...]], ...] = (
    (r"shorter|less long|not (?:as|so) long|briefer|quicker", Op.LT, (Role.DURATION, Role.LENGTH)),
    (r"longer|not (?:as|so) short|lengthier", Op.GT, (Role.DURATION, Role.LENGTH)),
    (r"older|earlier|less recent", Op.LT, (Role.YEAR,)),
    (r"newer|more recent|later|more modern|less old|not (?:as|so) old", Op.GT, (Role.YEAR,)),
    (r"cheaper|less expensive|more affordable|not (?:as|so) expensive", Op.LT, (Role.PRICE,)),
    (r"more expensive|pricier|dearer", Op.GT, (Role.PRICE,)),
    (r"better rated|higher rated|more highly rated", Op.GT, (Role.RATING,)),
    (r"more popular|better known|more famous", Op.GT, (Role.POPULARITY,)),
    (r"less popular|less known|lesser known|less famous|more obscure", Op.LT, (Role.POPULARITY,)),
)
_NOUN = r"(?:one|ones|film|films|movie|movies|book|books|talk|talks|read|watch|stuff|things?|release|releases|title|titles|cinema|video|videos)"
_LOOSE: tuple[tuple[str, Op, tuple[Role, ...], int], ...] = (
    (rf"(?:something|nothing|anything|a|an|very|really|quite|fairly|pretty|nice and|too|it['’]?s|be|keep it|make it|preferably|that['’]?s|and|,)\s+short(?! (?:story|stories|film about))\b|\bshort (?:\w+ )?{_NOUN}\b|^\W*short\b", Op.LE, (Role.DURATION, Role.LENGTH), 1),
    (rf"(?:something|nothing|anything|very|really|quite|fairly|pretty|too|it['’]?s|be|preferably|that['’]?s)\s+long\b(?! (?:day|week|time|ago))|\blong (?:\w+ )?{_NOUN}\b|^\W*long\b(?! (?:day|week|time|ago))", Op.GE, (Role.DURATION, Role.LENGTH), 3),
    (rf"\b(?:recent|modern|contemporary|up to date|brand new|latest)\b|\bnew (?:\w+ )?{_NOUN}\b|\bnewish\b", Op.GE, (Role.YEAR,), 3),
    (rf"(?:something|nothing|anything|very|really|too|quite|pretty|an)\s+old\b(?! man| woman| people| lady)|\bold (?:\w+ )?{_NOUN}\b|\bold[- ]school\b|\boldies?\b|\bvintage\b|\bclassics?\b|\bgolden age\b", Op.LE, (Role.YEAR,), 1),
    (r"\bcheap\b|\binexpensive\b|\baffordable\b|\bbudget\b(?! of)", Op.LE, (Role.PRICE,), 1),
    (r"\bexpensive\b|\bpricey\b", Op.GE, (Role.PRICE,), 3),
    (r"\b(?:highly|top|well|best)[- ]rated\b|\bgood (?:ratings?|reviews)\b", Op.GE, (Role.RATING,), 3),
    (r"\b(?:popular|well[- ]known|famous|viral|most watched|most viewed|bestsell\w+)\b", Op.GE, (Role.POPULARITY,), 3),
    (r"\b(?:hidden gems?|lesser[- ]known|obscure|underrated|overlooked|unknown|off the beaten (?:path|track))\b", Op.LE, (Role.POPULARITY,), 2),
)  # fmt: skip
_NOT = re.compile(
    r"(?:\bnot|n['’]t|\bnothing|\bnever|\bno|\bwithout)\s+(?:\w+\s+){0,2}?$|\btoo\s*$",
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
    for pattern, op, roles in _RELATIVE:
        attribute = _usable(lexicon.schema, roles)
        for match in re.finditer(
            rf"(?<!the )\b(?:{pattern})\b(?! than (?:\d|an? |half|one |two ))", message, re.I
        ):
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
    for pattern, op, roles, quartile in _LOOSE:
        attribute = _usable(lexicon.schema, roles)
        ranges = lexicon.vocabulary.ranges.get(attribute.name) if attribute else None
        for match in re.finditer(pattern, message, re.IGNORECASE):
            if attribute is None or ranges is None or _overlaps(match, taken):
                continue
            if _refused(message, match):
                flipped, bound = (Op.LE, ranges[2]) if op is Op.GE else (Op.GE, ranges[1])
                constraint = _bound(attribute, flipped, bound, f"not {match.group().strip()}")
            else:
                constraint = _bound(attribute, op, ranges[quartile], match.group().strip(" ,"))
            yield Loose(constraint, *match.span())


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
