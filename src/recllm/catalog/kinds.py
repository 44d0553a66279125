"""What an attribute's column is: its kind, role and reading, from its name and its values."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from recllm.catalog import names
from recllm.catalog.cells import minutes_of, text_of, year_of
from recllm.catalog.languages import language_of
from recllm.catalog.mapping import Column, Reading
from recllm.catalog.profile import MOSTLY, Profile
from recllm.types import Attribute, Kind, Role

NUMERIC = (Role.LENGTH, Role.PRICE, Role.RATING, Role.POPULARITY)
NAMED = (Role.CREATOR, Role.PERFORMER, Role.GENRE, Role.TAG, Role.LANGUAGE, Role.COUNTRY)
ONCE = (Role.YEAR, Role.DURATION, *NUMERIC)
"""Roles that one column plays; the best takes it."""

_KINDS: dict[Role, tuple[Kind, ...]] = {
    Role.YEAR: (Kind.NUMBER, Kind.DATE),
    Role.DURATION: (Kind.NUMBER,),
    **{role: (Kind.NUMBER,) for role in NUMERIC},
    **{role: (Kind.CATEGORY, Kind.LIST) for role in NAMED},
}
_TIME_WORDS = re.compile(
    r"\b(date|time|timestamp|at|on|created|published|released|updated|added)\b"
)
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
_DURATION_READINGS = {"minutes": Reading.MINUTES, "seconds": Reading.SECONDS,
                      "ms": Reading.MILLISECONDS, "hours": Reading.HOURS}  # fmt: skip
_LONGEST_FILM = 400
"""A median duration above it, in no unit, is in seconds."""
_FEW = 20
"""Of so few rows it cannot be said whether values repeat."""


class Unused(NamedTuple):
    """Why a column is no attribute."""

    reason: str


def roles_of(column: Profile) -> list[tuple[float, Role]]:
    """Return the roles that the column's name speaks of, best first."""
    found = ((names.closeness(column.name, n), role) for role, n in names.ROLES.items())
    return sorted((c, role) for c, role in found if c is not None)


def fits(role: Role, kind: Kind) -> bool:
    """Whether an attribute of ``kind`` can play ``role``."""
    return role == Role.OTHER or kind in _KINDS[role]


def recognise_column(
    column: Profile, role: Role | None = None, kind: Kind | None = None
) -> Column | Unused:
    """Return the attribute that ``column`` becomes, or why it becomes none.

    Args:
        column: the values.
        role: the role given by a person, None to go by the name.
        kind: the kind given by a person, None to go by name and values.
    """
    given = role is not None or kind is not None
    if not column.values or (not given and (reason := _junk(column))):
        return Unused("empty" if not column.values else reason)
    wanted = [role] if role is not None else [r for _, r in roles_of(column)]
    found = _as_kind(column, kind) if kind else _recognised(column, wanted)
    if isinstance(found, Unused):
        return found
    fitting = next((r for r in wanted if fits(r, found.attribute.kind)), Role.OTHER)
    return _with_role(column, found, fitting)


def _junk(column: Profile) -> str:
    for pattern, reason in names.JUNK:
        if pattern.search(column.key):
            return reason
    if column.filled < 0.02:
        return "almost always empty"
    if len(column.values) > _FEW and column.distinct == 1:
        return f"always {column.texts[0][:40]!r}"
    return "web addresses" if column.is_url else ""


def _recognised(column: Profile, wanted: list[Role]) -> Column | Unused:
    """Try the kinds from the most particular to the most general."""
    if Role.YEAR in wanted and _are_years(column):
        return _column(column, Kind.NUMBER, Reading.YEAR)
    if Role.DURATION in wanted and column.share(lambda v: minutes_of(v) is not None) >= 0.5:
        return _column(column, Kind.NUMBER, _duration(column))
    if column.is_boolean:
        return _column(column, Kind.BOOLEAN)
    if column.is_number:
        return _number(column)
    if column.is_date:
        return _column(column, Kind.DATE, _date_reading(column))
    return _names_or_text(column, wanted)


def _number(column: Profile) -> Column | Unused:
    reading = _date_reading(column)
    if reading in (Reading.UNIX_SECONDS, Reading.UNIX_MILLISECONDS):
        return _column(column, Kind.DATE, reading)
    if column.key.split(" ")[-1] == "date":
        if column.is_date:
            return _column(column, Kind.DATE)
        return Unused("dates that cannot be read")
    numbers = column.numbers
    climbing = all(a < b for a, b in pairwise(numbers))
    if len(numbers) > _FEW and climbing and not roles_of(column):
        return Unused("it numbers the rows")
    return _column(column, Kind.NUMBER)


def _names_or_text(column: Profile, wanted: list[Role]) -> Column | Unused:
    named = any(r in NAMED for r in wanted)
    if column.is_literal_list:
        return _column(column, Kind.LIST)
    separator = column.separator(named)
    if separator:
        return _column(column, Kind.LIST, separator=separator)
    few = len(column.values) <= _FEW
    if column.length <= 60 and (named or column.unique <= 0.5 or (few and column.length <= 20)):
        return _column(column, Kind.CATEGORY)
    if column.unique > MOSTLY and column.share(lambda v: " " not in text_of(v)) > MOSTLY:
        return Unused("a different word in each row")
    return _column(column, Kind.TEXT)


def _as_kind(column: Profile, kind: Kind) -> Column:
    """Return the column as a person wants it."""
    if kind == Kind.LIST:
        separator = "" if column.is_literal_list else column.separator(True) or ","
        return _column(column, kind, separator=separator)
    if kind == Kind.DATE:
        return _column(column, kind, _date_reading(column))
    return _column(column, kind)


def _column(
    column: Profile, kind: Kind, reading: Reading = Reading.PLAIN, separator: str = ""
) -> Column:
    attribute = Attribute(name=names.attribute_name(column.name), kind=kind)
    return Column(source=column.name, attribute=attribute, reading=reading, separator=separator)


def _with_role(column: Profile, found: Column, role: Role) -> Column:
    """Set the role, and the unit and reading that come with it."""
    kind, reading = found.attribute.kind, found.reading
    unit = names.unit(column.name) if kind == Kind.NUMBER else ""
    if role == Role.DURATION:
        reading, unit = _duration(column), "minutes"
    elif role == Role.LENGTH:
        unit = unit or "pages"
    elif role == Role.PRICE:
        unit = unit or _currency(column)
    elif role == Role.LANGUAGE and _are_codes(column, found.separator):
        reading = Reading.LANGUAGE_CODE
    attribute = found.attribute.model_copy(update={"role": role, "unit": unit})
    return found.model_copy(update={"attribute": attribute, "reading": reading})


def _are_years(column: Profile) -> bool:
    if not column.is_number or not 1000 <= column.median <= 2100:
        return False
    return column.share(lambda v: year_of(v) is not None) >= MOSTLY


def _duration(column: Profile) -> Reading:
    said = _DURATION_READINGS.get(names.unit(column.name))
    if said:
        return said
    return Reading.SECONDS if column.median > _LONGEST_FILM else Reading.MINUTES


def _date_reading(column: Profile) -> Reading:
    if column.is_number and _TIME_WORDS.search(column.key):
        if 1e8 < column.median < 4.3e9:
            return Reading.UNIX_SECONDS
        if 1e11 < column.median < 4.3e12:
            return Reading.UNIX_MILLISECONDS
    late = (re.match(r"(\d{1,2})/\d{1,2}/\d{4}", t) for t in column.texts)
    day_first = any(m and int(m.group(1)) > 12 for m in late)
    return Reading.DAY_FIRST if day_first else Reading.PLAIN


def _are_codes(column: Profile, separator: str) -> bool:
    first = (t.split(separator)[0] if separator else t for t in column.texts)
    known = sum(language_of(t.strip(" []'\"")) is not None for t in first)
    return known >= MOSTLY * len(column.texts)


def _currency(column: Profile) -> str:
    signs = {c for t in column.texts[:200] for c in t if c in _CURRENCIES}
    return _CURRENCIES[signs.pop()] if len(signs) == 1 else ""
