"""What an item's record holds of what was wished: the literal checks that scores rest on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from recllm.catalog.filters import holds
from recllm.catalog.vocabulary import names_of
from recllm.text import normalise, words
from recllm.types import Concept, Constraint, Evidence, Item, Kind, Op, Role, Schema, State


class Checks(NamedTuple):
    """How an item answers the wishes.

    ``met`` and ``missed`` are the groups of wanted concepts that the record holds or lacks, by
    the user's words; ``held`` are the conditions that hold; ``shared`` what it has in common with
    the items it should be like; ``refused`` the unwanted things it has all the same.
    """

    met: tuple[Evidence, ...]
    missed: tuple[str, ...]
    held: tuple[Constraint, ...]
    failed: tuple[Constraint, ...]
    shared: tuple[Evidence, ...]
    refused: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Share of the wanted concepts that are met; None if none is wanted."""
        groups = len(self.met) + len(self.missed)
        return len(self.met) / groups if groups else None


def check(item: Item, state: State, schema: Schema, examples: Sequence[Item] = ()) -> Checks:
    """Check ``item`` against the state's wishes; ``examples`` are what it should be like."""
    met: list[Evidence] = []
    missed: list[str] = []
    for group in _groups([c for c in state.concepts if c.sign > 0]):
        evidence = next((e for c in group if (e := has(item, c))), None)
        if evidence:
            met.append(evidence)
        else:
            missed.append(group[0].words or group[0].text)
    conditions = [(c, holds(item, c, schema)) for c in state.where]
    return Checks(
        met=tuple(dict.fromkeys(met)),
        missed=tuple(dict.fromkeys(missed)),
        held=tuple(c for c, ok in conditions if ok and c.op is not Op.NE),
        failed=tuple(c for c, ok in conditions if not ok),
        shared=tuple(_shared(item, examples, schema)),
        refused=tuple(c.text for c in state.concepts if c.sign < 0 and has(item, c)),
    )


def _groups(concepts: Sequence[Concept]) -> list[list[Concept]]:
    """Group concepts that are alternatives of one another: those of the same words."""
    groups: dict[str, list[Concept]] = {}
    for concept in concepts:
        groups.setdefault(normalise(concept.words or concept.text), []).append(concept)
    return list(groups.values())


def has(item: Item, concept: Concept) -> Evidence | None:
    """Return where the record holds the concept: in its column, else in any list, else in words."""
    key = _key(concept.text)
    for name, value in item.attributes.items():
        if concept.attribute and name != concept.attribute:
            continue
        for entry in value if isinstance(value, tuple) else (value,):
            if isinstance(entry, str) and _key(entry) == key:
                return Evidence(attribute=name, value=entry)
    if concept.attribute:
        return None
    record = _record(item.title, item.text)
    if key and (key in record or key.rstrip("s") in record or f"{key}s" in record):
        return Evidence(attribute="text", value=concept.text)
    return None


# The same few hundred names and the same sixty records are looked at for every concept of a turn.
def _key(name: str) -> str:
    return _short_key(name) if len(name) <= _LONGEST_NAME else normalise(name)


_LONGEST_NAME = 100


@lru_cache(maxsize=16_384)
def _short_key(name: str) -> str:
    return normalise(name)


@lru_cache(maxsize=256)
def _record(title: str, text: str) -> frozenset[str]:
    return frozenset(words(f"{title} {text}"))


_TELLING = (Role.TAG, Role.CREATOR, Role.GENRE, Role.PERFORMER)


def _shared(item: Item, examples: Sequence[Item], schema: Schema) -> list[Evidence]:
    """List values in common with an example, tags and creators before genres."""
    found: list[Evidence] = []
    for attribute in schema.having(*_TELLING):
        if attribute.kind not in (Kind.LIST, Kind.CATEGORY):
            continue
        theirs = {v for e in examples for v in names_of(e, attribute.name)}
        mine = [v for v in names_of(item, attribute.name) if v in theirs]
        found += [Evidence(attribute=attribute.name, value=v) for v in mine]
    return found
