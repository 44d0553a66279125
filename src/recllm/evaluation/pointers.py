"""Pointers of a scenario: "slate[-1][2]", "slate[1]", "slate[-1][min runtime]", "Moon (2009)".

Slates and places count from 1, ``-1`` is the last slate before the turn: the items that will be
shown are not known when a scenario is written, their places are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from pydantic import model_validator

from recllm.types import AttributeValue, Item, Value

SHOWN = "shown"
_SLATE = re.compile(
    r"slate\[(-?\d+)\](?:\[(?:(-?\d+)|(min|max) ([A-Za-z_]\w*)(?: of (\d+(?:,\d+)+))?)\])?"
)
_TITLE = re.compile(r"(?P<title>.+?)(?: \((?P<year>\d{4})\))?")

Titled: TypeAlias = Callable[[str, int | None], Sequence[Item]]
"""Finds the items of a title, of the year if one is given."""


class Pointer(Value):
    """What a scenario points at: a place of a slate, all of it, everything shown, or a title."""

    slate: int = 0
    place: int = 0
    extreme: Literal["", "min", "max"] = ""
    column: str = ""
    among: tuple[int, ...] = ()
    title: str = ""
    year: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _parsed(cls, data: object) -> object:
        return parse(data) if isinstance(data, str) else data

    @property
    def whole(self) -> bool:
        """Whether it means every item it finds, and not any one of them."""
        return not self.title and not self.place and not self.extreme

    def __str__(self) -> str:
        if self.title:
            return f"{self.title} ({self.year})" if self.year else self.title
        if not self.slate:
            return SHOWN
        inner = f"{self.extreme} {self.column}" if self.extreme else str(self.place or "")
        inner += f" of {','.join(map(str, self.among))}" if self.among else ""
        return f"slate[{self.slate}]" + (f"[{inner}]" if inner else "")


class Found(NamedTuple):
    """The items pointed at: all of them are meant, or, where not ``whole``, any one."""

    items: tuple[Item, ...]
    whole: bool

    def all_or_any(self, test: Callable[[Item], bool]) -> bool:
        """Whether ``test`` holds for what is meant."""
        return (all if self.whole else any)(test(item) for item in self.items)


def parse(text: str) -> dict[str, object]:
    """Cut a pointer into the fields of :class:`Pointer`.

    Raises:
        ValueError: it begins as one of a slate and is not, or is empty.
    """
    if text == SHOWN:
        return {}
    match = _SLATE.fullmatch(text)
    if match:
        slate, place, extreme, column, among = match.groups()
        if int(slate) == 0 or place == "0":
            raise ValueError(f"{text!r}: slates and places count from 1, or from -1 backwards")
        return {
            "slate": int(slate),
            "place": int(place or 0),
            "extreme": extreme or "",
            "column": column or "",
            "among": tuple(int(n) for n in (among or "").split(",") if n),
        }
    if text.startswith("slate[") or not text.strip():
        raise ValueError(
            f"{text!r} points at nothing: write slate[-1], slate[-1][2], slate[-1][min runtime], "
            "'shown' or a title"
        )
    title = _TITLE.fullmatch(text)
    assert title is not None  # the text is not blank
    return {"title": title["title"], "year": int(title["year"]) if title["year"] else None}


def resolve(pointer: Pointer, slates: Sequence[Sequence[Item]], titled: Titled) -> Found | None:
    """Return what ``pointer`` means, None where the conversation has no such place.

    Args:
        pointer: what to find.
        slates: the slates shown before the turn, oldest first, without empty ones.
        titled: finds items by title.
    """
    if pointer.title:
        return Found(tuple(titled(pointer.title, pointer.year)), whole=False)
    if not pointer.slate:
        return Found(tuple(item for slate in slates for item in slate), whole=True)
    at = pointer.slate - 1 if pointer.slate > 0 else pointer.slate
    if not -len(slates) <= at < len(slates):
        return None
    slate = slates[at]
    if pointer.extreme:
        if pointer.among and not 0 < min(pointer.among) <= max(pointer.among) <= len(slate):
            return None
        return _extreme(pointer, [slate[n - 1] for n in pointer.among] or slate)
    if pointer.place:
        place = pointer.place - 1 if pointer.place > 0 else pointer.place
        if not -len(slate) <= place < len(slate):
            return None
        return Found((slate[place],), whole=False)
    return Found(tuple(slate), whole=True)


def _extreme(pointer: Pointer, slate: Sequence[Item]) -> Found | None:
    keyed = [(k, i) for i in slate if (k := _key(i.attributes.get(pointer.column))) is not None]
    if not keyed:
        return None
    best = (min if pointer.extreme == "min" else max)(k for k, _ in keyed)
    return Found(tuple(i for k, i in keyed if k == best), whole=False)


def _key(value: AttributeValue | None) -> tuple[float, str] | None:
    if isinstance(value, str):
        return 0.0, value
    if isinstance(value, int | float):
        return float(value), ""
    return None
