"""How changes alter a profile: the same rules for every store, without any input or output."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from recllm.errors import StoreError
from recllm.facts import Action, Change, Fact, FactOrigin, FactStatus
from recllm.text import normalise, one_line, shorten

LONGEST_USER = 200
LONGEST_ID = 64
LONGEST_FACT = 300
LONGEST_EVIDENCE = 500

_ENDS_AS = {
    Action.MERGE: (FactStatus.MERGED, "it says the same"),
    Action.WITHDRAW: (FactStatus.WITHDRAWN, "it was taken back"),
    Action.CONTRADICT: (FactStatus.SUPERSEDED, "the opposite was said"),
}
_REPLACED = (FactStatus.SUPERSEDED, "something more exact was said")
_PERSONAL = (Action.FORGET, Action.ERASE)

EDIT_STANDS = "what you wrote yourself stands"


def check_user(user: str) -> str:
    """Return ``user`` if a profile can be kept under it, exactly as it is.

    Raises:
        StoreError: it is empty, too long, or has characters that no database keeps.
    """
    if not user.strip():
        raise StoreError("The user's name is empty: say whose profile it is.")
    if len(user) > LONGEST_USER:
        raise StoreError(
            f"The user's name has {len(user)} characters, beginning {user[:20]!r}: use at most "
            f"{LONGEST_USER}."
        )
    if "\x00" in user or any("\ud800" <= c <= "\udfff" for c in user):
        raise StoreError(f"The user's name {user[:40]!r} has characters that cannot be stored.")
    return user


def holding(facts: Sequence[Fact], now: datetime) -> tuple[Fact, ...]:
    """Return the facts that hold at ``now``, in their order."""
    return tuple(f for f in facts if f.holds(now))


def with_expired(facts: Sequence[Fact], now: datetime) -> list[Fact]:
    """Return all ``facts``, those ended that have expired by ``now``."""
    return [_expired(f) if f.status is FactStatus.VALID and not f.holds(now) else f for f in facts]


def changed(facts: Sequence[Fact], changes: Sequence[Change], now: datetime) -> tuple[Fact, ...]:
    """Return what becomes of ``facts``, the whole history, by ``changes`` made at ``now``.

    Raises:
        StoreError: a change cannot be made; then none of them is.
    """
    kept = with_expired(facts, now)
    for change in changes:
        kept = _made(kept, change, now)
    return tuple(kept)


def _made(facts: list[Fact], change: Change, now: datetime) -> list[Fact]:
    if change.action in _PERSONAL:
        return _deleted(facts, change)
    fact = _tidied(change.fact, change.origin) if change.fact else None
    if fact is None:
        if change.action is not Action.WITHDRAW:
            raise StoreError(f"The change {change.action.value!r} has no fact: give one.")
        return _ended(facts, _open_to(facts, change), change, "", now)
    if any(f.id == fact.id for f in facts):
        return facts  # made before: a change may be applied again after a lost answer
    if fact.status is not FactStatus.VALID:
        return [*facts, fact]
    return _added(facts, fact, change, now)


def _added(facts: list[Fact], fact: Fact, change: Change, now: datetime) -> list[Fact]:
    own = _edited(facts, change)
    if own:
        return [*facts, _end(fact, FactStatus.SUPERSEDED, EDIT_STANDS, own[0].id, now)]
    facts = _ended(facts, _open_to(facts, change), change, fact.id, now)
    same = next((f for f in facts if f.holds(now) and _same(f, fact)), None)
    if same is None:
        return [*facts, fact]
    why = "it was said before"
    if fact.origin is FactOrigin.EDITED and same.origin is not FactOrigin.EDITED:
        ended = _end(same, FactStatus.MERGED, "you wrote the same", fact.id, now)
        return [*(ended if f.id == same.id else f for f in facts), fact]
    # What this fact has replaced is replaced by the one that stays.
    facts = [_moved(f, fact.id, same.id) for f in facts]
    return [*facts, _end(fact, FactStatus.MERGED, why, same.id, now)]


def _moved(fact: Fact, old: str, new: str) -> Fact:
    return fact.model_copy(update={"superseded_by": new}) if fact.superseded_by == old else fact


def _edited(facts: Sequence[Fact], change: Change) -> list[Fact]:
    """Return the facts of the person's own hand that ``change`` may not end."""
    if change.origin is FactOrigin.EDITED:
        return []
    valid = (f for f in facts if f.status is FactStatus.VALID and f.id in change.ends)
    return [f for f in valid if f.origin is FactOrigin.EDITED]


def _open_to(facts: Sequence[Fact], change: Change) -> set[str]:
    """Return the ids of the facts that ``change`` may and does end."""
    own = {f.id for f in _edited(facts, change)}
    return {f.id for f in facts if f.id in change.ends and f.status is FactStatus.VALID} - own


def _ended(
    facts: Sequence[Fact], ids: set[str], change: Change, by: str, now: datetime
) -> list[Fact]:
    status, why = _ENDS_AS.get(change.action, _REPLACED)
    why = one_line(change.reason) or why
    return [_end(f, status, why, by, now) if f.id in ids else f for f in facts]


def _deleted(facts: list[Fact], change: Change) -> list[Fact]:
    """Leave out what the person wants gone, with all that it had taken the place of."""
    if change.origin is not FactOrigin.EDITED:
        raise StoreError(f"Only the person may {change.action.value} what is known of them.")
    if change.action is Action.ERASE:
        return []
    gone = set(change.ends)
    while more := {f.id for f in facts if f.superseded_by in gone and f.id not in gone}:
        gone |= more
    return [f for f in facts if f.id not in gone]


def _end(fact: Fact, status: FactStatus, why: str, by: str, now: datetime) -> Fact:
    update = {"status": status, "reason": why, "superseded_by": by, "ended": now}
    return fact.model_copy(update=update)


def _expired(fact: Fact) -> Fact:
    why = "its time is over"
    update = {"status": FactStatus.EXPIRED, "reason": why, "ended": fact.expires}
    return fact.model_copy(update=update)


def _same(one: Fact, other: Fact) -> bool:
    return _key(one) == _key(other)


def _key(fact: Fact) -> tuple[str, ...]:
    session = fact.session if fact.scope.value == "conversation" else ""
    return _plain(fact.text), fact.scope.value, _plain(fact.about), session


# Every new fact is compared with all that are known.
@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    return normalise(text)


def _tidied(fact: Fact, origin: FactOrigin) -> Fact:
    """Return the fact on one line of bounded length: its text is shown and put into prompts.

    Raises:
        StoreError: nothing is left of it, or the person wrote more than a fact may have.
    """
    text = one_line(fact.text)
    if not fact.id or len(fact.id) > LONGEST_ID or not fact.id.isprintable():
        raise StoreError(f"A fact has the id {fact.id[:80]!a}: give 1 to {LONGEST_ID} characters.")
    if not text:
        raise StoreError("A fact needs a sentence: its text is empty.")
    if len(text) > LONGEST_FACT and origin is FactOrigin.EDITED:
        raise StoreError(
            f"The fact has {len(text)} characters: say it in at most {LONGEST_FACT}, or as several."
        )
    return fact.model_copy(
        update={
            "text": shorten(text, LONGEST_FACT),
            "about": shorten(one_line(fact.about), 80),
            "evidence": shorten(one_line(fact.evidence), LONGEST_EVIDENCE),
            "reason": shorten(one_line(fact.reason), LONGEST_FACT),
        }
    )
