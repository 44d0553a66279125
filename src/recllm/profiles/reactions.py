"""Reactions to what was shown, as facts about items ("seen it, loved it", "less like that")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recllm.facts import Fact, FactKind, FactOrigin
from recllm.profiles.rules import LONGEST_EVIDENCE
from recllm.profiles.subjects import content_of
from recllm.types import Concept, Item, Session, Turn

MOST = 3
"""Items of one message that count as reacted to; more at once is a search, not a reaction."""
TRAITS = 6
"""Values of an item's lists that are kept with a fact about it."""


def read_reactions(session: Session, turn: Turn, said: Sequence[Fact]) -> list[Fact]:
    """Return the facts ``said``, and those about items that ``turn`` reacts to.

    Where one of ``said`` names the item it is given the item's id instead of saying it twice.
    """
    facts = list(said)
    before, after = session.state, turn.state
    liked = _new(before.liked, after.liked)
    seen = [i for i in _new(before.seen, after.seen) if i not in liked]
    known = session.then(turn).items()
    for ids, kind in (
        (liked, FactKind.LIKE),
        (_new(before.rejected, after.rejected), FactKind.DISLIKE),
        (seen, FactKind.POSSESSION),
    ):
        for item in (known[i] for i in ids[:MOST] if i in known and len(ids) <= MOST):
            _note(facts, _fact(item, kind, session, turn))
    return facts


def _new(before: Sequence[str], after: Sequence[str]) -> list[str]:
    return [i for i in after if i not in before]


def _note(facts: list[Fact], fact: Fact) -> None:
    title = content_of(fact.text)
    for place, other in enumerate(facts):
        if other.kind is fact.kind and title and content_of(other.text) == title:
            update = {"items": fact.items, "concepts": fact.concepts, "catalog": fact.catalog}
            facts[place] = other.model_copy(update=update)
            return
    facts.append(fact)


def _fact(item: Item, kind: FactKind, session: Session, turn: Turn) -> Fact:
    seen = "read" if re.search(r"\bread\b", turn.message, re.IGNORECASE) else "seen"
    verbs = {
        FactKind.LIKE: "Likes",
        FactKind.DISLIKE: "Does not like",
        FactKind.POSSESSION: f"Has {seen}",
    }
    return Fact(
        text=f"{verbs[kind]} {item.title}.",
        kind=kind,
        strength=0.5,
        evidence=turn.message.strip()[:LONGEST_EVIDENCE],
        session=session.id,
        turn=len(session.turns) + 1,
        at=turn.at,
        origin=FactOrigin.REACTION,
        catalog=session.catalog,
        items=(item.id,),
        concepts=_traits(item, -1 if kind is FactKind.DISLIKE else 1),
    )


def _traits(item: Item, sign: int) -> tuple[Concept, ...]:
    """Return the values of the item's lists, which a taste may be read from later."""
    values = [
        (name, value)
        for name, values in item.attributes.items()
        if isinstance(values, tuple)
        for value in values
    ]
    return tuple(
        Concept(text=value, attribute=name, sign=-1 if sign < 0 else 1)
        for name, value in values[:TRAITS]
    )
