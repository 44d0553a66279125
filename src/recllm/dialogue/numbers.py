"""Numbers as people write them, what a figure read in a message is, and how columns are called."""

from __future__ import annotations

import re
from typing import NamedTuple

from recllm.types import Attribute, Constraint, Kind, Role, Schema

_UNITS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
    "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100,
}  # fmt: skip
_PARTS = {"half": 0.5, "quarter": 0.25, "a quarter": 0.25, "three quarters": 0.75}
SCALE = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "billion": 1e9}


class Figure(NamedTuple):
    """A constraint read from ``message[start:end]``."""

    constraint: Constraint
    start: int
    end: int


def number(text: str) -> float:
    """Read a number written in digits or as a small word; "half an" is 0.5."""
    plain = text.lower().strip()
    for part, value in _PARTS.items():
        if plain.replace("-", " ").startswith(part):
            return value
    if plain in {"a", "an"}:
        return 1.0
    if plain in _UNITS:
        return float(_UNITS[plain])
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", plain):
        plain = re.sub(r"[.,]", "", plain)
    return float(plain.replace(",", "."))


def ordered_column(schema: Schema, *roles: Role) -> Attribute | None:
    """Return the first attribute of one of ``roles`` that has an order."""
    usable = (Kind.NUMBER, Kind.DATE)
    return next((a for a in schema.having(*roles) if a.kind in usable), None)


def spoken(attribute: Attribute) -> list[str]:
    """Return what people call a column of numbers: its name, its unit, words for its role."""
    names = [attribute.name.replace("_", " ").lower()]
    extra = {
        Role.LENGTH: ["pages", "page"],
        Role.RATING: ["stars", "star", "rated", "rating", "score"],
        Role.POPULARITY: ["views", "ratings", "votes", "reviews"],
    }
    if attribute.unit and attribute.role is not Role.DURATION:
        names.append(attribute.unit.lower())
    return [*names, *extra.get(attribute.role, [])]
