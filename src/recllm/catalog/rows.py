"""What passes from a file to the index: rows as read, items with their line, rows refused."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from recllm.types import Item, Value

NESTED = "."
"""Stands between the names of a nested object and of its field."""


class Row(NamedTuple):
    """A row as it was read; ``line`` is where it begins in the file, from 1."""

    line: int
    values: dict[str, object]


class BadRow(Value):
    """A row that was left out, and why."""

    line: int
    reason: str


class Numbered(NamedTuple):
    """An item and the line that it was read from."""

    line: int
    item: Item


Read: TypeAlias = Row | BadRow
Converted: TypeAlias = Numbered | BadRow
