"""From a sample of rows to a mapping: which column is what, and why the rest is left out."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from recllm.catalog import names
from recllm.catalog.cells import text_of
from recllm.catalog.kinds import ONCE, Unused, recognise_column, roles_of
from recllm.catalog.mapping import Column, Dropped, Mapping, Overrides
from recllm.catalog.profile import Profile, profiles
from recllm.catalog.rows import NESTED, Read, Row
from recllm.errors import SourceError
from recllm.types import Kind, Role

SAMPLED = 2000
READ_FOR_SAMPLE = 20_000
_LONG_TEXT = 120


def sample(rows: Iterable[Read]) -> list[Row]:
    """Return rows spread over the first ``READ_FOR_SAMPLE``: files are often sorted."""
    read = [r for r in islice(rows, READ_FOR_SAMPLE) if isinstance(r, Row)]
    return read[:: max(1, -(-len(read) // SAMPLED))]


def recognise(
    rows: Sequence[Row], overrides: Overrides | None = None, hints: Sequence[str] = ()
) -> Mapping:
    """Return the mapping of a source's columns.

    Args:
        rows: a sample of the rows.
        overrides: what a person says of the columns.
        hints: texts that may name the kind of item, such as the file's name, best first.

    Raises:
        SourceError: no column is the title, or an override names a column that is not there.
    """
    return _Recogniser(profiles(rows), overrides or Overrides()).mapping(hints)


class _Recogniser:
    """The columns not yet spoken for; each step takes its own out of them."""

    def __init__(self, found: dict[str, Profile], overrides: Overrides) -> None:
        self._all = found
        self._overrides = overrides
        self._check_overrides()
        self._dropped = [Dropped(source=c, reason="you skipped it") for c in overrides.skip]
        fixed = {*overrides.skip, *overrides.types, *overrides.roles}
        self._free = {n: p for n, p in found.items() if n not in fixed}

    def mapping(self, hints: Sequence[str]) -> Mapping:
        types = [p.texts[0] for p in self._all.values() if p.key == "type" and p.distinct == 1]
        title = self._title()
        identifier = self._id(title)
        image = self._image()
        url = self._url()
        text = self._text()
        columns = self._columns()
        return Mapping(
            title=title,
            id=identifier,
            id_parts=() if identifier else self._id_parts(title, columns),
            text=text,
            url=url,
            image=image,
            columns=columns,
            dropped=tuple(self._dropped),
            noun=self._overrides.noun or names.noun_of(*types, *hints),
        )

    def _check_overrides(self) -> None:
        for column in self._overrides.named():
            if column not in self._all:
                close = difflib.get_close_matches(column, self._all, 1, 0.6)
                meant = f"; did you mean {close[0]!r}?" if close else ""
                known = ", ".join(self._all)
                raise SourceError(f"there is no column {column!r}{meant} The columns are: {known}")

    def _take(self, column: str) -> str:
        self._free.pop(column, None)
        return column

    def _title(self) -> str:
        if self._overrides.title:
            return self._take(self._overrides.title)
        for column in self._closest(names.TITLE):
            is_text = not column.is_number or column.key in names.TITLE[:2]
            if is_text and column.filled >= 0.5 and column.length <= 300 and column.unique >= 0.3:
                return self._take(column.name)
        known = ", ".join(self._all) or "none"
        raise SourceError(
            f"no column looks like the items' title; name it with --title COLUMN (columns: {known})"
        )

    def _id(self, title: str) -> str:
        if self._overrides.id:
            return self._take(self._overrides.id)
        exact = [p for p in self._closest(names.ID) if p.key in names.ID]
        other = [p for p in self._free.values() if p.key.endswith(" id")]
        for column in (*exact, *other):
            # A file may list an item twice, but not give one id to items of many titles.
            alike = column.key in names.ID and column.distinct >= 0.95 * self._all[title].distinct
            if (column.unique >= 0.95 or alike) and column.filled >= 0.98:
                return self._take(column.name)
        return ""

    def _image(self) -> str:
        images = [p for p in self._closest(names.IMAGE) if p.is_url]
        return self._one_of(images, self._overrides.image, "another image")

    def _url(self) -> str:
        links = [p for p in self._closest(names.URL) if p.is_url]
        return self._one_of(links, self._overrides.url, "another web address")

    def _one_of(self, columns: list[Profile], given: str, reason: str) -> str:
        chosen = given or next((c.name for c in columns), "")
        for column in columns:
            self._take(column.name)
            if column.name != chosen:
                self._dropped.append(Dropped(source=column.name, reason=reason))
        return self._take(chosen)

    def _text(self) -> tuple[str, ...]:
        if self._overrides.text:
            return tuple(map(self._take, self._overrides.text))
        named = [p for p in self._closest(names.TEXT) if _is_prose(p)]
        long = [
            p
            for p in self._free.values()
            if p not in named and _is_prose(p) and p.length > _LONG_TEXT and not roles_of(p)
        ]
        return tuple(self._take(p.name) for p in (*named, *long))

    def _columns(self) -> tuple[Column, ...]:
        """Recognise the rest; each attribute stands where its column stands in the source."""
        found: list[Column] = []
        for name, profile in self._all.items():
            kind, role = self._overrides.types.get(name), self._overrides.roles.get(name)
            if name in self._free or kind or role:
                column = recognise_column(profile, role, kind)
                if isinstance(column, Unused):
                    self._dropped.append(Dropped(source=name, reason=column.reason))
                else:
                    found.append(column)
        return _unique_names(self._second_roles(self._best_roles(found)))

    def _second_roles(self, columns: list[Column]) -> list[Column]:
        """Give the columns that only stand in for a role another, where the real one is there."""
        exact = {(c.attribute.role, names.key(c.source)) for c in columns}
        changed: list[Column] = []
        for column in columns:
            role = column.attribute.role
            real = {k for r, k in exact if r == role and k not in names.STAND_INS}
            stands_in = names.key(column.source) in names.STAND_INS and not self._is_given(column)
            other = Role.TAG if role == Role.GENRE else Role.OTHER
            changed.append(_with_role(column, other) if stands_in and real else column)
        return changed

    def _best_roles(self, columns: list[Column]) -> list[Column]:
        """Leave each role that is played once to the column whose name says it best."""
        best = {role: min((c for c in columns if c.attribute.role == role), key=self._claim)
                for role in {c.attribute.role for c in columns} & set(ONCE)}  # fmt: skip
        return [
            c
            if best.get(c.attribute.role, c) is c or self._is_given(c)
            else _with_role(c, Role.OTHER)
            for c in columns
        ]

    def _is_given(self, column: Column) -> bool:
        return column.source in self._overrides.roles

    def _claim(self, column: Column) -> tuple[bool, bool, float]:
        role = column.attribute.role
        close = names.closeness(column.source, names.ROLES[role])
        # A year in a column of its own is better than one that is part of a date.
        part = role == Role.YEAR and column.attribute.kind == Kind.DATE
        return not self._is_given(column), part, 9.0 if close is None else close

    def _closest(self, wanted: tuple[str, ...]) -> list[Profile]:
        scored = [(names.closeness(p.name, wanted), p) for p in self._free.values()]
        found = [(c, p) for c, p in scored if c is not None and p.values]
        return [p for _, p in sorted(found, key=lambda pair: pair[0])]

    def _id_parts(self, title: str, columns: Sequence[Column]) -> tuple[str, ...]:
        years = [c.source for c in columns if c.attribute.role == Role.YEAR]
        makers = [c.source for c in columns if c.attribute.role == Role.CREATOR]
        choices = ((title, *years), (title, *years, *makers[:1]))
        return next((c for c in choices if self._tell_apart(c)), choices[-1])

    def _tell_apart(self, columns: Sequence[str]) -> bool:
        values = [self._all[c].values for c in columns]
        if len({len(v) for v in values}) > 1:
            values = values[:1]
        keys = list(zip(*([text_of(v) for v in column] for column in values), strict=True))
        return len(set(keys)) >= 0.995 * len(keys)


def _is_prose(column: Profile) -> bool:
    return not column.is_number and not column.is_literal_list and not column.is_url


def _with_role(column: Column, role: Role) -> Column:
    attribute = column.attribute.model_copy(update={"role": role})
    return column.model_copy(update={"attribute": attribute})


def _unique_names(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Shorten the names of nested columns where they stay apart, number those two share."""
    short = Counter(c.source.rsplit(NESTED, 1)[-1] for c in columns)
    taken: set[str] = set()
    unique: list[Column] = []
    for column in columns:
        inner = column.source.rsplit(NESTED, 1)[-1]
        base = name = names.attribute_name(inner) if short[inner] == 1 else column.attribute.name
        number = 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        attribute = column.attribute.model_copy(update={"name": name})
        unique.append(column.model_copy(update={"attribute": attribute}))
    return tuple(unique)
