"""Conditions of a scenario: "runtime <= 120", "genres = Comedy | Drama", "record ~ ocean|sea".

They are checked against an item's record here, apart from the filters of the product.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any, Self

from pydantic import model_validator

from recllm.evaluation.pointers import Pointer
from recllm.evaluation.wording import fold
from recllm.types import AttributeValue, Item, Value

TEXTS = ("title", "text", "record")
"""What ``~`` searches besides columns: ``record`` is the whole record."""

_FORM = re.compile(r"\s*([A-Za-z_]\w*)\s*(!=|<=|>=|!~|=|<|>|~)\s*([^\s=<>~].*?)\s*")
_POINTED = re.compile(r"\{(.+)\}")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Condition(Value):
    """A condition on one column. ``pointer`` stands for the value of another item's record."""

    column: str
    op: str
    values: tuple[str, ...] = ()
    pointer: Pointer | None = None

    @model_validator(mode="before")
    @classmethod
    def _parsed(cls, data: object) -> object:
        return parse(data) if isinstance(data, str) else data

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.column in TEXTS and self.op not in ("~", "!~"):
            raise ValueError(f"{self.column!r} is text: search it with ~ or !~, not {self.op!r}")
        if self.op in ("~", "!~"):
            check_pattern(self.values[0])
        return self

    def __str__(self) -> str:
        given = f"{{{self.pointer}}}" if self.pointer else " | ".join(self.values)
        return f"{self.column} {self.op} {given}"


def parse(text: str) -> dict[str, object]:
    """Cut a condition into the fields of :class:`Condition`.

    Raises:
        ValueError: it is not "column op value".
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{text!r} is not a condition: write COLUMN OP VALUE, such as 'runtime <= 120', "
            "with OP one of = != < <= > >= ~ !~"
        )
    column, op, given = match.groups()
    pointed = _POINTED.fullmatch(given)
    if pointed:
        return {"column": column, "op": op, "pointer": pointed[1]}
    values = (given,) if op in ("~", "!~") else tuple(v.strip() for v in given.split("|"))
    return {"column": column, "op": op, "values": values}


def check_pattern(pattern: str) -> None:
    """Raise ValueError if ``pattern`` is not a regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error


def holds(condition: Condition, item: Item, other: Sequence[Item] = ()) -> bool:
    """Whether ``item`` satisfies ``condition``.

    A missing value fails every condition but ``!=`` and ``!~``. Several values are alternatives.

    Args:
        condition: the condition.
        item: the item whose record is looked at.
        other: what the condition's pointer stands for; one of them suffices.
    """
    if condition.op in ("~", "!~"):
        found = re.search(condition.values[0], _searched(condition.column, item), re.IGNORECASE)
        return bool(found) == (condition.op == "~")
    have = item.attributes.get(condition.column)
    wanted: list[AttributeValue] = list(condition.values)
    if condition.pointer:
        wanted = [v for o in other if (v := o.attributes.get(condition.column)) is not None]
    if condition.op in ("=", "!="):
        return any(_equal(have, w) for w in wanted) == (condition.op == "=")
    return any(_ordered(have, condition.op, w) for w in wanted)


def record_text(item: Item) -> str:
    """Return all that the record of ``item`` says, as one text."""
    values = [v for value in item.attributes.values() for v in names(value)]
    return " \n ".join([item.title, item.text, *values])


def names(value: AttributeValue | None) -> tuple[str, ...]:
    """Return the value as texts: each name of a list, a number without ".0"."""
    if value is None:
        return ()
    if isinstance(value, tuple):
        return value
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else _plain(value),)


def _plain(value: float | str) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _searched(column: str, item: Item) -> str:
    match column:
        case "title":
            return item.title
        case "text":
            return item.text
        case "record":
            return record_text(item)
        case _:
            return "\n".join(names(item.attributes.get(column)))


def _equal(have: AttributeValue | None, wanted: AttributeValue) -> bool:
    if have is None:
        return False
    if isinstance(wanted, tuple):
        return any(_equal(have, w) for w in wanted)
    pair = _numbers(have, wanted)
    if pair:
        return pair[0] == pair[1]
    if _is_date(have):
        return str(have).startswith(str(wanted))
    return fold(str(wanted)) in {fold(name) for name in names(have)}


def _ordered(have: AttributeValue | None, op: str, wanted: AttributeValue) -> bool:
    if have is None:
        return False
    pair = _numbers(have, wanted)
    if pair:
        return _COMPARE[op](*pair)
    if _is_date(have):
        # A year is compared with the year of a date, a month with its month.
        return _COMPARE[op](str(have)[: len(str(wanted))], str(wanted))
    return False


def _numbers(have: AttributeValue, wanted: AttributeValue) -> tuple[float, float] | None:
    if isinstance(have, bool) or not isinstance(have, int | float):
        return None
    try:
        return float(have), float(str(wanted))
    except ValueError:
        return None


def _is_date(value: AttributeValue) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"\d{4}(?:-\d\d){0,2}(?:T.*)?", value))
