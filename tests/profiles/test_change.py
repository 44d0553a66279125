"""How new facts stand to those known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pytest

from recllm.facts import Action, Fact, FactKind, FactOrigin, Scope
from recllm.profiles.change import Relation, propose, relation, withdraw
from recllm.profiles.rules import changed, holding

AT = datetime(2026, 3, 10, tzinfo=UTC)
LIKE, DISLIKE, OWN = FactKind.LIKE, FactKind.DISLIKE, FactKind.POSSESSION


class Alike:
    """An encoder to which all texts are alike."""

    name, dimension = "alike", 1

    async def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.ones((len(texts), 1), dtype=np.float32)


def fact(text: str, kind: FactKind = FactKind.CONTEXT, **more: object) -> Fact:
    return Fact.model_validate({"text": text, "kind": kind, "at": AT, "evidence": text, **more})


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (("Hates horror.", DISLIKE), ("Likes horror films.", LIKE), Relation.CONTRADICTS),
        (("Hates crime.", DISLIKE), ("Likes Nordic crime.", LIKE), Relation.CONTRADICTS),
        (("Hates gory horror.", DISLIKE), ("Likes horror.", LIKE), Relation.NONE),
        (("Likes vocal jazz.", LIKE), ("Likes jazz.", LIKE), Relation.REFINES),
        (("Likes jazz.", LIKE), ("Likes vocal jazz.", LIKE), Relation.NONE),
        (("Loves jazz.", LIKE), ("Likes jazz.", LIKE), Relation.SAME),
        (("Has seen Alien Resurrection.", OWN), ("Has seen Alien.", OWN), Relation.NONE),
        (("Likes opera.", LIKE), ("Likes jazz.", LIKE), Relation.NONE),
        (
            ("Lives in Oslo.", FactKind.CONTEXT),
            ("Lives in Rome.", FactKind.CONTEXT),
            Relation.CONTRADICTS,
        ),
    ],
)
def test_relations(
    new: tuple[str, FactKind], old: tuple[str, FactKind], expected: Relation
) -> None:
    assert relation(fact(*new), fact(*old)) is expected


def test_other_people_and_other_conversations_do_not_count() -> None:
    mine = fact("Likes horror.", LIKE)
    hers = fact("Hates horror.", DISLIKE, scope=Scope.OTHER, about="my wife")
    tonight = fact("Hates horror.", DISLIKE, scope=Scope.CONVERSATION, session="s")
    assert relation(hers, mine) is relation(tonight, mine) is Relation.NONE


async def test_an_opposite_takes_the_place() -> None:
    old, new = fact("Likes horror.", LIKE), fact("Cannot stand horror.", DISLIKE)
    changes = await propose([new], [old])
    history = changed([old], changes, AT)
    assert [f.text for f in holding(history, AT)] == ["Cannot stand horror."]
    assert history[0].reason == "the person said otherwise"


async def test_what_the_person_edited_stands() -> None:
    old = fact("Likes horror.", LIKE, origin=FactOrigin.EDITED)
    for new in (fact("Hates horror.", DISLIKE), fact("Loves horror.", LIKE)):
        history = changed([old], await propose([new], [old]), AT)
        assert holding(history, AT) == (old,)


async def test_repeating_at_once_changes_nothing_and_later_refreshes() -> None:
    old = fact("Loves jazz.", LIKE, strength=0.9)
    assert await propose([fact("Likes jazz.", LIKE)], [old]) == ()
    later = fact("Likes jazz.", LIKE, at=AT + timedelta(days=30))
    (change,) = await propose([later], [old])
    assert change.action is Action.MERGE
    assert change.fact is not None
    assert change.fact.strength == old.strength


async def test_a_child_grows_and_what_is_to_be_forgotten_is_found() -> None:
    old = fact("Their kid is 6.", FactKind.CONSTRAINT)
    (change,) = await propose([fact("Their kid turned 7.", FactKind.CONSTRAINT)], [old])
    assert (change.action, change.ends) == (Action.CONTRADICT, (old.id,))
    leeds = fact("Lives in Leeds with their two cats.", FactKind.CONTEXT)
    (change,) = withdraw("i live in Leeds", [leeds], asked=True)
    assert change.ends == (leeds.id,)


async def test_what_says_no_more_than_a_longer_fact_is_not_stored_beside_it() -> None:
    old = fact("Likes long walks by the sea.", LIKE)
    assert await propose([fact("Likes long walks.", LIKE)], [old], Alike()) == ()
    for other in ("Likes short walks by the sea.", "Likes long walks in Rome.", "Likes ballet."):
        # However near the vectors are: slow films are near fast ones.
        assert len(await propose([fact(other, LIKE)], [old], Alike())) == 1
    tom = fact("Likes films with Tom Hanks.", LIKE)
    assert len(await propose([fact("Likes films with Tom.", LIKE)], [tom], Alike())) == 1


def test_withdrawing_ends_what_it_names_and_of_its_polarity() -> None:
    like, hate = fact("Likes horror.", LIKE), fact("Hates ballet.", DISLIKE)
    (change,) = withdraw("love horror", [like, hate])
    assert (change.action, change.ends) == (Action.WITHDRAW, (like.id,))
    assert withdraw("love ballet", [like, hate]) == ()
    (asked,) = withdraw("I hate ballet", [like, hate], asked=True)
    assert asked.ends == (hate.id,)
    assert withdraw("", [like, hate]) == ()
