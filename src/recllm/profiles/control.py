"""A profile in its person's own hands: show, add, edit, forget, export, import, erase."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from pydantic import ValidationError

from recllm.address import of_person
from recllm.errors import StoreError
from recllm.facts import Action, Change, Fact, FactKind, FactOrigin, Profile, Scope
from recllm.profiles.consolidation import consolidate
from recllm.profiles.kinds import kind_of
from recllm.profiles.rules import changed, holding
from recllm.protocols import Encoder, ProfileStore
from recllm.types import Value


class Exported(Value):
    """A profile as a file: everything that is remembered of ``user``, the history included."""

    format: str = "recllm profile 1"
    user: str
    exported: datetime
    facts: tuple[Fact, ...] = ()


class Erased(Value):
    """How much was erased: facts, those of the history included, and conversations."""

    facts: int
    sessions: int


class Tidied(Value):
    """What tidying a profile has changed, or would: the facts in place of those that ended.

    ``before`` and ``after`` are how many facts hold.
    """

    before: int
    after: int
    made: tuple[Fact, ...] = ()
    ended: tuple[Fact, ...] = ()


class Sessions(Protocol):
    """Where the conversations of a user are, to be erased with the profile."""

    async def erase(self, user: str) -> int:
        """Delete all sessions of ``user`` with their texts, and return how many there were."""
        ...


class Learning(Protocol):
    """What may still be adding to profiles in the background."""

    async def drain(self) -> None:
        """Wait until everything said so far has been read."""
        ...


class ProfileControl:
    """What a person may do with their own profile; what they write here wins over all else.

    Args:
        profiles: where profiles are kept.
        sessions: where conversations are kept; None: only the profile is erased.
        learning: what adds to profiles in the background; it is waited for before erasing.
    """

    def __init__(
        self,
        profiles: ProfileStore,
        sessions: Sessions | None = None,
        learning: Learning | None = None,
    ) -> None:
        self._profiles = profiles
        self._sessions = sessions
        self._learning = learning

    async def show(self, user: str) -> Profile:
        """Return what is remembered of ``user`` and holds now, the oldest first."""
        return Profile(user=user, facts=await self._profiles.load(user))

    async def history(self, user: str) -> tuple[Fact, ...]:
        """Return all that was ever remembered of ``user`` and not forgotten, the oldest first."""
        return await self._profiles.load(user, history=True)

    async def add(
        self,
        user: str,
        text: str,
        *,
        kind: FactKind | None = None,
        about: str = "",
        expires: datetime | None = None,
    ) -> Fact:
        """Remember what the person writes of themself, or of somebody else.

        Args:
            user: whose profile.
            text: one sentence; "I am allergic to nuts" is kept as "Is allergic to nuts."
            kind: what it says; told by its words if None.
            about: whom it is about, if not the person ("my nephew").
            expires: until when it holds.

        Raises:
            StoreError: the sentence is empty or too long, it is known already, or it has expired.
        """
        text = of_person(text)
        fact = Fact(
            text=text,
            kind=kind or kind_of(text),
            strength=1.0,
            scope=Scope.OTHER if about else Scope.ALWAYS,
            about=about,
            evidence="",
            origin=FactOrigin.EDITED,
            expires=expires,
        )
        change = Change(action=Action.ADD, fact=fact, origin=FactOrigin.EDITED)
        return self._kept(fact, await self._profiles.apply(user, [change]))

    async def edit(self, user: str, which: str, text: str, *, kind: FactKind | None = None) -> Fact:
        """Put ``text`` in the place of a fact; the old sentence stays in the history.

        Raises:
            StoreError: there is no such fact, or the sentence cannot be kept.
        """
        old = await self.find(user, which)
        text = of_person(text)
        fact = Fact(
            text=text,
            kind=kind or (old.kind if _same_stance(old.text, text) else kind_of(text)),
            strength=1.0,
            scope=old.scope,
            about=old.about,
            session=old.session if old.scope is Scope.CONVERSATION else "",
            origin=FactOrigin.EDITED,
            expires=old.expires,
        )
        change = Change(
            action=Action.REFINE,
            fact=fact,
            ends=(old.id,),
            reason="edited by hand",
            origin=FactOrigin.EDITED,
        )
        return self._kept(fact, await self._profiles.apply(user, [change]))

    async def forget(self, user: str, which: Sequence[str]) -> tuple[Fact, ...]:
        """Delete facts, with what they had replaced, and return them.

        Raises:
            StoreError: there is no such fact; then none is deleted.
        """
        facts = tuple([await self.find(user, one) for one in which])
        ends = tuple(f.id for f in facts)
        change = Change(action=Action.FORGET, ends=ends, origin=FactOrigin.EDITED)
        await self._profiles.apply(user, [change])
        return facts

    async def find(self, user: str, which: str) -> Fact:
        """Return the fact of that number (as :meth:`show` lists them, from 1) or id.

        Raises:
            StoreError: there is none.
        """
        facts = await self._profiles.load(user)
        which = which.strip().lstrip("#")
        if which.isdecimal() and len(which) < 6 and 1 <= int(which) <= len(facts):
            return facts[int(which) - 1]
        named = next((f for f in facts if f.id == which), None)
        if named is None:
            known = f"numbers 1 to {len(facts)}" if facts else "nothing yet"
            raise StoreError(
                f"There is no fact {which[:40]!r} of user {user!r}: the profile has {known}."
            )
        return named

    async def tidy(self, user: str, encoder: Encoder, *, dry_run: bool = False) -> Tidied:
        """Make the profile shorter without changing what it says; the history keeps all of it.

        Args:
            user: whose profile.
            encoder: tells how near two sentences are.
            dry_run: only say what would change.

        Raises:
            StoreError: the database cannot be read or written.
        """
        now, facts = datetime.now(UTC), await self._profiles.load(user)
        changes = await consolidate(facts, encoder, now)
        if dry_run or not changes:
            after = holding(changed(facts, changes, now), now)
        else:
            after = await self._profiles.apply(user, changes)
        return Tidied(
            before=len(facts),
            after=len(after),
            made=tuple(f for f in after if f not in facts),
            ended=tuple(f for f in facts if f not in after),
        )

    async def export(self, user: str) -> Exported:
        """Return all that is remembered of ``user``, the history included, for a file."""
        facts = await self.history(user)
        return Exported(user=user, exported=datetime.now(UTC), facts=facts)

    async def restore(self, user: str, exported: Exported) -> int:
        """Add the facts of an exported profile to that of ``user``; returns how many are new.

        Raises:
            StoreError: a fact in it cannot be kept; then none is added.
        """
        before = await self.history(user)
        changes = [
            Change(action=Action.ADD, fact=fact, origin=FactOrigin.EDITED)
            for fact in exported.facts
        ]
        await self._profiles.apply(user, changes)
        return len(await self.history(user)) - len(before)

    async def erase(self, user: str) -> Erased:
        """Delete the profile of ``user``, its history and the texts of all conversations.

        Raises:
            StoreError: the database cannot be written, or another process keeps traces.
        """
        if self._learning is not None:
            await self._learning.drain()
        try:
            facts = len(await self.history(user))
        except StoreError:
            facts = 0  # a damaged profile is erased like any other
        sessions = await self._sessions.erase(user) if self._sessions else 0
        change = Change(action=Action.ERASE, origin=FactOrigin.EDITED)
        await self._profiles.apply(user, [change])
        return Erased(facts=facts, sessions=sessions)

    @staticmethod
    def _kept(fact: Fact, facts: Sequence[Fact]) -> Fact:
        found = next((f for f in facts if f.id == fact.id), None)
        if found is None:
            raise StoreError(
                f"{fact.text!r} was not added: it is known already, or its time is over."
            )
        return found


def read_exported(text: str) -> Exported:
    """Read what :meth:`ProfileControl.export` wrote as JSON; nothing in it is trusted.

    Raises:
        StoreError: it is something else, or damaged.
    """
    try:
        exported = Exported.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise StoreError(
            f"This is not an exported profile: {place}: {first['msg']}. Export one with 'recllm "
            "profile export', or give a table of items with ratings."
        ) from None
    if exported.format != Exported.model_fields["format"].default:
        raise StoreError(
            f"The profile has the format {exported.format[:40]!r}: a newer RecLLM wrote it; "
            "upgrade recllm."
        )
    return exported


def _same_stance(old: str, new: str) -> bool:
    """Whether an edit leaves what the sentence says of its topic, by its first word."""
    return old.split()[:1] == new.split()[:1]
