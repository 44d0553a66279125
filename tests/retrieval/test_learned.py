"""What is learnt from labelled conversations: tuned encoder, learned fusion, their files."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.catalog.artifacts import attach
from recllm.catalog.index import Catalog
from recllm.errors import CatalogError
from recllm.retrieval import learned, tuned_weights
from recllm.retrieval.fusion import FusionRetriever
from recllm.retrieval.fusion_features import NAMES, FusionFeatures
from recllm.retrieval.learned import LearnedScorer, learned_scorer
from recllm.retrieval.lexical import LexicalRetriever
from recllm.retrieval.tuned_encoder import ContextFeatures, TunedEncoderRetriever, said
from recllm.retrieval.tuned_weights import TunedWeights
from recllm.testing.retriever import check_retriever
from recllm.types import ChatMessage, Constraint, Op, Query

ASKED = {
    "something quiet on the moon": "moon",
    "a bear who loves marmalade": "paddington",
    "old swordsmen and farmers": "samurai",
}


def query(text: str, **more: object) -> Query:
    return Query(text=text, conversation=(ChatMessage(role="user", content=text),), **more)


async def weights(catalog: Catalog, ridge: float = 0.1) -> TunedWeights:
    """Weights that were taught the three answers."""
    usual = np.zeros(toy.ENCODER.dimension, dtype=np.float32)
    features = ContextFeatures(toy.ENCODER, catalog, usual)
    contexts = [await features.read(query(text)) for text in ASKED]
    rows = np.array([c for c in contexts if c is not None], dtype=np.float32)
    return tuned_weights.fit(rows, [(a,) for a in ASKED.values()], usual, toy.ENCODER.name, ridge)


@pytest.mark.parametrize("text", ASKED)
async def test_what_was_taken_up_is_found_again(text: str) -> None:
    catalog = await toy.catalog()
    way = TunedEncoderRetriever(catalog, toy.ENCODER, await weights(catalog))
    found = await way.retrieve(query(text))
    assert found[0].item.id == ASKED[text]
    assert found[0].scores[way.name] == found[0].score


async def test_conditions_and_exclusions_hold() -> None:
    catalog = await toy.catalog()
    way = TunedEncoderRetriever(catalog, toy.ENCODER, await weights(catalog))
    old = (Constraint(attribute="year", op=Op.LT, values=(1970.0,)),)
    assert [c.item.id for c in await way.retrieve(query("the moon", where=old))] == ["samurai"]
    left = await way.retrieve(query("the moon", exclude=("moon",), rejected=("paddington",)))
    assert [c.item.id for c in left] == ["samurai"]


async def test_the_contract_without_words() -> None:
    catalog = await toy.catalog()
    usual = np.zeros(toy.ENCODER.dimension, dtype=np.float32)
    features = ContextFeatures(toy.ENCODER, catalog, usual)
    rows = [await features.read(query(f.text)) for f in toy.FILMS.values()]
    contexts = np.array([r for r in rows if r is not None], dtype=np.float32)
    targets = [(name,) for name in toy.FILMS]
    taught = tuned_weights.fit(contexts, targets, usual, toy.ENCODER.name, 0.1)
    await check_retriever(TunedEncoderRetriever(catalog, toy.ENCODER, taught))


async def test_nothing_learnt_or_nothing_said_finds_nothing() -> None:
    catalog = await toy.catalog()
    assert await TunedEncoderRetriever(catalog, toy.ENCODER).retrieve(query("the moon")) == ()
    way = TunedEncoderRetriever(catalog, toy.ENCODER, await weights(catalog))
    assert await way.retrieve(Query(text="")) == ()


def test_only_the_end_of_a_conversation_is_read() -> None:
    messages = tuple(ChatMessage(role="user", content=f"message {n}") for n in range(9))
    assert (
        said(Query(text="x", conversation=messages)).split()
        == " ".join(f"message {n}" for n in range(4, 9)).split()
    )
    assert said(Query(text="a wish")) == "a wish"


def test_nothing_to_learn_from_is_an_error() -> None:
    none = np.zeros((0, 4), dtype=np.float32)
    with pytest.raises(CatalogError, match="labelled conversations"):
        tuned_weights.fit(none, [], none, "e")


# ── The files ────────────────────────────────────────────────────────────────────────────────


async def test_weights_survive_their_file(tmp_path: Path) -> None:
    before = await weights(await toy.catalog())
    file = tmp_path / "w.npz"
    file.write_bytes(tuned_weights.to_bytes(before))
    after = tuned_weights.load(file, toy.ENCODER.name)
    assert after.ids == before.ids
    for name in ("middle", "usual", "weights", "bias"):
        assert np.array_equal(getattr(after, name), getattr(before, name))
    with pytest.raises(CatalogError, match="'other'"):
        tuned_weights.load(file, "other")


@contextmanager
def written(content: bytes) -> Iterator[Path]:
    """A file that hypothesis can make often."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "w.npz"
        path.write_bytes(content)
        yield path


@given(damage=st.binary(max_size=40), at=st.integers(0, 400))
async def test_damaged_weights_are_an_error_or_the_weights(damage: bytes, at: int) -> None:
    whole = tuned_weights.to_bytes(_small())
    cut = whole[:at] + damage + whole[at + len(damage) :]
    with written(cut) as file, suppress(CatalogError):
        found = tuned_weights.load(file, "e")
        assert len(found.ids) == found.weights.shape[1]


def test_parts_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    meta = json.dumps({"format": 1, "encoder": "e", "ids": ["a", "b"]})
    buffer = io.BytesIO()
    small = _small()
    np.savez(
        buffer,
        meta=np.frombuffer(meta.encode(), dtype=np.uint8),
        middle=small.middle,
        usual=small.usual,
        weights=small.weights,
        bias=small.bias,
    )
    file = tmp_path / "w.npz"
    file.write_bytes(buffer.getvalue())
    with pytest.raises(CatalogError, match="do not belong together"):
        tuned_weights.load(file, "e")


def _small() -> TunedWeights:
    zeros = np.zeros(4, dtype=np.float32)
    return TunedWeights(
        ["a"], zeros, zeros[:2], np.zeros((4, 1), np.float16), np.zeros(1, np.float32), "e"
    )


# ── The learned fusion ───────────────────────────────────────────────────────────────────────


async def test_candidates_are_described() -> None:
    catalog = await toy.catalog()
    asked = query("space", similar_to=("alien",))
    candidates = await LexicalRetriever(catalog).retrieve(asked)
    features = FusionFeatures(catalog, toy.ENCODER, {"moon": 7.0})
    rows = await features.describe(asked, candidates)
    assert rows.shape == (len(candidates), len(NAMES))
    by_name = dict(zip(NAMES, rows.T, strict=True))
    assert by_name["bm25 share"][0] == pytest.approx(1.0)
    assert list(by_name["bm25 rank"]) == sorted(by_name["bm25 rank"])
    assert np.isnan(by_name["concepts score"]).all()
    assert set(by_name["items named"]) == {1.0}
    years = [c.item.attributes["year"] for c in candidates]
    assert list(by_name["year"]) == years
    assert list(by_name["years apart"]) == [abs(float(y) - 1979) for y in years]  # type: ignore[arg-type]
    popular = {c.item.id: p for c, p in zip(candidates, by_name["popularity"], strict=True)}
    assert all((p > 0) == (i == "moon") for i, p in popular.items())
    assert (await features.describe(asked, ())).shape == (0, len(NAMES))


def trees(wanted: str = "year", seed: int = 0) -> str:
    """Trees that were taught that the newer item is taken up."""
    draw = np.random.default_rng(seed)
    rows = draw.normal(size=(3000, len(NAMES))).astype(np.float32)
    column = NAMES.index(wanted)
    rows[:, column] = draw.integers(1920, 2020, size=len(rows))
    return learned.fit(rows, rows[:, column] > 1990, rounds=20)


async def test_the_fusion_orders_as_it_was_taught() -> None:
    catalog = await toy.catalog()
    scorer = LearnedScorer(FusionFeatures(catalog, toy.ENCODER), trees())
    asked = query("comedy, drama, thriller, horror, action or romance")
    plain = await FusionRetriever([LexicalRetriever(catalog)]).retrieve(asked)
    taught = await FusionRetriever([LexicalRetriever(catalog)], scorer).retrieve(asked)
    assert {c.item.id for c in plain} == {c.item.id for c in taught}
    newer = [float(c.item.attributes["year"]) > 1990 for c in taught]  # type: ignore[arg-type]
    assert newer == sorted(newer, reverse=True) != [True] * len(newer)
    assert trees() == trees()


async def test_it_is_found_beside_the_catalogue(tmp_path: Path) -> None:
    shutil.copytree(toy.home() / "catalogs", tmp_path / "catalogs")
    assert learned_scorer(await toy.catalog(), toy.ENCODER) is None
    await attach(tmp_path / "catalogs", "toy", learned.KIND, trees().encode(), suffix=".txt")
    catalog = await Catalog.open(tmp_path / "catalogs", "toy")
    scorer = learned_scorer(catalog, toy.ENCODER)
    assert scorer is not None
    candidates = await LexicalRetriever(catalog).retrieve(query("space"))
    scores = await scorer.score(query("space"), candidates)
    assert len(scores) == len(candidates) > 1
    assert await scorer.score(query("space"), ()) == []


@pytest.mark.parametrize("text", ["", "tree\nversion=v4\n", "no trees at all"])
async def test_damaged_trees_leave_reciprocal_ranks(text: str) -> None:
    catalog = await toy.catalog()
    scorer = LearnedScorer(FusionFeatures(catalog, toy.ENCODER), text)
    with pytest.raises(CatalogError, match="learn it again"):
        await scorer.score(query("space"), await LexicalRetriever(catalog).retrieve(query("space")))
    found = await FusionRetriever([LexicalRetriever(catalog)], scorer).retrieve(query("space"))
    assert found == await FusionRetriever([LexicalRetriever(catalog)]).retrieve(query("space"))


def test_a_fusion_is_learnt_from_both_kinds() -> None:
    rows = np.zeros((3, len(NAMES)), dtype=np.float32)
    for taken in (np.zeros(3, dtype=np.bool_), np.ones(3, dtype=np.bool_)):
        with pytest.raises(CatalogError, match="learnt from"):
            learned.fit(rows, taken)
