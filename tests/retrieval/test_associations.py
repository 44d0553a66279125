"""What is taken up after which names and items."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.errors import CatalogError
from recllm.retrieval import association_counts
from recllm.retrieval.association_counts import Associations, count
from recllm.retrieval.associations import AssociationRetriever
from recllm.testing.retriever import check_retriever
from recllm.types import Concept, Constraint, Op, Query

RIDLEY = Query(text="", concepts=(Concept(text="Ridley Scott"),))
MOON = Query(text="", similar_to=("moon",))
TOLD = [(RIDLEY, ("alien",)), (RIDLEY, ("alien", "aliens")), (MOON, ("2001",)), (MOON, ("alien",))]


async def ids(query: Query, found: Associations) -> list[str]:
    way = AssociationRetriever(await toy.catalog(), found)
    return [c.item.id for c in await way.retrieve(query)]


async def test_what_came_after_a_name_is_found_after_it() -> None:
    found = count(TOLD)
    assert await ids(RIDLEY, found) == ["alien", "aliens"]
    lower = Query(text="", concepts=(Concept(text="ridley  scott"),))
    assert await ids(lower, found) == ["alien", "aliens"]
    assert await ids(Query(text="", concepts=(Concept(text="Ridley Scott", sign=-1),)), found) == []


async def test_conditions_name_things_too_and_are_kept() -> None:
    by = Constraint(attribute="directors", op=Op.EQ, values=("Ridley Scott",))
    assert await ids(Query(text="", where=(by,)), count(TOLD)) == ["alien"]


async def test_nearer_clues_count_more() -> None:
    both = [(Query(text="", similar_to=(a,)), (b,)) for a, b in (("heat", "m"), ("moon", "alien"))]
    found = count(both)
    assert await ids(Query(text="", similar_to=("moon", "heat")), found) == ["alien", "m"]
    assert await ids(Query(text="", similar_to=("heat", "moon")), found) == ["m", "alien"]


async def test_shares_are_exact() -> None:
    scores = count(TOLD).scores((("item moon",), ("name ridley scott",)))
    assert scores == pytest.approx({"2001": 1 / 7, "alien": 1 / 7 + 2 / 7, "aliens": 1 / 7})


async def test_it_finds_nothing_without_counts_or_clues() -> None:
    assert await AssociationRetriever(await toy.catalog()).retrieve(RIDLEY) == ()
    assert await ids(Query(text="anything"), count(TOLD)) == []


async def test_the_contract() -> None:
    every = count([(Query(text="", similar_to=("heat",)), tuple(toy.FILMS))])
    way = AssociationRetriever(await toy.catalog(), every)
    asking = {"similar_to": ("heat",)}
    found = await way.retrieve(Query(text="", **asking, limit=7, exclude=("moon",)))
    assert len(found) == 7
    assert "moon" not in {c.item.id for c in found}
    await check_retriever(way, words=False, asking=lambda query: query.model_copy(update=asking))


def test_counts_survive_their_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(count(TOLD).model_dump_json(), "utf-8")
    assert association_counts.load(file) == count(TOLD)


@given(text=st.one_of(st.text(max_size=30), st.sampled_from(['{"items": [], "clues": 3}', "[]"])))
def test_damaged_counts_are_a_named_error(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("a") / "a.json"
    file.write_text(text, "utf-8", errors="surrogatepass")
    with pytest.raises(CatalogError, match="learn them again"):
        association_counts.load(file)


def test_places_outside_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    wrong = '{"items": ["moon"], "clues": {"item x": {"seen": 1, "taken": {"7": 1}}}}'
    file.write_text(wrong, "utf-8")
    with pytest.raises(CatalogError, match="do not belong together"):
        association_counts.load(file)
