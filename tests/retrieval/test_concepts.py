"""Concepts as vectors: learnt of labels, named by texts, added, averaged and taken away."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import toy

from recllm.catalog.index import Catalog
from recllm.catalog.rows import Numbered
from recllm.catalog.update import index_source
from recllm.encoder import HashEncoder
from recllm.retrieval.concept_learning import RIDGE, learn_concepts
from recllm.retrieval.concept_vectors import KIND, ConceptVectors, Term
from recllm.retrieval.concepts import ConceptRetriever
from recllm.testing.retriever import check_retriever
from recllm.types import Attribute, Concept, Item, Kind, Query, Role, Schema

SIZE = 128
ENCODER = HashEncoder(SIZE)
SCHEMA = Schema(
    attributes=(
        Attribute(name="kind", kind=Kind.CATEGORY, role=Role.GENRE),
        Attribute(name="tags", kind=Kind.LIST, role=Role.TAG),
    )
)
WORDS = {
    "wistful": "rain autumn letter window piano farewell harbour",
    "brisk": "chase sprint engine rocket gallop whistle throttle",
    "eerie": "fog crypt owl candle midnight howl tombstone",
}
"""What the texts of a label's items say; no text has the label's own name."""


def items() -> list[Item]:
    """Thirty items, ten of each label, of which eight bear it."""
    found = []
    for label, words in WORDS.items():
        for n in range(10):
            labelled = n % 5 != 0
            attributes: dict[str, str | tuple[str, ...]] = {"kind": "book" if n < 6 else "map"}
            if labelled:
                attributes["tags"] = (label,)
            title = f"{label[0]}{n}"
            text = " ".join(w for at, w in enumerate(words.split()) if at != n % 7)
            found.append(Item(id=title, title=title, text=text, attributes=attributes))
    return found


async def build(directory: Path) -> None:
    rows = [Numbered(n, item) for n, item in enumerate(items(), 1)]
    await index_source(directory, "things", rows, SCHEMA, ENCODER)


@pytest.fixture
async def learnt(tmp_path: Path) -> Catalog:
    await build(tmp_path)
    assert await learn_concepts(tmp_path, "things", ENCODER)
    return await Catalog.open(tmp_path, "things")


def firsts(found: object) -> str:
    return "".join(c.item.id[0] for c in found)  # type: ignore[attr-defined]


async def test_the_contract() -> None:
    await check_retriever(ConceptRetriever(await toy.catalog(), toy.ENCODER))


async def test_a_label_finds_items_that_do_not_bear_it(learnt: Catalog) -> None:
    wish = Query(text="", concepts=(Concept(text="Wistful", attribute="tags"),), limit=10)
    found = await ConceptRetriever(learnt, ENCODER).retrieve(wish)
    assert firsts(found).count("w") >= 9
    assert any("tags" not in c.item.attributes for c in found)
    assert [c.ranks for c in found[:2]] == [{"concepts": 1}, {"concepts": 2}]


async def test_refused_concepts_are_taken_away(learnt: Catalog) -> None:
    way = ConceptRetriever(learnt, ENCODER)
    brisk, eerie = Concept(text="brisk"), Concept(text="eerie")
    both = await way.retrieve(Query(text="", concepts=(brisk, eerie), limit=14))
    assert {"b", "e"} <= set(firsts(both))
    refused = eerie.model_copy(update={"sign": -1})
    found = await way.retrieve(Query(text="", concepts=(brisk, refused), limit=14))
    assert firsts(found[:9]) == "b" * 9
    assert firsts(found).count("e") < firsts(both).count("e")


async def test_only_refusals_find_nothing(learnt: Catalog) -> None:
    way = ConceptRetriever(learnt, ENCODER)
    refused = Concept(text="eerie", sign=-1)
    assert await way.retrieve(Query(text="", concepts=(refused,))) == ()
    assert await way.retrieve(Query(text="", concepts=(Concept(text=" "),))) == ()
    with_words = await way.retrieve(Query(text="fog chase", concepts=(refused,), limit=5))
    assert firsts(with_words).count("b") >= 4


async def test_alternatives_are_one_wish(learnt: Catalog) -> None:
    way = ConceptRetriever(learnt, ENCODER)
    wistful = Concept(text="wistful", words="sad")
    other = tuple(Concept(text=t, words="fast") for t in ("brisk", "sprint", "engine", "chase"))
    together = await way.retrieve(Query(text="", concepts=(wistful, *other), limit=12))
    apart = tuple(c.model_copy(update={"words": c.text}) for c in other)
    summed = await way.retrieve(Query(text="", concepts=(wistful, *apart), limit=12))
    assert firsts(together).count("w") > firsts(summed).count("w")


async def test_examples_and_concepts_add_up(learnt: Catalog) -> None:
    way = ConceptRetriever(learnt, ENCODER)
    query = Query(text="", similar_to=("b3",), concepts=(Concept(text="eerie"),), limit=12)
    assert {"b", "e"} <= set(firsts(await way.retrieve(query)))
    assert firsts(await way.retrieve(query.model_copy(update={"concepts": ()})))[:5] == "bbbbb"


async def test_learning_is_done_again_only_when_items_changed(tmp_path: Path) -> None:
    await build(tmp_path)
    told: list[tuple[str, int, int | None]] = []
    assert await learn_concepts(tmp_path, "things", ENCODER, lambda *stage: told.append(stage))
    assert told[-1] == ("learn", 30, 30)
    assert not await learn_concepts(tmp_path, "things", ENCODER)
    await build(tmp_path)
    assert not await learn_concepts(tmp_path, "things", ENCODER)
    rows = [Numbered(n, item) for n, item in enumerate(items()[:20], 1)]
    await index_source(tmp_path, "things", rows, SCHEMA, ENCODER)
    assert await learn_concepts(tmp_path, "things", ENCODER)
    vectors = ConceptVectors.read(
        (await Catalog.open(tmp_path, "things")).artifact(KIND), ENCODER.name, SIZE
    )
    assert {t.value for t in vectors.terms} == {"wistful", "brisk", "book", "map"}
    assert Term("tags", "brisk", 8) in vectors.terms


async def test_learnt_vectors_are_those_of_a_plain_computation(learnt: Catalog) -> None:
    found = ConceptVectors.read(learnt.artifact(KIND), ENCODER.name, SIZE)
    matrix = (await learnt.vectors([i.id for i in items()])).astype(float)
    covariance = np.cov(matrix.T, bias=True)
    assert np.allclose(found.covariance, covariance, atol=1e-5)
    has = np.array(["wistful" in i.attributes.get("tags", ()) for i in items()])  # type: ignore[operator]
    ridged = covariance + RIDGE * np.trace(covariance) / SIZE * np.eye(SIZE)
    expected = np.linalg.solve(ridged, matrix[has].mean(axis=0) - matrix.mean(axis=0))
    mine = found.learnt[[t.value for t in found.terms].index("wistful")]
    assert np.allclose(mine / np.linalg.norm(mine), expected / np.linalg.norm(expected), atol=1e-2)
    assert np.std(matrix @ mine) == pytest.approx(1, abs=0.01)
    text = (await ENCODER.encode(["engine"]))[0]
    assert np.std(matrix @ found.named(text)) == pytest.approx(1, abs=0.01)


async def test_the_more_items_the_less_the_name_counts() -> None:
    learnt, covariance = np.eye(4, dtype=np.float32)[:1], np.eye(4, dtype=np.float32)
    name = np.eye(4, dtype=np.float32)[1]
    shares = []
    for count in (3, 30, 300):
        terms = (Term("tags", "sad", count),)
        vectors = ConceptVectors("e", "s", terms, learnt, covariance, np.zeros((1, 4), np.float32))
        vector = vectors.vector("Sad", name)
        assert np.linalg.norm(vector) == pytest.approx(1)
        shares.append(vector[0] / vector[1])
    assert shares == sorted(shares)
    assert shares[0] < 1 < shares[1]
    assert np.array_equal(vectors.vector("joy", name), name)


def test_a_name_near_a_known_one_borrows_from_it() -> None:
    rows = np.eye(4, dtype=np.float32)
    terms = (Term("tags", "melancholy", 50), Term("tags", "funny", 50))
    vectors = ConceptVectors("e", "s", terms, rows[:2], rows, rows[2:])
    near = np.array([0, 0, 0.8, 0.1], np.float32)
    found = vectors.vector("melancholic", near)
    assert found[0] > 0.5
    assert found[1] == 0
    assert vectors.vector("odd", rows[0]) == pytest.approx(rows[0])
    further = vectors.vector("wistful", np.array([0, 0, 0.5, 0], np.float32))
    assert 0 < further[0] < found[0]


def test_what_concepts_share_is_not_taken_away() -> None:
    vectors = ConceptVectors.none("e")
    one, both = np.array([1, 0], np.float32), np.array([1, 1], np.float32)
    assert vectors.apart(both, one) == pytest.approx([0, 1])
    assert vectors.apart(-one, one) == pytest.approx([-1, 0])


async def test_vectors_of_another_encoder_are_not_used(learnt: Catalog) -> None:
    path = learnt.artifact(KIND)
    assert path
    assert ConceptVectors.read(path, ENCODER.name, SIZE).terms
    assert not ConceptVectors.read(path, "other", SIZE).terms
    assert not ConceptVectors.read(path, ENCODER.name, 31).terms
    assert not ConceptVectors.read(None, ENCODER.name, SIZE).terms


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400), junk=st.binary(max_size=60))
def test_a_broken_file_has_learnt_nothing(tmp_path: Path, cut: int, junk: bytes) -> None:
    terms = (Term("tags", "sad", 3),)
    whole = ConceptVectors("e", "s", terms, *(np.ones((n, 2), np.float32) for n in (1, 2, 1)))
    data = whole.to_bytes()
    path = tmp_path / "file.npz"
    path.write_bytes(data)
    assert ConceptVectors.read(path, "e", 2).terms == terms
    path.write_bytes(data[:cut] + junk + data[cut + len(junk) + 1 :])
    found = ConceptVectors.read(path, "e", 2)
    assert found.terms in (terms, ())
    assert np.isfinite(found.vector("sad", np.array([1, 0], np.float32))).all()


async def test_odd_catalogues_can_be_learnt_from(tmp_path: Path) -> None:
    rows = [Numbered(n, Item(id=str(n), title=f"t{n}")) for n in range(3)]
    await index_source(tmp_path, "plain", rows, Schema(), ENCODER)
    assert await learn_concepts(tmp_path, "plain", ENCODER)
    catalog = await Catalog.open(tmp_path, "plain")
    found = await ConceptRetriever(catalog, ENCODER).retrieve(
        Query(text="", concepts=(Concept(text="t1"),))
    )
    assert found[0].item.id == "1"
