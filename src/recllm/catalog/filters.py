"""Constraints as executed conditions: LanceDB SQL over the typed columns, and the same in Python.

What both mean: a missing value fails every condition but ``!=``, which it passes. Several values
are alternatives: ``=`` holds if any of them fits, ``!=`` if none does. On a list a value fits if
the list has it, on text if the text contains it in any case, on a date if the date lies within
it, where a value may be a year (1990), a month (1990-05) or a day (1990-05-17).
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import Any, TypeAlias

from recllm.catalog.columns import cell, column_names
from recllm.errors import CatalogError
from recllm.types import Attribute, Constraint, Item, Kind, Op, Schema

Raw: TypeAlias = str | float | bool
_ORDERED = (Kind.NUMBER, Kind.DATE)
_COMPARE: dict[Op, Callable[[Any, Any], bool]] = {
    Op.LT: operator.lt,
    Op.LE: operator.le,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
}
_PERIOD = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:[T ].*)?")


class Filter(str):
    """An SQL condition that remembers the constraints that it was compiled from."""

    __slots__ = ("constraints",)
    constraints: tuple[Constraint, ...]


def compile_filter(where: tuple[Constraint, ...], exclude: Collection[str], schema: Schema) -> str:
    """Return the SQL condition of ``where``, without the items ``exclude``; "" for no condition.

    Raises:
        CatalogError: an attribute is not in ``schema``, or a value cannot be compared with it.
    """
    columns = column_names(schema)
    parts = [_sql(c, attribute_of(c, schema), columns[c.attribute]) for c in where]
    if exclude:
        parts.append(f"id NOT IN ({', '.join(quote(i) for i in sorted(exclude))})")
        return " AND ".join(parts)
    filter = Filter(" AND ".join(parts))
    filter.constraints = where
    return filter


def holds(item: Item, constraint: Constraint, schema: Schema) -> bool:
    """Whether ``item`` satisfies ``constraint``, exactly as :func:`compile_filter` decides it.

    Raises:
        CatalogError: as :func:`compile_filter`.
    """
    attribute = attribute_of(constraint, schema)
    wanted = [parsed(v, attribute) for v in constraint.values]
    have = cell(item.attributes.get(attribute.name), attribute.kind)
    if constraint.op in (Op.EQ, Op.NE):
        fits = have is not None and any(_fits(have, w, attribute.kind) for w in wanted)
        return fits == (constraint.op == Op.EQ)
    return have is not None and any(ordered(have, constraint.op, w) for w in wanted)


def attribute_of(constraint: Constraint, schema: Schema) -> Attribute:
    """Return the attribute that ``constraint`` speaks of, checked against its operator."""
    attribute = schema.get(constraint.attribute)
    if attribute is None:
        known = ", ".join(a.name for a in schema.attributes) or "none"
        raise CatalogError(f"no attribute {constraint.attribute!r}; this catalogue has: {known}")
    if constraint.op not in (Op.EQ, Op.NE) and attribute.kind not in _ORDERED:
        raise CatalogError(
            f"{attribute.name!r} is a {attribute.kind} and has no order: use = or !=, "
            f"not {constraint.op.value!r}"
        )
    return attribute


def quote(text: str) -> str:
    """Return ``text`` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def parsed(value: Raw, attribute: Attribute) -> Any:
    """Return a constraint's value as it is compared: (start, end) for a date."""
    match attribute.kind:
        case Kind.NUMBER:
            return _number(value, attribute)
        case Kind.BOOLEAN:
            return _boolean(value, attribute)
        case Kind.DATE:
            return _period(value, attribute)
        case Kind.TEXT:
            return _plain(value).lower()
        case _:
            return _plain(value)


def _plain(value: Raw) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _number(value: Raw, attribute: Attribute) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise CatalogError(f"{attribute.name!r} is a number; {value!r} is not one")
    return number + 0.0


def _boolean(value: Raw, attribute: Attribute) -> bool:
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    found = known.get(_plain(value).strip().lower())
    if found is None:
        raise CatalogError(f"{attribute.name!r} is true or false; {value!r} is neither")
    return found


def _period(value: Raw, attribute: Attribute) -> tuple[str, str]:
    """Return the first text of the period that ``value`` names and the first after it.

    Dates are ISO 8601 texts, so that "1990" <= d < "1991" is exactly the year, also where the
    stored date is itself a bare year or month.
    """
    text = _plain(value).strip()
    match = _PERIOD.fullmatch(text.zfill(4))
    if match is None:
        raise CatalogError(
            f"{attribute.name!r} is a date; {value!r} is not one: give 1990 or 1990-05-17"
        )
    year, month, day = match.groups()
    try:
        if day:
            start = date(int(year), int(month), int(day))
            return start.isoformat(), _next_day(start)
        if month:
            date(int(year), int(month), 1)
    except ValueError as error:
        raise CatalogError(f"{attribute.name!r}: no such date {value!r} ({error})") from None
    if month:
        after = (int(year), int(month) + 1) if month < "12" else (int(year) + 1, 1)
        return f"{year}-{month}", f"{after[0]:04d}-{after[1]:02d}" if after[0] < 10_000 else ":"
    return year, f"{int(year) + 1:04d}" if year < "9999" else ":"


def _next_day(day: date) -> str:
    # ":" sorts after every digit, so that it ends the last year that a date can have.
    return (day + timedelta(days=1)).isoformat() if day < date.max else ":"


def _fits(have: Any, wanted: Any, kind: Kind) -> bool:
    match kind:
        case Kind.LIST | Kind.TEXT:
            return wanted in have
        case Kind.DATE:
            return bool(wanted[0] <= have < wanted[1])
        case _:
            return bool(have == wanted)


def ordered(have: Any, op: Op, wanted: Any) -> Any:
    """Compare a value, or an array of values, with a figure or a period (start, end)."""
    if not isinstance(wanted, tuple):
        return _COMPARE[op](have, wanted)
    start, end = wanted
    match op:
        case Op.LT:
            return have < start
        case Op.LE:
            return have < end
        case Op.GT:
            return have >= end
        case _:
            return have >= start


def _sql(constraint: Constraint, attribute: Attribute, column: str) -> str:
    wanted = [parsed(v, attribute) for v in constraint.values]
    if constraint.op in (Op.EQ, Op.NE):
        fits = [_sql_fits(column, w, attribute.kind) for w in wanted]
    else:
        fits = [_sql_ordered(column, constraint.op, w) for w in wanted]
    any_fits = f"({' OR '.join(fits)})" if fits else "false"
    if constraint.op == Op.NE:
        return f"({column} IS NULL OR NOT {any_fits})"
    return f"({column} IS NOT NULL AND {any_fits})"


def _sql_fits(column: str, wanted: Any, kind: Kind) -> str:
    match kind:
        case Kind.NUMBER:
            return f"{column} = {wanted!r}"
        case Kind.BOOLEAN:
            return f"{column} = {str(wanted).lower()}"
        case Kind.DATE:
            return f"({column} >= {quote(wanted[0])} AND {column} < {quote(wanted[1])})"
        case Kind.LIST:
            return f"array_has_any({column}, make_array({quote(wanted)}))"
        case Kind.TEXT:
            return f"contains({column}, {quote(wanted)})"
        case _:
            return f"{column} = {quote(wanted)}"


def _sql_ordered(column: str, op: Op, wanted: Any) -> str:
    if not isinstance(wanted, tuple):
        return f"{column} {op.value} {wanted!r}"
    start, end = wanted
    match op:
        case Op.LT | Op.GE:
            return f"{column} {op.value} {quote(start)}"
        case Op.LE:
            return f"{column} < {quote(end)}"
        case _:
            return f"{column} >= {quote(end)}"
