"""What language models found on the same targets: the per-target files of He et al. (CIKM 2023).

``references/he2023/redial_new_items_MODEL.csv`` are the authors' ``rec.csv`` of the setting
"filtered, seen excluded": recall, NDCG and MRR at 1, 5, 10 and 20. ``idx`` is the row of the test
file; the rows of one ``idx`` are its new targets in order. Lists were at most 20 long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from recllm.evaluation.retrieval.bootstrap import Comparison, paired
from recllm.evaluation.retrieval.files import fields, find_optional, read_csv
from recllm.evaluation.retrieval.metrics import METRICS, recall
from recllm.evaluation.retrieval.offline import Outcome, Result, figure

MODELS = ("gpt-4", "gpt-3.5-turbo", "vicuna", "baize")
CUTS = (1, 5, 10, 20)
LENGTH = 20
"""How long the lists of the language models were at most."""


class Reference(NamedTuple):
    """A model's rank of each new target, from 1 to 20, None if not there; keyed by row, place."""

    name: str
    ranks: dict[tuple[str, int], int | None]


def read_references(directory: Path) -> list[Reference]:
    """Return the reference models whose files are there."""
    found = []
    for model in MODELS:
        name = f"redial_new_items_{model}.csv"
        path = find_optional(directory, (f"references/he2023/{name}", name))
        if path:
            found.append(Reference(model, _ranks(path)))
    return found


def _ranks(path: Path) -> dict[tuple[str, int], int | None]:
    ranks: dict[tuple[str, int], int | None] = {}
    places: dict[str, int] = defaultdict(int)
    for number, row in enumerate(read_csv(path), start=1):
        with fields(path, number):
            reciprocal = float(row[f"mrr@{LENGTH}"])
            rank = round(1 / reciprocal) if reciprocal else None
            ranks[row["idx"], places[row["idx"]]] = rank
            places[row["idx"]] += 1
    return ranks


class Pair(NamedTuple):
    """A target's rank with us and with a reference model."""

    dialogue: str
    ours: int | None
    theirs: int | None


def pairs(ours: Sequence[Outcome], reference: Reference) -> list[Pair]:
    """Return the targets that both have, in our order."""
    return [
        Pair(o.dialogue, o.rank, reference.ranks[key])
        for key, o in keyed(ours)
        if key in reference.ranks
    ]


def keyed(found: Sequence[Outcome]) -> Iterator[tuple[tuple[str, int], Outcome]]:
    """Yield each outcome with its row and its place among the new targets of that row."""
    places: dict[str, int] = defaultdict(int)
    for outcome in found:
        yield (outcome.instance, places[outcome.instance]), outcome
        places[outcome.instance] += 1


def published(reference: Reference) -> Result:
    """Return the figures of a reference model, computed from its file."""
    ranks = list(reference.ranks.values())
    return Result(
        system=f"{reference.name} (He et al. 2023)",
        condition="new",
        targets=len(ranks),
        instances=len({idx for idx, _ in reference.ranks}),
        figures={
            # Lists of 20 have no recall@50.
            name: figure(map(metric, ranks))
            for name, metric in METRICS.items()
            if name != "recall@50"
        },
    )


def compare(
    system: str, found: Sequence[Outcome], reference: Reference, *, seed: int
) -> list[Comparison]:
    """Compare recall at 1, 5, 10 and 20 on the targets of both, by target and by dialogue."""
    both = pairs(found, reference)
    units = {
        "dialogue": [p.dialogue for p in both],
        "target": [str(n) for n in range(len(both))],
    }
    comparisons = []
    for unit, groups in units.items():
        for k in CUTS:
            ours = [recall(p.ours, k) for p in both]
            theirs = [recall(p.theirs, k) for p in both]
            difference, low, high, p = paired(ours, theirs, groups, seed=seed)
            comparisons.append(
                Comparison(
                    ours=system,
                    theirs=reference.name,
                    metric=f"recall@{k}",
                    unit=unit,
                    targets=len(both),
                    difference=round(difference, 6),
                    low=round(low, 6),
                    high=round(high, 6),
                    p=round(p, 6),
                )
            )
    return comparisons
