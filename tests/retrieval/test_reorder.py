"""Variety, popularity and newness: off unless set, told in the trace, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests import toy

from recllm.build import open_recommender
from recllm.catalog.index import Catalog
from recllm.catalog.rows import Numbered
from recllm.catalog.update import index_source
from recllm.memory_store import MemoryStore
from recllm.retrieval import reorder
from recllm.retrieval.notes import noting
from recllm.retrieval.reorder import Reordering, marginal
from recllm.testing.retriever import check_retriever
from recllm.types import Attribute, Item, Kind, Role, Schema

FOUND = toy.candidates("alien", "aliens", "moon", "sunrise", "sunset", "heat")


def names(found: tuple[object, ...]) -> list[str]:
    return [c.item.id for c in found]  # type: ignore[attr-defined]


def test_marginal_relevance_by_hand() -> None:
    vectors = np.asarray([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    order, scores = marginal(np.asarray([1.0, 0.9, 0.5]), vectors, 0.5)
    # The second is the first again: 0.45 - 0.5 against 0.25 - 0 for the third.
    assert order.tolist() == [0, 2, 1]
    assert scores.tolist() == pytest.approx([1.0, 0.45, 0.75])


@pytest.mark.parametrize("diversity", [0.1, 0.5, 1.0])
async def test_variety_keeps_the_items_and_falling_scores(diversity: float) -> None:
    moved = await Reordering(await toy.catalog(), diversity=diversity).reorder(FOUND)
    assert sorted(names(moved)) == sorted(names(FOUND))
    scores = [c.score for c in moved]
    assert scores == sorted(scores, reverse=True)
    assert moved[0].item.id == "alien"
    assert {c.item.id: c.ranks for c in moved} == {c.item.id: c.ranks for c in FOUND}


async def test_more_variety_means_less_likeness() -> None:
    catalog = await toy.catalog()

    async def likeness(diversity: float) -> float:
        moved = await Reordering(catalog, diversity=diversity).reorder(FOUND)
        vectors = await catalog.vectors([c.item.id for c in moved[:3]])
        return float((vectors @ vectors.T).sum())

    assert await likeness(0.9) < await likeness(0.001)


async def test_newness_is_a_place_among_the_years() -> None:
    reordering = Reordering(await toy.catalog(), recency=5.0)
    with noting() as said:
        moved = await reordering.reorder(FOUND)
    assert names(moved)[:2] == ["moon", "sunset"]
    assert said == ["new items are put first (weight 5, by year)"]


async def test_what_the_catalogue_does_not_know_is_told() -> None:
    with noting() as said:
        moved = await Reordering(await toy.catalog(), popularity=1.0).reorder(FOUND)
    assert names(moved) == names(FOUND)
    assert said == ["the catalogue has no column that says how popular an item is"]


async def test_popular_items_come_first(tmp_path: Path) -> None:
    schema = Schema(attributes=(Attribute(name="v", kind=Kind.NUMBER, role=Role.POPULARITY),))
    counts = {"a": 10.0, "b": 1e6, "c": None, "d": 100.0}
    items = [
        Item(id=i, title=i, attributes={} if n is None else {"v": n}) for i, n in counts.items()
    ]
    rows = [Numbered(line, item) for line, item in enumerate(items, 1)]
    await index_source(tmp_path, "some", rows, schema, toy.ENCODER)
    catalog = await Catalog.open(tmp_path, "some")
    found = tuple(FOUND[0].model_copy(update={"item": i, "score": 1.0}) for i in items)
    assert names(await Reordering(catalog, popularity=1.0).reorder(found)) == ["b", "d", "a", "c"]


async def test_what_is_far_behind_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reorder, "CONSIDERED", 2)
    moved = await Reordering(await toy.catalog(), recency=5.0, diversity=0.5).reorder(FOUND)
    assert names(moved)[2:] == names(FOUND)[2:]
    scores = [c.score for c in moved]
    assert scores == sorted(scores, reverse=True)


async def test_the_settings_reach_the_trace_and_the_contract_holds() -> None:
    talker = await open_recommender(
        "toy",
        home=toy.home(),
        encoder=toy.ENCODER,
        store=MemoryStore(),
        llm="none",
        diversity=0.5,
        recency=1.0,
    )
    session = await talker.reply(toy.new_session(), "a comedy")
    assert session.turns[-1].trace.search == (
        "new items are put first (weight 1, by year)",
        "the order is changed for variety (diversity 0.5)",
    )
    await check_retriever(talker._retriever, words=False)


async def test_nothing_set_changes_nothing() -> None:
    catalog = await toy.catalog()
    assert not Reordering(catalog).active
    assert names(await Reordering(catalog).reorder(FOUND)) == names(FOUND)
    assert await Reordering(catalog, diversity=1.0).reorder(()) == ()
