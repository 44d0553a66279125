"""The session stores: the contract, and what a database adds to it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, text

from recllm.database import Database, file_url
from recllm.errors import StoreError
from recllm.protocols import Store
from recllm.store import MemoryStore, SessionStore
from recllm.testing.store import a_turn, check_erasing, check_store
from recllm.types import Session


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SessionStore]:
    store = SessionStore.at(tmp_path)
    yield store
    await store.close()
    # A connection that was left open warns when it is collected: let that be in its own test.
    gc.collect()


def session(name: str = "s1", user: str = "ann", catalog: str = "films") -> Session:
    return Session(id=name, user=user, catalog=catalog)


def damage(home: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(home / "sessions.db")) as connection, connection:
        connection.execute(statement, values)


async def test_memory_store_keeps_the_contract() -> None:
    async def make() -> Store:
        return MemoryStore()

    await check_store(make)
    await check_erasing(MemoryStore())


async def test_session_store_erases_for_good(store: SessionStore) -> None:
    await check_erasing(store)


@pytest.mark.parametrize("where", ["file", "memory"])
async def test_session_store_keeps_the_contract(tmp_path: Path, where: str) -> None:
    made: list[SessionStore] = []

    async def make() -> Store:
        path = tmp_path / f"{len(made)}.db"
        made.append(SessionStore(file_url(path) if where == "file" else "sqlite://"))
        return made[-1]

    await check_store(make)
    for store in made:
        await store.close()


@pytest.mark.parametrize("kind", ["memory", "sql"])
async def test_the_last_continued_session_is_the_latest(tmp_path: Path, kind: str) -> None:
    store = MemoryStore() if kind == "memory" else SessionStore.at(tmp_path)
    assert await store.latest("ann", "films") is None
    assert await store.sessions("ann") == ()
    first = await store.append(session("first"), a_turn())
    second = await store.append(session("second"), a_turn())
    await store.append(session("other user", user="bob"), a_turn())
    await store.append(session("other catalogue", catalog="books"), a_turn())
    assert await store.latest("ann", "films") == second
    first = await store.append(first, a_turn())
    assert await store.latest("ann", "films") == first
    listed = await store.sessions("ann")
    assert [(s.id, s.turns) for s in listed] == [
        ("first", 2),
        ("other catalogue", 1),
        ("second", 1),
    ]
    assert all(s.created and s.updated and s.created <= s.updated for s in listed)
    await store.close()


async def test_a_new_process_finds_what_an_earlier_one_stored(tmp_path: Path) -> None:
    earlier = SessionStore.at(tmp_path)
    stored = await earlier.append(session(), a_turn())
    await earlier.close()
    later = SessionStore.at(tmp_path)
    assert await later.load("s1") == stored
    await later.close()


def test_one_store_serves_several_event_loops(tmp_path: Path) -> None:
    store = SessionStore.at(tmp_path)
    stored = asyncio.run(store.append(session(), a_turn()))
    assert asyncio.run(store.load("s1")) == stored
    asyncio.run(store.close())


async def test_two_stores_on_one_file_do_not_overwrite_each_other(
    store: SessionStore, tmp_path: Path
) -> None:
    other = SessionStore.at(tmp_path)
    begun = await store.append(session(), a_turn("begun"))
    seen_by_other = await other.load("s1")
    assert seen_by_other is not None
    here = await store.append(begun, a_turn("here"))
    with pytest.raises(StoreError, match=r"'s1' was continued elsewhere.*load it again"):
        await other.append(seen_by_other, a_turn("there"))
    assert await other.load("s1") == here
    await other.close()


async def test_stores_that_open_a_new_file_at_once_all_work(tmp_path: Path) -> None:
    stores = [SessionStore.at(tmp_path / "new") for _ in range(6)]
    await asyncio.gather(*(s.append(session(str(n)), a_turn()) for n, s in enumerate(stores)))
    assert len(await stores[0].sessions("ann")) == 6
    for store in stores:
        await store.close()


async def test_the_file_is_its_owners_only(store: SessionStore, tmp_path: Path) -> None:
    await store.append(session(), a_turn())
    assert stat.S_IMODE((tmp_path / "sessions.db").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE turns SET json = ? WHERE session_id = 's1'", "{"),
        ("UPDATE turns SET json = ? WHERE session_id = 's1'", '{"message": 3}'),
        ("UPDATE turns SET json = ? WHERE session_id = 's1'", b"\xff\xfe"),
        ("UPDATE turns SET json = CAST(? AS TEXT) WHERE session_id = 's1'", b"\xff\xfe"),
        ("UPDATE turns SET position = ? WHERE session_id = 's1'", 7),
        ("UPDATE turns SET position = ? WHERE session_id = 's1'", "first"),
        ("UPDATE sessions SET catalog = ? WHERE id = 's1'", b"\xff"),
    ],
)
async def test_a_damaged_session_is_named_and_others_are_unaffected(
    store: SessionStore, tmp_path: Path, statement: str, value: object
) -> None:
    await store.append(session("s1"), a_turn())
    whole = await store.append(session("s2"), a_turn())
    damage(tmp_path, statement, value)
    with pytest.raises(StoreError, match=r"Session 's1' is damaged.*begin a new session"):
        await store.load("s1")
    assert await store.load("s2") == whole
    assert {s.id for s in await store.sessions("ann")} == {"s1", "s2"}


async def test_damaged_times_do_not_hide_a_session(store: SessionStore, tmp_path: Path) -> None:
    await store.append(session(), a_turn())
    damage(tmp_path, "UPDATE sessions SET created = ?, updated = 'x'", b"\xff")
    (listed,) = await store.sessions("ann")
    assert (listed.id, listed.created, listed.updated) == ("s1", None, None)


async def test_a_turn_that_json_cannot_hold_is_refused_with_a_sentence(store: SessionStore) -> None:
    with pytest.raises(StoreError, match="cannot be written as JSON"):
        await store.append(session(), a_turn("half a pair: \ud83d"))
    assert await store.load("s1") is None


async def test_a_file_that_is_no_database(store: SessionStore, tmp_path: Path) -> None:
    (tmp_path / "sessions.db").write_text("this is a letter to my aunt " * 50)
    with pytest.raises(
        StoreError, match=r"sessions\.db cannot be used: the file is not a data.*mov"
    ):
        await store.load("s1")


async def test_a_damaged_database(store: SessionStore, tmp_path: Path) -> None:
    for n in range(40):
        await store.append(session(str(n)), a_turn())
    await store.close()
    path = tmp_path / "sessions.db"
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\xaa" * (len(raw) - 4096)
    path.write_bytes(raw)
    with pytest.raises(StoreError, match="it is damaged; move the file away"):
        await store.load("1")


async def test_a_full_disk(store: SessionStore, tmp_path: Path) -> None:
    first = await store.append(session(), a_turn())
    await store.close()

    def no_more_pages(connection: object, record: object) -> None:
        connection.cursor().execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]

    event.listen(store._database._engine.sync_engine, "connect", no_more_pages)
    with pytest.raises(StoreError, match="the disk is full; free some space"):
        await store.append(first, a_turn("long " * 5000))
    await store.close()
    event.remove(store._database._engine.sync_engine, "connect", no_more_pages)
    assert await store.load("s1") == first
    await store.append(first, a_turn("now there is room"))


async def test_a_read_only_file_can_be_read(store: SessionStore, tmp_path: Path) -> None:
    stored = await store.append(session(), a_turn())
    read_only = SessionStore(f"sqlite:///file:{tmp_path / 'sessions.db'}?mode=ro&uri=true")
    assert await read_only.load("s1") == stored
    with pytest.raises(StoreError, match="may not be written; give yourself the right"):
        await read_only.append(stored, a_turn())
    await read_only.close()


async def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = SessionStore.at(tmp_path / "file" / "home")
    with pytest.raises(StoreError, match=r"cannot be reached: .*Check the path"):
        await store.load("s1")


async def test_a_directory_in_the_place_of_the_file(store: SessionStore, tmp_path: Path) -> None:
    (tmp_path / "sessions.db").mkdir()
    with pytest.raises(StoreError, match="cannot be opened; check that the directory exists"):
        await store.load("s1")


async def test_a_database_that_stays_busy(
    store: SessionStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recllm.database.BUSY_SECONDS", 0.05)
    begun = await store.append(session(), a_turn())
    with closing(sqlite3.connect(tmp_path / "sessions.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another process is writing it; try again"):
            await store.append(begun, a_turn())
        assert await store.load("s1") == begun
    await store.append(begun, a_turn())


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("nonsense", "'nonsense' is not a database's address"),
        ("oracle://x", "needs a driver that is not installed"),
        ("nosuch://x", "needs a driver that is not installed"),
    ],
)
def test_a_bad_address(url: str, match: str) -> None:
    with pytest.raises(StoreError, match=match):
        SessionStore(url)


def test_a_password_is_not_shown() -> None:
    with pytest.raises(StoreError) as caught:
        SessionStore("nosuch://me:secret@host/db")
    assert "secret" not in str(caught.value)


async def test_a_database_of_a_newer_version(store: SessionStore, tmp_path: Path) -> None:
    await store.append(session(), a_turn())
    await store.close()
    damage(tmp_path, "UPDATE recllm_schema SET version = 99")
    later = SessionStore.at(tmp_path)
    with pytest.raises(StoreError, match=r"written by a newer RecLLM .*upgrade recllm"):
        await later.load("s1")
    await later.close()


async def test_a_version_that_is_no_number(store: SessionStore, tmp_path: Path) -> None:
    await store.append(session(), a_turn())
    damage(tmp_path, "UPDATE recllm_schema SET version = 'x'")
    later = SessionStore.at(tmp_path)
    with pytest.raises(StoreError, match="is damaged"):
        await later.load("s1")
    await later.close()


def first(connection: Connection) -> None:
    connection.execute(text("CREATE TABLE notes (words TEXT)"))


def second(connection: Connection) -> None:
    connection.execute(text("INSERT INTO notes VALUES ('kept')"))


def broken(connection: Connection) -> None:
    connection.execute(text("INSERT INTO notes VALUES ('half')"))
    connection.execute(text("INSERT INTO no_such_table VALUES (1)"))


async def notes(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(text("SELECT words FROM notes"))).scalars())


async def test_only_the_missing_steps_are_run(tmp_path: Path) -> None:
    url = file_url(tmp_path / "notes.db")
    for steps, expected in (
        ((first,), []),
        ((first, second), ["kept"]),
        ((first, second), ["kept"]),
    ):
        database = Database(url, "notes", steps)
        assert await notes(database) == expected
        await database.close()


async def test_a_step_that_fails_leaves_the_schema_as_it_was(tmp_path: Path) -> None:
    url = file_url(tmp_path / "notes.db")
    database = Database(url, "notes", (first, broken))
    with pytest.raises(StoreError, match="no such table"):
        await notes(database)
    await database.close()
    database = Database(url, "notes", (first, second))
    assert await notes(database) == ["kept"]
    await database.close()


async def test_parts_of_one_database_have_versions_of_their_own(
    store: SessionStore, tmp_path: Path
) -> None:
    database = Database(file_url(tmp_path / "sessions.db"), "notes", (first, second))
    assert await notes(database) == ["kept"]
    await store.append(session(), a_turn())
    assert await notes(database) == ["kept"]
    await database.close()


TALKER = """
    import asyncio, sys
    from pathlib import Path
    from recllm.store import SessionStore
    from recllm.testing.store import a_turn
    from recllm.types import Session

    async def main():
        store = SessionStore.at(Path(sys.argv[1]))
        session = Session(id="s1", user="ann", catalog="films")
        while True:
            session = await store.append(session, a_turn(str(len(session.turns))))
            print(len(session.turns), flush=True)

    asyncio.run(main())
"""


def test_a_killed_process_leaves_a_session_that_can_be_resumed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(TALKER), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(5)][-1]
        os.kill(process.pid, signal.SIGKILL)
        told = max([told, *(int(line) for line in process.stdout if line.endswith("\n"))])
    asyncio.run(check_resumed(tmp_path, told))


async def check_resumed(home: Path, told: int) -> None:
    store = SessionStore.at(home)
    resumed = await store.latest("ann", "films")
    assert resumed is not None
    assert len(resumed.turns) >= told
    assert [t.message for t in resumed.turns] == [str(n) for n in range(len(resumed.turns))]
    assert len((await store.append(resumed, a_turn("and on"))).turns) == len(resumed.turns) + 1
    await store.close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.text(), name=st.text(min_size=1, max_size=50), user=st.text(max_size=50))
def test_any_text_comes_back_as_it_went(message: str, name: str, user: str) -> None:
    async def round_trip() -> None:
        store = SessionStore("sqlite://")
        stored = await store.append(session(name, user=user), a_turn(message))
        assert await store.load(name) == stored
        await store.close()

    asyncio.run(round_trip())
