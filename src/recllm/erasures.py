"""That somebody was erased: what was said before that is not stored after it, by any process.

A reply may end, and its turn be read, after another process has erased its user. An erasure is kept
for a week as a hash of the user's name and a time, without any text. What is to be stored says when
it was said, and both are looked at in one transaction. Where several machines share a database,
their clocks should agree.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

KEPT = timedelta(days=7)
"""For how long an erasure is kept: no reply takes as long, be its machine put to sleep."""


def make_table(connection: Connection) -> None:
    """Make the table of erasures; several parts of one database share it."""
    columns = "who VARCHAR(64) PRIMARY KEY, at VARCHAR(40) NOT NULL"
    connection.execute(text(f"CREATE TABLE IF NOT EXISTS erasures ({columns})"))


async def alone(connection: AsyncConnection, user: str) -> None:
    """Let nobody else store or erase anything of ``user`` until this transaction ends.

    In SQLite one transaction writes at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        key = int(_hashed(user)[:15], 16)
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


async def note_erasure(connection: AsyncConnection, user: str) -> None:
    """Write that ``user`` is erased now, in the transaction that erases, after :func:`alone`."""
    upsert = (
        "INSERT INTO erasures (who, at) VALUES (:who, :at) "
        "ON CONFLICT (who) DO UPDATE SET at = excluded.at"
    )
    now = datetime.now(UTC)
    await connection.execute(text(upsert), {"who": _hashed(user), "at": _written(now)})


async def erased_since(connection: AsyncConnection, user: str, said: datetime) -> bool:
    """Return whether ``user`` was erased after something was ``said``; drop old erasures."""
    old = _written(datetime.now(UTC) - KEPT)
    await connection.execute(text("DELETE FROM erasures WHERE at < :old"), {"old": old})
    query = text("SELECT at FROM erasures WHERE who = :who")
    at = (await connection.execute(query, {"who": _hashed(user)})).scalar()
    return at is not None and _written(said) <= str(at)


def _hashed(user: str) -> str:
    return sha256(user.encode()).hexdigest()


def _written(time: datetime) -> str:
    """Write a time so that the later one is the greater text."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")
