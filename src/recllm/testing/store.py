"""The contract of every :class:`recllm.protocols.Store`, as one function to call in a test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from recllm.errors import StoreError
from recllm.protocols import Store
from recllm.types import Act, Bucket, Item, Recommendation, Session, Slate, State, Trace, Turn


async def check_store(make: Callable[[], Awaitable[Store]]) -> None:
    """Check that the stores ``make`` returns keep the contract of :class:`~protocols.Store`.

    Args:
        make: returns an empty store each time.

    Raises:
        AssertionError: the contract is broken; the message says where.
    """
    for check in (_remembers, _keeps_sessions_apart, _refuses_to_overwrite, _lets_one_win):
        await check(await make())


class Erasing(Store, Protocol):
    """A store that can erase a user; this adds to the contract of those that do."""

    async def erase(self, user: str) -> int:
        """Delete all sessions of ``user``, and return how many there were."""
        ...


async def check_erasing(store: Erasing) -> None:
    """Check that an empty ``store`` erases a user for good.

    Raises:
        AssertionError: the contract is broken; the message says where.
    """
    session, other = Session(id="s1", user="ann"), Session(id="s2", user="bob")
    longer, late = await store.append(session, a_turn("first")), a_turn("being answered")
    kept = await store.append(other, a_turn("bob's"))
    assert await store.erase("ann") == 1, "erase must count the sessions"
    assert await store.load("s1") is None, "an erased session must be gone"
    for begun in (session, Session(id="s3", user="ann"), longer):
        await _refused(store, begun, "were erased while", late)
        assert await store.load(begun.id) is None, "nothing of it may be left"
    await _refused(store, longer, "not stored any more")
    assert await store.erase("nobody") == 0
    await store.append(session, a_turn("a new beginning"))
    assert await store.load("s2") == kept, "erasing one must not touch another"


def a_turn(message: str = "something calm, aé — “quiet”\n") -> Turn:
    """Return a turn with a value in every place that a store could lose."""
    item = Item(id="m1", title="Moon", attributes={"year": 2009.0, "cast": ("Sam Rockwell",)})
    pick = Recommendation(item=item, bucket=Bucket.GOOD, score=0.625, explanation="It is quiet.")
    return Turn(
        message=message,
        reply="Try Moon.",
        act=Act.RECOMMEND,
        lines=("Wants: calm",),
        slate=Slate(items=(pick,)),
        mentioned=(item,),
        state=State(wants="calm", shown=("m1",)),
        trace=Trace(ways={"bm25": ("m1",)}, seconds={"rank": 0.25}),
    )


async def _remembers(store: Store) -> None:
    assert await store.load("none") is None, "an unknown session must load as None"
    session = Session(id="s1", user="ann", catalog="films")
    for message in ("hello", "", "émile \U0001f600 \x00"):
        turn = a_turn(message)
        longer = await store.append(session, turn)
        assert longer == session.then(turn), "append must return the session with the turn added"
        session = longer
        assert await store.load("s1") == session, "load must return what append stored, in order"


async def _keeps_sessions_apart(store: Store) -> None:
    one = await store.append(Session(id="one", user="ann", catalog="films"), a_turn("1"))
    two = await store.append(Session(id="two", user="bob", catalog="books"), a_turn("2"))
    assert await store.load("one") == one, "a session must not change when another is stored"
    assert await store.load("two") == two, "sessions must be kept apart by their ids"


async def _refuses_to_overwrite(store: Store) -> None:
    session = Session(id="s1", user="ann", catalog="films")
    longer = await store.append(session, a_turn("first"))
    await _refused(store, session, "continued elsewhere")
    await _refused(store, longer.then(a_turn("not stored")), "load it again")
    await _refused(store, longer.model_copy(update={"user": "bob"}), "another's")
    assert await store.load("s1") == longer, "a refused turn must leave the session as it was"


async def _refused(store: Store, session: Session, why: str, turn: Turn | None = None) -> None:
    message = ""
    try:
        await store.append(session, turn or a_turn("second"))
    except StoreError as error:
        message = str(error)
    assert why in message, f"append must refuse this session and say {why!r}, not {message!r}"


async def _lets_one_win(store: Store) -> None:
    session = Session(id="s1", user="ann", catalog="films")
    turns = [a_turn(str(n)) for n in range(8)]
    tries = (store.append(session, turn) for turn in turns)
    results = await asyncio.gather(*tries, return_exceptions=True)
    won = [r for r in results if isinstance(r, Session)]
    lost = [r for r in results if isinstance(r, StoreError) and "continued elsewhere" in str(r)]
    assert len(won) == 1, f"of {len(turns)} that continue a session at once one must win: {results}"
    assert len(lost) == len(turns) - 1, f"the others must get a StoreError: {results}"
    assert await store.load("s1") == won[0], "what the winner wrote must be what is stored"
