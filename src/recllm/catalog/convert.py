"""Rows as items, by a mapping. A cell that does not parse is left out, never the whole row."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator

from recllm.catalog.cells import (
    DURATIONS,
    boolean_of,
    date_of,
    is_missing,
    minutes_of,
    number_of,
    text_of,
    year_of,
)
from recllm.catalog.languages import language_of
from recllm.catalog.lists import names_of
from recllm.catalog.mapping import Column, Mapping, Reading
from recllm.catalog.rows import BadRow, Converted, Numbered, Read, Row
from recllm.types import AttributeValue, Item, Kind, Role

LONGEST_TITLE = 500
LONGEST_ID = 200
LONGEST_TEXT = 20_000
_FREE = ("free", "gratis")


def convert(rows: Iterable[Read], mapping: Mapping) -> Iterator[Converted]:
    """Turn ``rows`` into items; a row that has no title becomes a ``BadRow`` that says so."""
    taken: dict[str, str] = {}
    for row in rows:
        if isinstance(row, BadRow):
            yield row
            continue
        try:
            title = text_of(row.values.get(mapping.title))
        except RecursionError:
            title = ""
        if not title:
            yield BadRow(line=row.line, reason=f"no title: column {mapping.title!r} is empty")
            continue
        yield Numbered(row.line, _item(row, title[:LONGEST_TITLE], mapping, taken))


def _item(row: Row, title: str, mapping: Mapping, taken: dict[str, str]) -> Item:
    values = row.values
    found = ((c.attribute.name, attribute_value(values.get(c.source), c)) for c in mapping.columns)
    text = "\n".join(filter(None, (text_of(values.get(c)) for c in mapping.text)))
    return Item(
        id=_id(row, mapping, taken),
        title=title,
        text=text[:LONGEST_TEXT],
        url=link_of(values.get(mapping.url)),
        image=link_of(values.get(mapping.image)),
        attributes={name: value for name, value in found if value is not None},
    )


def _id(row: Row, mapping: Mapping, taken: dict[str, str]) -> str:
    """Return the id in the row, or one made of its title, year and, where needed, maker.

    A made id that another row has already is told apart by the row's content, so that only a
    row that says the same again is a duplicate.
    """
    given = text_of(row.values.get(mapping.id))[:LONGEST_ID] if mapping.id else ""
    if given:
        return given
    years = {c.source: c for c in mapping.columns if c.attribute.role == Role.YEAR}
    content = _digest(repr(sorted((k, text_of(v)) for k, v in row.values.items())))
    parts = (_part(row.values.get(p), years.get(p)) for p in mapping.id_parts)
    made = slug(" ".join(parts)) or content
    if taken.setdefault(made, content) == content:
        return made
    return f"{made}-{content[:8]}"


def _part(value: object, column: Column | None) -> str:
    """Return a cell's part of an id; of a date only its year, which is what people say."""
    if column is None:
        return text_of(value)
    year = attribute_value(value, column)
    return year[:4] if isinstance(year, str) else text_of(year)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def slug(text: str) -> str:
    """Return ``text`` as an id: ASCII where it can be, words joined by hyphens.

    >>> slug("Amélie (2001)")
    'amelie-2001'
    """
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return "-".join(re.findall(r"[^\W_]+", plain.replace("'", "")))[:100].strip("-")


def link_of(value: object) -> str:
    """Return a web address; anything else, such as "javascript:", is none."""
    first = value[0] if isinstance(value, list | tuple) and value else value
    text = first.strip() if isinstance(first, str) else ""
    text = f"https:{text}" if text.startswith("//") else text
    safe = re.fullmatch(r"https?://[^\s<>\"']+", text, re.IGNORECASE)
    return text if safe and len(text) <= 2000 else ""


def attribute_value(value: object, column: Column) -> AttributeValue | None:
    """Return a cell as the value of its column's attribute; None where it does not parse."""
    if is_missing(value):
        return None
    match column.attribute.kind:
        case Kind.NUMBER:
            return _number(value, column)
        case Kind.BOOLEAN:
            return boolean_of(value)
        case Kind.DATE:
            return date_of(value, column.reading)
        case Kind.LIST:
            return _names(value, column) or None
        case Kind.CATEGORY:
            names = _names(value, column)
            return names[0] if names else None
        case _:
            return text_of(value)[:LONGEST_TITLE] or None


def _number(value: object, column: Column) -> float | None:
    if column.reading == Reading.YEAR:
        return year_of(value)
    if column.reading in DURATIONS:
        return minutes_of(value, column.reading)
    if column.attribute.role == Role.PRICE and text_of(value).lower() in _FREE:
        return 0.0
    return number_of(value)


def _names(value: object, column: Column) -> tuple[str, ...]:
    names = names_of(value, column.separator)
    if column.reading == Reading.LANGUAGE_CODE:
        return tuple(dict.fromkeys(language_of(n) or n for n in names))
    return names
