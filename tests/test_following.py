"""A recommender follows its catalogue: what is indexed between two turns is there in the second."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from recllm.build import open_recommender
from recllm.catalog import columns
from recllm.catalog.rows import Numbered
from recllm.catalog.update import index_source
from recllm.encoder import HashEncoder
from recllm.memory_store import MemoryStore
from recllm.testing.toy import SCHEMA, toy_films
from recllm.types import Act, Item, Session

ENCODER = HashEncoder()
NEW = Item(
    id="zanzibar-nights",
    title="Zanzibar Nights",
    text="A clockmaker in Zanzibar repairs time itself.",
    attributes={"year": 2024.0, "genres": ("Fantasy",), "directors": ("Amina Okonkwo",)},
)


async def index(home: Path, items: list[Item]) -> None:
    rows = [Numbered(n, item) for n, item in enumerate(items, 1)]
    await index_source(home / "catalogs", "toy", rows, SCHEMA, ENCODER)


@pytest.mark.parametrize("limit", [0, 20_000], ids=["stored", "resident"])
async def test_turns_find_what_was_indexed_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(columns, "FLAT_LIMIT", limit)
    films = list(toy_films())
    await index(tmp_path, films)
    talker = await open_recommender(
        "toy", home=tmp_path, llm="none", encoder=ENCODER, store=MemoryStore()
    )
    session = Session(id="s", catalog="toy")
    session = await talker.reply(session, "something like Alien")
    await index(tmp_path, [*(f for f in films if f.id != "alien"), NEW])
    # The item that the session is about is gone by now.
    session = await talker.reply(session, "a clockmaker in Zanzibar who repairs time")
    slate = session.slate
    assert slate is not None
    assert NEW in [r.item for r in slate.items]
    session = await talker.reply(session, "who directed Zanzibar Nights?")
    assert session.turns[-1].act is Act.ANSWER
    assert "Okonkwo" in session.turns[-1].reply
    await talker.close()


async def test_conversations_go_on_while_the_catalogue_changes(tmp_path: Path) -> None:
    films = list(toy_films())
    await index(tmp_path, films)
    talker = await open_recommender(
        "toy", home=tmp_path, llm="none", encoder=ENCODER, store=MemoryStore()
    )
    done = asyncio.Event()

    async def converse(name: str) -> int:
        turns = 0
        while not done.is_set():
            new = Session(id=f"{name}-{turns}", catalog="toy")
            session = await talker.reply(new, "something in space")
            assert session.slate is not None
            assert session.slate.items
            turns += 1
        return turns

    talking = [asyncio.create_task(converse(f"s{n}")) for n in range(3)]
    for number in range(4):
        more = [NEW.model_copy(update={"id": f"new-{n}"}) for n in range(number + 1)]
        await index(tmp_path, films + more)
    done.set()
    assert min(await asyncio.gather(*talking)) > 0
    await talker.reply(Session(id="last", catalog="toy"), "hello")
    assert talker.catalog.size == len(films) + 4
    await talker.close()
