"""Columns that a message calls by their names: yes-or-no columns, and "more pages than that"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from recllm.catalog.vocabulary import figure_of
from recllm.dialogue.cues import cues
from recllm.dialogue.negation import is_negated, negated_stretches
from recllm.dialogue.numbers import Figure, spoken
from recllm.types import Attribute, Constraint, Item, Kind, Op, Schema

_WORDINGS = cues("columns")
_SHORTEST = 4


def read_booleans(message: str, schema: Schema) -> Iterator[Figure]:
    """Read "solo games" and "not cooperative" of columns that are true or false.

    A refusal leaves out what is true; what the record does not say passes.
    """
    stretches = negated_stretches(message)
    for attribute in schema.attributes:
        if attribute.kind is not Kind.BOOLEAN:
            continue
        for match in _called(attribute.name).finditer(message):
            start, end = match.span()
            op = Op.NE if is_negated(message, start, end, stretches) else Op.EQ
            words = match.group()
            read = Constraint(attribute=attribute.name, op=op, values=(True,), words=words)
            yield Figure(read, start, end)


@lru_cache(maxsize=256)
def _called(name: str) -> re.Pattern[str]:
    plain = re.sub(r"^(?:is|has|for) ", "", name.replace("_", " ").lower())
    if len(plain) < _SHORTEST:
        return re.compile(r"(?!)")
    said = r"[\s-]?".join(re.escape(word) for word in plain.split())
    return re.compile(rf"\b{said}\b", re.IGNORECASE)


def read_compared(message: str, base: Sequence[Item], schema: Schema) -> Iterator[Figure]:
    """Read "more pages than the last one" and "a lower rating" against the items of ``base``."""
    for attribute in schema.attributes:
        if attribute.kind is not Kind.NUMBER or not base:
            continue
        for match in _compared(attribute).finditer(message):
            values = [v for i in base if (v := figure_of(i, attribute)) is not None]
            if not values:
                continue
            op, bound = (Op.LT, min(values)) if match["less"] else (Op.GT, max(values))
            called = base[0].title if len(base) == 1 else "those"
            yield Figure(
                Constraint(
                    attribute=attribute.name,
                    op=op,
                    values=(bound,),
                    words=f"{match.group().strip()} {called}",
                    relative=True,
                ),
                *match.span(),
            )


@lru_cache(maxsize=256)
def _compared(attribute: Attribute) -> re.Pattern[str]:
    names = "|".join(re.escape(n) for n in spoken(attribute))
    less, more = _WORDINGS["less"].pattern, _WORDINGS["more"].pattern
    figure = r"(?!\s*(?:\d|an?\b|half\b|one (?:hour|minute)|two\b|[$€£]))"
    pattern = rf"\b(?:(?P<less>{less})|(?:{more}))\s+(?:{names})\s+than\b{figure}"
    return re.compile(pattern, re.IGNORECASE)
