"""A person's profile in a conversation: brought up before a reply, added to after it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import NamedTuple

from recllm.errors import RecLLMError
from recllm.facts import Fact, FactKind
from recllm.profiles.whom import of_concern, whom
from recllm.protocols import Extractor, ProfileStore, Trigger
from recllm.types import ChatMessage, Session, Turn

BUDGET = 160
"""Tokens of facts that a turn brings up: about a dozen sentences."""

_log = logging.getLogger(__name__)


_TASTES = (FactKind.LIKE, FactKind.DISLIKE, FactKind.GOAL, FactKind.CONTEXT)
_MOST_TASTES = 12


class Recalled(NamedTuple):
    """What is brought up in a turn.

    ``bearing`` are the facts that bear on it; ``of_items`` all that are about items, because what
    the person has seen or does not want stays away whatever is asked for; ``everything`` all that
    holds of this person.
    """

    bearing: tuple[Fact, ...] = ()
    of_items: tuple[Fact, ...] = ()
    everything: tuple[Fact, ...] = ()


class Memory:
    """What a recommender remembers people by.

    Args:
        store: where profiles are kept.
        trigger: chooses the facts that bear on a turn.
        extractors: read the facts in a turn, one after the other; none: nothing is added.
        budget: tokens of facts that a turn brings up.
    """

    def __init__(
        self,
        store: ProfileStore,
        trigger: Trigger,
        extractors: Sequence[Extractor] = (),
        *,
        budget: int = BUDGET,
    ) -> None:
        self.store = store
        self._trigger = trigger
        self._extractors = tuple(extractors)
        self._budget = budget
        self._learning: dict[str, asyncio.Task[None]] = {}

    async def recall(
        self,
        session: Session,
        conversation: Sequence[ChatMessage],
        *,
        anything: bool = False,
    ) -> Recalled:
        """Return the facts that bear on the last message of ``conversation``.

        Args:
            session: whose facts, and which conversation's.
            conversation: what was said, the new message last.
            anything: nothing in particular is asked for, so that no fact is nearer to it than
                another: the newest tastes bear.

        Raises:
            RecLLMError: the profile cannot be read.
        """
        facts = await self.store.load(session.user)
        somebody = whom([t.message for t in session.turns] + [conversation[-1].content])
        facts = of_concern(facts, session.id, somebody)
        if not facts:
            return Recalled()
        bearing = await self._trigger.trigger(conversation, facts, self._budget)
        if anything:
            tastes = [f for f in facts if f.kind in _TASTES and not f.items]
            newest = sorted(tastes, key=lambda f: f.at, reverse=True)[:_MOST_TASTES]
            bearing = tuple(dict.fromkeys((*bearing, *newest)))
        return Recalled(bearing, tuple(f for f in facts if f.items), tuple(facts))

    def learn(self, session: Session, turn: Turn) -> None:
        """Read the facts in ``turn`` in the background, after those of the user's earlier turns.

        Nobody waits for it, and what fails there is written to the log: the turn is stored.
        """
        if not self._extractors:
            return
        before = self._learning.get(session.user)
        task = asyncio.ensure_future(self._learn(session, turn, before))
        self._learning[session.user] = task
        task.add_done_callback(lambda done: self._forget_task(session.user, done))

    async def drain(self) -> None:
        """Wait until everything said so far has been read."""
        while self._learning:
            await asyncio.gather(*self._learning.values(), return_exceptions=True)
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Finish what is being read, then close the store."""
        await self.drain()
        closing = getattr(self.store, "close", None)
        if closing is not None:
            await closing()

    async def _learn(self, session: Session, turn: Turn, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        for extractor in self._extractors:
            try:
                known = await self.store.load(session.user)
                changes = await extractor.extract(session, turn, known)
                if changes:
                    await self.store.apply(session.user, changes)
            except RecLLMError as error:
                _log.warning("nothing was learnt from a turn: %s", error)
            except Exception:
                _log.exception("nothing was learnt from a turn: reading it failed")

    def _forget_task(self, user: str, done: asyncio.Task[None]) -> None:
        if self._learning.get(user) is done:
            del self._learning[user]
