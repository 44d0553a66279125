"""How a new fact stands to those already known: it adds, repeats, refines, contradicts or ends one.

Facts are compared by what they are about, their content words and polarity. Vectors alone put slow
films beside fast ones: they only confirm that a fact says no more than a longer one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from enum import IntEnum

from recllm.facts import Action, Change, Fact, FactKind, FactOrigin, FactStatus, Scope, new_id
from recllm.profiles.sentences import sentence
from recllm.profiles.subjects import (
    Subject,
    content_of,
    has_all_of,
    particulars,
    polarity_of,
    subject_of,
)
from recllm.protocols import Encoder
from recllm.types import Session
from recllm.unsaid import taken_back

NEAR = 0.9
"""Cosine from which a fact says the same as a longer one that has all of its words."""

_VERB = re.compile(r" (?:is|are|(?:(?:has|have|just) )?turned) ")
_TASTES = frozenset((FactKind.LIKE, FactKind.DISLIKE))
_REASONS = {
    Action.CONTRADICT: "the person said otherwise",
    Action.REFINE: "the person said it more exactly",
    Action.MERGE: "the person said it again",
}
_ASKED = "the person asked to forget it"


class Relation(IntEnum):
    """How a new fact stands to an old one, the weakest first."""

    NONE = 0
    SAME = 1
    REFINES = 2
    CONTRADICTS = 3


_ACTIONS = {
    Relation.SAME: Action.MERGE,
    Relation.REFINES: Action.REFINE,
    Relation.CONTRADICTS: Action.CONTRADICT,
}


def relation(new: Fact, old: Fact) -> Relation:
    """Return how ``new`` stands to ``old`` by their words alone.

    Facts about different people never bear on one another, nor does a fact of one conversation on
    a lasting one.
    """
    if not _comparable(new, old):
        return Relation.NONE
    one, other = subject_of(new), subject_of(old)
    if one.slot and one.slot == other.slot and _same_slot(one.slot, new, old):
        same = one.content == other.content and one.polarity == other.polarity
        return Relation.SAME if same else Relation.CONTRADICTS
    if not one.content or not other.content:
        return Relation.NONE
    if _opposed(new, old, one, other):
        return Relation.CONTRADICTS if one.content <= other.content else Relation.NONE
    if one.polarity != other.polarity or not _alike(new.kind, old.kind):
        return Relation.NONE
    if one.content == other.content:
        return Relation.SAME
    exact = FactKind.POSSESSION in (new.kind, old.kind) and " seen " in f" {new.text} "
    return Relation.REFINES if other.content < one.content and not exact else Relation.NONE


def _comparable(new: Fact, old: Fact) -> bool:
    if new.scope is not old.scope or new.about.casefold() != old.about.casefold():
        return False
    if new.items and old.items and not set(new.items) & set(old.items):
        return False
    return new.scope is not Scope.CONVERSATION or new.session == old.session


def _same_slot(slot: str, new: Fact, old: Fact) -> bool:
    """Whether a slot that there may be several of is one and the same ("favourite genre is")."""
    if slot not in ("favourite", "children"):
        return True
    one, other = (_VERB.split(f.text)[0].casefold() for f in (new, old))
    return one == other


def _opposed(new: Fact, old: Fact, one: Subject, other: Subject) -> bool:
    if {new.kind, old.kind} == _TASTES:
        return True
    return new.kind is old.kind and new.kind not in _TASTES and one.polarity != other.polarity


def _alike(new: FactKind, old: FactKind) -> bool:
    return new is old or not ({new, old} & _TASTES)


async def propose(
    facts: Sequence[Fact], known: Sequence[Fact], encoder: Encoder | None = None
) -> tuple[Change, ...]:
    """Return the changes that new ``facts`` make to those ``known``, which hold now.

    Args:
        facts: in the order in which they were said: a later one may end an earlier one.
        known: the facts that hold.
        encoder: finds what says no more than a longer fact that is known; by the words alone if
            None.
    """
    standing = list(known)
    changes: list[Change] = []
    for fact in facts:
        related = {old.id: relation(fact, old) for old in standing}
        if encoder and not any(related.values()) and await _said(fact, standing, encoder):
            continue
        change = _change(fact, [(o, related[o.id]) for o in standing if related[o.id]])
        if change is None:
            continue
        changes.append(change)
        kept = {o.id for o in standing if o.origin is FactOrigin.EDITED}
        if not kept & set(change.ends):
            standing = [o for o in standing if o.id not in change.ends]
            standing += [change.fact] if change.fact else []
    return tuple(changes)


def _change(fact: Fact, related: Sequence[tuple[Fact, Relation]]) -> Change | None:
    if not related:
        return Change(fact=fact)
    strongest = max(r for _, r in related)
    ends = [old for old, r in related if r is strongest]
    if strongest is Relation.SAME and _nothing_new(fact, ends):
        return None
    if strongest is not Relation.CONTRADICTS:
        # What the person wrote himself stays as he wrote it; the new fact stands beside it.
        ends = [old for old in ends if old.origin is not FactOrigin.EDITED]
        if not ends:
            return Change(fact=fact)
    action = _ACTIONS[strongest]
    if action is Action.MERGE:
        fact = _enriched(fact, ends)
    return Change(action=action, fact=fact, ends=tuple(o.id for o in ends), reason=_REASONS[action])


def _enriched(fact: Fact, ends: Sequence[Fact]) -> Fact:
    """Let a repeated fact keep what the older ones knew: how strongly, and of which items."""
    update: dict[str, object] = {"strength": max(fact.strength, *(o.strength for o in ends))}
    known = next((o for o in ends if o.items), None)
    if known and not fact.items:
        update |= {"items": known.items, "catalog": known.catalog, "concepts": known.concepts}
    return fact.model_copy(update=update)


def _nothing_new(fact: Fact, ends: Sequence[Fact]) -> bool:
    """Whether repeating a fact only repeats it: soon after, as strongly, or as it was edited."""
    if any(o.origin is FactOrigin.EDITED for o in ends):
        return True
    return any(
        o.strength >= fact.strength
        and o.expires == fact.expires
        and set(fact.items) <= set(o.items)
        and fact.at - o.at < timedelta(days=1)
        for o in ends
    )


async def _said(fact: Fact, standing: Sequence[Fact], encoder: Encoder) -> bool:
    """Whether a longer fact that is known says the same."""
    longer = [o for o in standing if _comparable(fact, o) and says_no_more(fact, o)]
    if not longer or fact.items or fact.kind is FactKind.CONSTRAINT:
        return False
    vectors = await encoder.encode([fact.text, *(o.text for o in longer)])
    return bool((vectors[1:] @ vectors[0] >= NEAR).any())


def says_no_more(one: Fact, other: Fact) -> bool:
    """Whether ``one`` has no word of its own beside ``other``, nor another name, figure or stance.

    Vectors alone do not tell: "likes early Hitchcock" and "likes late Hitchcock" are at 0.94.
    """
    first, second = subject_of(one), subject_of(other)
    return (
        one.kind is other.kind
        and first.polarity == second.polarity
        and bool(first.content)
        and has_all_of(other.text, one.text)
        and particulars(one.text) == particulars(other.text)
    )


def withdraw(
    subject: str, known: Sequence[Fact], *, about: str = "", asked: bool = False
) -> tuple[Change, ...]:
    """Return the change that ends what ``known`` says of ``subject``, if it says anything.

    Args:
        subject: what is no longer so, in the speaker's words ("love board games").
        known: the facts that hold.
        about: whom it is about, if not the speaker.
        asked: whether the person asked to forget it, whatever it says.
    """
    # "I live in Leeds" is kept as "Lives in Leeds": the endings of verbs are not all cut alike.
    kept = sentence(re.sub(r"^(?:i|we) ", "", subject, flags=re.IGNORECASE))
    contents = {c for c in (content_of(subject), content_of(kept)) if c}
    polarity = 0 if asked else polarity_of(subject)
    ends = [
        f for f in known
        if f.about.casefold() == about.casefold()
        and any(_ends(c, polarity, subject_of(f), f) for c in contents)
    ]  # fmt: skip
    return _withdrawn(ends, _ASKED if asked else "the person said it no longer holds")


def unsay(session: Session, known: Sequence[Fact]) -> tuple[Change, ...]:
    """Return the change that ends what the turn told that the next of ``session`` takes back."""
    turn = taken_back([t.message for t in session.turns]) + 1
    told = [f for f in known if turn and f.session == session.id and f.turn == turn]
    return _withdrawn([f for f in told if f.origin is not FactOrigin.EDITED], _ASKED)


def revive(history: Sequence[Fact], changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes that bring back what the facts that ``changes`` end had replaced.

    Args:
        history: all that was ever remembered of the person.
        changes: of :func:`unsay`.
    """
    gone = {i for change in changes for i in change.ends}
    afresh = {"status": FactStatus.VALID, "superseded_by": "", "reason": "", "ended": None}
    return tuple(
        Change(action=Action.ADD, fact=f.model_copy(update=afresh | {"id": new_id()}))
        for f in history
        if f.superseded_by in gone
    )


def _withdrawn(ends: Sequence[Fact], reason: str) -> tuple[Change, ...]:
    if not ends:
        return ()
    return (Change(action=Action.WITHDRAW, ends=tuple(f.id for f in ends), reason=reason),)


def _ends(content: frozenset[str], polarity: int, old: Subject, fact: Fact) -> bool:
    if fact.kind in _TASTES and polarity and polarity != old.polarity:
        return False
    return bool(old.content) and (content <= old.content or old.content <= content)
