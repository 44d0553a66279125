"""Turns that were stored and not yet read for facts: a process may end between the two."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from recllm.errors import RecLLMError
from recllm.facts import Source
from recllm.memory_store import StoredSession
from recllm.types import Session, Turn

_log = logging.getLogger(__name__)


class Conversations(Protocol):
    """Where the sessions of a user are: :class:`recllm.store.SessionStore` and its like."""

    async def sessions(self, user: str) -> Sequence[StoredSession]:
        """Return the sessions of ``user``, the last continued first."""
        ...

    async def load(self, session_id: str) -> Session | None:
        """Return the session, or None if there is none of that id."""
        ...


class Readings(Protocol):
    """How far the sessions of a user have been read: the profile stores keep it."""

    async def read_turns(self, user: str) -> Mapping[str, int]:
        """Return by session how many of its turns have been read for facts of ``user``."""
        ...


class Said(NamedTuple):
    """A turn to read, and the session before it."""

    session: Session
    turn: Turn

    @property
    def source(self) -> Source:
        """Says which turn it is."""
        return Source(session=self.session.id, turn=len(self.session.turns) + 1, at=self.turn.at)


class Unread:
    """Finds what a process that ended too early has left unread.

    Args:
        conversations: where sessions are stored.
        readings: how far they have been read.
    """

    def __init__(self, conversations: Conversations, readings: Readings) -> None:
        self._conversations = conversations
        self._readings = readings

    async def before(self, said: Said) -> list[Said]:
        """Return the turns of the same session before ``said`` that are still to be read.

        Raises:
            RecLLMError: the database cannot be read.
        """
        read = (await self._readings.read_turns(said.session.user)).get(said.session.id, 0)
        return _from(said.session, read)

    async def of(self, user: str) -> list[Said]:
        """Return all turns of ``user`` that are still to be read, the oldest session first.

        The last turn of a session is among them even if nothing is to be remembered of it, so that
        the session counts as read from then on.

        Raises:
            RecLLMError: the database cannot be read.
        """
        read = await self._readings.read_turns(user)
        found: list[Said] = []
        for stored in reversed(await self._conversations.sessions(user)):
            if stored.turns > read.get(stored.id, 0):
                found += await self._of_session(stored.id, read.get(stored.id, 0))
        return found

    async def _of_session(self, session_id: str, read: int) -> list[Said]:
        try:
            session = await self._conversations.load(session_id)
        except RecLLMError as error:  # one that is damaged keeps nobody from the others
            _log.warning("a session is not read for facts: %s", error)
            return []
        if session is None or not session.turns:
            return []
        found, last = _from(session, read), _from(session, len(session.turns) - 1, every=True)
        return found if found[-1:] == last else [*found, *last]


def _from(session: Session, read: int, *, every: bool = False) -> list[Said]:
    return [
        Said(session.model_copy(update={"turns": session.turns[:n]}), turn)
        for n, turn in enumerate(session.turns)
        if n >= read and (turn.remember or every)
    ]
