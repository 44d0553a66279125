"""Direct search: the titles that a model writes, in its order, under all conditions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.retrieval.direct import MOST_TITLES, DirectRetriever
from recllm.retrieval.notes import noting
from recllm.testing.retriever import check_retriever
from recllm.types import Candidate, Query


async def way() -> DirectRetriever:
    """Direct search over the toy films."""
    return DirectRetriever(await toy.catalog(), toy.ENCODER)


def ids(found: tuple[Candidate, ...]) -> list[str]:
    return [c.item.id for c in found]


async def test_the_contract() -> None:
    every = tuple(f"{film.title} ({film.attributes['year']:.0f})" for film in toy.FILMS.values())
    await check_retriever(await way(), asking=lambda q: q.model_copy(update={"titles": every}))
    unknown = ("a bear in a blue coat", "no such film")
    await check_retriever(await way(), asking=lambda q: q.model_copy(update={"titles": unknown}))


async def test_the_models_order_is_kept() -> None:
    titles = ("Heat by Michael Mann", "2. Moon (2009)", "Heat", "The Shining")
    found = await (await way()).retrieve(Query(text="x", titles=titles))
    assert ids(found) == ["heat", "moon", "shining"]
    assert [c.ranks for c in found] == [{"direct": n} for n in (1, 2, 3)]


async def test_without_titles_it_finds_nothing() -> None:
    assert await (await way()).retrieve(Query(text="moon")) == ()
    assert await (await way()).retrieve(Query(text="", titles=("", "  "))) == ()


async def test_unknown_titles_are_told_and_used_as_words_far_behind() -> None:
    with noting() as said:
        found = await (await way()).retrieve(
            Query(text="x", titles=("A Bus That Cannot Slow Down", "Moon"))
        )
    assert said == [
        "direct: 1 of 2 titles are not in the catalogue and were used as words: "
        "A Bus That Cannot Slow Down"
    ]
    assert ids(found)[0] == "moon"
    assert "speed" in ids(found)
    assert min(c.ranks["direct"] for c in found[1:]) > 30


async def test_conditions_and_exclusions_hold() -> None:
    query = Query(
        text="x",
        titles=("Heat", "Moon", "Alien"),
        where=(toy.where("year", ">", 1990.0),),
        exclude=("heat",),
    )
    with noting() as said:
        assert ids(await (await way()).retrieve(query)) == ["moon"]
    assert said == ["direct: 2 named items are excluded or fail a condition"]


@pytest.mark.parametrize("limit", [1, 2])
async def test_the_limit_holds(limit: int) -> None:
    query = Query(text="x", titles=("Heat", "Moon", "Alien", "no such"), limit=limit)
    assert len(await (await way()).retrieve(query)) == limit


@given(st.lists(st.text(max_size=60), max_size=MOST_TITLES + 10))
async def test_any_titles_are_taken(titles: list[str]) -> None:
    query = Query(text="x", titles=tuple(titles), exclude=("moon",), limit=5)
    found = await (await way()).retrieve(query)
    assert len(set(ids(found))) == len(found) <= 5
    assert "moon" not in ids(found)
