"""The contract of every :class:`recllm.protocols.ProfileStore`, to be called in a test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from recllm.errors import StoreError
from recllm.facts import Action, Change, Fact, FactKind, FactOrigin, FactStatus, Scope, Source
from recllm.protocols import ProfileStore
from recllm.types import Concept, Constraint, Op

ODD_USERS = (
    "ann",
    "Ann",
    "ann ",
    "ann%",
    "an_",
    "%",
    "_",
    "ann' OR '1'='1",
    '"; DROP TABLE facts; --',
    "änn",
    "a\u0308nn",
    "\u202eann",
    "\U0001f600" * 50,
    "ann\n",
    "\\",
    "x" * 200,
)
"""Names that careless SQL takes for one another, for a pattern or for a command."""


async def check_profile_store(make: Callable[[], Awaitable[ProfileStore]]) -> None:
    """Check that the stores ``make`` returns keep the contract of a profile store.

    Args:
        make: returns an empty store each time.

    Raises:
        AssertionError: the contract is broken; the message says where.
    """
    checks = (
        _remembers,
        _keeps_the_history,
        _lets_edits_stand,
        _makes_all_or_nothing,
        _merges_duplicates,
        _ends_what_expired,
        _forgets,
        _keeps_users_apart,
        _refuses_bad_users,
        _loses_no_change,
        _reads_a_turn_once,
        _keeps_nothing_said_before_an_erase,
    )
    for check in checks:
        await check(await make())


def a_fact(text: str = "Likes “quiet” films, aé \U0001f600.", **values: object) -> Fact:
    """Return a fact with a value in every place that a store could lose."""
    whole = Fact(
        text=text,
        kind=FactKind.LIKE,
        strength=0.75,
        scope=Scope.OTHER,
        about="my nephew",
        evidence="he loves quiet films",
        session="s1",
        turn=2,
        at=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        expires=datetime(2999, 12, 24, tzinfo=UTC),
        catalog="films",
        items=("m1", "m2"),
        concepts=(Concept(text="quiet", attribute="tags", words="quiet"),),
        where=(Constraint(attribute="year", op=Op.GE, values=(1990.0,), words="newer"),),
    )
    return whole.model_copy(update=values)


def added(fact: Fact, *ends: str, action: Action = Action.ADD) -> Change:
    """Return the change that puts ``fact`` in, asked for by whoever the fact comes from."""
    return Change(action=action, fact=fact, ends=ends, origin=fact.origin)


async def _remembers(store: ProfileStore) -> None:
    assert await store.load("ann") == (), "an unknown user must have no facts"
    assert await store.load("ann", history=True) == (), "an unknown user must have no history"
    assert await store.apply("ann", ()) == (), "no changes must leave nothing"
    facts = [a_fact(f"Fact {n}.", origin=o) for n, o in enumerate(FactOrigin)]
    for n, fact in enumerate(facts, 1):
        held = await store.apply("ann", [added(fact)])
        assert held == tuple(facts[:n]), "apply must return what holds, oldest first"
        assert await store.load("ann") == held, "load must return what apply stored"
    again = await store.apply("ann", [added(facts[0])])
    assert again == tuple(facts), "a change that was made before must not be made twice"


async def _keeps_the_history(store: ProfileStore) -> None:
    like = a_fact("Likes horror.")
    hate = a_fact("Cannot stand horror.", kind=FactKind.DISLIKE)
    await store.apply("ann", [added(like)])
    change = added(hate, like.id, action=Action.CONTRADICT)
    held = await store.apply("ann", [change.model_copy(update={"reason": "said so"})])
    assert held == (hate,), "what is contradicted must not hold any more"
    old, new = await store.load("ann", history=True)
    assert (old.text, old.status, old.superseded_by, old.reason) == (
        like.text,
        FactStatus.SUPERSEDED,
        hate.id,
        "said so",
    ), "what is contradicted must stay in the history, with the reason"
    assert old.ended is not None, "the history must tell when a fact ended"
    assert new == hate, "the history must hold the valid facts too"
    gone = Change(action=Action.WITHDRAW, ends=(hate.id, "no such fact"))
    assert await store.apply("ann", [gone]) == (), "what is withdrawn must not hold any more"
    statuses = [f.status for f in await store.load("ann", history=True)]
    assert statuses == [FactStatus.SUPERSEDED, FactStatus.WITHDRAWN], statuses


async def _lets_edits_stand(store: ProfileStore) -> None:
    mine = a_fact("Likes horror on Fridays.", origin=FactOrigin.EDITED)
    await store.apply("ann", [added(mine)])
    for action in (Action.REFINE, Action.CONTRADICT, Action.MERGE):
        other = a_fact(f"Says otherwise, {action}.")
        held = await store.apply("ann", [added(other, mine.id, action=action)])
        assert held == (mine,), f"{action} by extraction must not end what the person wrote"
    held = await store.apply("ann", [Change(action=Action.WITHDRAW, ends=(mine.id,))])
    assert held == (mine,), "extraction must not withdraw what the person wrote"
    ended = [f for f in await store.load("ann", history=True) if f != mine]
    assert len(ended) == 3, "what was held back must be in the history"
    assert {f.superseded_by for f in ended} == {mine.id}, "it must name the fact that stands"
    edit = a_fact("Likes horror on Sundays.", origin=FactOrigin.EDITED)
    held = await store.apply("ann", [added(edit, mine.id, action=Action.REFINE)])
    assert held == (edit,), "the person's own edits must be made"


async def _makes_all_or_nothing(store: ProfileStore) -> None:
    kept = a_fact("Likes tea.")
    await store.apply("ann", [added(kept)])
    bad = [
        Change(action=Action.ADD),
        added(a_fact("   \n ")),
        Change(action=Action.ERASE),
        Change(action=Action.FORGET, ends=(kept.id,)),
        added(a_fact("x" * 10_000, origin=FactOrigin.EDITED)),
    ]
    for change in bad:
        try:
            await store.apply("ann", [added(a_fact("Likes coffee.")), change])
        except StoreError:
            assert await store.load("ann") == (kept,), "a refused change must change nothing"
        else:
            raise AssertionError(f"this change must be refused: {change!r}")


async def _merges_duplicates(store: ProfileStore) -> None:
    first, again = a_fact("Likes tea."), a_fact("likes  TEA!")
    await store.apply("ann", [added(first)])
    assert await store.apply("ann", [added(again)]) == (first,), "the same must be kept once"
    own = a_fact("Likes tea.", scope=Scope.ALWAYS, about="")
    held = await store.apply("ann", [added(own)])
    assert held == (first, own), "what is said of somebody else is not the same"


async def _ends_what_expired(store: ProfileStore) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    over = a_fact("Looks for a present.", expires=past)
    assert await store.apply("ann", [added(over)]) == (), "an expired fact must not hold"
    assert await store.load("ann") == (), "an expired fact must not be loaded"
    (told,) = await store.load("ann", history=True)
    assert told.status is FactStatus.EXPIRED, "the history must say that it has expired"


async def _forgets(store: ProfileStore) -> None:
    old, new, other = a_fact("Likes tea."), a_fact("Likes green tea."), a_fact("Has a cat.")
    await store.apply("ann", [added(old), added(other)])
    await store.apply("ann", [added(new, old.id, action=Action.REFINE)])
    await store.apply("bob", [added(a_fact("Has a dog.", id=new.id))])
    change = Change(action=Action.FORGET, ends=(new.id,), origin=FactOrigin.EDITED)
    assert await store.apply("ann", [change]) == (other,), "what is forgotten must be gone"
    left = await store.load("ann", history=True)
    assert left == (other,), "what it had replaced must be gone with it"
    change = Change(action=Action.ERASE, origin=FactOrigin.EDITED)
    assert await store.apply("ann", [change]) == (), "erasing must leave nothing"
    assert await store.load("ann", history=True) == (), "erasing must leave no history"
    assert len(await store.load("bob")) == 1, "erasing one must not touch another"
    assert len(await store.apply("ann", [added(old)])) == 1, "one can begin anew"


async def _keeps_users_apart(store: ProfileStore) -> None:
    facts = {user: a_fact(f"Is number {n}.", id="same") for n, user in enumerate(ODD_USERS)}
    for user, fact in facts.items():
        assert await store.apply(user, [added(fact)]) == (fact,), f"{user!r} must have a profile"
    for user, fact in facts.items():
        assert await store.load(user) == (fact,), f"{user!r} must see their own fact only"
    first, *others = ODD_USERS
    gone = Change(action=Action.WITHDRAW, ends=("same",))
    assert await store.apply(first, [gone]) == (), "a withdrawn fact must be gone"
    for user in others:
        assert await store.load(user) == (facts[user],), f"{user!r} must keep their own fact"


async def _refuses_bad_users(store: ProfileStore) -> None:
    for user in ("", "   ", "x" * 201, "nul\x00", "half \ud800"):
        for use in (store.load(user), store.apply(user, ())):
            try:
                await use
            except StoreError:
                continue
            raise AssertionError(f"the user {user[:20]!a} must be refused")


async def _loses_no_change(store: ProfileStore) -> None:
    facts = [a_fact(f"Fact {n}.") for n in range(8)]
    await asyncio.gather(*(store.apply("ann", [added(fact)]) for fact in facts))
    held = {f.id for f in await store.load("ann")}
    assert held == {f.id for f in facts}, "of changes made at once none may be lost"


async def _reads_a_turn_once(store: ProfileStore) -> None:
    first = Source(session="s1", turn=1, at=datetime.now(UTC))
    third = first.model_copy(update={"turn": 3})
    tea, coffee, milk = (a_fact(f"Likes {what}.") for what in ("tea", "coffee", "milk"))
    assert await store.apply("ann", [added(tea)], source=first) == (tea,)
    held = await store.apply("ann", [added(coffee)], source=first)
    assert held == (tea,), "a turn that was read before must change nothing"
    assert await store.apply("ann", (), source=third) == (tea,), "nothing to store must be kept too"
    second = first.model_copy(update={"turn": 2})
    held = await store.apply("ann", [added(coffee)], source=second)
    assert held == (tea,), "of turns that were read, none is read again"
    other = first.model_copy(update={"session": "s2"})
    held = await store.apply("ann", [added(milk)], source=other)
    assert held == (tea, milk), "sessions must be told apart"
    held = await store.apply("bob", [added(coffee)], source=first)
    assert held == (coffee,), "users must be told apart"
    try:
        await store.apply("ann", [Change(action=Action.ADD)], source=third)
    except StoreError:
        raise AssertionError("what is not made must not be refused") from None
    fourth = first.model_copy(update={"turn": 4})
    for change in (Change(action=Action.ADD), added(coffee)):
        try:
            held = await store.apply("ann", [change], source=fourth)
        except StoreError:
            continue
    assert held == (tea, milk, coffee), "a turn whose changes were refused must still be unread"


async def _keeps_nothing_said_before_an_erase(store: ProfileStore) -> None:
    before = Source(session="s1", turn=2, at=datetime.now(UTC))
    await store.apply("ann", [added(a_fact("Likes tea."))])
    await store.apply("ann", [Change(action=Action.ERASE, origin=FactOrigin.EDITED)])
    late = a_fact("Likes coffee.")
    held = await store.apply("ann", [added(late)], source=before)
    assert held == (), "what was said before an erase must not be stored after it"
    assert await store.load("ann", history=True) == (), "nor may it be in the history"
    await store.apply("bob", [added(late)], source=before)
    assert len(await store.load("bob")) == 1, "erasing one must not touch another"
    now = before.model_copy(update={"at": datetime.now(UTC), "turn": 1})
    held = await store.apply("ann", [added(late)], source=now)
    assert held == (late,), "what is said after an erase must be stored, its session read anew"
