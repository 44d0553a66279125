"""Metrics against ir-measures, the bootstrap against what is known of it, baselines by hand."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import ir_measures
import numpy as np
import pytest
import retrieval_files as files
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

from recllm.evaluation.retrieval.baselines import (
    Counts,
    Ease,
    baselines,
    comention_counts,
    ease_weights,
)
from recllm.evaluation.retrieval.bootstrap import paired
from recllm.evaluation.retrieval.bounds import bounds, earliest, latest
from recllm.evaluation.retrieval.datasets import load_dataset
from recllm.evaluation.retrieval.he2023 import Pair
from recllm.evaluation.retrieval.metrics import (
    CUTS,
    mean,
    ndcg,
    rank_of,
    recall,
    reciprocal_rank,
    standard_error,
)
from recllm.evaluation.retrieval.offline import Condition, System, outcomes, summarise
from recllm.evaluation.retrieval.values import Instance, Mention

RANKINGS = st.lists(st.permutations(range(60)).map(lambda p: p[:55]), min_size=1, max_size=8)


@given(rankings=RANKINGS, data=st.data())
def test_metrics_agree_with_ir_measures(rankings: list[list[int]], data: st.DataObject) -> None:
    targets = [data.draw(st.integers(0, 59)) for _ in rankings]
    qrels = [Qrel(str(q), str(t), 1) for q, t in enumerate(targets)]
    run = [
        ScoredDoc(str(q), str(doc), -float(place))
        for q, ranking in enumerate(rankings)
        for place, doc in enumerate(ranking)
    ]
    theirs = ir_measures.calc_aggregate([R @ k for k in CUTS] + [nDCG @ 10, RR], qrels, run)
    ranks = [rank_of(t, ranking) for t, ranking in zip(targets, rankings, strict=True)]
    for k in CUTS:
        assert mean([recall(rank, k) for rank in ranks]) == pytest.approx(theirs[R @ k])
    assert mean([ndcg(rank, 10) for rank in ranks]) == pytest.approx(theirs[nDCG @ 10])
    assert mean([reciprocal_rank(rank) for rank in ranks]) == pytest.approx(theirs[RR])


def test_a_repeated_entry_counts_at_its_first_place() -> None:
    assert rank_of("b", ["a", "a", "b"]) == 2
    assert rank_of("c", ["a"]) is None


def test_standard_error_is_that_of_the_mean() -> None:
    values = [0.0, 1.0, 1.0, 0.0, 1.0]
    expected = float(np.std(values, ddof=1)) / math.sqrt(5)
    assert standard_error(values) == pytest.approx(expected)
    assert standard_error([1.0]) == mean([]) == 0.0


def test_the_bootstrap_sees_a_difference_and_its_absence() -> None:
    random = np.random.default_rng(3)
    theirs = (random.random(400) < 0.2).astype(float)
    ours = np.maximum(theirs, random.random(400) < 0.1)
    groups = [str(n) for n in range(400)]
    difference, low, high, p = paired(list(ours), list(theirs), groups)
    assert low < difference < high
    assert low > 0
    assert p < 0.001
    assert paired(list(theirs), list(theirs), groups) == (0.0, 0.0, 0.0, 1.0)
    assert paired(list(ours), list(theirs), groups) == (difference, low, high, p)


def test_the_interval_is_that_of_the_normal_law_and_wider_for_dialogues() -> None:
    random = np.random.default_rng(5)
    ours = np.repeat(random.random(100), 4)
    theirs = np.zeros(400)
    single = paired(list(ours), list(theirs), [str(n) for n in range(400)])
    grouped = paired(list(ours), list(theirs), [str(n // 4) for n in range(400)])
    expected = 2 * 1.96 * standard_error(list(ours))
    assert single[2] - single[1] == pytest.approx(expected, rel=0.05)
    assert grouped[2] - grouped[1] == pytest.approx(2 * expected, rel=0.1)


def interleaved(theirs: list[int], ours: list[int]) -> list[int]:
    pairs = [x for pair in zip(theirs, ours, strict=True) for x in pair]
    return list(dict.fromkeys(pairs))


@given(
    theirs=st.permutations(range(12)), ours=st.permutations(range(12)), target=st.integers(0, 11)
)
def test_the_bounds_hold_for_lists_interleaved(
    theirs: list[int], ours: list[int], target: int
) -> None:
    theirs, ours = theirs[:8], ours[:8]
    place = rank_of(target, interleaved(theirs, ours))
    ranks = rank_of(target, ours), rank_of(target, theirs)
    first, last = earliest(*ranks), latest(*ranks)
    if first is None or last is None:
        assert place is None
    else:
        assert place is not None
        assert first <= place <= last


def test_bounds_are_shares() -> None:
    found = bounds("us", "them", [Pair("d", 3, None), Pair("d", None, 1), Pair("e", None, None)])
    assert [(b.metric, b.low, b.high) for b in found][:2] == [
        ("recall@1", 0.333333, 0.333333),
        ("recall@5", 0.333333, 0.666667),
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return files.write(tmp_path)


async def figures(name: str, folder: Path, condition: Condition, k: int) -> dict[str, float]:
    dataset = load_dataset(name, folder)
    found = {}
    for system in baselines(dataset):
        result = summarise(system.name, condition, await outcomes(system, dataset, condition))
        found[system.name] = result.figures[f"recall@{k}"].mean
    return found


async def test_copying_finds_what_was_named_and_nothing_new(folder: Path) -> None:
    every = await figures("redial-zeroshot", folder, "all", 1)
    # Of five targets: the remake of the film named last, and the film named in the third turn.
    assert every["copy last named"] == 0.4
    assert (await figures("redial-zeroshot", folder, "new", 50))["copy last named"] == 0.0


async def test_counts_lead_from_what_was_named(folder: Path) -> None:
    # The test turn's own dialogue is what leads to its target.
    assert (await figures("opendialkg-leaky", folder, "new", 1))["co-occurrence"] == 1.0
    assert (await figures("opendialkg", folder, "new", 1))["co-occurrence"] == 0.0


async def test_comention_counts_pairs_once_a_dialogue() -> None:
    counts = comention_counts([["a", "b", "a"], ["a", "b"], ["b", "c"]])
    assert counts["a"] == {"b": 2}
    assert counts["b"] == {"a": 2, "c": 1}
    system = Counts("x", counts, {}, Counter({"a": 2, "b": 3, "c": 1}))
    instance = Instance(id="0", dialogue="0", mentioned=(Mention("b", "user"),))
    assert await system.rank(instance) == ["a", "c", "b"]
    assert await system.rank(instance.model_copy(update={"exclude": ("a",)})) == ["c", "b"]


def test_ease_is_the_closed_form() -> None:
    baskets = [[0, 1], [0, 1, 2], [2]]
    weights = ease_weights(baskets, 3)
    basket = np.zeros((3, 3))
    for row, items in enumerate(baskets):
        basket[row, items] = 1
    inverse = np.linalg.inv(basket.T @ basket + 150 * np.eye(3))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    assert np.allclose(weights, expected)


async def test_ease_leads_from_what_was_named() -> None:
    system: System = Ease([["a", "b"], ["a", "b"], ["c"]], Counter({"a": 2, "b": 2, "c": 1}))
    instance = Instance(id="0", dialogue="0", mentioned=(Mention("a", "user"),), exclude=("a",))
    assert (await system.rank(instance))[0] == "b"


async def test_systems_do_not_see_the_targets(folder: Path) -> None:
    class Spy:
        name = "spy"

        def __init__(self) -> None:
            self.seen: list[Instance] = []

        async def rank(self, instance: Instance) -> list[str]:
            self.seen.append(instance)
            return []

    spy = Spy()
    await outcomes(spy, load_dataset("redial-zeroshot", folder), "new")
    # The third turn has no new target and is not asked for.
    assert len(spy.seen) == 2
    assert all(not i.targets and i.exclude == i.seen for i in spy.seen)
