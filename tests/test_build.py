"""From settings to a recommender: which parts are put together, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from recllm.build import (
    choose_encoder,
    choose_foresight,
    choose_likelihood,
    choose_llm,
    choose_trust,
    learn,
    open_recommender,
    sessions_file,
)
from recllm.catalog.index import Catalog
from recllm.config import load_settings
from recllm.encoder import HashEncoder
from recllm.errors import CatalogError, ConfigError, EncoderError, UnknownCatalogError
from recllm.llm.endpoint import Endpoint
from recllm.llm.scripted import ScriptedLLM
from recllm.llm.weights import file_in
from recllm.memory_store import MemoryStore
from recllm.recommender import Recommender
from recllm.store import SessionStore
from recllm.testing.toy import toy_catalog
from recllm.trust import LEVELS, Trust, trust_level
from tests import toy

NOBODY = "http://127.0.0.1:9/v1"
"""An address on loopback where nothing listens."""


async def opened(llm: Any = "none", **overrides: Any) -> Recommender:
    """Open the toy catalogue with these settings."""
    return await open_recommender(
        "toy", home=toy.home(), encoder=toy.ENCODER, store=MemoryStore(), llm=llm, **overrides
    )


async def test_without_a_model_all_is_done_by_code() -> None:
    talker = await opened()
    assert talker.llm is None
    assert talker.trust == Trust()
    assert talker.catalog.name == "toy"
    session = await talker.reply(toy.new_session(), "a comedy")
    assert session.slate is not None


async def test_it_finds_what_was_put_together_by_hand() -> None:
    built, by_hand = await opened(), await toy.recommender()
    for message in ("something scary in space", "a comedy under 100 minutes", "surprise me"):
        session = toy.new_session(message)
        slates = [(await r.reply(session, message)).slate for r in (built, by_hand)]
        assert slates[0] == slates[1]


async def test_a_model_object_is_used() -> None:
    llm = toy.model()
    talker = await opened(llm=llm)
    assert talker.llm is llm
    assert talker.trust == trust_level("general")
    await talker.reply(toy.new_session(), "something scary")
    assert [r.stage for r in llm.requests] == ["decide", "rank", "respond"]


STAGES = {
    "listwise": ["decide", "rank", "respond"],
    "code": ["decide", "respond"],
}


@pytest.mark.parametrize(("ranker", "stages"), STAGES.items(), ids=STAGES)
async def test_the_ranker_is_chosen(ranker: str, stages: list[str]) -> None:
    llm = toy.model()
    talker = await opened(llm=llm, ranker=ranker)
    await talker.reply(toy.new_session(), "something scary")
    assert [r.stage for r in llm.requests] == stages


async def test_pointwise_asks_for_each_candidate() -> None:
    llm = toy.model(rank="good fit | It fits.")
    talker = await opened(llm=llm, ranker="pointwise")
    session = await talker.reply(toy.new_session(), "something scary")
    ranked = [r for r in llm.requests if r.stage == "rank"]
    assert len(ranked) > 3
    assert all("Record\n" in r.messages[-1].content for r in ranked)
    assert session.slate is not None


@pytest.mark.parametrize("level", LEVELS)
async def test_trust_is_set_by_name(level: str) -> None:
    talker = await opened(llm=toy.model(), trust=level)
    assert talker.trust == LEVELS[level]


def test_unknown_trust_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"'blind'.*none, embedded, general"):
        trust_level("blind")


async def test_the_size_of_the_slate_is_a_setting() -> None:
    session = await (await opened(slate_size=3)).reply(toy.new_session(), "surprise me")
    assert session.slate is not None
    assert len(session.slate.items) == 3


async def test_single_settings_override_given_ones() -> None:
    settings = load_settings(home=toy.home(), llm="none", slate_size=5, catalog="toy")
    talker = await open_recommender(
        settings=settings, encoder=toy.ENCODER, store=MemoryStore(), slate_size=3
    )
    session = await talker.reply(toy.new_session(), "surprise me")
    assert session.slate is not None
    assert len(session.slate.items) == 3
    assert talker.llm is None


async def test_an_unknown_catalogue_is_refused() -> None:
    with pytest.raises(UnknownCatalogError, match="'nowhere'"):
        await open_recommender("nowhere", home=toy.home(), llm="none", encoder=toy.ENCODER)


async def test_another_encoder_is_refused() -> None:
    with pytest.raises(CatalogError, match=r"'hash-64'.*'hash-32'"):
        await open_recommender("toy", home=toy.home(), llm="none", encoder=HashEncoder(32))


async def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="colour"):
        await opened(colour="red")


async def test_sessions_are_kept_in_the_home_by_default(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "catalogs").symlink_to(toy.home() / "catalogs", target_is_directory=True)
    talker = await open_recommender("toy", home=home, llm="none", encoder=toy.ENCODER)
    session = await talker.reply(toy.new_session(), "a comedy")
    await talker.close()
    assert sessions_file(home).is_file()
    store = SessionStore.at(home)
    assert await store.load("s") == session
    await store.close()


def test_choosing_a_model_starts_nothing() -> None:
    assert choose_llm(load_settings(llm="none")) is None
    settings = load_settings(base_url="http://127.0.0.1:9/v1", model="m")
    assert isinstance(choose_llm(settings), Endpoint)


TRUST = [
    ("auto", None, "none"),
    ("auto", ScriptedLLM(), "general"),
    ("none", ScriptedLLM(), "none"),
]


@pytest.mark.parametrize(("set_to", "llm", "level"), TRUST, ids=str)
def test_trust_suits_the_model(set_to: str, llm: ScriptedLLM | None, level: str) -> None:
    assert choose_trust(load_settings(llm="none", trust=set_to), llm) == trust_level(level)


def test_the_embedded_model_tells_likelihoods_and_another_what_would_be_offered(
    tmp_path: Path,
) -> None:
    settings = load_settings(home=tmp_path, llm="embedded")
    embedded, other = choose_llm(settings), ScriptedLLM()
    assert choose_foresight(settings, embedded) is None
    assert choose_foresight(settings, other) is not None
    assert choose_likelihood(settings, other) is None
    weights = file_in(tmp_path)
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"read at the first use")
    assert choose_likelihood(settings, embedded) is not None
    for choose in (choose_foresight, choose_likelihood):
        assert choose(settings, None) is None


async def test_the_configured_encoder_is_chosen(tmp_path: Path) -> None:
    assert (await choose_encoder(load_settings())).name.startswith("minilm-")
    folder = await choose_encoder(load_settings(encoder=str(tmp_path)))
    with pytest.raises(EncoderError, match=re.escape(str(tmp_path / "model.onnx"))):
        await folder.encode(["text"])


async def test_a_servers_vectors_need_a_catalogue_of_them() -> None:
    with pytest.raises(EncoderError, match=r"embeddings_model names \('e'\)"):
        await open_recommender(
            "toy", home=toy.home(), llm="none", embeddings_model="e", base_url=NOBODY
        )


async def test_what_is_learnt_is_learnt_once(tmp_path: Path) -> None:
    await toy_catalog(tmp_path)
    await learn(tmp_path, "toy", toy.ENCODER)
    path = (await Catalog.open(tmp_path, "toy")).artifact("concepts")
    assert path
    await learn(tmp_path, "toy", toy.ENCODER)
    assert (await Catalog.open(tmp_path, "toy")).artifact("concepts") == path
