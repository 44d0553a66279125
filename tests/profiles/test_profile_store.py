"""The profile stores: one contract for all, and what a database adds to it."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import postgres

from recllm.build import choose_memory, database_url
from recllm.config import load_settings
from recllm.database import file_url
from recllm.encoder import HashEncoder
from recllm.errors import StoreError
from recllm.facts import Action, Change, Fact, FactOrigin
from recllm.llm.scripted import ScriptedLLM
from recllm.profiles.memory import MemoryProfileStore
from recllm.profiles.store import SQLProfileStore
from recllm.protocols import ProfileStore
from recllm.store import SessionStore
from recllm.testing.profiles import ODD_USERS, a_fact, added, check_profile_store
from recllm.testing.store import a_turn, check_erasing, check_store
from recllm.types import LLMRequest, Session

ERASE = Change(action=Action.ERASE, origin=FactOrigin.EDITED)


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """A connection that was left open warns when it is collected: let that be in its own test."""
    yield
    gc.collect()


async def test_profiles_in_memory_keep_the_contract() -> None:
    async def make() -> ProfileStore:
        return MemoryProfileStore()

    await check_profile_store(make)


async def test_profiles_in_a_database_keep_the_contract(new_url: Callable[[], str]) -> None:
    made: list[SQLProfileStore] = []

    async def make() -> ProfileStore:
        made.append(SQLProfileStore(new_url()))
        return made[-1]

    await check_profile_store(make)
    for store in made:
        await store.close()


async def test_sessions_keep_their_contract_at_postgresql(postgres_url: str) -> None:
    made: list[SessionStore] = []

    async def make() -> SessionStore:
        made.append(SessionStore(postgres.new_database(postgres_url)))
        return made[-1]

    await check_store(make)
    await check_erasing(await make())
    for store in made:
        await store.close()


# ── No user sees another ─────────────────────────────────────────────────────────────────────

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
USERS = st.sampled_from(ODD_USERS) | TEXTS.filter(lambda name: bool(name.strip()))
Step = tuple[str, str, int]
STEPS = st.lists(
    st.tuples(
        USERS, st.sampled_from(["add", "replace", "withdraw", "forget", "erase"]), st.integers(0, 5)
    ),
    min_size=4,
    max_size=25,
)


@given(steps=STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_interleaved_users_never_see_one_another(
    url: str, steps: list[tuple[str, str, int]]
) -> None:
    async def interleave() -> None:
        store = SQLProfileStore(url)
        users = sorted({user for user, _, _ in steps})
        for user in users:
            await store.apply(user, [ERASE])
        held: dict[str, dict[str, Fact]] = {user: {} for user in users}
        for number, (user, step, pick) in enumerate(steps):
            await take(store, user, held[user], step, pick, number)
            for other in users:
                facts = await store.load(other)
                assert facts == tuple(held[other].values())
                everything = await store.load(other, history=True)
                assert all(f.session == other for f in everything)
        await store.close()

    asyncio.run(interleave())


async def take(
    store: SQLProfileStore, user: str, held: dict[str, Fact], step: str, pick: int, number: int
) -> None:
    """Do one step for ``user`` in the store and, independently, in ``held``."""
    chosen = list(held)[pick % len(held)] if held else "nothing"
    # The ids are the same for all users, so that only the user tells the facts apart.
    fact = a_fact(f"Fact {number}.", id=f"f{number}", session=user)
    if step == "add" or step == "replace":
        ends = (chosen,) if step == "replace" else ()
        await store.apply(user, [added(fact, *ends)])
        for gone in ends:
            held.pop(gone, None)
        held[fact.id] = fact
    elif step == "erase":
        await store.apply(user, [ERASE])
        held.clear()
    else:
        action = Action(step)
        origin = FactOrigin.EDITED if action is Action.FORGET else FactOrigin.SAID
        await store.apply(user, [Change(action=action, ends=(chosen,), origin=origin)])
        held.pop(chosen, None)


# ── Nothing remains ──────────────────────────────────────────────────────────────────────────

SECRET = "quinquereme of Nineveh"


def bytes_of(folder: Path) -> bytes:
    """All that is in the files of ``folder``."""
    return b"".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file())


async def fill(sessions: SessionStore, profiles: SQLProfileStore, user: str, secret: str) -> None:
    session = Session(id=f"of {user}", user=user, catalog="films")
    for n in range(30):
        session = await sessions.append(session, a_turn(f"{secret} {n}"))
        old = a_fact(f"Likes the {secret} {n}.", evidence=f"i like {secret}")
        await profiles.apply(user, [added(old)])
        new = a_fact(f"Loves the {secret} {n}.")
        await profiles.apply(user, [added(new, old.id, action=Action.REFINE)])


async def test_nothing_of_an_erased_user_is_left_in_any_file(tmp_path: Path) -> None:
    sessions, profiles = SessionStore.at(tmp_path), SQLProfileStore.at(tmp_path)
    await fill(sessions, profiles, "ann of Tyre", SECRET)
    await fill(sessions, profiles, "bob of Sidon", "Spanish galleon")
    for word in (b"quinquereme", b"Tyre", b"galleon", b"Sidon"):
        assert word in bytes_of(tmp_path), "the search must find what is there"
    assert await profiles.apply("ann of Tyre", [ERASE]) == ()
    assert await sessions.erase("ann of Tyre") == 1
    # Looked for while everything is open: the journal counts as well.
    for word in (b"quinquereme", b"Nineveh", b"Tyre"):
        assert word not in bytes_of(tmp_path)
    assert await sessions.sessions("ann of Tyre") == ()
    assert len(await profiles.load("bob of Sidon")) == 30
    assert len(await sessions.sessions("bob of Sidon")) == 1
    await sessions.close()
    await profiles.close()
    assert b"quinquereme" not in bytes_of(tmp_path)
    assert b"galleon" in bytes_of(tmp_path)


async def test_nothing_of_a_forgotten_fact_is_left_in_any_file(tmp_path: Path) -> None:
    store = SQLProfileStore.at(tmp_path)
    old, new, other = a_fact(f"Likes a {SECRET}."), a_fact("Likes ships."), a_fact("Has a cat.")
    await store.apply("ann", [added(old), added(other)])
    await store.apply("ann", [added(new, old.id)])
    forget = Change(action=Action.FORGET, ends=(new.id,), origin=FactOrigin.EDITED)
    assert await store.apply("ann", [forget]) == (other,)
    assert b"Nineveh" not in bytes_of(tmp_path)
    assert b"Has a cat." in bytes_of(tmp_path)
    await store.close()


async def test_a_journal_that_another_holds_open_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recllm.database.BUSY_SECONDS", 0.05)
    store = SQLProfileStore.at(tmp_path)
    await store.apply("ann", [added(a_fact(f"Likes a {SECRET}."))])
    with closing(sqlite3.connect(tmp_path / "sessions.db")) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM facts").fetchone()
        with pytest.raises(StoreError, match=r"still holds traces.*do this again"):
            await store.apply("ann", [ERASE])
        assert await store.load("ann", history=True) == ()
    await store.apply("ann", [ERASE])
    assert b"Nineveh" not in bytes_of(tmp_path)
    await store.close()


async def test_no_row_of_an_erased_user_is_left_at_postgresql(postgres_url: str) -> None:
    url = postgres.new_database(postgres_url)
    sessions, profiles = SessionStore(url), SQLProfileStore(url)
    await fill(sessions, profiles, "ann of Tyre", SECRET)
    await fill(sessions, profiles, "bob of Sidon", "Spanish galleon")
    assert "Nineveh" in await rows(url)
    await profiles.apply("ann of Tyre", [ERASE])
    await sessions.erase("ann of Tyre")
    left = await rows(url)
    assert "Nineveh" not in left
    assert "Tyre" not in left
    assert "galleon" in left
    await sessions.close()
    await profiles.close()


async def rows(url: str) -> str:
    """Every row of every table, as text."""
    named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    tables = [str(row[0]) for row in await postgres.query(url, named)]
    assert {"facts", "profiles", "sessions", "turns"} <= set(tables)
    return str([await postgres.query(url, f"SELECT * FROM {t}") for t in tables])


# ── Several stores, several versions ─────────────────────────────────────────────────────────


async def test_what_one_process_writes_another_reads_at_once(shared_url: str) -> None:
    here, there = SQLProfileStore(shared_url), SQLProfileStore(shared_url)
    one, two = a_fact("Likes tea."), a_fact("Likes coffee.")
    await here.apply("ann", [added(one)])
    assert await there.load("ann") == (one,)
    await there.apply("ann", [ERASE])
    assert await here.load("ann") == ()
    await there.apply("ann", [added(two)])
    assert await here.load("ann") == (two,), "what was read before must not come back"
    await here.close()
    await there.close()


async def test_stores_that_open_a_new_database_at_once_all_work(shared_url: str) -> None:
    stores = [SQLProfileStore(shared_url) for _ in range(6)]
    facts = [a_fact(f"Fact {n}.") for n in range(6)]
    await asyncio.gather(*(s.apply("ann", [added(f)]) for s, f in zip(stores, facts, strict=True)))
    assert len(await stores[0].load("ann")) == 6
    for store in stores:
        await store.close()


async def test_an_older_database_gets_the_tables_of_profiles(tmp_path: Path) -> None:
    sessions = SessionStore.at(tmp_path)
    stored = await sessions.append(Session(id="s1", user="ann", catalog="films"), a_turn())
    with closing(sqlite3.connect(tmp_path / "sessions.db")) as connection:
        # This is what a database of the first version has.
        connection.executescript("DROP TABLE erasures; UPDATE recllm_schema SET version = 1")
        known = connection.execute("SELECT part, version FROM recllm_schema").fetchall()
    assert known == [("sessions", 1)]
    await sessions.close()
    sessions, profiles = SessionStore.at(tmp_path), SQLProfileStore.at(tmp_path)
    assert await sessions.load("s1") == stored
    await profiles.apply("ann", [added(a_fact())])
    assert await sessions.append(stored, a_turn()) == await sessions.load("s1")
    assert await profiles.read_turns("ann") == {}
    await sessions.close()
    await profiles.close()


async def test_a_newer_database_is_refused(shared_url: str) -> None:
    store = SQLProfileStore(shared_url)
    await store.apply("ann", [added(a_fact())])
    statement = "UPDATE recllm_schema SET version = 99 WHERE part = 'profiles'"
    if shared_url.startswith("postgresql"):
        await postgres.query(shared_url, statement)
    else:
        path = shared_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement)
    await store.close()
    later = SQLProfileStore(shared_url)
    with pytest.raises(StoreError, match=r"newer RecLLM .*profiles version 99.*upgrade recllm"):
        await later.load("ann")
    await later.close()


async def test_a_damaged_profile_is_named_and_can_be_erased(tmp_path: Path) -> None:
    store = SQLProfileStore.at(tmp_path)
    await store.apply("ann", [added(a_fact())])
    await store.apply("bob", [added(a_fact("Has a dog."))])
    with closing(sqlite3.connect(tmp_path / "sessions.db")) as connection, connection:
        connection.execute("UPDATE facts SET json = '{' WHERE \"user\" = 'ann'")
        connection.execute("UPDATE profiles SET revision = 'other'")
    with pytest.raises(StoreError, match=r"profile of 'ann' is damaged.*recllm profile erase"):
        await store.load("ann")
    assert len(await store.load("bob")) == 1
    assert await store.apply("ann", [ERASE]) == ()
    assert await store.load("ann") == ()
    await store.close()


async def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    store = SQLProfileStore("postgres://me:secret@127.0.0.1:1/db")
    with pytest.raises(StoreError, match=r"db at 127\.0\.0\.1 cannot be reached") as caught:
        await store.load("ann")
    assert "secret" not in str(caught.value)
    await store.close()


async def test_the_configured_database_keeps_profiles_and_sessions(shared_url: str) -> None:
    settings = load_settings(database=shared_url, llm="none")
    assert "postgresql" not in repr(settings), "an address may hold a password"
    memory = choose_memory(settings)
    assert memory is not None
    fact = a_fact()
    await memory.store.apply("ann", [added(fact)])
    store = SessionStore(database_url(settings))
    await store.append(Session(id="s", user="ann", catalog="films"), a_turn())
    await store.close()
    await memory.close()
    again = SQLProfileStore(shared_url)
    assert await again.load("ann") == (fact,)
    await again.close()


def test_nobody_is_remembered_where_profiles_are_off() -> None:
    assert choose_memory(load_settings(profiles=False, llm="none")) is None


@pytest.mark.parametrize(("trust", "asked"), [("embedded", 0), ("general", 1)])
async def test_only_a_trusted_model_reads_facts(tmp_path: Path, trust: str, asked: int) -> None:
    calls: list[LLMRequest] = []

    def note(request: LLMRequest) -> str:
        calls.append(request)
        return "like | me | Likes opera. | I hum opera all day"

    settings = load_settings(database=file_url(tmp_path / "s.db"), trust=trust)
    memory = choose_memory(settings, HashEncoder(), ScriptedLLM([note], repeat=True))
    assert memory is not None
    turn = a_turn("I hum opera all day").model_copy(update={"remember": True})
    memory.learn(Session(id="s", user="ann"), turn)
    await memory.drain()
    assert len(calls) == asked
    assert len(await memory.store.load("ann")) == asked
    await memory.close()
