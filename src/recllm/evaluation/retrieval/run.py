"""One evaluation from a data set's name to its report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from recllm.evaluation.retrieval.he2023 import Reference, compare, published
from recllm.evaluation.retrieval.offline import (
    CONDITIONS,
    System,
    outcomes,
    summarise,
)
from recllm.evaluation.retrieval.report import Report
from recllm.evaluation.retrieval.values import Dataset

Told = Callable[[str], None]
"""Is told the name of a system after each instance that it ranked."""


def part_of(dataset: Dataset, part: str, sample: int) -> Dataset:
    """Return ``dataset`` with the instances of "test" or "train", every n-th of them for a sample.

    The training part is for choosing: what is learned from it is not measured on it.
    """
    instances = dataset.instances if part == "test" else dataset.train.instances
    if 0 < sample < len(instances):
        step = len(instances) / sample
        instances = tuple(instances[int(n * step)] for n in range(sample))
    return replace(dataset, instances=instances)


async def evaluate(
    dataset: Dataset,
    baselines: Sequence[System],
    ways: Sequence[System],
    *,
    references: Sequence[Reference] = (),
    part: str = "test",
    seed: int = 0,
    told: Told = lambda name: None,
) -> Report:
    """Rank with every system under both conditions, and compare the ways with the references."""
    started = time.monotonic()
    results, comparisons = [], []
    for system in (*baselines, *ways):
        for condition in CONDITIONS:
            found = await outcomes(system, dataset, condition, partial(told, system.name))
            results.append(summarise(system.name, condition, found))
            if condition == "new" and system in ways:
                for reference in references:
                    comparisons += compare(system.name, found, reference, seed=seed)
    return Report(
        dataset=dataset.name,
        part=part,
        items=len(dataset.items),
        instances=len(dataset.instances),
        seed=seed,
        seconds=round(time.monotonic() - started, 1),
        results=tuple(results),
        published=tuple(published(r) for r in references),
        comparisons=tuple(comparisons),
        coverage=dataset.coverage,
    )
