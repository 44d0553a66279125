"""Conditions that the catalogue cannot execute, because it has no such column: they are said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from recllm.catalog.aliases import PEOPLES
from recllm.dialogue.cues import cues
from recllm.dialogue.lexicon import Lexicon
from recllm.text import normalise, windows
from recllm.types import Kind, Role, Schema

_WORDINGS = cues("columns")
_NEEDED: dict[str, tuple[Role, ...]] = {
    "price": (Role.PRICE,),
    "duration": (Role.DURATION,),
    "length": (Role.LENGTH,),
    "rating": (Role.RATING,),
    "year": (Role.YEAR,),
    "language": (Role.LANGUAGE,),
}
_CALLED = {
    "price": "prices",
    "duration": "how long anything takes",
    "length": "page counts",
    "rating": "ratings",
    "year": "years",
    "language": "languages",
    "country": "countries",
}
_NAMES = {normalise(n) for options in PEOPLES.values() for option in options for n in option}


class Lack(NamedTuple):
    """What the catalogue does not record, and the words that asked for it."""

    what: str
    words: str


def read_lacking(
    message: str, lexicon: Lexicon, taken: Sequence[tuple[int, int]] = ()
) -> tuple[Lack, ...]:
    """Return the conditions of ``message`` that need a column which the catalogue lacks.

    Args:
        message: what the person said.
        lexicon: the catalogue's columns and words.
        taken: stretches that were understood otherwise (titles, values, figures).
    """
    found = [*_columns(message, lexicon.schema, taken), *_places(message, lexicon, taken)]
    return tuple({lack.what: lack for lack in found}.values())


def _columns(message: str, schema: Schema, taken: Sequence[tuple[int, int]]) -> Iterator[Lack]:
    for what, roles in _NEEDED.items():
        if any(a.kind is not Kind.TEXT for a in schema.having(*roles)):
            continue
        match = _WORDINGS[f"lacking {what}"].search(message)
        if match and not any(a < match.end() and match.start() < b for a, b in taken):
            yield Lack(_CALLED[what], match.group().strip())


def _places(message: str, lexicon: Lexicon, taken: Sequence[tuple[int, int]]) -> Iterator[Lack]:
    """Find "in Spanish" and "made in Germany" where no column tells languages or countries."""
    named = (Kind.CATEGORY, Kind.LIST)
    for role, cue, what in (
        (Role.LANGUAGE, "in", "language"),
        (Role.COUNTRY, "from", "country"),
    ):
        if any(a.kind in named for a in lexicon.schema.having(role)):
            continue
        for window in windows(message, 2):
            known = window.key in PEOPLES or window.key in _NAMES
            free = not any(a < window.end and window.start < b for a, b in taken)
            if known and free and _WORDINGS[cue].search(message[: window.start]):
                yield Lack(_CALLED[what], message[window.start : window.end])
