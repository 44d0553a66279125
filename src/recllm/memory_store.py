"""Sessions in memory, and what every store checks before it continues a session."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from recllm.errors import StoreError
from recllm.types import Session, Turn, Value


class StoredSession(Value):
    """What a list of sessions says of one; times are in UTC, None where the row is damaged."""

    id: str
    user: str
    catalog: str
    turns: int
    created: datetime | None
    updated: datetime | None


_NEVER = datetime.min.replace(tzinfo=UTC)


class MemoryStore:
    """Sessions that last as long as the object: for tests, examples and simulations."""

    def __init__(self) -> None:
        self._kept: dict[str, Session] = {}
        self._erased: dict[str, datetime] = {}
        self._times: dict[str, tuple[datetime, datetime]] = {}

    async def load(self, session_id: str) -> Session | None:
        """Return the session, or None if there is none of that id."""
        return self._kept.get(session_id)

    async def append(self, session: Session, turn: Turn) -> Session:
        """Keep ``turn`` at the end of ``session`` and return the longer session.

        Raises:
            StoreError: the session was continued elsewhere meanwhile, belongs to another user, or
                that user was erased since the turn was said.
        """
        if turn.at <= self._erased.get(session.user, _NEVER):
            raise erased_meanwhile(session)
        kept = self._kept.get(session.id)
        check_continues(session, Known(kept.user, kept.catalog, len(kept.turns)) if kept else None)
        longer, now = session.then(turn), datetime.now(UTC)
        self._kept.pop(session.id, None)
        self._kept[session.id] = longer
        self._times[session.id] = (self._times.get(session.id, (now, now))[0], now)
        return longer

    async def latest(self, user: str, catalog: str) -> Session | None:
        """Return the session of ``user`` over ``catalog`` that was continued last, if any."""
        last_first = reversed(self._kept.values())
        return next((s for s in last_first if (s.user, s.catalog) == (user, catalog)), None)

    async def sessions(self, user: str) -> tuple[StoredSession, ...]:
        """Return the sessions of ``user``, the last continued first."""
        return tuple(
            StoredSession(
                id=s.id,
                user=s.user,
                catalog=s.catalog,
                turns=len(s.turns),
                created=self._times[s.id][0],
                updated=self._times[s.id][1],
            )
            for s in reversed(self._kept.values())
            if s.user == user
        )

    async def erase(self, user: str) -> int:
        """Delete all sessions of ``user``, and return how many there were."""
        gone = [s.id for s in self._kept.values() if s.user == user]
        self._erased[user] = datetime.now(UTC)
        for session_id in gone:
            del self._kept[session_id], self._times[session_id]
        return len(gone)

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


class Known(NamedTuple):
    """What is stored of a session that is about to be continued."""

    user: str
    catalog: str
    turns: int


def check_continues(session: Session, known: Known | None) -> None:
    """Refuse to continue a session that is not the stored one.

    Raises:
        StoreError: it is another user's or catalogue's, or has other turns than are stored.
    """
    if known and (known.user, known.catalog) != (session.user, session.catalog):
        raise StoreError(
            f"Session {session.id!r} is another's: it is stored for user {known.user!r} and "
            f"catalogue {known.catalog!r}. Use a new session id."
        )
    stored = known.turns if known else 0
    if stored > len(session.turns):
        raise continued_elsewhere(session, stored)
    if known is None and session.turns:
        raise StoreError(
            f"Session {session.id!r} is not stored any more: it was erased, or kept elsewhere. "
            "Begin a new session."
        )
    if stored < len(session.turns):
        raise StoreError(
            f"Session {session.id!r} has {len(session.turns)} turns, of which only {stored} are "
            "stored here: load it again and continue from there."
        )


def erased_meanwhile(session: Session) -> StoreError:
    """Return the error of a turn that was said before its user was erased."""
    return StoreError(
        f"The conversations of {session.user!r} were erased while this was being answered: nothing "
        "of it is kept. Begin a new session."
    )


def continued_elsewhere(session: Session, stored: int) -> StoreError:
    """Return the error of a session whose place for the next turn is taken."""
    return StoreError(
        f"Session {session.id!r} was continued elsewhere ({stored} turns are stored, "
        f"{len(session.turns)} were known here): load it again and continue from there."
    )
