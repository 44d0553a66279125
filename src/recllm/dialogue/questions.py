"""Questions about an item: which field is asked for, and the answer read from the record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from recllm.dialogue.cues import cues
from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.mentions import find_terms
from recllm.text import words
from recllm.types import Attribute, Constraint, Item, Op, Role, Schema

ABOUT = "text"
"""The field name of "what is it about?": the item's text."""

_FIELDS: dict[str, tuple[Role, ...]] = {
    "creator": (Role.CREATOR,),
    "performer": (Role.PERFORMER,),
    "duration": (Role.DURATION, Role.LENGTH),
    "length": (Role.LENGTH,),
    "year": (Role.YEAR,),
    "language": (Role.LANGUAGE,),
    "country": (Role.COUNTRY,),
    "price": (Role.PRICE,),
    "rating": (Role.RATING,),
    "popularity": (Role.POPULARITY,),
    "genre": (Role.GENRE, Role.TAG),
    "tag": (Role.TAG, Role.GENRE),
}
_WORDINGS = cues("questions")


class Question(NamedTuple):
    """A question on a record: ``field`` is an attribute's name, "text", or "" if none fits.

    ``values`` are the names asked about in a yes-or-no question ("is it scary?"), ``where`` the
    conditions ("is it under two hours?", "is it longer than the second?").
    """

    field: str
    values: tuple[tuple[str, str], ...] = ()
    where: tuple[Constraint, ...] = ()


def is_interrogative(message: str) -> bool:
    """Whether ``message`` opens like a question or ends with its mark."""
    opens = _WORDINGS["interrogative"].match(message) or _WORDINGS["asked later"].search(message)
    return bool(opens) or message.rstrip().endswith("?")


def is_yes_or_no(message: str) -> bool:
    """Whether ``message`` can be answered by yes or no."""
    return bool(_WORDINGS["yes or no"].match(message))


def read_question(
    message: str, lexicon: Lexicon, where: Sequence[Constraint] = ()
) -> Question | None:
    """Return what ``message`` asks of an item, or None if it asks nothing of one."""
    if not is_interrogative(message) and not _WORDINGS["about"].search(message):
        return None
    schema = lexicon.schema
    field = _named(message, schema) or _by_role(message, schema)
    if field is None and not where:
        field = _partly_named(message, schema)
    if _WORDINGS["about"].search(message) and field is None:
        return Question(ABOUT)
    if is_yes_or_no(message):
        return _yes_or_no(message, field, where, lexicon)
    return Question(field) if field is not None else None


def _yes_or_no(
    message: str, field: str | None, where: Sequence[Constraint], lexicon: Lexicon
) -> Question:
    figures = tuple(c for c in where if c.op not in (Op.EQ, Op.NE))
    if figures:
        return Question(figures[0].attribute, where=figures)
    terms = find_terms(message, lexicon)
    if terms:
        return Question("", tuple((t.attribute, v) for t in terms for v in t.values))
    return Question(field or "")


def _by_role(message: str, schema: Schema) -> str | None:
    for section, roles in _FIELDS.items():
        if _WORDINGS[section].search(message):
            found = schema.having(*roles)
            return found[0].name if found else ""
    return None


def _named(message: str, schema: Schema) -> str | None:
    """Find an attribute that the message calls by its column's name."""
    for attribute in schema.attributes:
        name = re.escape(attribute.name.replace("_", " ")).rstrip("s")
        if re.search(rf"\b{name}s?\b", message, re.IGNORECASE):
            return attribute.name
    return None


_PLAIN_PARTS = {"min", "max", "number", "total", "average", "mean", "count", "name", "full", "date"}


def _partly_named(message: str, schema: Schema) -> str | None:
    """Find an attribute by a word of its column's name: "what age is it for" of min_age."""
    said = set(words(message))
    for attribute in schema.attributes:
        parts = {p for p in attribute.name.lower().split("_") if len(p) > 2} - _PLAIN_PARTS
        if "_" in attribute.name and parts & said:
            return attribute.name
    return None


def read_value(item: Item, field: str) -> str:
    """Return the record's value as words, or "" where it has none."""
    if field == ABOUT:
        return item.text
    value = item.attributes.get(field)
    return "" if value is None else in_words(value)


def in_words(value: object) -> str:
    """Write an attribute's value as a person would.

    >>> in_words(97.0)
    '97'
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return (
            f"{value:,.0f}".replace(",", "")
            if float(value).is_integer() and value < 10000
            else f"{value:,.10g}"
        )
    if isinstance(value, tuple):
        return ", ".join(value[:-1]) + (" and " if len(value) > 1 else "") + "".join(value[-1:])
    return str(value)


def with_unit(item: Item, attribute: Attribute) -> str:
    """Write the value with its unit ("97 minutes")."""
    value = read_value(item, attribute.name)
    return f"{value} {attribute.unit}".strip() if value else ""


def facts(item: Item, schema: Schema, limit: int = 4) -> Iterator[str]:
    """Yield the facts that most describe an item, in the order in which people ask for them."""
    order = (
        Role.CREATOR,
        Role.YEAR,
        Role.DURATION,
        Role.LENGTH,
        Role.PRICE,
        Role.GENRE,
        Role.COUNTRY,
    )
    shown = 0
    for attribute in schema.having(*order):
        text = with_unit(item, attribute)
        if attribute.role is Role.YEAR:
            text = text[:4]
        if text and shown < limit:
            shown += 1
            yield text
