"""How a source's columns become items: what was recognised, and what a person overrode."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from recllm.types import Attribute, Kind, Role, Schema, Value


class Reading(StrEnum):
    """How a cell's text becomes the attribute's value, where it is not taken as it stands."""

    PLAIN = "as it is"
    YEAR = "year"
    DAY_FIRST = "day before month"
    UNIX_SECONDS = "Unix time to date"
    UNIX_MILLISECONDS = "Unix time in ms to date"
    MINUTES = "time to minutes"
    HOURS = "hours to minutes"
    SECONDS = "seconds to minutes"
    MILLISECONDS = "ms to minutes"
    LANGUAGE_CODE = "language code to name"


class Column(Value):
    """A column that becomes a typed attribute. ``separator`` cuts a text into a list."""

    source: str
    attribute: Attribute
    reading: Reading = Reading.PLAIN
    separator: str = ""


class Dropped(Value):
    """A column that is not used, and why."""

    source: str
    reason: str


class Mapping(Value):
    """What each column of a source is. Without ``id``, ids are made of ``id_parts``."""

    title: str
    id: str = ""
    id_parts: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    url: str = ""
    image: str = ""
    columns: tuple[Column, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    noun: str = "item"

    @property
    def typed(self) -> Schema:
        """The schema of the items."""
        return Schema(attributes=tuple(c.attribute for c in self.columns), noun=self.noun)


class Overrides(Value):
    """What a person says of the columns; it goes before what is recognised."""

    title: str = ""
    id: str = ""
    text: tuple[str, ...] = ()
    url: str = ""
    image: str = ""
    types: dict[str, Kind] = Field(default_factory=dict)
    roles: dict[str, Role] = Field(default_factory=dict)
    skip: tuple[str, ...] = ()
    noun: str = ""

    def named(self) -> tuple[str, ...]:
        """Return all columns that are named anywhere."""
        single = tuple(c for c in (self.title, self.id, self.url, self.image) if c)
        return (*single, *self.text, *self.types, *self.roles, *self.skip)
