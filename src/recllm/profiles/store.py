"""Profiles in an SQL database: SQLite or PostgreSQL by the same code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from pydantic import ValidationError
from sqlalchemy import Column, Connection, Integer, MetaData, Row, String, Table, Text, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from recllm.database import Database, file_url
from recllm.erasures import alone, erased_since, make_table, note_erasure
from recllm.errors import StoreError
from recllm.facts import Action, Change, Fact, Source
from recllm.profiles.rules import changed, check_user, holding, with_expired
from recllm.store import FILE_NAME

_metadata = MetaData()
_profiles = Table(
    "profiles",
    _metadata,
    Column("user", String(200), primary_key=True),
    Column("revision", String(32), nullable=False),
)
_facts = Table(
    "facts",
    _metadata,
    Column("user", String(200), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("json", Text, nullable=False),
)
_read_turns = Table(
    "read_turns",
    _metadata,
    Column("user", String(200), primary_key=True),
    Column("session_id", String(200), primary_key=True),
    Column("turns", Integer, nullable=False),
)
_CACHED_USERS = 64


def _first_tables(connection: Connection) -> None:
    """Make the tables of version 1, in words that stay as they are when ``_metadata`` moves on."""
    for statement in (
        'CREATE TABLE profiles ("user" VARCHAR(200) PRIMARY KEY, revision VARCHAR(32) NOT NULL)',
        'CREATE TABLE facts ("user" VARCHAR(200) NOT NULL REFERENCES profiles ("user"), '
        "id VARCHAR(64) NOT NULL, position INTEGER NOT NULL, json TEXT NOT NULL, "
        'PRIMARY KEY ("user", id))',
    ):
        connection.execute(text(statement))


def _read_and_erased(connection: Connection) -> None:
    """Make the tables that version 2 adds: how far sessions were read, and who was erased."""
    connection.execute(
        text(
            'CREATE TABLE read_turns ("user" VARCHAR(200) NOT NULL, '
            "session_id VARCHAR(200) NOT NULL, turns INTEGER NOT NULL, "
            'PRIMARY KEY ("user", session_id))'
        )
    )
    make_table(connection)


_STEPS = (_first_tables, _read_and_erased)


class _Read(NamedTuple):
    """A profile as it was read, and the revision that it then had."""

    revision: str
    facts: tuple[Fact, ...]


class SQLProfileStore:
    """Profiles in an SQL database; any number of processes may use it at once.

    What was read is kept and used again as long as the profile has the same revision, a random
    word that every change draws anew.
    """

    def __init__(self, url: str) -> None:
        """Name the database; it is made and opened when it is first used.

        Args:
            url: "sqlite:////absolute/path.db", "sqlite:///:memory:" or "postgresql://...".

        Raises:
            StoreError: ``url`` is no address of a database, or its driver is not installed.
        """
        self._database = Database(url, "profiles", _STEPS)
        self._read: dict[str, _Read] = {}

    @classmethod
    def at(cls, home: Path) -> SQLProfileStore:
        """Return the store that is used when no other is configured: beside the sessions."""
        return cls(file_url(home / FILE_NAME))

    async def load(self, user: str, *, history: bool = False) -> tuple[Fact, ...]:
        """Return the facts of ``user`` that hold now, oldest first; with ``history``, all.

        Raises:
            StoreError: nothing can be kept under such a name, the profile is damaged, or the
                database cannot be read.
        """
        check_user(user)
        async with self._database.reading() as connection:
            facts = await self._current(connection, user)
        now = datetime.now(UTC)
        return tuple(with_expired(facts, now)) if history else holding(facts, now)

    async def read_turns(self, user: str) -> dict[str, int]:
        """Return by session how many of its turns have been read for facts of ``user``.

        Raises:
            StoreError: the database cannot be read.
        """
        query = select(_read_turns).where(_read_turns.c.user == check_user(user))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {str(row.session_id): int(row.turns) for row in rows}

    async def apply(
        self, user: str, changes: Sequence[Change], *, source: Source | None = None
    ) -> tuple[Fact, ...]:
        """Make all ``changes``, or none, and return what holds then.

        With ``source``, the turn that they were read in, they are made only if it is read for the
        first time and the user was not erased since it was said.

        After facts were forgotten or erased, nothing of them is left in a SQLite file.

        Raises:
            StoreError: a change cannot be made, the profile is damaged, or the database cannot be
                written.
        """
        check_user(user)
        erased = any(c.action is Action.ERASE for c in changes)
        async with self._database.writing() as connection:
            await alone(connection, user)
            now = datetime.now(UTC)
            if source is not None and not await _first_read(connection, user, source):
                changes = ()
            if not changes:
                # The profile keeps its revision, so that nobody has to read it anew.
                return holding(await self._current(connection, user), now)
            await _lock(connection, user, uuid4().hex)
            # Erasing must also work where a profile is damaged.
            before = () if erased else await _stored(connection, user)
            after = changed(before, changes, now)
            await _write(connection, user, before, after, anew=erased)
            if erased:
                await connection.execute(_read_turns.delete().where(_read_turns.c.user == user))
                await note_erasure(connection, user)
        self._read.pop(user, None)
        if erased or any(c.action is Action.FORGET for c in changes):
            await self._database.scrub("facts", "profiles", "read_turns")
        return holding(after, now)

    async def close(self) -> None:
        """Close the database; using the store again opens it again."""
        await self._database.close()

    async def _current(self, connection: AsyncConnection, user: str) -> tuple[Fact, ...]:
        """Return the whole history, from the last reading if nothing has changed since."""
        query = select(_profiles.c.revision).where(_profiles.c.user == user)
        revision = (await connection.execute(query)).scalar()
        if revision is None:
            self._read.pop(user, None)
            return ()
        known = self._read.get(user)
        if known is None or known.revision != revision:
            known = _Read(str(revision), await _stored(connection, user))
            self._read.pop(user, None)
            self._read[user] = known
            while len(self._read) > _CACHED_USERS:
                self._read.pop(next(iter(self._read)))
        return known.facts


async def _first_read(connection: AsyncConnection, user: str, source: Source) -> bool:
    """Keep that a turn was read; False if it was before, or its user was erased since."""
    if await erased_since(connection, user, source.at):
        return False
    upsert = (
        'INSERT INTO read_turns ("user", session_id, turns) VALUES (:user, :session, :turn) '
        'ON CONFLICT ("user", session_id) DO UPDATE SET turns = excluded.turns '
        "WHERE read_turns.turns < excluded.turns"
    )
    values = {"user": user, "session": source.session, "turn": source.turn}
    return (await connection.execute(text(upsert), values)).rowcount > 0


async def _lock(connection: AsyncConnection, user: str, revision: str) -> None:
    """Give the profile a new revision; whoever else changes it waits for this transaction."""
    upsert = (
        'INSERT INTO profiles ("user", revision) VALUES (:user, :revision) '
        'ON CONFLICT ("user") DO UPDATE SET revision = excluded.revision'
    )
    await connection.execute(text(upsert), {"user": user, "revision": revision})


async def _stored(connection: AsyncConnection, user: str) -> tuple[Fact, ...]:
    query = select(_facts.c.json).where(_facts.c.user == user).order_by(_facts.c.position)
    return tuple(_fact(row, user) for row in (await connection.execute(query)).all())


def _fact(row: Row[Any], user: str) -> Fact:
    try:
        return Fact.model_validate_json(row.json)
    except (ValueError, TypeError) as error:
        what = f"{error.error_count()} bad values" if isinstance(error, ValidationError) else error
        raise StoreError(
            f"The profile of {user!r} is damaged in the database ({what}): restore a copy, or "
            "begin anew with 'recllm profile erase'."
        ) from error


async def _write(
    connection: AsyncConnection,
    user: str,
    before: Sequence[Fact],
    after: Sequence[Fact],
    *,
    anew: bool,
) -> None:
    """Write what is not there yet; with ``anew``, delete all that is there first."""
    mine = _facts.c.user == user
    if anew:
        await connection.execute(_facts.delete().where(mine))
    known, wanted = {f.id: f for f in before}, {f.id for f in after}
    for gone in known.keys() - wanted:
        await connection.execute(_facts.delete().where(mine, _facts.c.id == gone))
    place = await _next_position(connection, user)
    for fact in after:
        row: dict[str, object] = {"json": _json(fact)}
        if fact.id not in known:
            row |= {"user": user, "id": fact.id, "position": place}
            place += 1
            await connection.execute(_facts.insert().values(**row))
        elif fact != known[fact.id]:
            await connection.execute(
                _facts.update().where(mine, _facts.c.id == fact.id).values(row)
            )
    if not after:
        await connection.execute(_profiles.delete().where(_profiles.c.user == user))


async def _next_position(connection: AsyncConnection, user: str) -> int:
    last = select(_facts.c.position).where(_facts.c.user == user)
    last = last.order_by(_facts.c.position.desc()).limit(1)
    found = (await connection.execute(last)).scalar()
    return 1 if found is None else int(found) + 1


def _json(fact: Fact) -> str:
    try:
        return fact.model_dump_json()
    except ValueError as error:  # for example half of a surrogate pair
        raise StoreError(
            f"The fact {fact.text[:60]!a} cannot be written as JSON ({error}): say it in other "
            "characters."
        ) from error
