from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recllm.encoder import SHIPPED, HashEncoder, MiniLMEncoder
from recllm.errors import EncoderError
from recllm.protocols import Encoder

DATA = Path(__file__).parent / "data"
SENTENCES = [
    "A quiet film about a lighthouse keeper.",
    "space comedy",
    "The robot learns to love, slowly and against its orders, in a town by the sea.",
    "How do I bake bread?",
    "Ein Film über das Meer und die Freundschaft.",
    "ok",
]
MINILM = MiniLMEncoder(threads=1)
ENCODERS: list[Encoder] = [MINILM, HashEncoder(), HashEncoder(dimension=7)]
every = pytest.mark.parametrize("encoder", ENCODERS, ids=["minilm", "hash-64", "hash-7"])


@every
async def test_rows_are_unit_vectors_in_input_order(encoder: Encoder) -> None:
    texts = [f"{'word ' * (7 * i % 50)} number {i}" for i in range(70)]
    vectors = await encoder.encode(texts)
    assert vectors.shape == (70, encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    for i in (0, 13, 69):
        alone = await encoder.encode([texts[i]])
        assert float(alone[0] @ vectors[i]) > 0.9999


@every
async def test_nothing_in_nothing_out(encoder: Encoder) -> None:
    assert (await encoder.encode([])).shape == (0, encoder.dimension)


@every
@settings(max_examples=15, deadline=None)
@given(texts=st.lists(st.text(st.characters(exclude_categories=())), max_size=4))
def test_any_text_has_a_unit_vector(encoder: Encoder, texts: list[str]) -> None:
    vectors = asyncio.run(encoder.encode(texts))
    assert vectors.shape == (len(texts), encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)


@every
@pytest.mark.parametrize("text", ["", " \n", "\ud800", "\x00", "!?", "字" * 50_000, "a" * 50_000])
async def test_odd_texts(encoder: Encoder, text: str) -> None:
    (vector,) = await encoder.encode([text])
    assert np.isfinite(vector).all()


@every
async def test_related_texts_are_nearer(encoder: Encoder) -> None:
    space, rocket, bread = await encoder.encode(
        [
            "a comedy film set on a space station",
            "comedy films in space stations",
            "how to knead sourdough for a crusty loaf",
        ]
    )
    assert space @ rocket > space @ bread + 0.2


async def test_related_meaning_is_nearer_without_shared_words() -> None:
    doctor, physician, boat = await MINILM.encode(["a doctor", "some physician", "rowing boats"])
    assert doctor @ physician > doctor @ boat + 0.3


async def test_equals_pytorch_fp32() -> None:
    reference = np.load(DATA / "minilm_reference.npy")
    vectors = await MINILM.encode(SENTENCES)
    near = (vectors * reference).sum(axis=1)
    assert near.min() > 0.99, near  # a single word ("ok") is the hardest for int8
    assert near.mean() > 0.997, near
    np.testing.assert_allclose(vectors @ vectors.T, reference @ reference.T, atol=0.02)


async def test_text_beyond_the_limit_is_cut() -> None:
    long, longer = await MINILM.encode(["word " * 300, "word " * 300 + "something else entirely"])
    assert float(long @ longer) > 0.9999


async def test_many_callers_share_one_model() -> None:
    encoder = MiniLMEncoder(threads=1)
    results = await asyncio.gather(*(encoder.encode([text]) for text in SENTENCES * 3))
    together = await encoder.encode(SENTENCES * 3)
    assert float((np.concatenate(results) * together).sum(axis=1).min()) > 0.9999


async def test_missing_model_names_the_file_and_the_remedy(tmp_path: Path) -> None:
    encoder = MiniLMEncoder(directory=tmp_path)
    with pytest.raises(EncoderError, match=r"model\.onnx.* is missing.*export_encoder\.py"):
        await encoder.encode(["x"])
    with pytest.raises(EncoderError, match="is missing"):
        _ = encoder.name


@pytest.mark.parametrize("broken", ["model.onnx", "tokenizer.json"])
async def test_broken_files_are_named_errors(tmp_path: Path, broken: str) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes((SHIPPED / name).read_bytes())
    (tmp_path / broken).write_bytes(b"not a model")
    with pytest.raises(EncoderError, match="cannot be used"):
        await MiniLMEncoder(directory=tmp_path).encode(["x"])


async def test_own_directory_has_its_own_name(tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes((SHIPPED / name).read_bytes())
    encoder = MiniLMEncoder(directory=tmp_path, threads=1)
    assert encoder.name != MINILM.name
    assert np.array_equal(await encoder.encode(["same"]), await MINILM.encode(["same"]))


async def test_hashes_are_the_same_everywhere() -> None:
    (vector,) = await HashEncoder(dimension=4).encode(["space comedy"])
    np.testing.assert_array_equal(
        vector, (await HashEncoder(dimension=4).encode(["Space, Comedy"]))[0]
    )
    assert HashEncoder(dimension=4).name != HashEncoder().name


def test_hash_encoder_needs_a_dimension() -> None:
    with pytest.raises(EncoderError, match="0"):
        HashEncoder(dimension=0)
