"""Where a value stands in a JSON answer: a small path syntax, read defensively.

    snippet.title             a key of a key
    items[*].id               the ids of all members of a list
    thumbnails[0].url         the first member of a list; negative numbers count from the end
    ["odd key"].value         a key with other characters
    id.videoId | id           the first of several paths that leads to something

Nothing is evaluated: a path only steps down, and what is not there is no value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, TypeAlias

from pydantic import AfterValidator

LONGEST_PATH = 300
MOST_VALUES = 10_000
"""More values of one path are not read: no list of results is so long."""

_STEP = re.compile(
    r"""(?P<key>[A-Za-z_@$][\w@$-]*) | \[(?P<number>-?\d{1,6})\] | \[(?P<all>\*)\]
      | \["(?P<quoted>[^"\]]+)"\]""",
    re.VERBOSE,
)

Step: TypeAlias = str | int | None
"""A key, a place in a list, or None for all members."""


class Path(NamedTuple):
    """Alternatives in order, each a series of steps."""

    alternatives: tuple[tuple[Step, ...], ...]


def parse_path(text: str) -> Path:
    """Return the path that ``text`` writes; "" leads to the whole value.

    Raises:
        ValueError: it is no path; the message says where it ends to be one.

    >>> parse_path("items[*].id").alternatives
    (('items', None, 'id'),)
    """
    if len(text) > LONGEST_PATH:
        raise ValueError(f"a path of {len(text)} characters; at most {LONGEST_PATH} are read")
    return Path(tuple(tuple(_steps(part.strip())) for part in text.split("|")))


def _steps(text: str) -> Iterator[Step]:
    at = 0
    while at < len(text):
        if at and text[at] == ".":
            at += 1
        match = _STEP.match(text, at)
        if match is None or (match["key"] and at and text[at - 1] != "."):
            raise ValueError(
                f"{text!r} is no path from {text[at:]!r} on: write keys with dots between, "
                '[0] or [*] for a list, ["..."] for other keys'
            )
        yield _step(match)
        at = match.end()


def _step(match: re.Match[str]) -> Step:
    if match["all"]:
        return None
    return int(match["number"]) if match["number"] else match["key"] or match["quoted"]


def values_at(data: Any, path: Path) -> list[Any]:
    """Return all values of the first alternative that leads to any; null is no value."""
    for steps in path.alternatives:
        found = [data]
        for step in steps:
            found = [v for value in found for v in _down(value, step)][:MOST_VALUES]
        if found := [v for v in found if v is not None]:
            return found
    return []


def _down(value: Any, step: Step) -> list[Any]:
    match step, value:
        case str(), dict():
            return [value[step]] if step in value else []
        case int(), list():
            return [value[step]] if -len(value) <= step < len(value) else []
        case None, list():
            return value
        case _:
            return []


def value_at(data: Any, path: Path) -> Any:
    """Return the first value at ``path``; of one that steps through a list, all; None for none."""
    found = values_at(data, path)
    if len(found) > 1:
        return found
    return found[0] if found else None


def _checked(text: str) -> str:
    parse_path(text)
    return text


PathText = Annotated[str, AfterValidator(_checked)]
"""The text of a path in a description, checked when the description is read."""
