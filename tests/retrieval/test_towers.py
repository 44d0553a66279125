"""Context towers: what of a turn pulls where, and where tuned weights drop in."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tests import toy

from recllm.encoder import PROJECTION, SHIPPED, HashEncoder, MiniLMEncoder
from recllm.errors import EncoderError
from recllm.protocols import Encoder
from recllm.retrieval.context import WEIGHTS, Vector, combined, transcript, weighted_texts
from recllm.retrieval.dual_encoder import DualEncoderRetriever
from recllm.retrieval.space import small_talk
from recllm.retrieval.towers import ContextTower, EncoderTower, EndpointTower, make_tower
from recllm.testing.retriever import check_retriever
from recllm.types import ChatMessage, Concept, Query


def said(*lines: str) -> tuple[ChatMessage, ...]:
    """A conversation of these messages, the user's first."""
    roles = ("user", "assistant")
    return tuple(
        ChatMessage.model_validate({"role": roles[n % 2], "content": line})
        for n, line in enumerate(lines)
    )


async def score(query: Query, film: str) -> float:
    """How near the film is to the context."""
    catalog = await toy.catalog()
    vector = await EncoderTower(toy.ENCODER, catalog, "film").encode(query)
    assert vector is not None
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    return float((await catalog.vectors([film]))[0] @ vector)


WISH = Query(text="a bus that must not slow down")


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"similar_to": ("samurai",)}, 1),
        ({"liked": ("samurai",)}, 1),
        ({"rejected": ("samurai",)}, -1),
        ({"concepts": (Concept(text="swordsmen defend farmers for rice", sign=-1),)}, -1),
        ({"facts": ("loves swordsmen who defend farmers",)}, 1),
        ({"conversation": said("swordsmen defend farmers", "Here you are.", "a bus")}, 1),
    ],
    ids=["examples", "liked", "rejected", "unwanted", "facts", "past"],
)
async def test_each_ingredient_pulls_its_way(changes: dict[str, object], sign: int) -> None:
    without = await score(WISH, "samurai")
    assert sign * (await score(WISH.model_copy(update=changes), "samurai") - without) > 0.01


async def test_earlier_messages_count_less_and_the_assistants_nothing() -> None:
    query = Query(text="now", conversation=said("first", "answer", "second", "answer", "third"))
    assert list(weighted_texts(query, WEIGHTS)) == [
        (1.0, "now"),
        (0.25, "second"),
        (pytest.approx(0.175), "first"),
    ]
    with_answers = list(weighted_texts(query, WEIGHTS._replace(said=0.1)))
    assert (0.1, "answer") in with_answers


async def test_without_a_wish_there_is_no_vector() -> None:
    catalog = await toy.catalog()
    tower = EncoderTower(toy.ENCODER, catalog, "film")
    refused = (Concept(text="war", sign=-1),)
    for query in (
        Query(text=""),
        Query(text=" ", concepts=refused, rejected=("moon",)),
        Query(text="", conversation=said("a war film", "Here.", "no, never mind")),
    ):
        assert await tower.encode(query) is None
        assert await EndpointTower(toy.ENCODER, catalog).encode(query) is None
    assert await tower.encode(Query(text="", facts=("loves the sea",))) is not None


def test_parts_are_of_one_length_before_they_are_added() -> None:
    long, short = np.array([9, 0], np.float32), np.array([0, 0.1], np.float32)
    assert combined([(1, long), (1, short)]) == pytest.approx([0.5**0.5] * 2)
    assert combined([(-1, long)]) is None
    assert combined([(1, long), (-1, long)]) is None


def test_the_transcript_has_everything_in_order() -> None:
    query = Query(
        text="something calm",
        conversation=said("hello", "Hi!", "something calm"),
        facts=("is tired",),
        concepts=(Concept(text="war", sign=-1), Concept(text="sea")),
    )
    assert transcript(query).splitlines() == [
        "About the user: is tired.",
        "User: hello",
        "Assistant: Hi!",
        "Does not want: war",
        "Wants: something calm. sea",
    ]
    assert transcript(Query(text="calm")) == "calm"
    long = query.model_copy(update={"conversation": said("x" * 9000, "Hi", "calm")})
    assert len(transcript(long)) < 4200


def test_small_talk_is_about_no_item() -> None:
    lines = small_talk()
    assert len(lines) > 10
    assert any("{noun}" in line for line in lines)


@pytest.mark.parametrize("kind", [EncoderTower, EndpointTower])
async def test_the_contract(kind: type[EncoderTower | EndpointTower]) -> None:
    catalog = await toy.catalog()
    tower: ContextTower = kind(toy.ENCODER, catalog, "film")
    assert tower.name == toy.ENCODER.name
    await check_retriever(DualEncoderRetriever(catalog, toy.ENCODER, tower))


class Turned:
    """An encoder in whose space the numbers of a vector stand the other way round."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.dimension = "turned", encoder.dimension
        self.projection = np.eye(encoder.dimension, dtype=np.float32)[::-1]

    async def encode(self, texts: Sequence[str]) -> Vector:
        return (await self._encoder.encode(texts))[:, ::-1]


async def test_a_projection_leads_into_the_space_of_the_items() -> None:
    catalog, turned = await toy.catalog(), Turned(toy.ENCODER)
    await check_retriever(DualEncoderRetriever(catalog, turned))
    wish = Query(text="a lone miner on the moon")
    plain = await make_tower(toy.ENCODER, catalog, "film").encode(wish)
    projected = await make_tower(turned, catalog, "film").encode(wish)
    assert plain is not None
    assert projected == pytest.approx(plain, abs=1e-5)


async def test_tuned_weights_are_read_from_a_folder(tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        shutil.copy(SHIPPED / name, tmp_path / name)
    encoder = MiniLMEncoder(tmp_path, threads=1)
    assert encoder.projection is None
    matrix = 2 * np.eye(384, dtype=np.float32)
    np.save(tmp_path / PROJECTION, matrix)
    assert np.array_equal(MiniLMEncoder(tmp_path).projection, matrix)  # type: ignore[arg-type]
    for bad in (np.eye(3), np.full((384, 384), np.nan), np.array([{}], dtype=object)):
        np.save(tmp_path / PROJECTION, bad, allow_pickle=True)
        with pytest.raises(EncoderError, match=r"context\.npy|pickle"):
            _ = MiniLMEncoder(tmp_path).projection


async def test_the_default_tower_reads_the_parts() -> None:
    catalog = await toy.catalog()
    assert isinstance(make_tower(HashEncoder(), catalog, "film"), EncoderTower)
