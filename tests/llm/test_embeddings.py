"""The embeddings route of a server as an encoder: over real HTTP, served well and badly."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from endpoints import KEY
from fake_server import Exchange, FakeServer, Mode, busy, hangs_up, serving, status, web_page

from recllm.encoder import HashEncoder
from recllm.errors import EncoderError
from recllm.llm.embeddings import BATCH, EndpointEncoder
from recllm.protocols import Encoder
from recllm.retrieval.dual_encoder import DualEncoderRetriever
from recllm.retrieval.towers import EndpointTower
from recllm.testing.retriever import check_retriever
from recllm.testing.toy import toy_catalog

HASHED = HashEncoder(64)
Connected: TypeAlias = tuple[EndpointEncoder, FakeServer]


async def embeds(exchange: Exchange) -> None:
    """Answers with hashed words, in an order of its own, longer than unit length."""
    texts = exchange.body["input"]
    vectors = await HASHED.encode(texts)
    rows = [
        {"object": "embedding", "index": n, "embedding": (3 * v).tolist()}
        for n, v in enumerate(vectors)
    ]
    await exchange.answer(200, {"object": "list", "data": rows[::-1], "model": "m"})


def answers(data: Any) -> Mode:
    async def mode(exchange: Exchange) -> None:
        await exchange.answer(200, {"object": "list", "data": data, "model": "m"})

    return mode


@asynccontextmanager
async def connected(
    *modes: Mode, **options: Any
) -> AsyncIterator[tuple[EndpointEncoder, FakeServer]]:
    async with serving(*modes) as server:
        encoder = await EndpointEncoder.connect(server.url, "m", KEY, **options)
        yield encoder, server
        await encoder.close()


async def test_vectors_come_in_order_in_batches_of_unit_length() -> None:
    texts = [f"text {hashlib.md5(bytes([n])).hexdigest()}" for n in range(BATCH + 5)]
    async with connected(embeds) as (encoder, server):
        checked: Encoder = encoder
        found = await checked.encode(texts)
        assert found.shape == (BATCH + 5, 64)
        np.testing.assert_allclose(found, await HASHED.encode(texts), atol=1e-6)
        assert (await encoder.encode([])).shape == (0, 64)
        assert [len(r["input"]) for r in server.requests] == [1, BATCH, 5]
        assert {r["model"] for r in server.requests} == {"m"}
        assert encoder.name == "m at 127.0.0.1"
        assert KEY not in repr(encoder)


async def test_odd_texts_are_sent_as_something() -> None:
    async with connected(embeds, prefix="query: ") as (encoder, server):
        await encoder.encode(["", "\ud800", "x" * 100_000])
        sent = server.requests[-1]["input"]
        assert sent[0] == "query:"
        assert len(sent[2]) == 8000


@pytest.mark.parametrize("mode", [busy(Retry_After="0"), hangs_up, status(503)])
async def test_a_passing_failure_is_tried_again(mode: Mode) -> None:
    async with connected(mode, embeds) as (encoder, server):
        assert encoder.dimension == 64
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (status(404, "no such route"), "embeddings_model"),
        (status(401, KEY), "RECLLM_API_KEY"),
        (web_page, "/embeddings"),
        (answers([]), "1 texts were sent"),
        (answers("none today"), "broken"),
        (answers([{"index": 0, "embedding": ["a"]}]), "broken"),
        (answers([{"index": 0, "embedding": [1.0, None]}]), "broken"),
    ],
    ids=["404", "401", "page", "none", "text", "words", "holes"],
)
async def test_a_lasting_failure_is_told(mode: Mode, said: str) -> None:
    with pytest.raises(EncoderError, match=said) as told:
        async with connected(mode):
            pass
    assert KEY not in str(told.value)


async def test_nothing_there() -> None:
    with pytest.raises(EncoderError, match="Nothing answers at"):
        await EndpointEncoder.connect("http://127.0.0.1:9/v1", "m", seconds=0.5)


async def test_another_length_under_the_same_name_is_refused() -> None:
    short = answers([{"index": 0, "embedding": [1.0, 2.0]}])
    async with connected(embeds, short) as (encoder, _):
        with pytest.raises(EncoderError, match="length 2, and 64 before"):
            await encoder.encode(["one"])


async def test_a_catalogue_in_the_space_of_a_server(tmp_path: Path) -> None:
    async with connected(embeds) as (encoder, _):
        catalog = await toy_catalog(tmp_path, encoder)
        assert catalog.encoder_name == "m at 127.0.0.1"
        tower = EndpointTower(encoder, catalog)
        assert tower.name == encoder.name
        await check_retriever(DualEncoderRetriever(catalog, encoder, tower))
