"""The embedded model, asked how likely a text is after another."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from recllm.errors import EncoderError
from recllm.llm.complete import complete
from recllm.llm.embedded import EmbeddedLLM, installed
from recllm.llm.likelihood import LikelihoodModel
from recllm.llm.likelihood.model import ADAPTERS, SHIPPED
from recllm.packed import pack, unpack
from recllm.types import LLMRequest

WEIGHTS = installed()
REQUEST = "What is there to do for a weekend in the Swiss Alps?"
FACTS = ["I collect old teapots.", "I have a phobia of heights.", "I never drink coffee."]


@pytest.fixture(scope="module")
def model() -> LikelihoodModel:
    assert WEIGHTS is not None, "the embedded weights are not there: run `make weights`"
    return LikelihoodModel(WEIGHTS)


async def test_a_request_is_likelier_from_whom_it_concerns(model: LikelihoodModel) -> None:
    told = await model.bearing(REQUEST, FACTS)
    assert told.shape == (3,)
    assert told.argmax() == 1


async def test_each_is_told_as_if_it_were_alone(model: LikelihoodModel) -> None:
    many = [f"I own {n} {thing}{' and more' * (n % 5)}." for n in range(12) for thing in "ab"]
    told = await model.bearing(REQUEST, many)
    alone = [float((await model.bearing(REQUEST, [m]))[0]) for m in many[::5]]
    assert told[::5] == pytest.approx(alone, abs=0.05)
    assert len(await model.bearing(REQUEST, [])) == 0


@pytest.mark.parametrize("text", ["", "\x00", "<|im_end|>" * 40, "ü" * 5000, "\ud800"])
async def test_any_text_has_a_likelihood(model: LikelihoodModel, text: str) -> None:
    told = await model.bearing(text, ["I like plums.", text])
    assert np.isfinite(told).all()


async def test_the_probabilities_are_those_of_llama_cpp(tmp_path: Path) -> None:
    """Both run the same file; here without adapters, and on the prompt of a chat."""
    assert WEIGHTS is not None
    shutil.copytree(SHIPPED, tmp_path / "plain")
    names = unpack(SHIPPED / ADAPTERS).meta["arrays"]
    none = {n: np.zeros_like(a) for n, a in unpack(SHIPPED / ADAPTERS, *names).arrays.items()}
    system, user, opening = "You know cities.", "What is the capital of France?", "It is called"
    parts = {
        "before": f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n",
        "between": f"<|im_end|>\n<|im_start|>assistant\n{opening}",
        "after": "",
    }
    (tmp_path / "plain" / ADAPTERS).write_bytes(
        pack({"arrays": names, "sharpness": 1.0, **parts}, **none)
    )
    plain = LikelihoodModel(WEIGHTS, tmp_path / "plain")
    roles = (("system", system), ("user", user), ("assistant", opening))
    request = LLMRequest.model_validate(
        {
            "stage": "test", "max_tokens": 1, "top_logprobs": 5,
            "messages": [{"role": role, "content": text} for role, text in roles],
        }
    )  # fmt: skip
    answer = await complete(EmbeddedLLM(), request)
    assert answer.logprobs
    for token, logprob in list(answer.logprobs[0].items())[:3]:
        told = await plain.bearing(token, [user])
        assert float(told[0]) == pytest.approx(logprob, abs=0.4)
        assert (told < 0).all()


@pytest.mark.parametrize("damage", ["no weights", "other weights", "no adapters", "bad adapters"])
async def test_what_is_missing_or_damaged_is_named(tmp_path: Path, damage: str) -> None:
    weights, folder = WEIGHTS or tmp_path / "none", tmp_path / "folder"
    shutil.copytree(SHIPPED, folder)
    if damage == "no weights":
        weights = tmp_path / "none.gguf"
    elif damage == "other weights":
        weights = tmp_path / "other.gguf"
        weights.write_bytes(b"GGUF" + bytes(200))
    elif damage == "no adapters":
        (folder / ADAPTERS).unlink()
    else:
        content = (folder / ADAPTERS).read_bytes()
        (folder / ADAPTERS).write_bytes(content[: len(content) // 2])
    with pytest.raises(EncoderError, match="recllm models install"):
        await LikelihoodModel(weights, folder).bearing(REQUEST, FACTS)
