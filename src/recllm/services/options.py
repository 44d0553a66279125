"""Conditions that a service can keep itself, as parameters of its request."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from recllm.catalog.filters import parsed
from recllm.services.description import Description, Option
from recllm.types import Attribute, Constraint, Kind, Op


class Interval(NamedTuple):
    """What the conditions on one attribute leave open: from ``least`` to ``most``."""

    least: float = -math.inf
    most: float = math.inf


def parameters_for(where: Sequence[Constraint], description: Description) -> dict[str, str]:
    """Return the parameters that say as much of ``where`` as the service understands.

    They only ever widen: what comes back is held to ``where`` by code.
    """
    schema = description.schema_of_items
    found: dict[str, str] = {}
    for option in description.options:
        attribute = schema.get(option.attribute)
        own = [c for c in where if c.attribute == option.attribute]
        if attribute and own:
            found.update(_parameters(option, own, attribute))
    return found


def _parameters(
    option: Option, where: Sequence[Constraint], attribute: Attribute
) -> Iterator[tuple[str, str]]:
    if option.values:
        wanted = {v for c in where if c.op is Op.EQ for v in map(str, c.values)}
        codes = {option.values[v] for v in wanted if v in option.values}
        if len(codes) == len(wanted) == 1:
            yield option.parameter, codes.pop()
    if option.bounds:
        within = _interval(where)
        for bound in option.bounds:
            least = -math.inf if bound.least is None else bound.least
            most = math.inf if bound.most is None else bound.most
            if least <= within.least and within.most <= most:
                yield option.parameter, bound.value
                return
    yield from _dates(option, where, attribute)


def _interval(where: Sequence[Constraint]) -> Interval:
    """Return the bounds that the conditions set; of alternatives the widest."""
    least, most = Interval()
    for constraint in where:
        values = [float(v) for v in constraint.values if isinstance(v, float | int)]
        if len(values) != len(constraint.values) or not values or constraint.op is Op.NE:
            continue
        if constraint.op in (Op.GT, Op.GE, Op.EQ):
            least = max(least, min(values))
        if constraint.op in (Op.LT, Op.LE, Op.EQ):
            most = min(most, max(values))
    return Interval(least, most)


def _dates(
    option: Option, where: Sequence[Constraint], attribute: Attribute
) -> Iterator[tuple[str, str]]:
    if attribute.kind is not Kind.DATE:
        return
    starts, ends = [], []
    for constraint in where:
        periods = [parsed(v, attribute) for v in constraint.values]
        if not periods or constraint.op is Op.NE:
            continue
        # "After 2020" begins when 2020 has ended, "from 2020" when it begins.
        if constraint.op in (Op.GT, Op.GE, Op.EQ):
            starts.append(min(p[constraint.op is Op.GT] for p in periods))
        if constraint.op in (Op.LT, Op.LE, Op.EQ):
            ends.append(max(p[constraint.op is not Op.LT] for p in periods))
    if option.least and starts and max(starts) < ":":
        yield option.least, _moment(max(starts))
    if option.most and ends and min(ends) < ":":
        yield option.most, _moment(min(ends))


def _moment(day: str) -> str:
    """Return the first moment of a year, month or day as RFC 3339 has it.

    >>> _moment("2024-05")
    '2024-05-01T00:00:00Z'
    """
    return f"{day}{'-01-01'[len(day) - 4 :]}T00:00:00Z"
