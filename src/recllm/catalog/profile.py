"""What the values of one column look like: the evidence on which its kind is recognised."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from functools import cached_property, partial

from recllm.catalog import names
from recllm.catalog.cells import boolean_of, date_of, is_missing, number_of, text_of
from recllm.catalog.lists import SEPARATORS, literal_list, split
from recllm.catalog.rows import Row

MOSTLY = 0.9
"""The share of a column's values that must agree for it to be of a kind."""


class Profile:
    """A column of the sample: its name and its values that are not missing."""

    def __init__(self, name: str, values: Sequence[object], rows: int) -> None:
        self.name = name
        self.key = names.key(name)
        self.values = [v for v in values if not is_missing(v)]
        self.filled = len(self.values) / max(1, rows)

    @cached_property
    def texts(self) -> list[str]:
        """The values as plain text."""
        return [text_of(v) for v in self.values]

    @cached_property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(set(self.texts))

    @property
    def unique(self) -> float:
        """The share of values that are different ones."""
        return self.distinct / max(1, len(self.values))

    @cached_property
    def numbers(self) -> list[float]:
        """The values that are numbers."""
        return [n for v in self.values if (n := number_of(v)) is not None]

    @cached_property
    def median(self) -> float:
        """The middle one of the numbers, 0 where there is none."""
        return statistics.median(self.numbers) if self.numbers else 0.0

    @cached_property
    def length(self) -> float:
        """The mean number of characters."""
        return statistics.fmean(map(len, self.texts)) if self.texts else 0.0

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers."""
        return self._mostly(len(self.numbers))

    @cached_property
    def is_boolean(self) -> bool:
        """Whether the values are true and false in words (or, by the name, 1 and 0)."""
        if all(isinstance(v, bool) for v in self.values):
            return bool(self.values)
        digits = self.key.split(" ")[0] in ("is", "has", "can", "are")
        if {t.lower() for t in self.texts[:50]} <= {"0", "1"} and not digits:
            return False
        return self.share(lambda v: boolean_of(v) is not None) >= 0.98

    @cached_property
    def is_date(self) -> bool:
        """Whether the values are dates in writing."""
        return self.share(lambda v: date_of(v) is not None) >= MOSTLY

    @cached_property
    def is_url(self) -> bool:
        """Whether the values are web addresses."""
        return self.share(lambda v: text_of(v).startswith(("http://", "https://", "//"))) >= 0.5

    @cached_property
    def is_literal_list(self) -> bool:
        """Whether the values are lists already, as values or written in JSON or Python."""
        return self.share(_is_list) >= MOSTLY

    def share(self, test: Callable[[object], bool]) -> float:
        """Return the share of values that pass ``test``."""
        return sum(map(test, self.values)) / max(1, len(self.values))

    def _mostly(self, count: int) -> bool:
        return bool(self.values) and count >= MOSTLY * len(self.values)

    def separator(self, named: bool) -> str:
        """Return the sign that cuts the values into names, "" where they are no lists.

        Args:
            named: the column's name says that it holds names, so that a few lists suffice.
        """
        for sign in SEPARATORS:
            having = self.share(partial(_has_several, sign))
            least = 0.02 if named else 0.3 if sign == "," else 0.1
            if having >= least and self._are_names(sign, named):
                return sign
        return ""

    def _are_names(self, sign: str, named: bool) -> bool:
        """Whether the parts are short, and repeat unless the name already says what they are."""
        parts = [p.strip() for v in self.values for p in split(str(v), sign) if p.strip()]
        if not parts:
            return False
        words = statistics.fmean(len(p.split()) for p in parts)
        repeat = len(set(parts)) / len(parts)
        return words <= (5 if named else 3) and (named or repeat < 0.5)


def profiles(rows: Sequence[Row]) -> dict[str, Profile]:
    """Return a profile of each column of ``rows``, in the order in which they appear."""
    columns: dict[str, list[object]] = {}
    for row in rows:
        for name, value in row.values.items():
            columns.setdefault(name, []).append(value)
    return {name: Profile(name, values, len(rows)) for name, values in columns.items()}


def _has_several(sign: str, value: object) -> bool:
    return len(split(str(value), sign)) > 1


def _is_list(value: object) -> bool:
    if isinstance(value, list | tuple | dict):
        return True
    return isinstance(value, str) and literal_list(value) is not None
