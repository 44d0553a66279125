"""One SQL database by URL: its connections, the steps of its schema, its errors as sentences.

SQLite is the default. The SQL is kept to what PostgreSQL takes too, so that one path serves both.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from recllm.errors import StoreError

Step: TypeAlias = Callable[[Connection], None]
"""One change of a schema. Steps are only ever added: a stored database has run the first ones."""

BUSY_SECONDS = 10.0
_POSTGRESQL = "postgresql+asyncpg"
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": _POSTGRESQL, "postgres": _POSTGRESQL}
_VERSIONS = "recllm_schema"
_MIGRATING = 2305_07961
"""The key of PostgreSQL's lock under which one process at a time brings a schema up to date."""

# SQLite's primary result codes (https://www.sqlite.org/rescode.html).
_REMEDIES = {
    5: "another process is writing it; try again when that is done",
    6: "another process is writing it; try again when that is done",
    8: "it may not be written; give yourself the right to write the file and its directory",
    10: "the disk failed or refused; check the disk and the rights on the directory",
    11: "it is damaged; move the file away to begin with an empty one, or restore a copy",
    13: "the disk is full; free some space and try again",
    14: "it cannot be opened; check that the directory exists and that you may write there",
    26: "the file is not a database; move it away, or name another file",
}


def file_url(path: Path) -> str:
    """Return the URL of the SQLite database in the file ``path``."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


class Database:
    """A database whose schema is brought up to date when it is first used.

    Several parts may live in one database; each has its own ``steps`` and its own version.
    """

    def __init__(self, url: str, part: str, steps: Sequence[Step]) -> None:
        self._url = _parse(url)
        self.name = _name(self._url)
        self._part, self._steps = part, steps
        self._engine = _engine(self._url)
        self._ready = False
        self._preparing = asyncio.Lock()
        # All users of a database in memory share its one connection, so they take turns.
        self._alone = asyncio.Lock() if _in_memory(self._url) else nullcontext()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads.

        Raises:
            StoreError: the database cannot be used; the message says why and what to do.
        """
        await self._prepare()
        async with self._transaction(self._engine) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes: nobody else writes until it ends, all or nothing.

        Raises:
            StoreError: the database cannot be used or written.
        """
        await self._prepare()
        async with self._transaction(_writer(self._engine)) as connection:
            yield connection

    async def scrub(self, *tables: str) -> None:
        """Leave nothing of deleted rows in the database, as far as it lets us.

        A SQLite file is written anew and its journal emptied. PostgreSQL frees the space of
        deleted rows in ``tables`` for others; its write-ahead log and its backups are its own.

        Raises:
            StoreError: the rows are deleted, but another process keeps the journal from being
                emptied.
        """
        if self._url.get_backend_name() != "sqlite":
            engine = self._engine.execution_options(isolation_level="AUTOCOMMIT")
            async with self._transaction(engine) as connection:
                for table in tables:
                    await connection.exec_driver_sql(f"VACUUM {table}")
            return
        async with self._transaction(self._engine) as connection:
            # Neither statement may run in a transaction; the last line gives back an open one.
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("VACUUM")
            emptied = await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = (emptied.first() or (0,))[0]
            await connection.exec_driver_sql("BEGIN")
        if busy:
            raise StoreError(
                f"What was to go is deleted, but the journal of {self.name} still holds traces, "
                "because another process is reading it: stop that one and do this again."
            )

    async def close(self) -> None:
        """Close all connections; the database may be used again afterwards."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._alone, engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise explained(error, self.name) from error

    async def _prepare(self) -> None:
        if self._ready:
            return
        async with self._preparing:
            if self._ready:
                return
            if self._url.get_backend_name() == "sqlite":
                await asyncio.to_thread(_make_file, self._url)
            async with self._transaction(self._engine) as connection:
                done = await connection.run_sync(self._version)
            if done != len(self._steps):
                async with self._transaction(_writer(self._engine)) as connection:
                    await connection.run_sync(self._migrate)
            self._ready = True

    def _version(self, connection: Connection) -> int:
        """Return how many steps of this part the database has run."""
        if not connection.dialect.has_table(connection, _VERSIONS):
            return 0
        query = text(f"SELECT version FROM {_VERSIONS} WHERE part = :part")
        version = connection.execute(query, {"part": self._part}).scalar()
        if version is not None and not isinstance(version, int):
            raise StoreError(
                f"The database {self.name} is damaged (its {self._part} have version {version!r}): "
                "move it away to begin with an empty one, or restore a copy."
            )
        if version is not None and version > len(self._steps):
            raise StoreError(
                f"The database {self.name} was written by a newer RecLLM ({self._part} version "
                f"{version}, this one knows {len(self._steps)}): upgrade recllm."
            )
        return version or 0

    def _migrate(self, connection: Connection) -> None:
        """Run the steps still missing; another process may have run them meanwhile."""
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))
        columns = "part VARCHAR(64) PRIMARY KEY, version INTEGER NOT NULL"
        connection.execute(text(f"CREATE TABLE IF NOT EXISTS {_VERSIONS} ({columns})"))
        for step in self._steps[self._version(connection) :]:
            step(connection)
        now = {"part": self._part, "version": len(self._steps)}
        connection.execute(text(f"DELETE FROM {_VERSIONS} WHERE part = :part"), now)
        connection.execute(text(f"INSERT INTO {_VERSIONS} VALUES (:part, :version)"), now)


def explained(error: Exception, name: str) -> StoreError:
    """Return what went wrong with the database ``name`` as a sentence with its remedy."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = _sqlite_code(error)
    if code in _REMEDIES:
        return StoreError(f"The database {name} cannot be used: {_REMEDIES[code]} ({cause}).")
    if isinstance(error, OSError):
        why = error.strerror or error
        return StoreError(
            f"The database {name} cannot be reached: {why}. Check the path or the address."
        )
    return StoreError(f"The database {name} failed: {cause}. Try again; run recllm doctor.")


def _sqlite_code(error: BaseException | None) -> int:
    """Find SQLite's result code; drivers and SQLAlchemy wrap the error that carries it."""
    while error is not None:
        code = getattr(error, "sqlite_errorcode", None)
        if isinstance(code, int):
            return code & 0xFF
        error = getattr(error, "orig", None) or error.__cause__
    return 0


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError(
            f"{url!r} is not a database's address: give one such as sqlite:////path/sessions.db."
        ) from None
    driver = _DRIVERS.get(parsed.drivername, parsed.drivername)
    return parsed.set(drivername=driver)


def _name(url: URL) -> str:
    """Name the database for people: a file's path, or the database and where it is served."""
    name = url.database or "in memory"
    return f"{name} at {url.host or 'this machine'}" if url.get_backend_name() != "sqlite" else name


def _in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _engine(url: URL) -> AsyncEngine:
    # A database in memory lives as long as its one connection.
    options: dict[str, Any] = {"poolclass": StaticPool} if _in_memory(url) else {}
    try:
        engine = create_async_engine(url, **options)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise StoreError(
            f"The database {url.render_as_string()!r} needs a driver that is not installed "
            f"({error}): pip install 'recllm[postgresql]' has that of PostgreSQL; or use an "
            "address that begins with sqlite:///."
        ) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _on_connect)
        event.listen(engine.sync_engine, "begin", _on_begin)
    return engine


def _writer(engine: AsyncEngine) -> AsyncEngine:
    return engine.execution_options(recllm_writes=True)


def _on_connect(connection: Any, record: object) -> None:
    # The driver's own transactions would leave a schema's changes half done; _on_begin begins.
    connection.isolation_level = None
    # Damaged text must reach the reader of the row, who can name the session, as damaged text.
    connection.driver_connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    # What is deleted is overwritten: forgetting must not leave texts in free pages.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("recllm_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make_file(url: URL) -> None:
    """Make the file and its directory, readable by their owner only: conversations are private."""
    if _in_memory(url) or str(url.database).startswith("file:"):
        return
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise explained(error, str(path)) from error
