"""Ranks for every instance of a data set and says how well: the offline evaluation itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, Protocol

from recllm.evaluation.retrieval.metrics import (
    METRICS,
    mean,
    rank_of,
    standard_error,
)
from recllm.evaluation.retrieval.values import Dataset, Instance
from recllm.types import Value

Condition = Literal["all", "new"]
CONDITIONS: tuple[Condition, ...] = ("new", "all")
DEPTH = 200
"""How many items a system is asked to rank; at least 50 are needed for recall@50."""


class System(Protocol):
    """Whatever ranks the items of a data set: a baseline, a way of retrieval, a learned model."""

    @property
    def name(self) -> str:
        """Names the system in tables."""
        ...

    async def rank(self, instance: Instance) -> Sequence[str]:
        """Return ids of items, best first, at least 50 where there are as many.

        None of ``instance.exclude`` may be among them; ``instance.targets`` is hidden.
        """
        ...


class Outcome(NamedTuple):
    """Where one target came in: ``rank`` from 1, None if it was not ranked."""

    instance: str
    dialogue: str
    target: str
    rank: int | None


class Figure(Value):
    """A mean over targets and its standard error, both in 0 to 1."""

    mean: float
    error: float


class Result(Value):
    """How one system did under one condition; ``figures`` by metric: "recall@1", "mrr"."""

    system: str
    condition: Condition
    targets: int
    instances: int
    figures: dict[str, Figure]


async def outcomes(
    system: System,
    dataset: Dataset,
    condition: Condition,
    progress: Callable[[], None] = lambda: None,
) -> list[Outcome]:
    """Rank for every instance and return an outcome for every target of ``condition``.

    "new" leaves out what was named before, both of the targets and of what may be ranked; "all"
    counts every target, and everything may be ranked.
    """
    found = []
    for instance in dataset.instances:
        targets = targets_of(instance, condition)
        if targets:
            asked = _asked(instance, condition)
            ranking = [dataset.key(i) for i in await system.rank(asked)]
            found += [
                Outcome(instance.id, instance.dialogue, t, rank_of(dataset.key(t), ranking))
                for t in targets
            ]
        progress()
    return found


def targets_of(instance: Instance, condition: Condition) -> tuple[str, ...]:
    """Return the targets that count under ``condition``."""
    if condition == "all":
        return instance.targets
    return tuple(t for t in instance.targets if t not in instance.seen)


def _asked(instance: Instance, condition: Condition) -> Instance:
    # Targets are hidden, so that no system can use them by mistake.
    exclude = instance.seen if condition == "new" else ()
    return instance.model_copy(update={"exclude": exclude, "targets": ()})


def summarise(system: str, condition: Condition, found: Sequence[Outcome]) -> Result:
    """Return the means of all metrics over ``found``."""
    ranks = [o.rank for o in found]
    figures = {name: figure(map(metric, ranks)) for name, metric in METRICS.items()}
    return Result(
        system=system,
        condition=condition,
        targets=len(found),
        instances=len({o.instance for o in found}),
        figures=figures,
    )


def figure(values: Iterable[float]) -> Figure:
    """Return the mean of ``values`` and its standard error."""
    held = list(values)
    return Figure(mean=round(mean(held), 6), error=round(standard_error(held), 6))
