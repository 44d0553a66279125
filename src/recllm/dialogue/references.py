"""What "the second one", "that", "the Kubrick one" and "the shortest" refer to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from recllm.catalog.vocabulary import figure_of
from recllm.dialogue.cues import cues
from recllm.text import normalise, words
from recllm.types import Attribute, Item, Kind, Role, Schema

_ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4,
    "frist": 1, "secnd": 2, "thrid": 3,
    "fifth": 5, "5th": 5, "sixth": 6, "6th": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "top": 1,
}  # fmt: skip
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_WORDINGS = cues("references")
_MEANING: dict[str, tuple[Role, ...]] = {
    "came out": (Role.YEAR,),
    "thi": (Role.LENGTH, Role.DURATION),
    "brief": (Role.DURATION, Role.LENGTH),
    "fewest": (Role.POPULARITY,),
    "most views": (Role.POPULARITY,),
    "most watched": (Role.POPULARITY,),
    "least known": (Role.POPULARITY,),
    "best known": (Role.POPULARITY,),
    "pricie": (Role.PRICE,),
    "short": (Role.DURATION, Role.LENGTH), "long": (Role.DURATION, Role.LENGTH),
    "old": (Role.YEAR,), "earl": (Role.YEAR,), "new": (Role.YEAR,), "late": (Role.YEAR,),
    "most recent": (Role.YEAR,), "cheap": (Role.PRICE,), "most expensive": (Role.PRICE,),
    "dear": (Role.PRICE,), "most popular": (Role.POPULARITY,), "least popular": (Role.POPULARITY,),
    "highest": (Role.RATING,), "best": (Role.RATING,), "lowest": (Role.RATING,),
}  # fmt: skip


class Reference(NamedTuple):
    """Items of the last slate that ``message[start:end]`` means, and how it was said.

    ``how`` is "number", "all", "that", "described" or "superlative"; "missing" where the slate has
    no such number (then there are no ids).
    """

    ids: tuple[str, ...]
    start: int
    end: int
    how: str


def find_references(
    message: str, slate: Sequence[Item], focus: Item | None, schema: Schema
) -> list[Reference]:
    """Resolve what ``message`` refers to among the items of the last slate.

    Args:
        message: what the person said.
        slate: the items last shown, in order.
        focus: the item last spoken about; what "it" and "that one" mean.
        schema: tells which column "the shortest" compares.
    """
    references: list[Reference] = []
    if slate:
        for reader in (_superlatives, _numbers, _described, _all):
            for found in reader(message, slate, schema):
                if all(found.end <= r.start or found.start >= r.end for r in references):
                    references.append(found)
    if not references:
        references += _that(message, slate, focus)
    return sorted(references, key=lambda r: r.start)


def _numbers(message: str, slate: Sequence[Item], schema: Schema) -> list[Reference]:
    found: list[Reference] = []
    for match in _WORDINGS["ordinal"].finditer(message):
        word = next((match[f"word{n}"] for n in ("", 2, 3, 4, 5) if match[f"word{n}"]), None)
        if match["word4"] and not found:
            continue  # "And second" goes on with a first.
        digit = (match["digit"] or match["digit2"] or "").lower()
        place = _ORDINALS[word.lower()] if word else _NUMBERS.get(digit) or int(digit)
        many = (match["many"] or "1").strip().lower()
        count = _NUMBERS.get(many) or int(many)
        ids = tuple(i.id for i in slate[place - 1 : place - 1 + count])
        found.append(Reference(ids, *match.span(), "number" if ids else "missing"))
    for match in _WORDINGS["last"].finditer(message):
        last = slate[-2:] if "two" in match.group() else slate[-1:]
        found.append(Reference(tuple(i.id for i in last), *match.span(), "number"))
    for match in _WORDINGS["middle"].finditer(message):
        found.append(Reference((slate[len(slate) // 2].id,), *match.span(), "number"))
    bare = _WORDINGS["bare"].match(message)
    if bare and not found:
        places = [int(d) for d in (bare["a"], bare["b"]) if d]
        ids = tuple(slate[p - 1].id for p in places if 0 < p <= len(slate))
        how = "number" if ids else "missing"
        found.append(Reference(ids, bare.start("a"), bare.end(), how))
    return found


def superlative(text: str, schema: Schema) -> tuple[Attribute, bool] | None:
    """Return the attribute that "longest" or "older" compares, and whether the highest is meant."""
    match = _WORDINGS["superlative"].search(text)
    if match is None:
        return None
    word = match.group().lower()
    roles = next(r for stem, r in _MEANING.items() if word.startswith(stem))
    usable = [a for a in schema.having(*roles) if a.kind in (Kind.NUMBER, Kind.DATE)]
    return (usable[0], bool(match["high"] or match["high2"] or match["high3"])) if usable else None


def extreme(items: Sequence[Item], attribute: Attribute, highest: bool) -> Item | None:
    """Return the item with the highest or lowest value of ``attribute``."""
    measured = [(v, i) for i in items if (v := figure_of(i, attribute)) is not None]
    if not measured:
        return None
    best = max(v for v, _ in measured) if highest else min(v for v, _ in measured)
    return next(i for v, i in measured if v == best)


def _superlatives(message: str, slate: Sequence[Item], schema: Schema) -> list[Reference]:
    found: list[Reference] = []
    for match in _WORDINGS["the_superlative"].finditer(message):
        compared = superlative(match.group(), schema)
        among, end = _among(message, match.end(), slate, schema)
        item = extreme(among, *compared) if compared else None
        if item:
            found.append(Reference((item.id,), match.start(), end, "superlative"))
    return found


def _among(
    message: str, start: int, slate: Sequence[Item], schema: Schema
) -> tuple[Sequence[Item], int]:
    """Return the items that "the older of the first two" chooses from, and where it ends."""
    match = _WORDINGS["among"].match(message, start)
    named = [r for r in _numbers(match.group(), slate, schema) if r.ids] if match else []
    ids = {i for r in named for i in r.ids}
    if match is None or not ids:
        return slate, start
    return [i for i in slate if i.id in ids], match.start() + max(r.end for r in named)


_FUNCTION = {
    "with", "about", "by", "from", "starring", "set", "in", "where", "which", "the", "a",
    "directed", "of", "and", "that", "is",
}  # fmt: skip
_EMPTY = {
    "other",
    "another",
    "same",
    "next",
    "new",
    "right",
    "good",
    "best",
    "only",
    "one",
    "whole",
}


def _described(message: str, slate: Sequence[Item], schema: Schema) -> list[Reference]:
    """Resolve "the Kubrick one" and "the one about the miner" by the words of the records."""
    found: list[Reference] = []
    for match in _WORDINGS["described"].finditer(message):
        said = words(f"{match['words'] or ''} {match['tail'] or ''} {match['tail2'] or ''}")
        wanted = [w for w in said if w not in _FUNCTION and w not in _ORDINALS]
        if not wanted or set(wanted) & _EMPTY:
            continue
        scores = [(_overlap(wanted, item), -n, item) for n, item in enumerate(slate)]
        best, _, item = max(scores, key=lambda s: s[:2])
        if best >= 0.5:
            found.append(Reference((item.id,), *match.span(), "described"))
    return found


def _overlap(wanted: Sequence[str], item: Item) -> float:
    """Share of the wanted words in the item's record; names count by their start ("French")."""
    parts = [item.title, item.text]
    for value in item.attributes.values():
        parts += value if isinstance(value, tuple) else [str(value)]
    record = set(words(" ".join(parts)))
    stems = {w[:4] for w in record if len(w) > 4}
    hits = [1.0 if w in record else 0.9 * (len(w) > 4 and w[:4] in stems) for w in wanted]
    return sum(hits) / len(hits)


def _all(message: str, slate: Sequence[Item], schema: Schema) -> list[Reference]:
    return [
        Reference(tuple(i.id for i in slate), *m.span(), "all")
        for m in _WORDINGS["all"].finditer(message)
    ]


def _that(message: str, slate: Sequence[Item], focus: Item | None) -> list[Reference]:
    item = focus or (slate[0] if slate else None)
    match = _WORDINGS["that"].search(message)
    return [Reference((item.id,), *match.span(), "that")] if item and match else []


def title_in(message: str, items: Sequence[Item]) -> list[Item]:
    """Return the items whose title, or a clear part of it, stands in ``message``."""
    said = f" {normalise(message)} "
    found = []
    for item in items:
        key = normalise(item.title)
        short = re.sub(r"^(?:the|a|an) ", "", key)
        if f" {key} " in said or (len(short) > 3 and f" {short} " in said):
            found.append(item)
    return found
