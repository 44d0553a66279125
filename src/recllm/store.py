"""Where sessions outlive the process: in an SQL database, turn by turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    func,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from recllm.database import Database, file_url
from recllm.erasures import alone, erased_since, make_table, note_erasure
from recllm.errors import StoreError
from recllm.memory_store import (
    Known,
    MemoryStore,
    StoredSession,
    check_continues,
    continued_elsewhere,
    erased_meanwhile,
)
from recllm.types import Session, Turn

__all__ = ["FILE_NAME", "MemoryStore", "SessionStore", "StoredSession"]

FILE_NAME = "sessions.db"

_metadata = MetaData()
_sessions = Table(
    "sessions",
    _metadata,
    Column("id", String(200), primary_key=True),
    Column("user", String(200), nullable=False),
    Column("catalog", String(200), nullable=False),
    Column("created", String(40), nullable=False),
    Column("updated", String(40), nullable=False),
)
_turns = Table(
    "turns",
    _metadata,
    Column("session_id", String(200), ForeignKey("sessions.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("json", Text, nullable=False),
)


def _first_tables(connection: Connection) -> None:
    """Make the tables of version 1, in words that stay as they are when ``_metadata`` moves on."""
    for statement in (
        'CREATE TABLE sessions (id VARCHAR(200) PRIMARY KEY, "user" VARCHAR(200) NOT NULL, '
        "catalog VARCHAR(200) NOT NULL, created VARCHAR(40) NOT NULL, "
        "updated VARCHAR(40) NOT NULL)",
        'CREATE INDEX sessions_by_user ON sessions ("user", catalog, updated)',
        "CREATE TABLE turns (session_id VARCHAR(200) NOT NULL REFERENCES sessions (id) "
        "ON DELETE CASCADE, position INTEGER NOT NULL, json TEXT NOT NULL, "
        "PRIMARY KEY (session_id, position))",
    ):
        connection.execute(text(statement))


_STEPS = (_first_tables, make_table)


class SessionStore:
    """Sessions in an SQL database, each turn stored durably as it ends.

    Any number of stores and processes may use one database at once. A session that two of them
    continue is kept as the first wrote it, and the second gets an error.
    """

    def __init__(self, url: str) -> None:
        """Name the database; it is made and opened when it is first used.

        Args:
            url: "sqlite:////absolute/path.db", "sqlite:///:memory:" or, with its driver installed,
                "postgresql://...".

        Raises:
            StoreError: ``url`` is no address of a database.
        """
        self._database = Database(url, "sessions", _STEPS)

    @classmethod
    def at(cls, home: Path) -> SessionStore:
        """Return the store that is used when no other is configured: a file of ``home``."""
        return cls(file_url(home / FILE_NAME))

    @property
    def name(self) -> str:
        """What a person calls the database: its file, or its name and server."""
        return self._database.name

    async def load(self, session_id: str) -> Session | None:
        """Return the session, or None if there is none of that id.

        Raises:
            StoreError: the session is damaged, or the database cannot be read.
        """
        async with self._database.reading() as connection:
            of_id = _sessions.c.id == session_id
            row = (await connection.execute(select(_sessions).where(of_id))).first()
            if row is None:
                return None
            query = select(_turns).where(_turns.c.session_id == session_id)
            turns = (await connection.execute(query.order_by(_turns.c.position))).all()
        return _read(row, turns)

    async def append(self, session: Session, turn: Turn) -> Session:
        """Store ``turn`` at the end of ``session`` durably and return the longer session.

        Raises:
            StoreError: the session was continued elsewhere meanwhile, or belongs to another user,
                or that user was erased since the turn was said, or the database cannot be written.
                Nothing was changed then.
        """
        json = _written(session, turn)
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        place = {"session_id": session.id, "position": len(session.turns)}
        async with self._database.writing() as connection:
            await alone(connection, session.user)
            if await erased_since(connection, session.user, turn.at):
                raise erased_meanwhile(session)
            known = await _stored(connection, session.id)
            check_continues(session, known)
            try:
                if known is None:
                    row = {"id": session.id, "user": session.user, "catalog": session.catalog}
                    times = {"created": now, "updated": now}
                    await connection.execute(_sessions.insert().values(**row, **times))
                await connection.execute(_turns.insert().values(**place, json=json))
            except IntegrityError as error:
                # Only a database that lets two write at once comes here.
                raise continued_elsewhere(session, len(session.turns) + 1) from error
            of_id = _sessions.c.id == session.id
            await connection.execute(_sessions.update().where(of_id).values(updated=now))
        return session.then(turn)

    async def latest(self, user: str, catalog: str) -> Session | None:
        """Return the session of ``user`` over ``catalog`` that was continued last, if any.

        Raises:
            StoreError: that session is damaged, or the database cannot be read.
        """
        query = select(_sessions.c.id).where(_sessions.c.user == user)
        query = query.where(_sessions.c.catalog == catalog)
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(_sessions.c.updated.desc()).limit(1))
            session_id = found.scalar()
        return None if session_id is None else await self.load(session_id)

    async def sessions(self, user: str) -> tuple[StoredSession, ...]:
        """Return the sessions of ``user``, the last continued first; damaged ones are among them.

        Raises:
            StoreError: the database cannot be read.
        """
        count = func.count(_turns.c.position).label("turns")
        joined = _sessions.outerjoin(_turns, _turns.c.session_id == _sessions.c.id)
        query = select(_sessions, count).select_from(joined).where(_sessions.c.user == user)
        query = query.group_by(*_sessions.c).order_by(_sessions.c.updated.desc())
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(_summary(row) for row in rows)

    async def erase(self, user: str) -> int:
        """Delete all sessions of ``user`` with their texts, and return how many there were.

        A turn that was said before and is still being answered is not stored any more.

        Raises:
            StoreError: the database cannot be written.
        """
        mine = _sessions.c.user == user
        async with self._database.writing() as connection:
            await alone(connection, user)
            await note_erasure(connection, user)
            ids = select(_sessions.c.id).where(mine)
            await connection.execute(_turns.delete().where(_turns.c.session_id.in_(ids)))
            gone = (await connection.execute(_sessions.delete().where(mine))).rowcount
        await self._database.scrub("turns", "sessions")
        return gone

    async def close(self) -> None:
        """Close the database; using the store again opens it again."""
        await self._database.close()


async def _stored(connection: AsyncConnection, session_id: str) -> Known | None:
    of_id = _sessions.c.id == session_id
    row = (await connection.execute(select(_sessions).where(of_id))).first()
    if row is None:
        return None
    count = select(func.count()).where(_turns.c.session_id == session_id)
    return Known(row.user, row.catalog, (await connection.execute(count)).scalar_one())


def _written(session: Session, turn: Turn) -> str:
    try:
        return turn.model_dump_json()
    except ValueError as error:  # for example half of a surrogate pair in the message
        raise StoreError(
            f"The last turn of session {session.id!r} cannot be written as JSON ({error}): "
            "say it in other characters."
        ) from error


def _read(row: Row[Any], turns: Sequence[Row[Any]]) -> Session:
    """Make the session of its rows, trusting none of them."""
    try:
        if [t.position for t in turns] != list(range(len(turns))):
            raise ValueError("turns are missing")
        read = tuple(Turn.model_validate_json(t.json) for t in turns)
        return Session(id=row.id, user=row.user, catalog=row.catalog, turns=read)
    except (ValueError, TypeError) as error:
        what = f"{error.error_count()} bad values" if isinstance(error, ValidationError) else error
        raise StoreError(
            f"Session {row.id!r} is damaged in the database ({what}): begin a new session; the "
            "other sessions are not affected."
        ) from error


def _summary(row: Row[Any]) -> StoredSession:
    return StoredSession(
        id=str(row.id),
        user=str(row.user),
        catalog=str(row.catalog),
        turns=int(row.turns),
        created=_time(row.created),
        updated=_time(row.updated),
    )


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
