"""What one process erases or leaves undone, and another one does with it: real processes."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests import postgres, toy
from tests.profiles.test_profile_store import bytes_of

from recllm.erasures import KEPT
from recllm.errors import StoreError
from recllm.facts import Change, Fact
from recllm.memory_store import MemoryStore
from recllm.profiles.control import ProfileControl
from recllm.profiles.extraction import RuleExtractor
from recllm.profiles.memory import MemoryProfileStore
from recllm.profiles.reactions import ReactionExtractor
from recllm.profiles.remembering import Memory
from recllm.profiles.store import SQLProfileStore
from recllm.profiles.unread import Unread
from recllm.profiles.word_trigger import WordTrigger
from recllm.store import SessionStore
from recllm.testing.store import a_turn
from recllm.types import ChatMessage, Session, Turn

ROOT = Path(__file__).resolve().parents[2]
SECRET = "quinquereme"

TALKER = """
import asyncio, os, sys
from tests import toy
from recllm.errors import StoreError
from recllm.profiles.extraction import RuleExtractor
from recllm.profiles.remembering import Memory
from recllm.profiles.store import SQLProfileStore
from recllm.profiles.word_trigger import WordTrigger
from recllm.store import SessionStore

def wait(what):
    print(what, flush=True)
    sys.stdin.readline()

class Waiting(RuleExtractor):
    async def extract(self, session, turn, known):
        found = await super().extract(session, turn, known)
        wait("read")
        return found

class Late(SessionStore):
    async def append(self, session, turn):
        if where == "answering":
            wait("answered")
        return await super().append(session, turn)

url, where, message = sys.argv[1:]

async def main():
    store = Late(url)
    memory = Memory(SQLProfileStore(url), WordTrigger(), [Waiting()])
    talker = await toy.recommender(store=store, memory=memory)
    try:
        await talker.reply(toy.new_session("s"), message)
    except StoreError as error:
        print(error, flush=True)
    await talker.close()

asyncio.run(main())
"""


@asynccontextmanager
async def talker(url: str, where: str, message: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that answers ``message`` and waits for a line while it is ``where``."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", TALKER, url, where, message), stdin=pipe, stdout=pipe, cwd=ROOT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line_of(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    return (await asyncio.wait_for(process.stdout.readline(), 60)).decode()


async def go_on(process: asyncio.subprocess.Process) -> str:
    return (await asyncio.wait_for(process.communicate(b"\n"), 60))[0].decode()


async def everything(url: str) -> str:
    """All that is stored: the bytes of the files, or all rows of all tables."""
    if url.startswith("sqlite"):
        return bytes_of(Path(url.removeprefix("sqlite:///")).parent).decode("utf-8", "replace")
    named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    tables = [str(row[0]) for row in await postgres.query(url, named)]
    return str([await postgres.query(url, f"SELECT * FROM {t}") for t in tables])


# ── An erase in the middle of a turn ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("where", ["reading", "answering"])
async def test_what_is_under_way_when_its_user_is_erased_is_not_stored(
    shared_url: str, where: str
) -> None:
    sessions, profiles = SessionStore(shared_url), SQLProfileStore(shared_url)
    message = f"I love the {SECRET}. something in space"
    async with talker(shared_url, where, message) as process:
        assert await line_of(process) == ("read\n" if where == "reading" else "answered\n")
        assert (SECRET in await everything(shared_url)) == (where == "reading")
        erased = await ProfileControl(profiles, sessions).erase("ann")
        assert erased.sessions == (1 if where == "reading" else 0)
        told = await go_on(process)
        assert process.returncode == 0
    assert ("were erased while this was being answered" in told) == (where == "answering")
    assert await profiles.load("ann", history=True) == ()
    assert await sessions.sessions("ann") == ()
    assert SECRET not in await everything(shared_url)
    # What is said from now on is kept as ever.
    await sessions.append(Session(id="new", user="ann", catalog="toy"), a_turn())
    await profiles.close()
    await sessions.close()


async def test_an_erasure_holds_no_name_and_is_dropped_when_it_is_old(tmp_path: Path) -> None:
    sessions = SessionStore.at(tmp_path)
    await sessions.append(Session(id="s", user="ann of Tyre", catalog="toy"), a_turn())
    await sessions.erase("ann of Tyre")
    assert b"Tyre" not in bytes_of(tmp_path)
    long_ago = (datetime.now(UTC) - KEPT - timedelta(seconds=1)).isoformat(timespec="microseconds")
    with closing(sqlite3.connect(tmp_path / "sessions.db")) as connection, connection:
        assert len(connection.execute("SELECT * FROM erasures").fetchall()) == 1
        connection.execute("UPDATE erasures SET at = ?", (long_ago,))
    await sessions.append(Session(id="t", user="bob", catalog="toy"), a_turn())
    with closing(sqlite3.connect(tmp_path / "sessions.db")) as connection:
        assert connection.execute("SELECT * FROM erasures").fetchall() == []
    await sessions.close()


# ── A process that ends before a turn is read ────────────────────────────────────────────────


async def remembering(url: str, *, sessions: SessionStore | None = None) -> Memory:
    profiles = SQLProfileStore(url)
    unread = Unread(sessions or SessionStore(url), profiles)
    return Memory(profiles, WordTrigger(), [ReactionExtractor(), RuleExtractor()], unread=unread)


async def test_what_a_killed_process_left_unread_is_read_at_the_next_start(
    shared_url: str,
) -> None:
    async with talker(shared_url, "reading", "I am allergic to shellfish.") as process:
        assert await line_of(process) == "read\n"
        process.send_signal(signal.SIGKILL)
        await process.wait()
    sessions = SessionStore(shared_url)
    memory = await remembering(shared_url, sessions=sessions)
    assert await memory.store.load("ann") == (), "nothing was read before it was killed"
    opened = await toy.recommender(store=sessions, memory=memory)
    (turn,) = (await opened.reply(toy.new_session("another"), "something in space")).turns
    assert "Is allergic to shellfish." in turn.trace.facts, "it bears on the first turn already"
    again = await remembering(shared_url, sessions=sessions)
    await (await toy.recommender(store=sessions, memory=again)).reply(
        toy.new_session("a third"), "hello"
    )
    await again.drain()
    held = [f.text for f in await again.store.load("ann", history=True)]
    assert held == ["Is allergic to shellfish."], "it is read once"
    await again.close()
    await opened.close()


class Counting:
    """An extractor that makes a fact of each turn and counts how often it is asked."""

    def __init__(self) -> None:
        self.read: list[str] = []

    async def extract(
        self, session: Session, turn: Turn, known: Sequence[Fact]
    ) -> tuple[Change, ...]:
        self.read.append(turn.message)
        return (Change(fact=Fact(text=f"Said {turn.message}.")),)


def asking(message: str) -> list[ChatMessage]:
    return [ChatMessage(role="user", content=message)]


def said(message: str, *, remember: bool = True) -> Turn:
    return a_turn(message).model_copy(update={"remember": remember})


async def test_only_what_was_said_while_remembering_is_read_later() -> None:
    sessions, profiles, counting = MemoryStore(), MemoryProfileStore(), Counting()
    session = Session(id="s", user="ann", catalog="toy")
    for turn in (said("one"), said("two", remember=False), said("three")):
        session = await sessions.append(session, turn)
    await sessions.append(Session(id="t", user="ann"), said("four", remember=False))
    await sessions.append(Session(id="u", user="bob"), said("five"))
    memory = Memory(profiles, WordTrigger(), [counting], unread=Unread(sessions, profiles))
    await memory.recall(Session(id="new", user="ann"), asking("hello"))
    assert counting.read == ["one", "three"]
    assert await profiles.read_turns("ann") == {"s": 3, "t": 1}
    await memory.recall(Session(id="new", user="ann"), asking("hello"))
    await Memory(profiles, WordTrigger(), [counting], unread=Unread(sessions, profiles)).recall(
        Session(id="new", user="ann"), asking("hello")
    )
    assert counting.read == ["one", "three"], "what was read is not looked at again"


async def test_a_turn_that_could_not_be_kept_is_read_again_with_the_next() -> None:
    sessions, counting = MemoryStore(), Counting()
    profiles = Failing()
    memory = Memory(profiles, WordTrigger(), [counting], unread=Unread(sessions, profiles))
    session = Session(id="s", user="ann", catalog="toy")
    for message in ("one", "two"):
        memory.learn(session, said(message))
        session = await sessions.append(session, said(message))
        await memory.drain()
    assert counting.read == ["one", "one", "two"]
    assert [f.text for f in await profiles.load("ann")] == ["Said one.", "Said two."]


class Failing(MemoryProfileStore):
    """A store whose first write fails."""

    failed = False

    async def apply(self, user: str, changes: Sequence[Change], **how: object) -> tuple[Fact, ...]:
        if not self.failed:
            self.failed = True
            raise StoreError("the disk is full")
        return await super().apply(user, changes, **how)  # type: ignore[arg-type]


async def test_two_processes_that_read_one_turn_store_it_once(shared_url: str) -> None:
    sessions = SessionStore(shared_url)
    await sessions.append(Session(id="s", user="ann", catalog="toy"), said("one"))
    memories = [
        Memory(store, WordTrigger(), [Counting()], unread=Unread(sessions, store))
        for store in (SQLProfileStore(shared_url), SQLProfileStore(shared_url))
    ]
    new = Session(id="new", user="ann")
    await asyncio.gather(*(m.recall(new, asking("hello")) for m in memories))
    for memory in memories:
        await memory.drain()
    assert len(await memories[0].store.load("ann", history=True)) == 1
    for memory in memories:
        await memory.close()
    await sessions.close()
