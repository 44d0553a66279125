"""Titles of films as data sets write them: names, years, and links between files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from recllm.text import normalise

_RESOURCE = re.compile(r"<?(?:https?://dbpedia\.org/resource/)?(.*?)>?", re.DOTALL)
_BRACKETS = re.compile(r"\([^()]*\)")
_YEAR = re.compile(r"\([^()]*\b((?:18|19|20)\d\d)\b[^()]*\)")


class Title(NamedTuple):
    """A title without what stands in brackets, and the year from there, if any."""

    name: str
    year: int | None

    @property
    def key(self) -> str:
        """What names are compared by; a name of signs alone is compared as it is."""
        return normalise(self.name) or self.name.casefold()


def read_title(text: str) -> Title:
    """Cut "Super Troopers (2001)" or "The_Shining_(1980_film)" into name and year."""
    plain = " ".join(text.split())
    year = _YEAR.search(plain)
    # "(500) Days of Summer" is a name, "Heat (1995)" a name and a year.
    name = _BRACKETS.sub(" ", plain) if year or plain.endswith(")") else plain
    return Title(" ".join(name.split()), int(year[1]) if year else None)


def from_dbpedia(resource: str) -> str:
    """Return the text of a DBpedia resource: "<http://.../Police_Academy_(film)>" without dress."""
    match = _RESOURCE.fullmatch(resource)
    return unquote(match[1] if match else resource).replace("_", " ").strip()


class Linker:
    """Finds the item that a title of another file means, by normalised name and year."""

    def __init__(self, titles: Mapping[str, Title]) -> None:
        self._named: dict[str, list[tuple[int | None, str]]] = {}
        for item, title in titles.items():
            self._named.setdefault(title.key, []).append((title.year, item))

    def __call__(self, text: str) -> str | None:
        """Return the item of that name: of that year, else of no year, else of the nearest one."""
        title = read_title(text)
        found = self._candidates(title.key)
        if not found:
            return None
        return min(found, key=lambda pair: _distance(pair[0], title.year))[1]

    def _candidates(self, key: str) -> list[tuple[int | None, str]]:
        spellings = (key, key.removeprefix("the "), f"the {key}")
        return next((self._named[s] for s in spellings if s and s in self._named), [])


def _distance(have: int | None, wanted: int | None) -> float:
    if have == wanted:
        return 0
    if have is None or wanted is None:
        return 0.5
    return abs(have - wanted)


class Places:
    """Finds where items are named in a text, by all the titles that they go by."""

    def __init__(self, titles: Iterable[tuple[str, str]]) -> None:
        """Take pairs of an item and a title; an item may have several."""
        self._spellings: dict[str, dict[str, None]] = {}
        for item, text in titles:
            title = read_title(text)
            with_year = f"{title.key} {title.year}" if title.year else title.key
            self._spellings.setdefault(item, {})[with_year] = None

    def find(self, item: str, said: str) -> int:
        """Return where ``item`` is last named in ``said``, a normalised text; -1 if nowhere."""
        padded = f" {said} "
        found = (padded.rfind(f" {spelling} ") for spelling in self._spellings.get(item, ()))
        return max(found, default=-1)
