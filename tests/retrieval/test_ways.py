"""The shipped ways of retrieval, held to the contract and to what each is for."""

from __future__ import annotations

import pytest
from tests import toy

from recllm.protocols import Retriever
from recllm.retrieval.browse import BrowseRetriever
from recllm.retrieval.dual_encoder import DualEncoderRetriever
from recllm.retrieval.lexical import LexicalRetriever
from recllm.testing.retriever import check_retriever
from recllm.types import Candidate, Concept, Item, Query


async def test_lexical() -> None:
    await check_retriever(LexicalRetriever(await toy.catalog()))


async def test_dual_encoder() -> None:
    await check_retriever(DualEncoderRetriever(await toy.catalog(), toy.ENCODER))


async def test_browse() -> None:
    await check_retriever(BrowseRetriever(await toy.catalog()), words=False)


async def test_fusion() -> None:
    await check_retriever(toy.retriever(await toy.catalog()))
    # Without words the browsing way answers.
    await check_retriever(toy.retriever(await toy.catalog()), words=False)


class Disobedient:
    """Finds whatever it likes."""

    name = "disobedient"

    def __init__(self, *found: Candidate) -> None:
        self._found = found

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        return self._found


BAD = {
    "twice": toy.candidates("moon") * 2,
    "no film": (Candidate(item=Item(id="x", title="X"), score=1, ranks={"x": 1}),),
    "not best first": tuple(reversed(toy.candidates("moon", "alien"))),
    "no way": (toy.candidates("moon")[0].model_copy(update={"ranks": {}}),),
    "wrong": toy.candidates("alien"),
    "all the same": toy.candidates("moon", "paddington"),
    "none": (),
}


@pytest.mark.parametrize("found", BAD.values(), ids=BAD)
async def test_the_contract_notices(found: tuple[Candidate, ...]) -> None:
    way: Retriever = Disobedient(*found)
    with pytest.raises(AssertionError):
        await check_retriever(way)


@pytest.mark.parametrize("kind", [LexicalRetriever, BrowseRetriever])
async def test_a_way_names_itself_in_the_ranks(
    kind: type[LexicalRetriever | BrowseRetriever],
) -> None:
    way = kind(await toy.catalog())
    text = "space" if kind is LexicalRetriever else ""
    found = await way.retrieve(Query(text=text, limit=3))
    assert [c.ranks for c in found] == [{way.name: n} for n in (1, 2, 3)]


async def test_examples_pull_the_vector() -> None:
    way = DualEncoderRetriever(await toy.catalog(), toy.ENCODER)
    found = await way.retrieve(Query(text="", similar_to=("sunrise",), exclude=("sunrise",)))
    assert found[0].item.id == "sunset"
    assert await way.retrieve(Query(text="")) == ()


async def test_refused_concepts_are_not_searched_for() -> None:
    way = LexicalRetriever(await toy.catalog())
    assert await way.retrieve(Query(text="", concepts=(Concept(text="bus", sign=-1),))) == ()
    wanted = await way.retrieve(Query(text="", concepts=(Concept(text="bus"),)))
    assert wanted[0].item.id == "speed"
