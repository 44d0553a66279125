"""Two numbers that bound a column: "between 80 and 100 minutes", "$20-30", "for 2 to 4 players"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from recllm.dialogue.cues import cues
from recllm.dialogue.numbers import SCALE, Figure, number, spoken
from recllm.types import Attribute, Constraint, Kind, Op, Role, Schema

_WORDINGS = cues("figures")
_PAIR = ("min_", "max_")


def read_ranges(message: str, schema: Schema) -> Iterator[Figure]:
    """Read every closed range that ``message`` gives of a column of numbers."""
    if len(_WORDINGS["amount"].findall(message)) < 2:
        return
    for attribute in schema.attributes:
        if attribute.kind is not Kind.NUMBER or attribute.role is Role.YEAR:
            continue
        for pattern in _patterns(attribute):
            for match in pattern.finditer(message):
                if attribute.role is not Role.PRICE or _priced(match):
                    yield from _bounds(match, attribute)


def read_capacities(message: str, schema: Schema) -> Iterator[Figure]:
    """Read "for 5 players" of a catalogue with the columns min_players and max_players.

    A single number must lie within the two, "at least 6" is about the upper one, and so is
    "up to 4".
    """
    names = {a.name: a for a in schema.attributes if a.kind is Kind.NUMBER}
    for low in names:
        what = low.removeprefix(_PAIR[0])
        high = _PAIR[1] + what
        if low.startswith(_PAIR[0]) and high in names:
            for match in _capacity(what.replace("_", " ").rstrip("s")).finditer(message):
                yield from _capacities(match, low, high)


def _capacities(match: re.Match[str], low: str, high: str) -> Iterator[Figure]:
    value = number(match["n"])

    def bound(name: str, op: Op) -> Figure:
        words = match.group().strip()
        return Figure(
            Constraint(attribute=name, op=op, values=(value,), words=words), *match.span()
        )

    inclusive = _WORDINGS["inclusive"].search((match["less"] or match["more"] or "").lower())
    if match["less"]:
        yield bound(high, Op.LE if inclusive else Op.LT)
    elif match["more"]:
        yield bound(high, Op.GE if inclusive else Op.GT)
    else:
        yield bound(low, Op.LE)
        yield bound(high, Op.GE)


@lru_cache(maxsize=32)
def _capacity(what: str) -> re.Pattern[str]:
    compare, amount = _WORDINGS["compare"].pattern, _WORDINGS["amount"].pattern
    people = r"people|persons|of us" if what == "player" else what
    return re.compile(
        rf"(?:(?:{compare})\s*)?\b(?P<n>{amount})[\s-]*(?:{re.escape(what)}s?|{people})\b",
        re.IGNORECASE,
    )


def _priced(match: re.Match[str]) -> bool:
    groups = match.groupdict()
    return bool(groups.get("sign") or groups.get("unit") or groups.get("name"))


def _bounds(match: re.Match[str], attribute: Attribute) -> Iterator[Figure]:
    groups = match.groupdict()
    unit = (groups.get("unit") or "").lower()
    scale = SCALE.get((groups.get("scale") or "").lower(), 1.0)
    if attribute.role is Role.DURATION:
        in_minutes = 60.0 if unit.startswith("h") else 1 / 60 if unit.startswith("s") else 1.0
        scale *= in_minutes * (60 if attribute.unit.startswith("s") else 1)
    low, high = sorted((number(match["a"]) * scale, number(match["b"]) * scale))
    for op, value in ((Op.GE, low), (Op.LE, high)):
        words = match.group().strip()
        bound = Constraint(attribute=attribute.name, op=op, values=(value,), words=words)
        yield Figure(bound, *match.span())


@lru_cache(maxsize=256)
def _patterns(attribute: Attribute) -> tuple[re.Pattern[str], ...]:
    """Return the wordings for one column: the unit behind the numbers, or the name before."""
    amount = _WORDINGS["amount"].pattern
    names = "|".join(re.escape(n) for n in spoken(attribute))
    units = names
    sign = ""
    if attribute.role is Role.DURATION:
        units = _WORDINGS["time_unit"].pattern
    elif attribute.role is Role.PRICE:
        units = rf"{names}|{_WORDINGS['currency'].pattern}"
        sign = r"(?P<sign>[$€£])?\s*"
    scale = r"(?:\s*(?P<scale>k|thousand|million)\b)?"
    a = rf"{sign}(?<![\w.])(?P<a>{amount})(?:\s*(?:{units})(?![^\W_]))?"
    b = rf"[$€£]?\s*(?P<b>{amount})(?!\d){scale}"
    behind = rf"\s*(?P<unit>{units})(?![^\W_])"
    wordings = [
        rf"\bbetween\s+{a}\s*(?:and|to|-|–)\s*{b}{behind}",
        rf"(?:\bfrom\s+)?{a}\s*(?:to|-|–)\s*{b}{behind}",
        rf"\b(?P<name>{names})\s*(?:is|of|rating)?\s*(?:between|from)?\s*{a}\s*(?:and|to|-|–)\s*{b}",
    ]
    if sign:
        wordings.append(rf"\b(?:between|from)\s+{a}\s*(?:and|to|-|–)\s*{b}")
        wordings.append(rf"{a.replace(')?', ')', 1)}\s*(?:to|-|–)\s*{b}")
    return tuple(re.compile(w, re.IGNORECASE) for w in wordings)
