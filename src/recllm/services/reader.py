"""Answers of a service as items: what does not fit the description is left out, never an error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from recllm.catalog.cells import text_of
from recllm.catalog.convert import (
    LONGEST_ID,
    LONGEST_TEXT,
    LONGEST_TITLE,
    attribute_value,
    link_of,
)
from recllm.errors import ServiceAnswerError
from recllm.services.description import Call, Described, Description
from recllm.services.paths import Path, parse_path, value_at, values_at
from recllm.services.templates import with_quoted
from recllm.types import AttributeValue, Item, Kind

_PROMOTIONAL = re.compile(r"https?://|www\.|^\s*[#@►▶→•*=_~-]|\bsubscribe\b", re.IGNORECASE)
_SHORTEST_PROSE = 200


def parse_json(text: bytes, title: str) -> dict[str, Any]:
    """Return the object that an answer holds.

    Raises:
        ServiceAnswerError: it is no JSON, or no object.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        page = text.lstrip()[:1] == b"<"
        what = "a web page" if page else "not JSON" if text.strip() else "empty"
        raise ServiceAnswerError(
            f"The answer of {title} is {what}: check the url in the description of the service."
        ) from None
    # A list at the top is met often enough to be read as an object's only member.
    data = {"items": data} if isinstance(data, list) else data
    if not isinstance(data, dict):
        raise ServiceAnswerError(
            f"The answer of {title} is a {type(data).__name__} where an object was expected: "
            "check the url in the description of the service."
        )
    return data


class Reader:
    """Reads results by the paths of one description."""

    def __init__(self, description: Description) -> None:
        self._described = description
        self._paths: dict[str, Path] = {}

    def results(self, answer: Mapping[str, Any], call: Call) -> list[dict[str, Any]]:
        """Return the results of an answer that are objects with an id, each id once.

        Raises:
            ServiceAnswerError: there is something else than a list where the results should be.
        """
        found = values_at(answer, self._path(call.items))
        if len(found) == 1 and isinstance(found[0], list):
            found = found[0]
        elif found and not call.items.endswith("[*]"):
            raise ServiceAnswerError(
                f"The answer of {self._described.title} has no list at {call.items!r}: check "
                "`items` in the description of the service."
            )
        kept: dict[str, dict[str, Any]] = {}
        for one in found:
            if isinstance(one, dict) and (key := self.id_of(one)):
                kept.setdefault(key, one)
        return list(kept.values())

    def next_page(self, answer: Mapping[str, Any]) -> str:
        """Return the token of the next page, "" where there is none."""
        return _line(self._at(answer, self._described.paging.next), 2000)

    def id_of(self, result: Mapping[str, Any]) -> str:
        """Return a result's id, "" where it has none."""
        return _line(self._at(result, self._described.item.id), LONGEST_ID)

    def item(self, result: Mapping[str, Any]) -> Item | None:
        """Return a result as an item; None without an id or a title."""
        paths = self._described.item
        key, title = self.id_of(result), text_of(self._at(result, paths.title))[:LONGEST_TITLE]
        if not key or not title:
            return None
        return Item(
            id=key,
            title=title,
            text=_prose(self._at(result, paths.text))[:LONGEST_TEXT],
            url=self._url(result, key),
            image=link_of(self._at(result, paths.image)) if paths.image else "",
            attributes=dict(self._attributes(result)),
        )

    def _url(self, result: Mapping[str, Any], key: str) -> str:
        url = self._described.item.url
        if url.startswith(("http://", "https://")):
            return link_of(with_quoted(url, {"id": key}))
        return link_of(self._at(result, url)) if url else ""

    def _attributes(self, result: Mapping[str, Any]) -> Iterator[tuple[str, AttributeValue]]:
        for described in self._described.item.attributes:
            value = _translated(self._at(result, described.path), described)
            read = _read(value, described)
            if read is not None:
                yield described.name, read

    def _at(self, data: Mapping[str, Any], path: str) -> Any:
        return value_at(data, self._path(path)) if path else None

    def _path(self, text: str) -> Path:
        if text not in self._paths:
            self._paths[text] = parse_path(text)
        return self._paths[text]

    @cached_property
    def joins(self) -> bool:
        """Whether results are completed by a second request."""
        return self._described.details is not None


def _translated(value: Any, described: Described) -> Any:
    """Return a code, or a list of codes, by its name; codes without a name are left out."""
    if not described.names:
        return value
    if isinstance(value, list):
        return [described.names[k] for v in value if (k := _line(v, 100)) in described.names]
    return described.names.get(_line(value, 100))


def _read(value: Any, described: Described) -> AttributeValue | None:
    if isinstance(value, dict) or (described.kind is Kind.NUMBER and isinstance(value, list)):
        return None
    try:
        return attribute_value(value, described.column)
    except (ValueError, OverflowError, RecursionError):
        return None


def _line(value: Any, longest: int) -> str:
    """Return a text or a number as one line; "" for anything else."""
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        try:
            return text_of(value)[:longest]
        except (ValueError, OverflowError):
            return ""
    return ""


def _prose(value: Any) -> str:
    """Return a text without its promotional lines: addresses, tags, rows of signs."""
    if not isinstance(value, str):
        return text_of(value) if isinstance(value, int | float) else ""
    kept = [line for line in value[: LONGEST_TEXT * 2].splitlines() if line.strip()]
    kept = [line for line in kept if not _PROMOTIONAL.search(line)]
    return text_of("\n".join(kept))
