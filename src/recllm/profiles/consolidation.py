"""Keeping a long profile short: near-duplicates become one, many items of a sort become a taste.

Nothing is lost: what is merged stays in the history, with what took its place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from recllm.facts import Action, Change, Fact, FactKind, FactOrigin, Scope
from recllm.profiles.change import NEAR
from recllm.profiles.subjects import subject_of
from recllm.protocols import Encoder
from recllm.text import listing
from recllm.types import Concept

ENOUGH = 5
"""Items with one trait in common that make a taste."""

_NAMED = 3
_VERB = re.compile(r"^(?:Liked?s?|Loves?|Turned down|Does not like) ")
_TASTES = {FactKind.LIKE: "Often likes", FactKind.DISLIKE: "Often does not like"}


async def consolidate(facts: Sequence[Fact], encoder: Encoder, now: datetime) -> tuple[Change, ...]:
    """Return the changes that make a profile shorter without changing what it says.

    What the person edited is left alone, and so is what is about somebody else or one
    conversation.

    Args:
        facts: those that hold now.
        encoder: finds the same said in other words.
        now: when the new facts are made.
    """
    open_to = [
        f for f in facts
        if f.scope is Scope.ALWAYS and f.origin is not FactOrigin.EDITED and f.expires is None
    ]  # fmt: skip
    tastes = [*_tastes([f for f in open_to if f.items], now)]
    gone = {i for change in tastes for i in change.ends}
    return (*tastes, *await _duplicates([f for f in open_to if f.id not in gone], encoder, now))


def _tastes(facts: Sequence[Fact], now: datetime) -> list[Change]:
    """Make a taste of the items with the commonest trait, then of those left over."""
    changes: list[Change] = []
    left = [f for f in facts if f.kind in _TASTES and f.origin is FactOrigin.REACTION]
    while left:
        by_trait: dict[tuple[FactKind, str, str, str], list[Fact]] = defaultdict(list)
        for fact in left:
            for concept in fact.concepts:
                by_trait[fact.kind, fact.catalog, concept.attribute, concept.text].append(fact)
        trait, members = max(
            by_trait.items(), key=lambda pair: (len(pair[1]), pair[0]), default=(None, [])
        )
        if trait is None or len(members) < ENOUGH:
            break
        changes.append(_taste(trait[0], Concept(text=trait[3], attribute=trait[2]), members, now))
        left = [f for f in left if f not in members]
    return changes


def _taste(kind: FactKind, trait: Concept, members: Sequence[Fact], now: datetime) -> Change:
    newest = max(members, key=lambda f: f.at)
    titles = [_VERB.sub("", f.text).rstrip(".") for f in members]
    named = listing(titles[:_NAMED]) + (
        f" and {len(titles) - _NAMED} more" if titles[_NAMED:] else ""
    )
    sign = -1 if kind is FactKind.DISLIKE else 1
    fact = Fact(
        text=f"{_TASTES[kind]} {trait.text} ({named}).",
        kind=kind,
        strength=min(0.9, 0.5 + 0.05 * len(members)),
        evidence=newest.evidence,
        session=newest.session,
        turn=newest.turn,
        at=now,
        origin=FactOrigin.REACTION,
        catalog=newest.catalog,
        items=tuple(dict.fromkeys(i for f in members for i in f.items)),
        concepts=(trait.model_copy(update={"sign": sign}),),
    )
    why = f"{len(members)} reactions to items with {trait.text!r} say it together"
    return Change(action=Action.MERGE, fact=fact, ends=tuple(f.id for f in members), reason=why)


async def _duplicates(facts: Sequence[Fact], encoder: Encoder, now: datetime) -> list[Change]:
    said = [f for f in facts if not f.items]
    if len(said) < 2:
        return []
    vectors = await encoder.encode([f.text for f in said])
    close = vectors @ vectors.T >= NEAR
    changes: list[Change] = []
    merged: set[int] = set()
    for newest in range(len(said) - 1, -1, -1):
        same = [
            int(n) for n in np.flatnonzero(close[newest, :newest])
            if n not in merged and _say_the_same(said[newest], said[int(n)])
        ]  # fmt: skip
        if newest in merged or not same:
            continue
        merged.update(same)
        olds = [said[n] for n in same]
        changes.append(_merged(said[newest], olds))
    return changes


def _say_the_same(one: Fact, other: Fact) -> bool:
    return one.kind is other.kind and subject_of(one).polarity == subject_of(other).polarity


def _merged(newest: Fact, olds: Sequence[Fact]) -> Change:
    """Put one fact, as it was said last, in the place of all."""
    from recllm.facts import new_id

    strength = max(newest.strength, *(f.strength for f in olds))
    fact = newest.model_copy(update={"id": new_id(), "strength": strength})
    ends = (*(f.id for f in olds), newest.id)
    return Change(action=Action.MERGE, fact=fact, ends=ends, reason="they say the same")
