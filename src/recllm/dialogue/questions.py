"""Questions about an item: which field is asked for, and the answer read from the record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.mentions import find_terms
from recllm.types import Attribute, Item, Role, Schema

ABOUT = "text"
"""The field name of "what is it about?": the item's text."""

_FIELDS: tuple[tuple[str, tuple[Role, ...]], ...] = (
    (r"\bwho (?:directed|made|wrote|authored|created|is the (?:director|author|writer|speaker))|\b(?:director|directed by|author|speaker|whose (?:film|movie|book|talk))\b|\bwho(?:['’]s| is) (?:behind|speaking|talking)|\bwho (?:speaks|talks|gave|gives)|\bwho(?:['’]s it| is it) by\b|\bby whom", (Role.CREATOR,)),
    (r"\bwho(?:['’]s| is| else is| are|s)?\s+(?:\w+\s+)?(?:in|starring|acting|playing)\b|\bwho (?:stars|acts|plays|played)|\b(?:cast|actors?|actress(?:es)?|stars? in|starring)\b", (Role.PERFORMER,)),
    (r"\bhow long\b|\b(?:runtime|running time|duration|length)\b|\bhow many (?:minutes|hours)\b", (Role.DURATION, Role.LENGTH)),
    (r"\bhow many pages\b|\bpage count\b", (Role.LENGTH,)),
    (r"\bwhen (?:was|is|did|were)\b|\b(?:what|which) year\b|\bhow old\b|\brelease date\b|\bwhat decade\b|\bwhen['’]s\b", (Role.YEAR,)),
    (r"\b(?:what|which) languages?\b|\bin what language\b|\bsubtitles?\b|\bsubtitled\b", (Role.LANGUAGE,)),
    (r"\b(?:what|which) countr(?:y|ies)\b|\bwhere (?:is|was|does|did) (?:it|that|this|the (?:film|movie))(?: \w+)? (?:from|made|come from|shot|filmed)\b|\bwhere(?:['’]s| is) (?:it|that|this) from\b", (Role.COUNTRY,)),
    (r"\bhow much\b|\b(?:price|cost)\b", (Role.PRICE,)),
    (r"\b(?:rating|rated|score|stars)\b|\bhow (?:good|highly)\b", (Role.RATING,)),
    (r"\bhow popular\b|\bhow many (?:views|votes|ratings|people)\b|\bviews\b", (Role.POPULARITY,)),
    (r"\b(?:what|which) (?:genres?|kind|type|sort)\b|\bgenres?\b", (Role.GENRE, Role.TAG)),
    (r"\b(?:tags?|themes?|topics?)\b|\bwhat(?:['’]s| is) (?:it|that) like\b|\bwhat(?:['’]s| is) the (?:mood|tone|vibe)\b", (Role.TAG, Role.GENRE)),
)  # fmt: skip
_ABOUT = re.compile(
    r"\b(?:what(?:['’]s| is| are|s)\b.*\babout|(?:more|details?|info(?:rmation)?) (?:about|on)|tell me (?:more|about)|describe|"
    r"plot|synopsis|story|summary|what happens|what do you know about|premise)\b|\btell me more\b",
    re.IGNORECASE,
)
_INTERROGATIVE = re.compile(
    r"^\W*(?:(?:and|but|so|ok(?:ay)?|oh|wait|hmm+|well|hey|great|cool|nice|sorry)[,\s]+)*(?:who|whose|what|when|where|which|how|is|are|was|were|does|do|did|has|have|can|will|would|tell me)\b",
    re.IGNORECASE,
)
_YES_NO = re.compile(
    r"^\W*(?:(?:and|but|so|ok(?:ay)?|oh|wait|hmm+|well|hey)[,\s]+)*(?:is|are|was|were|does|do|did|has)\b",
    re.IGNORECASE,
)


class Question(NamedTuple):
    """A question on a record: ``field`` is an attribute's name, "text", or "" if none fits.

    ``values`` are the names asked about in a yes-or-no question ("is it scary?").
    """

    field: str
    values: tuple[tuple[str, str], ...] = ()


def is_interrogative(message: str) -> bool:
    """Whether ``message`` opens like a question or ends with its mark."""
    return bool(_INTERROGATIVE.match(message)) or message.rstrip().endswith("?")


def read_question(message: str, lexicon: Lexicon) -> Question | None:
    """Return what ``message`` asks of an item, or None if it asks nothing of one."""
    if not is_interrogative(message) and not _ABOUT.search(message):
        return None
    field = _named(message, lexicon.schema) or _by_role(message, lexicon.schema)
    if _ABOUT.search(message) and field is None:
        return Question(ABOUT)
    if _YES_NO.match(message) and field is None:
        terms = find_terms(message, lexicon)
        if terms:
            return Question("", tuple((t.attribute, v) for t in terms for v in t.values))
    return Question(field) if field is not None else None


def _by_role(message: str, schema: Schema) -> str | None:
    for pattern, roles in _FIELDS:
        if re.search(pattern, message, re.IGNORECASE):
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
        if text and shown < limit:
            shown += 1
            yield text
