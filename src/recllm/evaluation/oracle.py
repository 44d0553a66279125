"""The catalogue as the checks see it: every record by id, title and name, in plain dictionaries."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from recllm.evaluation.conditions import Condition, holds, names
from recllm.evaluation.wording import Token, fold, tokens
from recllm.types import Item, Kind, Role, Schema

PEOPLE = (Role.CREATOR, Role.PERFORMER)
CHECKED = (*PEOPLE, Role.GENRE, Role.COUNTRY, Role.LANGUAGE)
"""Roles of the columns whose values an explanation may only name if they stand in the record."""


class Named(NamedTuple):
    """A title or a name in ``text[start:end]``, as the catalogue writes it, and whose it is."""

    start: int
    end: int
    value: str
    ids: frozenset[str]


class _Title(NamedTuple):
    words: tuple[str, ...]
    capitals: tuple[bool, ...]
    value: str
    ids: frozenset[str]


class Oracle:
    """What is true: all items of a catalogue.

    Args:
        schema: the catalogue's columns.
        items: all of its items.
    """

    def __init__(self, schema: Schema, items: Iterable[Item]) -> None:
        self.schema = schema
        self.items = {item.id: item for item in items}
        self._titles = _titles(self.items.values())
        self._people = self._values(PEOPLE)
        self._checked = self._values(CHECKED)

    def titled(self, title: str, year: int | None = None) -> tuple[Item, ...]:
        """Return the items called ``title``, of ``year`` if given."""
        found = [i for i in self.items.values() if fold(title) in map(fold, forms(i.title))]
        return tuple(i for i in found if year is None or year in self._years(i))

    def count(self, conditions: Sequence[Condition]) -> int:
        """Return how many items satisfy all ``conditions``."""
        return sum(all(holds(c, i) for c in conditions) for i in self.items.values())

    def titles_in(self, text: str) -> list[Named]:
        """Return the titles that ``text`` writes as titles, longest first where they overlap.

        Words that are lower-case in the text and capitals in the title are ordinary words.
        """
        cut = tokens(text)
        found: list[Named] = []
        at = 0
        while at < len(cut):
            title = self._title_at(text, cut, at)
            if title:
                end = at + len(title.words)
                stop = _with_marks(text, cut[end - 1].end, title.value)
                found.append(Named(cut[at].start, stop, title.value, title.ids))
                at = end
            else:
                at += 1
        return found

    def people_in(self, text: str) -> dict[str, str]:
        """Return the creators and performers of two words or more that ``text`` names.

        The keys are the names as the text has them, the values as the catalogue writes them.
        """
        return {k: v for k, v in _phrases(text, self._people).items() if " " in k}

    def values_in(self, text: str) -> dict[str, str]:
        """Return the people, genres, countries and languages in ``text``, likewise."""
        return _phrases(text, self._checked)

    def _title_at(self, text: str, cut: Sequence[Token], at: int) -> _Title | None:
        for title in self._titles.get(cut[at].key, ()):
            part = cut[at : at + len(title.words)]
            same = tuple(t.key for t in part) == title.words
            if same and all(
                text[t.start].isupper() or not capital
                for t, capital in zip(part, title.capitals, strict=True)
            ):
                return title
        return None

    def _years(self, item: Item) -> set[int]:
        values = [item.attributes.get(a.name) for a in self.schema.having(Role.YEAR)]
        return {int(float(str(v)[:4])) for v in values if v is not None and str(v)[:4].isdigit()}

    def _values(self, roles: Sequence[Role]) -> dict[str, str]:
        columns = [
            a.name
            for a in self.schema.having(*roles)
            if a.kind in (Kind.CATEGORY, Kind.LIST, Kind.TEXT)
        ]
        found: dict[str, str] = {}
        for item in self.items.values():
            for column in columns:
                found |= {fold(v): v for v in names(item.attributes.get(column))}
        found.pop("", None)
        return found


def forms(title: str) -> tuple[str, ...]:
    """Return a title whole, without what follows " (" and without what follows ": ".

    >>> forms("Star Wars: A New Hope (1977)")
    ('Star Wars: A New Hope (1977)', 'Star Wars: A New Hope', 'Star Wars')
    """
    main = title.split(" (")[0]
    return tuple(dict.fromkeys((title, main, main.split(": ")[0])))


def _with_marks(text: str, end: int, title: str) -> int:
    """Return where a title ends in ``text`` with its own last marks, as in "Safety Last!"."""
    marks = re.search(r"\W*$", title)
    return end + len(marks[0]) if marks and text.startswith(marks[0], end) else end


def _titles(items: Iterable[Item]) -> dict[str, list[_Title]]:
    ids: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    written: dict[tuple[str, ...], tuple[str, tuple[bool, ...]]] = {}
    for item in items:
        for form in forms(item.title):
            cut = tokens(form)
            key = tuple(t.key for t in cut)
            if key:
                ids[key].add(item.id)
                written[key] = (form, tuple(form[t.start].isupper() for t in cut))
    starts: defaultdict[str, list[_Title]] = defaultdict(list)
    for key in sorted(ids, key=len, reverse=True):
        form, capitals = written[key]
        starts[key[0]].append(_Title(key, capitals, form, frozenset(ids[key])))
    return dict(starts)


def _phrases(text: str, known: dict[str, str], longest: int = 6) -> dict[str, str]:
    """Return the values of ``known`` whose words stand in ``text``, plurals too, by the words."""
    keys = [t.key for t in tokens(text)]
    found: dict[str, str] = {}
    for start in range(len(keys)):
        for end in range(min(len(keys), start + longest), start, -1):
            phrase = " ".join(keys[start:end])
            value = known.get(phrase) or known.get(_singular(phrase))
            if value:
                found[phrase] = value
    return found


def _singular(phrase: str) -> str:
    if phrase.endswith("ies"):
        return f"{phrase[:-3]}y"
    return phrase.removesuffix("s") if len(phrase) > 3 else phrase
