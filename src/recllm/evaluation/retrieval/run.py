"""One evaluation from a data set's name to its report."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from recllm.errors import EvaluationError
from recllm.evaluation.retrieval.bootstrap import Comparison
from recllm.evaluation.retrieval.bounds import Bound, bounds
from recllm.evaluation.retrieval.he2023 import Reference, compare, pairs, published
from recllm.evaluation.retrieval.offline import (
    CONDITIONS,
    Result,
    System,
    outcomes,
    summarise,
)
from recllm.evaluation.retrieval.report import Report
from recllm.evaluation.retrieval.values import Dataset, Training

Told = Callable[[str], None]
"""Is told the name of a system after each instance that it ranked."""


def part_of(dataset: Dataset, part: str) -> Dataset:
    """Return what "test" or "dev" measures on, and what may be learned from for it.

    "dev" is for choosing between variants, so that the test stays unseen: it measures on every
    fifth dialogue of the training part and learns from the others.
    """
    if part == "test":
        return dataset
    train = dataset.train
    return replace(
        dataset,
        instances=tuple(i for i in train.instances if _held_out(i.dialogue)),
        train=Training(
            instances=tuple(i for i in train.instances if not _held_out(i.dialogue)),
            dialogues=tuple(d for d in train.dialogues if not _held_out(d.id)),
        ),
    )


def _held_out(dialogue: str) -> bool:
    return zlib.crc32(dialogue.encode()) % 5 == 0


def sampled(dataset: Dataset, count: int) -> Dataset:
    """Return ``dataset`` with ``count`` of its instances, evenly spread; all for 0."""
    instances = dataset.instances
    if 0 < count < len(instances):
        step = len(instances) / count
        instances = tuple(instances[int(n * step)] for n in range(count))
    return replace(dataset, instances=instances)


def with_lists(dataset: Dataset, lists: Mapping[str, Sequence[str]]) -> Dataset:
    """Return ``dataset`` with the instances that have a recorded list, so that all rank the same.

    Raises:
        EvaluationError: none has.
    """
    instances = tuple(i for i in dataset.instances if i.id in lists)
    if not instances:
        raise EvaluationError(
            f"no recorded list belongs to an instance of {dataset.name!r}: 'idx' must be the "
            "running number of its row"
        )
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
    """Rank with every system under both conditions, and compare with the references.

    Args:
        dataset: what to rank.
        baselines: trivial systems; compared too if there are no ways.
        ways: the systems that matter.
        references: others' outcomes on the same targets.
        part: what the report says was measured on.
        seed: of the resampling.
        told: is told the name of a system after each of its instances.
    """
    started = time.monotonic()
    results: list[Result] = []
    comparisons: list[Comparison] = []
    bounded: list[Bound] = []
    for system in (*baselines, *ways):
        for condition in CONDITIONS:
            found = await outcomes(system, dataset, condition, partial(told, system.name))
            results.append(summarise(system.name, condition, found))
            if condition == "new" and system in (ways or baselines):
                for reference in references:
                    comparisons += compare(system.name, found, reference, seed=seed)
                    bounded += bounds(system.name, reference.name, pairs(found, reference))
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
        bounds=tuple(bounded),
        coverage=dataset.coverage,
    )
