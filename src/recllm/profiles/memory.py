"""Profiles that last as long as the object: for tests, examples and simulations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from recllm.facts import Change, Fact
from recllm.profiles.rules import changed, check_user, holding, with_expired


class MemoryProfileStore:
    """Profiles in memory; keeps the contract of :class:`recllm.protocols.ProfileStore`."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Fact, ...]] = {}

    async def load(self, user: str, *, history: bool = False) -> tuple[Fact, ...]:
        """Return the facts of ``user`` that hold now, oldest first; with ``history``, all.

        Raises:
            StoreError: nothing can be kept under such a name.
        """
        now = datetime.now(UTC)
        facts = self._kept.get(check_user(user), ())
        return tuple(with_expired(facts, now)) if history else holding(facts, now)

    async def apply(self, user: str, changes: Sequence[Change]) -> tuple[Fact, ...]:
        """Make all ``changes``, or none, and return what holds then.

        Raises:
            StoreError: a change cannot be made.
        """
        now = datetime.now(UTC)
        facts = changed(self._kept.get(check_user(user), ()), changes, now)
        if facts:
            self._kept[user] = facts
        else:
            self._kept.pop(user, None)
        return holding(facts, now)

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""
