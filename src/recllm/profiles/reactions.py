"""Reactions to what was shown, as facts: "seen it, loved it", "not that one"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from recllm.facts import Action, Change, Fact, FactKind, FactOrigin, FactStatus
from recllm.profiles.cues import cues
from recllm.profiles.groups import without
from recllm.types import Concept, Item, Session, State, Turn

_LOVED, _SEEN, _REFUSED = 0.8, 1.0, 0.6
_WORDINGS = {
    "liked": ("Liked {}.", FactKind.LIKE, _LOVED),
    "seen": ("Knows {} already.", FactKind.POSSESSION, _SEEN),
    "rejected": ("Turned down {}.", FactKind.DISLIKE, _REFUSED),
}
_CUES = cues("reactions")
_TRAITS = 6
"""Values of an item's lists that are kept with a fact about it: a taste may be read from them."""

_OPPOSITE = {"liked": FactKind.DISLIKE, "rejected": FactKind.LIKE}


class ReactionExtractor:
    """Reads the reactions that code found in a message: the changes of the turn's state.

    Its evidence is the user's own message; what the system said or an item's text says is not
    looked at.
    """

    async def extract(
        self, session: Session, turn: Turn, known: Sequence[Fact]
    ) -> tuple[Change, ...]:
        """Return one change for each item that ``turn`` likes, refuses or says is known."""
        return tuple(_changes(session, turn, known))


def _changes(session: Session, turn: Turn, known: Sequence[Fact]) -> Iterator[Change]:
    items, standing = session.then(turn).items(), list(known)
    for name, (wording, kind, strength) in _WORDINGS.items():
        meant = _new(name, session.state, turn.state)
        for item_id in () if _unclear(turn.message, meant) else meant:
            if item_id not in items or _has(known, kind, item_id, session.catalog):
                continue
            fact = Fact(
                text=wording.format(items[item_id].title),
                kind=kind,
                strength=strength,
                evidence=turn.message,
                session=session.id,
                turn=len(session.turns) + 1,
                at=turn.at,
                origin=FactOrigin.REACTION,
                catalog=session.catalog,
                items=(item_id,),
                concepts=_traits(items[item_id], kind),
            )
            yield _change(fact, name, known)
            yield from _taken_out(fact, items[item_id].title, _OPPOSITE.get(name), standing)


def _taken_out(
    fact: Fact, title: str, opposite: FactKind | None, standing: list[Fact]
) -> Iterator[Change]:
    """Take an item out of what is told of many together where the opposite is said of it now."""
    for old in [f for f in standing if f.kind is opposite and f.catalog == fact.catalog]:
        rest = without(old, fact.items[0], title) if set(fact.items) < set(old.items) else None
        if rest is not None:
            standing[standing.index(old)] = rest
            why = f"something else was said of {title!r}"
            yield Change(
                action=Action.REFINE,
                fact=rest,
                ends=(old.id,),
                reason=why,
                origin=FactOrigin.REACTION,
            )


def _traits(item: Item, kind: FactKind) -> tuple[Concept, ...]:
    values = [
        (name, value)
        for name, values in item.attributes.items()
        if isinstance(values, tuple)
        for value in values
    ]
    sign: Literal[-1, 1] = -1 if kind is FactKind.DISLIKE else 1
    return tuple(Concept(text=v, attribute=name, sign=sign) for name, v in values[:_TRAITS])


def _change(fact: Fact, name: str, known: Sequence[Fact]) -> Change:
    opposite = _OPPOSITE.get(name)
    ends = tuple(
        f.id
        for f in known
        if f.kind is opposite and f.items == fact.items and f.catalog == fact.catalog
    )
    action = Action.CONTRADICT if ends else Action.ADD
    return Change(action=action, fact=fact, ends=ends, origin=FactOrigin.REACTION)


def _unclear(message: str, meant: Sequence[str]) -> bool:
    """Whether a message speaks of one item without saying which, so that several are taken."""
    one = _CUES["one"].search(message) and not _CUES["several"].search(message)
    return len(meant) > 1 and bool(one)


def _new(name: str, before: State, after: State) -> list[str]:
    """Return the ids that joined a list of the state in this turn."""
    return [i for i in getattr(after, name) if i not in getattr(before, name)]


def _has(known: Sequence[Fact], kind: FactKind, item_id: str, catalog: str) -> bool:
    return any(
        f.status is FactStatus.VALID
        and f.kind is kind
        and item_id in f.items
        and f.catalog == catalog
        for f in known
    )
