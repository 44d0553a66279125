"""A catalogue that fills while it is talked over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.services import described
from tests.services.test_service import REFUSALS
from tests.services.video_server import KEY, Mode, quota, serving
from tests.services.videos import VIDEOS, video_resource

from recllm.catalog.filters import compile_filter
from recllm.encoder import HashEncoder
from recllm.errors import CatalogError
from recllm.llm.scripted import ScriptedLLM
from recllm.memory_store import MemoryStore
from recllm.protocols import LLM
from recllm.ranking.code import CodeRanker
from recllm.recommender import Recommender
from recllm.retrieval.live import live
from recllm.services import live as live_module
from recllm.services.live import LiveCatalog
from recllm.services.reader import Reader
from recllm.trust import trust_level
from recllm.types import Constraint, Item, Op, Session

READER = Reader(described.youtube())
ITEMS = [item for v in VIDEOS if (item := READER.item(video_resource(v)))]


def catalog(*items: Item) -> LiveCatalog:
    made = LiveCatalog(described.youtube(), HashEncoder())
    made.remember(items)
    return made


async def test_items_arrive_as_they_are_found() -> None:
    known = catalog()
    assert (known.name, known.size, known.schema.noun) == ("youtube", 0, "video")
    empty = known.vocabulary
    known.remember(ITEMS[:3])
    assert known.size == 3
    assert known.vocabulary is not empty
    assert known.vocabulary is known.vocabulary
    assert known.vocabulary.titles["life in the midnight zone"] == (ITEMS[0].id,)
    assert list(await known.items([ITEMS[2].id, "x", ITEMS[0].id])) == [ITEMS[2].id, ITEMS[0].id]
    before = known.vocabulary
    assert [await known.refresh(), await known.refresh()] == [True, False]
    known.remember(ITEMS[:3])
    assert known.vocabulary is before
    assert not await known.refresh()


async def test_conditions_are_executed_on_what_is_known() -> None:
    known = catalog(*ITEMS)
    short = (Constraint(attribute="duration", op=Op.LT, values=(3.0,)),)
    where = compile_filter(short, (), known.schema)
    found = await known.scan(where=where, limit=100)
    assert await known.count(where) == len(found) == 2
    assert await known.count() == len(ITEMS)
    assert (await known.scan(limit=1))[0] == ITEMS[-1]
    with pytest.raises(CatalogError, match="searched live"):
        await known.count("duration < 3")


async def test_vectors_are_made_once_and_anew_for_what_has_changed() -> None:
    known = catalog(*ITEMS[:3])
    ids = [i.id for i in ITEMS[:3]]
    vectors = await known.vectors(ids)
    assert vectors.shape == (3, 64)
    assert np.array_equal(vectors, await known.vectors(ids))
    known.remember([ITEMS[0].model_copy(update={"title": "Something else entirely"})])
    assert not np.array_equal(vectors[0], (await known.vectors(ids))[0])
    assert (await known.vectors([])).shape == (0, 64)
    with pytest.raises(CatalogError, match="'x'"):
        await known.vectors(["x"])


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "MOST_ITEMS", 5)
    known = catalog(*ITEMS)
    assert known.size == 5
    assert set(known.vocabulary.titles) & {"sleeping whales"}
    assert not set(known.vocabulary.titles) & {"life in the midnight zone"}


def test_words_that_the_description_knows_are_understood_before_anything_is_found() -> None:
    words = catalog().vocabulary
    assert "Comedy" in words.values("category")
    assert "German" in words.values("language")
    assert words.ranges["duration"] == (0.5, 4.0, 10.0, 20.0, 180.0)


def test_a_channel_called_by_a_plain_word_is_no_condition() -> None:
    words = catalog(*ITEMS).vocabulary
    assert "blue planet diaries" in words.terms
    # A channel "Ocean" stands beside a dozen videos that speak of the ocean.
    assert all(t.attribute != "channel" for t in words.terms.get("ocean", ()))


# ── A conversation ───────────────────────────────────────────────────────────────────────────


async def talk(
    url: str,
    session: Session,
    *messages: str,
    store: MemoryStore | None = None,
    llm: LLM | None = None,
) -> tuple[Session, Recommender]:
    description = described.youtube()
    environment = {"YOUTUBE_API_KEY": KEY, "YOUTUBE_API_URL": url}
    found, way = live(description, HashEncoder(), environment, Path("unused"))
    trust = trust_level("general" if llm else "none")
    ranker = CodeRanker(found)
    recommender = Recommender(found, way, store or MemoryStore(), ranker, llm=llm, trust=trust)
    for message in messages:
        session = await recommender.reply(session, message)
    await recommender.close()
    return session, recommender


async def test_a_conversation_without_an_index() -> None:
    async with serving() as server:
        session, _ = await talk(
            server.url,
            Session(id="s", catalog="youtube"),
            "a documentary about the deep sea",
            "who made the second one?",
            "how long is Deep Sea Creatures You Have Never Seen?",
        )
    slate = session.turns[0].slate
    assert slate is not None
    assert len(slate.items) == 4
    assert slate.items[1].item.attributes["channel"] in session.turns[1].reply  # type: ignore[operator]
    assert "72.1 minutes" in session.turns[2].reply
    assert set(session.turns[0].trace.ways) == {"search-api", "dual-encoder"}
    assert len(server.searches) == 1


async def test_a_resumed_session_is_understood_by_a_new_process() -> None:
    async with serving() as server:
        store = MemoryStore()
        begun, _ = await talk(server.url, Session(id="s"), "funny cats", store=store)
        asked = len(server.asked)
        slate = begun.slate
        assert slate is not None
        title = slate.items[0].item.title
        questions = ("why the first one?", f"who made {title}?")
        resumed, _ = await talk(server.url, begun, *questions, store=store)
        assert len(server.asked) == asked
    assert title in resumed.turns[1].reply
    assert "Whisker Society" in resumed.turns[2].reply


async def test_a_failing_service_costs_the_items_not_the_turn() -> None:
    async with serving(quota) as server:
        session, _ = await talk(server.url, Session(id="s"), "funny cats")
    turn = session.turns[0]
    assert turn.slate is None
    assert turn.reply.startswith("The quota of YouTube is used up")
    assert turn.trace.notes == (turn.reply,)


@pytest.mark.parametrize(("mode", "said"), [(r[0], r[2]) for r in REFUSALS.values()], ids=REFUSALS)
async def test_whatever_the_service_answers_the_turn_ends(mode: Mode, said: str) -> None:
    async with serving(mode) as server:
        session, _ = await talk(server.url, Session(id="s"), "funny cats", "shorter", "thanks")
    assert said in session.turns[0].reply
    assert len(session.turns) == 3
    assert KEY not in session.model_dump_json()


async def test_a_model_words_the_query_and_its_claims_are_checked() -> None:
    decision = "Wants: calm videos\nRequest: sleeping whales\n"
    answer = "Sleeping Whales lasts 4.5 minutes. It won an Oscar in 2011."
    llm = ScriptedLLM([decision, answer])
    async with serving() as server:
        session, _ = await talk(server.url, Session(id="s"), "something calm at sea", llm=llm)
    turn = session.turns[0]
    assert [s["q"] for s in server.searches] == ["sleeping whales"]
    assert turn.slate is not None
    assert turn.slate.items[0].item.title == "Sleeping Whales"
    assert "4.5 minutes" in turn.reply
    assert "Oscar" not in turn.reply
    assert any("Oscar" in dropped for dropped in turn.trace.dropped)


async def test_nothing_is_counted_that_nobody_can_count() -> None:
    async with serving() as server:
        session, recommender = await talk(
            server.url, Session(id="s"), "hello", "how many videos do you have?",
            "what categories are there?",
        )  # fmt: skip
    greeted, counted, kinds = (t.reply for t in session.turns)
    assert greeted.startswith("Hello! I look for videos.")
    assert "cannot count" in counted
    assert "Comedy" in kinds
    assert server.asked == []
    assert recommender.catalog.size == 0
