"""The texts of an item that are searched: what the encoder reads and what BM25 reads."""

from __future__ import annotations

from collections.abc import Iterator

from recllm.text import shorten
from recllm.types import Attribute, AttributeValue, Item, Kind, Role, Schema

DOCUMENT_LENGTH = 1000
"""Characters of a document; the encoder reads at most 256 tokens of it."""
SEARCH_LENGTH = 20_000
DOCUMENT_VERSION = 1
"""Raise it when ``document`` or ``search_text`` changes: catalogues are then encoded anew."""

_LEADING = (Role.GENRE, Role.TAG, Role.CREATOR, Role.PERFORMER, Role.COUNTRY, Role.LANGUAGE)
_PREFIX = {Role.CREATOR: "by ", Role.PERFORMER: "with ", Role.LANGUAGE: "in "}
_MOST_NAMES = {Role.TAG: 12, Role.PERFORMER: 4, Role.CREATOR: 4}


def document(item: Item, schema: Schema) -> str:
    """Return what the encoder reads of ``item``: title, the attributes that matter, text.

    >>> from recllm.types import Attribute
    >>> genres = Attribute(name="genres", kind=Kind.LIST, role=Role.GENRE)
    >>> moon = Item(id="1", title="Moon", text="Alone.", attributes={"genres": ("Drama", "SF")})
    >>> document(moon, Schema(attributes=(genres,)))
    'Moon. Drama, SF. Alone.'
    """
    year = next(_years(item, schema), "")
    parts = [f"{item.title} ({year})" if year else item.title]
    others = tuple(a for a in schema.attributes if a.role == Role.OTHER)
    for attribute in (*schema.having(*_LEADING), *others):
        names = _names(item.attributes.get(attribute.name), attribute)
        if names:
            parts.append(_PREFIX.get(attribute.role, "") + ", ".join(names))
    return shorten(
        ". ".join([*parts, item.text]) if item.text else ". ".join(parts), DOCUMENT_LENGTH
    )


def search_text(item: Item, schema: Schema) -> str:
    """Return what BM25 reads of ``item``: title, names, years and the text in full."""
    parts = [item.title, *_years(item, schema)]
    for attribute in schema.attributes:
        value = item.attributes.get(attribute.name)
        if isinstance(value, tuple):
            parts.extend(value)
        elif isinstance(value, str) and attribute.kind != Kind.DATE:
            parts.append(value)
    return "\n".join([*parts, item.text])[:SEARCH_LENGTH]


def _years(item: Item, schema: Schema) -> Iterator[str]:
    for attribute in schema.having(Role.YEAR):
        value = item.attributes.get(attribute.name)
        if isinstance(value, str) and value:
            yield value[:4]
        elif isinstance(value, float) and value == value // 1:
            yield str(int(value))


def _names(value: AttributeValue | None, attribute: Attribute) -> tuple[str, ...]:
    if attribute.kind == Kind.CATEGORY and isinstance(value, str):
        return (value,)
    if attribute.kind == Kind.LIST and isinstance(value, tuple):
        return value[: _MOST_NAMES.get(attribute.role, 8)]
    return ()
