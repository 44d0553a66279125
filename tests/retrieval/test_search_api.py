"""Search API lookup: the contract, what is asked, what it costs, and what a failure costs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
from tests import toy
from tests.services import described
from tests.services.film_server import film_search
from tests.services.video_server import Exchange, Mode, VideoServer, good, hangs_up, quota, serving

from recllm.encoder import HashEncoder
from recllm.retrieval.constraints import search
from recllm.retrieval.fusion import FusionRetriever
from recllm.retrieval.lexical import LexicalRetriever
from recllm.retrieval.live import RerankedRetriever
from recllm.retrieval.search_api import SearchAPIRetriever
from recllm.retrieval.search_words import search_words
from recllm.retrieval.telling import tell, telling
from recllm.services.description import Description, ItemPaths
from recllm.services.live import LiveCatalog
from recllm.services.service import SearchService
from recllm.testing.retriever import check_retriever
from recllm.types import (
    Attribute,
    ChatMessage,
    Concept,
    Constraint,
    Item,
    Kind,
    Op,
    Query,
    Role,
    Schema,
)

FEW = ItemPaths(id="key", title="name")
"""An engine that answers with little more than ids."""


class Way(NamedTuple):
    server: VideoServer
    catalog: LiveCatalog
    retriever: SearchAPIRetriever

    def under(self, *where: Constraint, text: str = "cats", said: str = "") -> Query:
        talk = (ChatMessage(role="user", content=said),)
        return Query(text=text, where=where, conversation=talk)


@asynccontextmanager
async def over(server: VideoServer, description: Description) -> AsyncIterator[Way]:
    catalog = LiveCatalog(description, HashEncoder())
    service = SearchService(description, described.environment(server))
    way = Way(server, catalog, SearchAPIRetriever(service, catalog))
    yield way
    await way.retriever.close()


@asynccontextmanager
async def youtube(*modes: Mode, **limits: Any) -> AsyncIterator[Way]:
    async with serving(*modes) as server, over(server, described.youtube(**limits)) as way:
        yield way


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_contract(method: str) -> None:
    async with serving(film_search) as server:
        films = described.films(server.url, method=method, pages=10)
        async with over(server, films) as way:
            await check_retriever(way.retriever)


async def test_contract_beside_an_index() -> None:
    """An engine over what is indexed already: the records are the catalogue's own."""
    async with serving(film_search) as server:
        films = described.films(server.url, size=20, pages=10)
        service = SearchService(films.model_copy(update={"item": FEW}), {})
        way = SearchAPIRetriever(service, await toy.catalog())
        await check_retriever(way)
        await check_retriever(FusionRetriever([LexicalRetriever(await toy.catalog()), way]))
        await way.close()


async def test_contract_with_the_order_by_meaning() -> None:
    async with serving(film_search) as server:
        films = described.films(server.url, size=20, pages=10)
        async with over(server, films) as way:
            await check_retriever(RerankedRetriever(way.retriever, way.catalog, HashEncoder()))


LONG = Constraint(attribute="duration", op=Op.GE, values=(400.0,))
SHORT = Constraint(attribute="duration", op=Op.LT, values=(2.0,))
OLD = Constraint(attribute="published", op=Op.LT, values=("2010",))


async def test_relaxing_conditions_costs_no_further_searches() -> None:
    async with youtube() as way:
        query = way.under(SHORT, OLD, said="short and old")
        found = await search(way.retriever, query, way.catalog.schema)
    # Nothing is that old: told so once, once more without conditions, the rest is code's work.
    assert found.relaxed == (OLD,)
    assert [c.item.title for c in found.candidates] == [
        "Kitten Learns to Climb Stairs & Regrets It"
    ]
    assert len(way.server.searches) == 2
    assert "publishedBefore" not in way.server.searches[1]


async def test_a_turn_costs_one_search_and_the_same_words_none() -> None:
    async with youtube() as way:
        assert await way.retriever.retrieve(way.under(said="first"))
        short = Constraint(attribute="duration", op=Op.LT, values=(8.0,))
        assert await way.retriever.retrieve(way.under(short, said="shorter"))
        assert len(way.server.searches) == 1
        assert await way.retriever.retrieve(way.under(text="jazz", said="jazz"))
        assert len(way.server.searches) == 2


async def test_further_pages_are_asked_for_while_too_few_remain() -> None:
    async with youtube(results=2, pages=3) as way:
        found = await way.retriever.retrieve(way.under(text="documentary"))
    assert len(found) == 6
    assert [s.get("pageToken") for s in way.server.searches] == [None, "P2", "P4"]
    assert [c.ranks for c in found] == [{"search-api": n} for n in range(1, 7)]


async def test_more_is_another_page_in_another_turn() -> None:
    async with youtube(results=2) as way:
        first = await way.retriever.retrieve(way.under(said="cats"))
        seen = tuple(c.item.id for c in first)
        query = way.under(said="more").model_copy(update={"exclude": seen})
        second = await way.retriever.retrieve(query)
    assert len(first) == len(second) == 2
    assert not {c.item.id for c in second} & set(seen)


async def test_a_failing_service_is_told_of_once_and_found_nothing() -> None:
    async with youtube(quota) as way:
        found = await search(way.retriever, way.under(SHORT, OLD), way.catalog.schema)
    assert found.candidates == ()
    assert found.relaxed == ()
    assert len(found.notes) == 1
    assert "quota of YouTube is used up" in found.notes[0]
    assert len(way.server.asked) == 1


async def test_what_was_found_before_serves_when_a_page_fails() -> None:
    async def first_page_only(exchange: Exchange) -> None:
        await (hangs_up if "pageToken" in exchange.query else good)(exchange)

    async with youtube(first_page_only, results=2, pages=3) as way:
        with telling() as told:
            found = await way.retriever.retrieve(way.under())
    assert len(found) == 2
    assert "cannot be reached" in told[0]


async def test_warming_up_costs_nothing() -> None:
    async with youtube() as way:
        await RerankedRetriever(way.retriever, way.catalog, HashEncoder()).warm()
    assert way.server.asked == []


async def test_items_are_ordered_by_the_service_and_by_meaning() -> None:
    async with youtube() as way:
        query = Query(text="cats", request="cats kneading purring")
        found = await RerankedRetriever(way.retriever, way.catalog, HashEncoder()).retrieve(query)
    assert found[0].item.title == "Why Cats Knead: The Science of Purring"
    assert all(set(c.ranks) == {"search-api", "dual-encoder"} for c in found)


def test_notes_are_heard_where_somebody_collects() -> None:
    tell("nobody hears this")
    with telling() as outer:
        tell("a")
        with telling() as inner:
            tell("b")
            tell("b")
        tell("c")
    assert (outer, inner) == (["a", "c"], ["b"])


SCHEMA = Schema(
    noun="video",
    attributes=(
        Attribute(name="channel", kind=Kind.CATEGORY, role=Role.CREATOR),
        Attribute(name="tags", kind=Kind.LIST, role=Role.TAG),
    ),
)
BY = Constraint(attribute="channel", op=Op.EQ, values=("Nature Hour",))
SAID = {
    "I would love to watch something about the deep sea tonight": "deep sea",
    "a documentary about whales; in German": "documentary whales German",
    "deep sea; funny": "deep sea funny",
    "deep sea documentary; piano lessons": "piano lessons",
    "piano lessons; something about bread": "bread",
    "C++ tutorial for beginners": "C++ tutorial beginners",
    "can you recommend some videos please": "",
    "what's new with rock'n'roll?": "new rock'n'roll",
    "?!": "",
}


@pytest.mark.parametrize(("text", "words"), SAID.items(), ids=SAID)
def test_a_sentence_becomes_a_few_words(text: str, words: str) -> None:
    assert search_words(Query(text=text), (), SCHEMA) == words


def test_wishes_are_added_once() -> None:
    calm, cats = Concept(text="calm"), Concept(text="cats")
    refused = Concept(text="dogs", sign=-1)
    query = Query(text="funny cats", concepts=(calm, cats, refused), where=(BY,))
    assert search_words(query, (), SCHEMA) == "funny cats calm Nature Hour"
    assert search_words(query.model_copy(update={"request": "kittens"}), (), SCHEMA).startswith(
        "kittens calm cats"
    )


def test_likeness_alone_is_searched_by_tags_or_title() -> None:
    tagged = Item(id="1", title="X (Official)", attributes={"tags": ("sea", "whale", "calm", "x")})
    plain = Item(id="2", title="Sleeping Whales (4K)")
    assert search_words(Query(text="", similar_to=("1",)), (tagged,), SCHEMA) == "sea whale calm"
    assert search_words(Query(text="", similar_to=("2",)), (plain,), SCHEMA) == "Sleeping Whales"
    assert search_words(Query(text=""), (), SCHEMA) == ""


def test_a_long_story_is_cut() -> None:
    assert len(search_words(Query(text="word " * 500), (), SCHEMA).split()) == 12
