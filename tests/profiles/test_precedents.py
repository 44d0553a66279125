"""What bears on a request by what bore on others."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recllm.encoder import HashEncoder, MiniLMEncoder
from recllm.errors import EncoderError
from recllm.facts import Fact, FactKind
from recllm.packed import pack
from recllm.profiles.matching import unit
from recllm.profiles.precedents import (
    FILE,
    SHIPPED,
    Precedents,
    Weights,
    Written,
    digest_of,
    in_bytes,
    read_precedents,
)
from recllm.profiles.triggering import FactTrigger
from recllm.testing.trigger import check_trigger
from recllm.types import ChatMessage

HEIGHTS, LACTOSE, CHESS = "Is afraid of heights.", "Cannot digest lactose.", "Likes chess."
REQUESTS = {
    HEIGHTS: ("What is there to do in Switzerland?", "Which towers are worth a visit?"),
    LACTOSE: ("Which ice cream parlour is the best?",),
    CHESS: ("What could I play on a rainy afternoon?",),
}
WEIGHTS = Weights(direct=0.1, usual=0.0, precedents=1.0, shift=0.0)
WRITTEN_FILE = Path(__file__).parents[2] / "training" / "preferences.jsonl"


async def of_hashes() -> Precedents:
    encoder = HashEncoder(256)
    preferences = await encoder.encode(list(REQUESTS))
    requests = await encoder.encode([r for some in REQUESTS.values() for r in some])
    owners = np.array([0, 0, 1, 2], dtype=np.int32)
    mean = np.zeros(encoder.dimension, dtype=np.float32)
    nobody = np.zeros(len(preferences), dtype=np.float32)
    written = Written(in_bytes(requests), in_bytes(preferences), owners, mean, preferences, nobody)
    return Precedents(encoder, written, WEIGHTS)


async def test_what_bore_on_a_like_request_bears_on_it() -> None:
    precedents = await of_hashes()
    asked = ["What is there to do in Austria?", "Which ice cream is the best one?"]
    found = await precedents.relevance(asked, [CHESS, LACTOSE, HEIGHTS])
    assert found.shape == (2, 3)
    assert found.argmax(axis=1).tolist() == [2, 1]


async def test_nothing_to_compare_is_no_failure() -> None:
    precedents = await of_hashes()
    assert (await precedents.relevance([], [CHESS])).shape == (0, 1)
    assert (await precedents.relevance(["a game"], [])).shape == (1, 0)


async def test_requests_that_are_left_out_are_no_precedents() -> None:
    encoder, precedents = HashEncoder(256), await of_hashes()
    written = precedents._written
    (asked,) = await encoder.encode([REQUESTS[LACTOSE][0]])
    facts = await encoder.encode(list(REQUESTS))
    usual = written.usual(facts)
    near = written.parts(asked, facts, usual)[2]
    without = written.parts(asked, facts, usual, np.array([2], dtype=np.int32))[2]
    assert near.argmax() == 1
    assert without[1] < near[1]


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=4, max_size=4))
def test_eight_bits_keep_the_direction(row: list[float]) -> None:
    vector = np.array([row], dtype=np.float32)
    if np.abs(vector).max() > 1e-3:
        assert float((unit(in_bytes(vector)) * unit(vector)).sum()) > 0.999


async def test_the_shipped_ones_know_what_words_do_not_say() -> None:
    precedents = read_precedents()
    facts = [
        "Is afraid of heights.", "Is allergic to shellfish.", "Dislikes first-person shooters.",
        "Is learning the cello.", "Prefers trains over planes.",
    ]  # fmt: skip
    asked = [
        "What are some must-see attractions in Dubai?",
        "Where should we eat at the harbour in Boston?",
        "My friends want to play Call of Duty tonight, what shall I get?",
    ]
    found = await precedents.relevance(asked, facts)
    assert found.argmax(axis=1).tolist() == [0, 1, 2]
    assert found[0, 3] < found[0, 0] - 0.1


async def test_a_trigger_with_precedents_brings_up_what_they_tell() -> None:
    facts = tuple(Fact(text=text, kind=FactKind.DISLIKE) for text in (CHESS, LACTOSE, HEIGHTS))
    asked = [ChatMessage(role="user", content="What is there to do in Austria?")]
    trigger = FactTrigger(HashEncoder(), precedents=await of_hashes())
    scores = await trigger.scores(asked, facts)
    assert max(scores, key=lambda s: s.score).fact.text == HEIGHTS
    await trigger.close()


async def test_the_contract_of_triggers_with_precedents() -> None:
    await check_trigger(FactTrigger(HashEncoder(), precedents=await of_hashes()), HashEncoder())
    await check_trigger(FactTrigger(MiniLMEncoder(), precedents=read_precedents()), MiniLMEncoder())


def shipped_in(folder: Path) -> Path:
    for name in ("model.onnx", "tokenizer.json"):
        (folder / name).symlink_to(SHIPPED / name)
    return folder / FILE


def test_a_missing_file_is_told_with_the_remedy(tmp_path: Path) -> None:
    path = shipped_in(tmp_path)
    with pytest.raises(EncoderError, match=rf"{re.escape(str(path))}.*reinstall"):
        read_precedents(tmp_path)


def test_what_another_encoder_made_is_refused(tmp_path: Path) -> None:
    path = shipped_in(tmp_path)
    own = digest_of(MiniLMEncoder(tmp_path)).encode()
    path.write_bytes((SHIPPED / FILE).read_bytes().replace(own, own[::-1]))
    with pytest.raises(EncoderError, match="made for an encoder"):
        read_precedents(tmp_path)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"owners": np.array([0, 9], dtype=np.int32)}, "without their preference"),
        ({"owners": np.array([0], dtype=np.int32)}, "shapes"),
        ({"mean": np.full(384, np.nan, dtype=np.float32)}, "finite"),
        ({"requests": np.zeros((2, 384), dtype=np.float32)}, "types"),
        ({"preferences": np.zeros((2, 8), dtype=np.int8)}, "shapes"),
        ({"others_usual": np.zeros(3, dtype=np.float32)}, "shapes"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    changed: dict[str, npt.NDArray[Any]], said: str, tmp_path: Path
) -> None:
    path = shipped_in(tmp_path)
    arrays: dict[str, npt.NDArray[Any]] = {
        "requests": np.ones((2, 384), dtype=np.int8),
        "preferences": np.ones((2, 384), dtype=np.int8),
        "owners": np.array([0, 1], dtype=np.int32),
        "mean": np.zeros(384, dtype=np.float32),
        "others": np.ones((2, 384), dtype=np.float32),
        "others_usual": np.ones(2, dtype=np.float32),
    }
    meta = {"encoder": digest_of(MiniLMEncoder(tmp_path)), "weights": WEIGHTS._asdict()}
    path.write_bytes(pack(meta, **(arrays | changed)))
    with pytest.raises(EncoderError, match=said):
        read_precedents(tmp_path)
    path.write_bytes(pack(meta, **arrays))
    read_precedents(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=400))
def test_garbage_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / FILE
    if not (tmp_path / "model.onnx").exists():
        shipped_in(tmp_path)
    path.write_bytes(content)
    with pytest.raises(EncoderError, match="cannot be used"):
        read_precedents(tmp_path)


def test_what_is_learnt_from_is_well_formed() -> None:
    rows = [json.loads(line) for line in WRITTEN_FILE.read_text("utf-8").splitlines()]
    assert len(rows) > 10_000
    for row in rows:
        assert row.keys() - {"held"} == {"topic", "preference", "requests"}, row
        texts = [row["preference"], *row["requests"]]
        assert row["requests"], row
        assert len(set(texts)) == len(texts), row
        assert all(text == " ".join(text.split()) for text in texts), row
    held = Counter(row["topic"] for row in rows if row.get("held"))
    assert held.keys() == {row["topic"] for row in rows}, "some of every topic are held back"
    own = {(row["topic"], row["preference"]) for row in rows}
    assert len(own) == len(rows), "a preference stands once in its topic"
