"""Reciprocal rank fusion against a table computed by hand: 1 / (60 + rank), added up."""

from __future__ import annotations

import pytest
from tests import toy

from recllm.retrieval.fusion import FusionRetriever, fuse
from recllm.types import Candidate, Query


def found(way: str, *ids: str) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(item=toy.FILMS[i], score=9.0 - n, ranks={way: n})
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
