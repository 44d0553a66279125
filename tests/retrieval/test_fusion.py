"""Reciprocal rank fusion against a table computed by hand: 1 / (60 + rank), added up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from tests import toy

from recllm.errors import EncoderError, RecLLMError
from recllm.retrieval.fusion import FusionRetriever, ReciprocalRank, fuse
from recllm.retrieval.notes import note, noting
from recllm.testing.scorer import check_scorer
from recllm.types import Candidate, Query


def found(way: str, *ids: str) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(item=toy.FILMS[i], score=9.0 - n, ranks={way: n}, scores={way: 9.0 - n})
        for n, i in enumerate(ids, start=1)
    )


A = found("a", "moon", "alien", "heat")
B = found("b", "alien", "fargo", "moon", "m")


def test_the_table() -> None:
    fused = fuse([A, B])
    assert [(c.item.id, round(c.score, 6)) for c in fused] == [
        ("alien", 0.032522),  # 1/62 + 1/61
        ("moon", 0.032266),  # 1/61 + 1/63
        ("fargo", 0.016129),  # 1/62
        ("heat", 0.015873),  # 1/63
        ("m", 0.015625),  # 1/64
    ]
    assert fused[0].score == pytest.approx(0.032522, abs=1e-6)
    assert fused[1].score == pytest.approx(0.032266, abs=1e-6)


def test_ranks_of_all_ways_are_kept() -> None:
    ranks = {c.item.id: c.ranks for c in fuse([A, B])}
    assert ranks["alien"] == {"a": 2, "b": 1}
    assert ranks["m"] == {"b": 4}


def test_ties_keep_the_order_in_which_they_were_found() -> None:
    assert [c.item.id for c in fuse([found("a", "moon"), found("b", "heat")])] == ["moon", "heat"]
    assert [c.item.id for c in fuse([found("a", "heat"), found("b", "moon")])] == ["heat", "moon"]


@pytest.mark.parametrize("answers", [[], [()], [(), ()]], ids=str)
def test_nothing_found(answers: list[tuple[Candidate, ...]]) -> None:
    assert fuse(answers) == ()


def test_one_way_keeps_its_order() -> None:
    assert [c.item.id for c in fuse([A])] == ["moon", "alien", "heat"]


class Fixed:
    """A way with one answer."""

    def __init__(self, name: str, answer: tuple[Candidate, ...]) -> None:
        self.name = name
        self._answer = answer

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        return self._answer


async def test_all_ways_are_asked_and_the_limit_holds() -> None:
    fusion = FusionRetriever([Fixed("a", A), Fixed("b", B)])
    assert [c.item.id for c in await fusion.retrieve(Query(text="x", limit=2))] == ["alien", "moon"]
    assert await FusionRetriever([]).retrieve(Query(text="x")) == ()


def test_weights() -> None:
    fused = fuse([A, B], {"a": 3.0, "b": 0.0})
    assert [c.item.id for c in fused] == ["moon", "alien", "heat", "fargo", "m"]
    assert fused[0].score == pytest.approx(3 / 61)


def test_the_scores_of_all_ways_are_kept() -> None:
    scores = {c.item.id: c.scores for c in fuse([A, B])}
    assert scores["alien"] == {"a": 7.0, "b": 8.0}
    assert scores["m"] == {"b": 5.0}


class Asked(Fixed):
    """Remembers that it was asked."""

    asked = False

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        self.asked = True
        return self._answer


async def test_a_way_of_no_weight_is_not_asked() -> None:
    way = Asked("a", A)
    fused = await FusionRetriever([way, Fixed("b", B)], weights={"a": 0}).retrieve(Query(text="x"))
    assert not way.asked
    assert [c.item.id for c in fused] == ["alien", "fargo", "moon", "m"]


# ── Ways that fail ───────────────────────────────────────────────────────────────────────────


class Broken:
    """Fails each time."""

    name = "broken"

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        note("broken looked")
        raise EncoderError("no weights")


class Hanging:
    """Never answers."""

    name = "hanging"

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        await asyncio.Event().wait()
        return ()


async def test_a_way_that_fails_costs_its_candidates_only() -> None:
    fusion = FusionRetriever([Broken(), Fixed("b", B), Hanging()], timeout=0.01)
    with noting() as said:
        found = await fusion.retrieve(Query(text="x"))
    assert [c.item.id for c in found] == ["alien", "fargo", "moon", "m"]
    assert sorted(said) == [
        "broken failed and was left out: no weights",
        "broken looked",
        "hanging took longer than 0.01 s and was left out",
    ]


async def test_where_every_way_fails_the_error_is_told() -> None:
    with pytest.raises(RecLLMError, match="no weights"):
        await FusionRetriever([Broken(), Hanging()], timeout=0.01).retrieve(Query(text="x"))
    with pytest.raises(RecLLMError, match=r"'hanging' took longer than 0\.01 s"):
        await FusionRetriever([Hanging()], timeout=0.01).retrieve(Query(text="x"))


async def test_another_error_is_not_hidden() -> None:
    class Wrong(Broken):
        async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await FusionRetriever([Wrong(), Fixed("b", B)]).retrieve(Query(text="x"))


def test_without_a_listener_a_note_is_lost() -> None:
    note("nobody hears")
    with noting() as said:
        note("once")
        note("once")
    note("too late")
    assert said == ["once"]


# ── Scorers ──────────────────────────────────────────────────────────────────────────────────


async def test_reciprocal_ranks_are_a_scorer() -> None:
    await check_scorer(ReciprocalRank())
    await check_scorer(ReciprocalRank({"bm25": 0.0}))


class Given:
    """A scorer with one answer."""

    def __init__(self, *scores: float, error: bool = False) -> None:
        self._scores, self._error = scores, error

    async def score(self, query: Query, candidates: Sequence[Candidate]) -> Sequence[float]:
        if self._error:
            raise EncoderError("not loaded")
        return self._scores


async def test_a_scorer_orders() -> None:
    fusion = FusionRetriever([Fixed("a", A)], Given(0.1, 0.3, 0.2))
    found = await fusion.retrieve(Query(text="x"))
    assert [(c.item.id, c.score) for c in found] == [("alien", 0.3), ("heat", 0.2), ("moon", 0.1)]


BAD_SCORERS = [Given(error=True), Given(1.0), Given(1.0, float("nan"), 2.0), Given()]


@pytest.mark.parametrize("scorer", BAD_SCORERS, ids=["fails", "too few", "nan", "none"])
async def test_a_scorer_that_fails_leaves_reciprocal_ranks(scorer: Given) -> None:
    with noting() as said:
        found = await FusionRetriever([Fixed("a", A)], scorer).retrieve(Query(text="x"))
    assert [c.item.id for c in found] == ["moon", "alien", "heat"]
    assert len(said) == 1
    with pytest.raises((AssertionError, EncoderError)):
        await check_scorer(scorer)
