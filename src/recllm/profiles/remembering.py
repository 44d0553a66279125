"""A person's profile in a conversation: brought up before a reply, added to after it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from recllm.errors import RecLLMError
from recllm.facts import Change, Fact, FactKind
from recllm.profiles.change import revive, unsay, withdraw
from recllm.profiles.clauses import read_requests_to_forget
from recllm.profiles.consolidation import consolidate
from recllm.profiles.matching import Vectors
from recllm.profiles.people import of_concern, whom
from recllm.profiles.rules import changed, holding
from recllm.profiles.unread import Said, Unread
from recllm.protocols import Encoder, Extractor, ProfileStore, Trigger
from recllm.text import sentences
from recllm.types import ChatMessage, Session, Turn
from recllm.unsaid import takes_back

BUDGET = 160
"""Tokens of facts that a turn brings up: about a dozen sentences."""

CATCH_UP = 1.0
"""Seconds that a turn waits for what an earlier process has left unread."""

JUST_SAID = 0.1
"""Seconds that a turn waits for what is still being read of the one that it takes back."""

LONG = 100
"""Facts from which on a profile is kept short."""

GROWN = 20
"""New facts after which a long profile is looked at again."""

FOUND_BUDGET = 80
"""Tokens of facts that what was found brings up besides."""

_log = logging.getLogger(__name__)


_TASTES = (FactKind.LIKE, FactKind.DISLIKE, FactKind.GOAL, FactKind.CONTEXT)
_MOST_TASTES = 12


class Recalled(NamedTuple):
    """What is brought up in a turn.

    ``bearing`` are the facts that bear on it; ``of_items`` all that are about items, because what
    the person has seen or does not want stays away whatever is asked for; ``everything`` all that
    holds of this person; ``forgotten`` what the message asks to forget, None if it does not ask.
    """

    bearing: tuple[Fact, ...] = ()
    of_items: tuple[Fact, ...] = ()
    everything: tuple[Fact, ...] = ()
    forgotten: tuple[Fact, ...] | None = None


class Memory:
    """What a recommender remembers people by.

    Args:
        store: where profiles are kept.
        trigger: chooses the facts that bear on a turn.
        extractors: read the facts in a turn, one after the other; none: nothing is added.
        budget: tokens of facts that a turn brings up.
        unread: finds turns that an earlier process left unread; None: they are not looked for.
        encoder: finds the same said in other words where a profile has grown long; None: it is
            left as it is.
    """

    def __init__(
        self,
        store: ProfileStore,
        trigger: Trigger,
        extractors: Sequence[Extractor] = (),
        *,
        budget: int = BUDGET,
        unread: Unread | None = None,
        encoder: Encoder | None = None,
    ) -> None:
        self.store = store
        self._trigger = trigger
        self._extractors = tuple(extractors)
        self._budget = budget
        self._unread = unread
        self._encoder = encoder
        self._learning: dict[str, asyncio.Task[None]] = {}
        self._caught_up: set[str] = set()
        self._tidied: Counter[str] = Counter()

    @property
    def reads(self) -> bool:
        """Whether turns are read for facts at all."""
        return bool(self._extractors)

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
        await self._catch_up(session.user)
        learning = self._learning.get(session.user)
        if learning and takes_back(conversation[-1].content):
            await asyncio.wait([learning], timeout=JUST_SAID)
        facts = await self.store.load(session.user)
        somebody = whom([t.message for t in session.turns] + [conversation[-1].content])
        forgotten = _to_forget(conversation[-1].content, session, facts)
        facts = of_concern(facts, session.id, somebody)
        if not facts:
            return Recalled(forgotten=forgotten)
        bearing = await self._trigger.trigger(conversation, facts, self._budget)
        if anything:
            tastes = [f for f in facts if f.kind in _TASTES and not f.items]
            newest = sorted(tastes, key=lambda f: f.at, reverse=True)[:_MOST_TASTES]
            bearing = tuple(dict.fromkeys((*bearing, *newest)))
        return Recalled(bearing, tuple(f for f in facts if f.items), tuple(facts), forgotten)

    def compares(self, encoder: str) -> bool:
        """Whether vectors of the encoder of this name can be compared with those of facts."""
        return self._encoder is None or self._encoder.name == encoder

    async def bring_up(
        self, conversation: Sequence[ChatMessage], recalled: Recalled, offered: Vectors
    ) -> Recalled:
        """Return ``recalled`` with the facts that bear on what was found for the message.

        Args:
            conversation: what was said, the message last.
            recalled: what was brought up before the search, which stays.
            offered: the vectors of the first items found, by the catalogue's encoder.

        Raises:
            RecLLMError: the facts cannot be compared.
        """
        rest = [f for f in recalled.everything if f not in recalled.bearing]
        if not rest or not len(offered):
            return recalled
        more = await self._trigger.trigger(conversation, rest, FOUND_BUDGET, offered)
        return recalled._replace(bearing=(*recalled.bearing, *more))

    def learn(self, session: Session, turn: Turn) -> None:
        """Read the facts in ``turn`` in the background, after those of the user's earlier turns.

        Nobody waits for it, and what fails there is written to the log: the turn is stored.
        """
        if self.reads:
            self._queue(session.user, self._learn(Said(session, turn)))

    async def drain(self) -> None:
        """Wait until everything said so far has been read."""
        while self._learning:
            await asyncio.gather(*self._learning.values(), return_exceptions=True)
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Finish what is being read, then close the store."""
        await self.drain()
        for part in (self._trigger, self.store):
            closing = getattr(part, "close", None)
            if closing is not None:
                await closing()

    async def _catch_up(self, user: str) -> None:
        """Read what an earlier process left unread, once for each user; a turn waits a little."""
        if self._unread is None or not self.reads or user in self._caught_up:
            return
        self._caught_up.add(user)
        task = self._queue(user, self._read_unread(self._unread, user))
        await asyncio.wait([task], timeout=CATCH_UP)

    def _queue(self, user: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do ``work`` in the background, after what is still to be done for the user."""
        task = asyncio.ensure_future(_after(self._learning.get(user), work))
        self._learning[user] = task
        task.add_done_callback(lambda done: self._forget_task(user, done))
        return task

    async def _read_unread(self, unread: Unread, user: str) -> None:
        for said in await unread.of(user):
            await self._read(said)

    async def _learn(self, said: Said) -> None:
        # What could not be kept of an earlier turn is read again.
        for earlier in await self._unread.before(said) if self._unread else ():
            await self._read(earlier)
        await self._read(said)
        await self._tidy(said.session.user)

    async def _read(self, said: Said) -> None:
        """Read one turn and keep, in one step, its facts and that it was read."""
        user = said.session.user
        known = await self.store.load(user)
        changes: list[Change] = []
        for extractor in self._extractors if said.turn.remember else ():
            try:
                found = await extractor.extract(said.session, said.turn, known)
                now = datetime.now(UTC)
                known = holding(changed(known, found, now), now)
                changes += found
            except RecLLMError as error:
                _log.warning("nothing was learnt from a turn: %s", error)
            except Exception:
                _log.exception("nothing was learnt from a turn: reading it failed")
        if takes_back(said.turn.message):
            changes += revive(await self.store.load(user, history=True), changes)
        await self.store.apply(user, changes, source=said.source)

    async def _tidy(self, user: str) -> None:
        """Shorten a long profile, each time that it has grown by some facts."""
        if self._encoder is None:
            return
        facts = await self.store.load(user)
        if len(facts) < max(LONG, self._tidied[user] + GROWN):
            return
        changes = await consolidate(facts, self._encoder, datetime.now(UTC))
        facts = await self.store.apply(user, changes) if changes else facts
        self._tidied[user] = len(facts)

    def _forget_task(self, user: str, done: asyncio.Task[None]) -> None:
        if self._learning.get(user) is done:
            del self._learning[user]


def _to_forget(message: str, session: Session, facts: Sequence[Fact]) -> tuple[Fact, ...] | None:
    """Return which of ``facts`` a message that asks nothing else asks to forget."""
    if takes_back(message):
        changes = unsay(session, facts)
        # Where nothing was remembered, it is the wish that is taken back.
        return _ended(changes, facts) or None
    asked = read_requests_to_forget(message)
    if not asked or len(sentences(message)) > len(asked):
        return None
    return _ended([c for what in asked for c in withdraw(what, facts, asked=True)], facts)


def _ended(changes: Sequence[Change], facts: Sequence[Fact]) -> tuple[Fact, ...]:
    ends = {i for change in changes for i in change.ends}
    return tuple(f for f in facts if f.id in ends)


async def _after(before: asyncio.Task[None] | None, work: Coroutine[Any, Any, None]) -> None:
    """Do ``work`` after ``before``; whatever fails is written to the log."""
    if before is not None:
        await asyncio.wait([before])
    try:
        await work
    except RecLLMError as error:
        _log.warning("nothing was learnt from a turn: %s", error)
    except Exception:
        _log.exception("nothing was learnt from a turn: reading it failed")
