"""A long profile becomes shorter and says the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from tests import toy
from tests.profiles.test_change import Alike

from recllm.encoder import HashEncoder
from recllm.facts import Change, Fact, FactKind, FactOrigin, FactStatus, Scope
from recllm.profiles.change import propose
from recllm.profiles.consolidation import ENOUGH, OVER, consolidate
from recllm.profiles.control import ProfileControl
from recllm.profiles.extraction import RuleExtractor
from recllm.profiles.groups import titles_in
from recllm.profiles.memory import MemoryProfileStore
from recllm.profiles.reactions import ReactionExtractor
from recllm.profiles.remembering import GROWN, LONG, Memory
from recllm.profiles.rules import changed, holding
from recllm.profiles.subjects import stem
from recllm.profiles.word_trigger import WordTrigger
from recllm.protocols import Encoder
from recllm.text import words
from recllm.types import Act, Concept, Session, State, Turn

AT = datetime(2026, 3, 10, tzinfo=UTC)
LIKE, DISLIKE, OWN = FactKind.LIKE, FactKind.DISLIKE, FactKind.POSSESSION


def fact(text: str, kind: FactKind, **values: Any) -> Fact:
    return Fact(**({"text": text, "kind": kind, "at": AT} | values))


def reaction(number: int, kind: FactKind = LIKE, *traits: str) -> Fact:
    verb = {LIKE: "Liked Film {}.", DISLIKE: "Turned down Film {}.", OWN: "Knows Film {} already."}
    sign = -1 if kind is DISLIKE else 1
    return fact(
        verb[kind].format(number),
        kind,
        items=(str(number),),
        catalog="toy",
        origin=FactOrigin.REACTION,
        concepts=tuple(Concept(text=t, attribute="genres", sign=sign) for t in traits),
    )


async def shorter(facts: Sequence[Fact], encoder: Encoder | None = None) -> tuple[Fact, ...]:
    """What is left of ``facts``, the history included."""
    return changed(facts, await consolidate(facts, encoder or HashEncoder(), AT), AT)


# ── Items ────────────────────────────────────────────────────────────────────────────────────


async def test_many_reactions_are_told_together_and_stay_in_the_history() -> None:
    facts = [reaction(n, LIKE, "Drama", f"Rare {n}") for n in range(ENOUGH)]
    facts += [reaction(10 + n, LIKE, "Western") for n in range(ENOUGH)]
    history = await shorter(facts)
    drama, western = sorted(holding(history, AT), key=lambda f: f.text)
    assert drama.text == "Liked 5 items with Drama, such as “Film 4”, “Film 3” and “Film 2”."
    assert set(drama.items) == {str(n) for n in range(ENOUGH)}
    assert [c.text for c in drama.concepts] == ["Drama"]
    assert western.text.startswith("Liked 5 items with Western")
    assert len(history) == 2 * ENOUGH + 2
    assert await consolidate(holding(history, AT), HashEncoder(), AT) == ()


async def test_a_group_grows_and_loses_what_is_thought_otherwise_of() -> None:
    (group,) = holding(await shorter([reaction(n, LIKE, "Drama") for n in range(ENOUGH)]), AT)
    facts = [group, reaction(7, LIKE, "Drama"), reaction(8, LIKE, "Drama")]
    (larger,) = holding(await shorter(facts), AT)
    assert larger.text.startswith("Liked 7 items with Drama, such as “Film 8”")
    assert len(larger.items) == 7


async def test_a_refused_item_leaves_the_group_of_those_that_were_liked() -> None:
    known = toy.slate("moon").items[0].item
    like = reaction(1, LIKE, "Drama")
    liked = like.model_copy(update={"items": ("moon",), "text": "Liked Moon."})
    rest = [reaction(n, LIKE, "Drama") for n in range(2, 2 + ENOUGH)]
    (group,) = holding(await shorter([*rest, liked]), AT)
    assert known.title in titles_in(group)
    session = toy.after("moon")
    turn = Turn(message="not that one", reply="", act=Act.CHAT, state=State(rejected=("moon",)))
    changes = await ReactionExtractor().extract(session, turn, [group])
    refused, left = holding(changed([group], changes, AT), AT)
    assert refused.text == "Turned down Moon."
    assert set(left.items) == {str(n) for n in range(2, 2 + ENOUGH)}
    assert left.text.startswith("Liked 5 items with Drama")
    assert "Moon" not in left.text
    again = Turn(message="loved it", reply="", act=Act.CHAT, state=State(liked=("2",)))
    assert await ReactionExtractor().extract(session, again, [left]) == ()


async def test_what_is_liked_as_often_as_refused_is_no_taste() -> None:
    facts = [reaction(n, LIKE, "Drama", "Old") for n in range(6)]
    facts += [reaction(10 + n, DISLIKE, "Drama") for n in range(5)]
    told = holding(await shorter(facts), AT)
    assert all("Drama" not in [c.text for c in f.concepts] for f in told)
    assert {f.text.split(",")[0] for f in told} == {
        "Liked 6 items with Old",
        "Turned down 5 items with Drama",
    }


# ── Sentences ────────────────────────────────────────────────────────────────────────────────


async def test_what_says_no_more_than_another_is_merged_into_it() -> None:
    long, short = fact("Likes long walks by the sea.", LIKE), fact("Likes long walks.", LIKE)
    (kept,) = holding(await shorter([long, short], Alike()), AT)
    assert kept.text == long.text
    (kept,) = holding(
        await shorter([fact("Likes tea.", LIKE), fact("Loves tea.", LIKE)], Alike()), AT
    )
    assert kept.text == "Loves tea.", "of those that say the same the newest stands"


async def test_what_differs_in_a_word_a_name_or_a_figure_stays() -> None:
    facts = [
        fact("Likes early Hitchcock.", LIKE),
        fact("Likes late Hitchcock.", LIKE),
        fact("Likes Alien.", LIKE),
        fact("Likes Alien Resurrection.", LIKE),
        fact("Likes films from the 80s.", LIKE),
        fact("Likes films from the 90s.", LIKE),
        fact("Does not like early Hitchcock.", DISLIKE),
        fact("Is allergic to nuts.", FactKind.CONSTRAINT),
        fact("Is very allergic to nuts.", FactKind.CONSTRAINT),
        fact("Wants a comedy.", FactKind.GOAL, origin=FactOrigin.EDITED),
        fact("Wants comedy.", FactKind.GOAL, origin=FactOrigin.EDITED),
    ]
    assert await consolidate(facts, Alike(), AT) == ()


async def test_what_was_said_for_a_conversation_that_is_over_ends() -> None:
    old = fact("Wants something light.", FactKind.GOAL, scope=Scope.CONVERSATION, session="s")
    old = old.model_copy(update={"at": AT - OVER - timedelta(days=1)})
    recent = old.model_copy(update={"id": "recent", "at": AT - timedelta(days=1)})
    (ended, kept) = await shorter([old, recent])
    assert (ended.status, kept) == (FactStatus.WITHDRAWN, recent)


# ── A profile of 500 facts ───────────────────────────────────────────────────────────────────

TOPICS = (
    "jazz", "gardening", "westerns", "chess", "cycling", "Roman history", "the cello", "cats",
    "pottery", "opera", "long novels", "street food", "board games", "black coffee", "tango",
    "astronomy", "crosswords", "kayaking", "folk music", "ballet", "poetry", "slow cinema",
    "documentaries about whales", "hiking", "sushi", "rock climbing", "model trains", "ramen",
    "watercolours", "podcasts", "marathons", "crime novels", "musicals", "silent films", "origami",
    "sailing", "rap", "yoga", "spy thrillers", "cooking shows", "stand-up", "science fiction",
    "detective stories", "heist films", "karaoke",
)  # fmt: skip
SAYING = (
    "I love {}.",
    "I like {}",
    "I really enjoy {}, you know.",
    "I can't stand {}.",
    "I'm not a fan of {}",
    "I'm interested in {}.",
    "I don't like {} before noon.",
    "I like {} on Sundays.",
    "I prefer {} with friends.",
    "My sister loves {}.",
    "I have seen everything about {} already.",
    "I'm learning {}.",
)
LIMITS = (
    "I'm allergic to {}.",
    "I never watch {}.",
    "I can only watch {}.",
)
GENRES = ("Drama", "Comedy", "Western", "Horror", "Crime", "Romance", "War", "Family")


async def profile_of_500(seed: int) -> tuple[Fact, ...]:
    """What a talkative person has told in a few years, read by the rules that read it."""
    drawn, reader = Random(seed), RuleExtractor()
    facts: tuple[Fact, ...] = ()
    number = 0
    while len(holding(facts, AT)) < 500:
        number += 1
        changes: Sequence[Change]
        if drawn.random() < 0.5:
            kind = drawn.choice((LIKE, LIKE, DISLIKE, OWN))
            seen = reaction(number, kind, *drawn.sample(GENRES, 2), "Colour")
            changes = [Change(fact=seen)]
        else:
            saying = drawn.choice(LIMITS if drawn.random() < 0.1 else SAYING)
            said = saying.format(drawn.choice(TOPICS)).rstrip(".")
            said = f"{said} {drawn.choice(('at home', 'in winter', 'by far', ''))}".strip()
            turn = Turn(message=f"{said}.", reply="", act=Act.CHAT, at=AT - timedelta(days=number))
            session = Session(id=str(number // 8))
            changes = await reader.extract(session, turn, holding(facts, AT))
        if drawn.random() < 0.05:
            text = f"Wrote number {number} by hand."
            own = fact(text, FactKind.CONTEXT, origin=FactOrigin.EDITED)
            changes = [*changes, Change(fact=own, origin=FactOrigin.EDITED)]
        facts = changed(facts, changes, AT)
    return facts


def says(one: Fact) -> set[str]:
    idle = {"really", "do", "does", "you", "know", "loves", "likes", "enjoys", "is"}
    return {stem(w) for w in words(one.text) if w not in idle}


def replaced(history: Sequence[Fact], old: Fact) -> Fact:
    """What stands for ``old`` in the end."""
    by_id = {f.id: f for f in history}
    while old.superseded_by:
        old = by_id[old.superseded_by]
    return old


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("encoder", [Alike(), HashEncoder()])
async def test_a_profile_of_500_facts_is_shorter_and_says_the_same(
    seed: int, encoder: Encoder
) -> None:
    before = await profile_of_500(seed)
    valid = holding(before, AT)
    after = await shorter(before, encoder)
    held = holding(after, AT)
    assert len(held) < 0.6 * len(valid)
    kept = {f.id: f for f in held}
    for one in valid:
        if one.kind is FactKind.CONSTRAINT or one.origin is FactOrigin.EDITED:
            assert kept[one.id] == one, "hard constraints and edits are as they were"
    everything = {f.id: f for f in after}
    for one in valid:
        now = everything[one.id]
        end = replaced(after, now)
        assert end.id in kept, "what ended has something in its place that holds"
        assert now.text == one.text, "the history has it as it was said"
        assert now.status is FactStatus.VALID or now.reason
        assert set(one.items) <= set(end.items)
        assert end.kind is one.kind
        if not one.items:
            assert says(one) <= says(end), "no word that says something is lost"
    again = await consolidate(held, encoder, AT)
    assert again == (), "what was made shorter stays as it is"


# ── In the background ────────────────────────────────────────────────────────────────────────


class OneMore:
    """An extractor that finds one more liked film in each turn."""

    def __init__(self) -> None:
        self.found = 1_000

    async def extract(
        self, session: Session, turn: Turn, known: Sequence[Fact]
    ) -> tuple[Change, ...]:
        self.found += 1
        return (Change(fact=reaction(self.found, LIKE, "Drama")),)


class Counting(HashEncoder):
    """An encoder that counts how often it is asked."""

    asked = 0

    async def encode(self, texts: Sequence[str]) -> Any:
        self.asked += 1
        return await super().encode(texts)


async def test_a_profile_that_has_grown_long_is_tidied_after_a_turn() -> None:
    store, encoder = MemoryProfileStore(), Counting()
    several = [fact(f"Collects stamps of country number {n}.", LIKE) for n in range(LONG - 10)]
    await store.apply("ann", [Change(fact=f) for f in several])
    memory = Memory(store, WordTrigger(), [OneMore()], encoder=encoder)
    turn = Turn(message="hello", reply="", act=Act.CHAT, remember=True)
    asked = []
    for n in range(2 * GROWN + 15):
        memory.learn(Session(id=str(n), user="ann"), turn)
        await memory.drain()
        asked.append(encoder.asked)
    assert asked[8] == 0, "a short profile is left alone"
    assert encoder.asked <= 4, "a long one is looked at when it has grown, not after each turn"
    texts = [f.text for f in await store.load("ann") if f.items]
    assert texts[0].startswith("Liked "), texts
    assert " items with Drama" in texts[0]
    assert len(texts) < GROWN + 2
    history = await store.load("ann", history=True)
    assert sum(f.status is FactStatus.MERGED for f in history) > GROWN


async def test_a_person_can_tidy_and_see_beforehand_what_would_change() -> None:
    store = MemoryProfileStore()
    facts = [reaction(n, LIKE, "Drama") for n in range(ENOUGH)]
    await store.apply("ann", [Change(fact=f) for f in facts])
    control = ProfileControl(store)
    tidied = await control.tidy("ann", HashEncoder(), dry_run=True)
    assert (tidied.before, tidied.after) == (ENOUGH, 1)
    assert [f.text for f in tidied.ended] == [f.text for f in facts]
    assert len(await store.load("ann")) == ENOUGH, "a dry run changes nothing"
    tidied = await control.tidy("ann", HashEncoder())
    assert await store.load("ann") == tidied.made
    assert (await control.tidy("ann", HashEncoder())).ended == ()
    assert await propose([], await store.load("ann")) == ()
