"""The description of a search service: what to send, and where in the answer the items are.

One TOML file a service; ``src/recllm/services/*.toml`` come with the package, a person's own lie
in ``HOME/services``. docs/search-api.md explains every key.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from recllm.catalog.mapping import Column, Reading
from recllm.services.paths import PathText, parse_path
from recllm.services.templates import check_template
from recllm.types import Attribute, Kind, Role, Schema, Value

Scalar = str | int | float | bool


class Call(Value):
    """One HTTP request, with placeholders: ``{query}``, ``{limit}``, ``{page}`` and so on.

    ``items`` is the path of the list of results in the answer. A parameter that comes out empty
    is left out.
    """

    url: str = Field(min_length=8, max_length=2000)
    method: Literal["GET", "POST"] = "GET"
    headers: dict[str, str] = Field(default_factory=dict)
    parameters: dict[str, Scalar] = Field(default_factory=dict)
    body: dict[str, JsonValue] | None = None
    items: PathText = "items"
    most: int = Field(50, ge=1, le=1000)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.method == "GET" and self.body is not None:
            raise ValueError('a GET request has no body: set method = "POST"')
        for text in _texts([self.url, self.headers, self.parameters, self.body]):
            check_template(text)
        if not self.url.startswith(("http://", "https://", "${")):
            raise ValueError(f"the url {self.url!r} does not begin with https://")
        return self


class Paging(Value):
    """How further pages are asked for: by a token of the answer, an offset, or a number."""

    kind: Literal["none", "token", "offset", "number"] = "none"
    next: PathText = ""
    first: int = Field(1, ge=0, le=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.kind == "token") != bool(self.next):
            raise ValueError('paging by token needs next = "path of the next page\'s token"')
        return self


class Bound(Value):
    """A value of a parameter that is sent when the conditions lie within [least, most]."""

    value: str
    least: float | None = None
    most: float | None = None


class Option(Value):
    """A condition that the service itself can keep; it is executed on what comes back all the same.

    ``values`` translates wanted values; ``bounds`` names ranges of a number; ``least`` and
    ``most`` are parameters that take a date.
    """

    attribute: str
    parameter: str = ""
    values: dict[str, str] = Field(default_factory=dict)
    bounds: tuple[Bound, ...] = ()
    least: str = ""
    most: str = ""


class Described(Value):
    """A typed attribute of the items: what it is, where it stands, how it is read.

    ``names`` translates codes; ``quantiles`` are usual values (least, quartiles, greatest), by
    which "short" or "popular" are understood before anything was found.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")
    path: PathText
    kind: Kind
    role: Role = Role.OTHER
    unit: str = ""
    reading: Reading = Reading.PLAIN
    separator: str = ""
    names: dict[str, str] = Field(default_factory=dict)
    quantiles: tuple[float, float, float, float, float] | None = None

    @property
    def column(self) -> Column:
        """The attribute as a column of a catalogue."""
        attribute = Attribute(name=self.name, kind=self.kind, role=self.role, unit=self.unit)
        return Column(
            source=self.path, attribute=attribute, reading=self.reading, separator=self.separator
        )


class ItemPaths(Value):
    """Where in one result an item's parts stand. ``url`` may be a path or an address with {id}."""

    id: PathText
    title: PathText
    text: PathText = ""
    url: str = ""
    image: PathText = ""
    attributes: tuple[Described, ...] = ()

    @field_validator("url")
    @classmethod
    def _address_or_path(cls, url: str) -> str:
        if url.startswith(("http://", "https://")):
            check_template(url)
        else:
            parse_path(url)
        return url


class Refusals(Value):
    """How the service says what is wrong: where the reason stands, and what each reason means."""

    message: PathText = "error.message | message | error"
    reasons: tuple[PathText, ...] = ()
    quota: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    quota_help: str = ""


class Bounds(Value):
    """Limits of time, size and cost. Times are in seconds."""

    timeout: float = Field(5.0, gt=0, le=120)
    deadline: float = Field(12.0, gt=0, le=300)
    attempts: int = Field(3, ge=1, le=10)
    wait: float = Field(0.5, ge=0, le=30)
    bytes: int = Field(5_000_000, ge=1000, le=100_000_000)
    pages: int = Field(1, ge=1, le=20)
    results: int = Field(50, ge=1, le=1000)


class Caching(Value):
    """How long answers are kept (seconds, 0 for not at all), how many bytes of them, and where."""

    seconds: float = Field(3600.0, ge=0)
    bytes: int = Field(20_000_000, ge=0)
    disk: bool = False


class Description(Value):
    """A search service. ``name`` is what ``--catalog`` calls it, ``title`` what people do."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    title: str = Field(min_length=1, max_length=80)
    noun: str = Field("item", pattern=r"^[a-z][a-z -]{0,30}$")
    help: str = ""
    examples: tuple[str, ...] = ()
    search: Call
    browse: Call | None = None
    details: Call | None = None
    paging: Paging = Paging()
    item: ItemPaths
    options: tuple[Option, ...] = ()
    refusals: Refusals = Refusals()
    limits: Bounds = Bounds()
    cache: Caching = Caching()

    @field_validator("item")
    @classmethod
    def _unique(cls, item: ItemPaths) -> ItemPaths:
        names = [a.name for a in item.attributes]
        twice = {n for n in names if names.count(n) > 1}
        if twice:
            raise ValueError(f"attributes that stand twice: {', '.join(sorted(twice))}")
        return item

    @model_validator(mode="after")
    def _known(self) -> Self:
        names = {a.name for a in self.item.attributes}
        for option in self.options:
            if option.attribute not in names:
                raise ValueError(f"an option of {option.attribute!r}, which is no attribute")
        return self

    @property
    def schema_of_items(self) -> Schema:
        """The typed attributes of what is found."""
        columns = tuple(a.column.attribute for a in self.item.attributes)
        return Schema(attributes=columns, noun=self.noun)

    @property
    def calls(self) -> tuple[Call, ...]:
        """All requests that the service is ever sent."""
        return tuple(c for c in (self.search, self.browse, self.details) if c)


def _texts(value: Any) -> list[str]:
    """Return all texts in a JSON value, keys left out."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [t for v in value.values() for t in _texts(v)]
    return [t for v in value for t in _texts(v)] if isinstance(value, list | tuple) else []


def variables_of(description: Description) -> set[str]:
    """Return the environment variables without which the service cannot be asked."""
    from recllm.services.templates import needed

    parts = [[c.url, c.headers, c.parameters, c.body] for c in description.calls]
    return {name for text in _texts(parts) for name in needed(text)}
