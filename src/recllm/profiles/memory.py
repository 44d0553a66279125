"""Profiles that last as long as the object: for tests, examples and simulations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from recllm.facts import Action, Change, Fact, Source
from recllm.profiles.rules import changed, check_user, holding, with_expired


class MemoryProfileStore:
    """Profiles in memory; keeps the contract of :class:`recllm.protocols.ProfileStore`."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Fact, ...]] = {}
        self._turns: dict[str, dict[str, int]] = {}
        self._erased: dict[str, datetime] = {}

    async def load(self, user: str, *, history: bool = False) -> tuple[Fact, ...]:
        """Return the facts of ``user`` that hold now, oldest first; with ``history``, all.

        Raises:
            StoreError: nothing can be kept under such a name.
        """
        now = datetime.now(UTC)
        facts = self._kept.get(check_user(user), ())
        return tuple(with_expired(facts, now)) if history else holding(facts, now)

    async def read_turns(self, user: str) -> dict[str, int]:
        """Return by session how many of its turns have been read for facts of ``user``."""
        return dict(self._turns.get(user, {}))

    async def apply(
        self, user: str, changes: Sequence[Change], *, source: Source | None = None
    ) -> tuple[Fact, ...]:
        """Make all ``changes``, or none, and return what holds then.

        With ``source``, the turn that they were read in, they are made only if it is read for the
        first time and the user was not erased since it was said.

        Raises:
            StoreError: a change cannot be made.
        """
        now = datetime.now(UTC)
        news = source is None or self._is_news(user, source)
        facts = changed(self._kept.get(check_user(user), ()), changes if news else (), now)
        if source is not None and news:
            self._turns.setdefault(user, {})[source.session] = source.turn
        if any(c.action is Action.ERASE for c in changes):
            self._turns.pop(user, None)
            self._erased[user] = now
        if facts:
            self._kept[user] = facts
        else:
            self._kept.pop(user, None)
        return holding(facts, now)

    def _is_news(self, user: str, source: Source) -> bool:
        erased = self._erased.get(user)
        if erased is not None and source.at <= erased:
            return False
        return source.turn > self._turns.get(user, {}).get(source.session, 0)

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""
