"""Keeping a long profile short: what says no more than another fact, and many items of a sort.

Nothing is lost: what is merged stays in the history, with what took its place. Hard constraints and
what the person wrote are left alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np

from recllm.facts import Action, Change, Fact, FactKind, FactOrigin, Scope, new_id
from recllm.profiles.change import NEAR, says_no_more
from recllm.profiles.groups import KINDS, group_text, titles_in, trait_in
from recllm.profiles.subjects import subject_of
from recllm.protocols import Encoder

ENOUGH = 5
"""Items with one trait in common that are told together."""

OVER = timedelta(days=30)
"""After that time a conversation is over, and what was said for it alone with it."""

_USUAL = 0.6
"""Share of the items from which a trait tells nothing apart: the country of most films."""

_CLEARLY = 2
"""So many times as often as the opposite is a trait liked or refused that is a taste."""


async def consolidate(facts: Sequence[Fact], encoder: Encoder, now: datetime) -> tuple[Change, ...]:
    """Return the changes that make a profile shorter without changing what it says.

    Hard constraints and what the person edited are left alone, and so is what is about somebody
    else or holds until a day.

    Args:
        facts: those that hold now, the oldest first.
        encoder: tells how near two sentences are.
        now: when the new facts are made.
    """
    free = [
        f for f in facts
        if f.origin is not FactOrigin.EDITED and f.kind is not FactKind.CONSTRAINT
        and f.holds(now) and f.expires is None and not f.where
    ]  # fmt: skip
    lasting = [f for f in free if f.scope is Scope.ALWAYS]
    return (*_over(free, now), *_groups(lasting, now), *await _repeated(lasting, encoder))


def _over(facts: Sequence[Fact], now: datetime) -> Iterator[Change]:
    old = [f.id for f in facts if f.scope is Scope.CONVERSATION and f.at < now - OVER]
    if old:
        why = "it was said for one conversation, which is over"
        yield Change(action=Action.WITHDRAW, ends=tuple(old), reason=why)


# ── Many items ───────────────────────────────────────────────────────────────────────────────


def _groups(facts: Sequence[Fact], now: datetime) -> Iterator[Change]:
    """Tell the reactions to single items together, by kind and by what the items share."""
    reactions: dict[tuple[str, FactKind], list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.items and fact.origin is FactOrigin.REACTION and titles_in(fact):
            reactions[fact.catalog, fact.kind].append(fact)
    for (catalog, kind), members in sorted(reactions.items()):
        if kind is FactKind.POSSESSION:
            yield from _group(kind, "", members, now)
        elif kind in KINDS:
            opposite = FactKind.DISLIKE if kind is FactKind.LIKE else FactKind.LIKE
            yield from _by_trait(kind, members, reactions.get((catalog, opposite), ()), now)


def _by_trait(
    kind: FactKind, left: list[Fact], opposite: Sequence[Fact], now: datetime
) -> Iterator[Change]:
    """Begin with the trait of most items that not nearly all of them have."""
    against, most = _counts(opposite), _USUAL * _size(left)
    usual = {trait for trait, count in _counts(left).items() if count > most}
    for passed_over in (usual, set[str]()):
        while left:
            counts = {t: n for t, n in _counts(left).items() if t not in passed_over}
            trait = max(counts, key=lambda t: (counts[t], t), default="")
            members = [f for f in left if trait in _traits(f)]
            if counts.get(trait, 0) < ENOUGH or len(members) < 2:
                break
            telling = counts[trait] >= _CLEARLY * against[trait] and trait not in usual
            yield from _group(kind, trait, members, now, telling=telling)
            left = [f for f in left if f not in members]


def _group(
    kind: FactKind,
    trait: str,
    members: Sequence[Fact],
    now: datetime,
    *,
    telling: bool = False,
) -> Iterator[Change]:
    items = tuple(dict.fromkeys(i for f in members for i in f.items))
    if len(members) < 2 or len(items) < ENOUGH:
        return
    newest = max(members, key=lambda f: f.at)
    titles = list(dict.fromkeys(t for f in reversed(members) for t in titles_in(f)))
    concept = next((c for f in members for c in f.concepts if c.text == trait), None)
    fact = newest.model_copy(
        update={
            "id": new_id(),
            "text": group_text(kind, len(items), trait, titles),
            "strength": max(f.strength for f in members),
            "at": now,
            "items": items,
            "concepts": (concept,) if concept and telling else (),
        }
    )
    why = f"{len(members)} reactions told together"
    yield Change(action=Action.MERGE, fact=fact, ends=tuple(f.id for f in members), reason=why)


def _traits(fact: Fact) -> set[str]:
    told = trait_in(fact)
    return {told} if told else {c.text for c in fact.concepts}


def _counts(facts: Sequence[Fact]) -> Counter[str]:
    """Count the items by trait."""
    counted: Counter[str] = Counter()
    for fact in facts:
        for trait in _traits(fact):
            counted[trait] += len(fact.items)
    return counted


def _size(facts: Sequence[Fact]) -> int:
    return sum(len(f.items) for f in facts)


# ── The same said again ──────────────────────────────────────────────────────────────────────


async def _repeated(facts: Sequence[Fact], encoder: Encoder) -> list[Change]:
    """Merge what says no more than another fact into that one."""
    said = [f for f in facts if not f.items]
    if len(said) < 2:
        return []
    vectors = await encoder.encode([f.text for f in said])
    close = vectors @ vectors.T >= NEAR
    changes: list[Change] = []
    merged: set[int] = set()
    # The one that says most comes first; of those that say the same, the newest.
    for keeps in sorted(range(len(said)), key=lambda n: (-len(subject_of(said[n]).content), -n)):
        less = [
            int(n) for n in np.flatnonzero(close[keeps])
            if n != keeps and n not in merged and says_no_more(said[int(n)], said[keeps])
        ]  # fmt: skip
        if keeps not in merged and less:
            merged.update((*less, keeps))
            changes.append(_merged(said[keeps], [said[n] for n in less]))
    return changes


def _merged(kept: Fact, less: Sequence[Fact]) -> Change:
    strength = max(kept.strength, *(f.strength for f in less))
    fact = kept.model_copy(update={"id": new_id(), "strength": strength})
    ends = (*(f.id for f in less), kept.id)
    return Change(action=Action.MERGE, fact=fact, ends=ends, reason="they say the same")
