"""Exact answers: every vector compared, in pieces, in double-checked single precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from indexes.synthetic import Vectors, items
from indexes.work import Run, say
from recllm.types import Constraint, Item, Op

Mask = npt.NDArray[np.bool_]
AT_ONCE = 50_000
DEPTH = 10


class Case(NamedTuple):
    """A way of asking: its name, its conditions, and which items satisfy them."""

    name: str
    where: tuple[Constraint, ...]
    holds: Callable[[Item], bool]


CASES = (
    Case("unfiltered", (), lambda item: True),
    Case(
        "filtered_1_percent",
        (Constraint(attribute="one_in_100", op=Op.EQ, values=(7.0,)),),
        lambda item: item.attributes["one_in_100"] == 7.0,
    ),
    Case(
        "filtered_50_percent",
        (Constraint(attribute="half", op=Op.EQ, values=(True,)),),
        lambda item: item.attributes["half"] is True,
    ),
)


def truths(run: Run) -> dict[str, npt.NDArray[np.int64]]:
    """Return, for each case, the numbers of the ten nearest items to each query."""
    path = run.folder / "truth.npz"
    if not path.is_file():
        asked = np.stack([q.vector for q in run.asked()])
        rows = run.vectors()[: run.items]
        found = {c.name: nearest(asked, rows, m) for c, m in zip(CASES, masks(run), strict=True)}
        np.savez(path, **found)  # type: ignore[arg-type]
    with np.load(path) as stored:
        return {case.name: stored[case.name] for case in CASES}


def masks(run: Run) -> list[Mask]:
    """Return, for each case, which items satisfy its conditions."""
    found = [np.zeros(run.items, dtype=bool) for _ in CASES]
    for number, item in enumerate(items(run.space, run.items, run.seed)):
        for case, mask in zip(CASES, found, strict=True):
            mask[number] = case.holds(item)
        if number % 1000 == 0:
            say("conditions", number, run.items)
    return found


def nearest(asked: Vectors, rows: Vectors, mask: Mask | None = None) -> npt.NDArray[np.int64]:
    """Return the numbers of the nearest rows to each of ``asked``; -1 where there are too few."""
    best = np.full((len(asked), DEPTH), -1, dtype=np.int64)
    scores = np.full((len(asked), DEPTH), -np.inf, dtype=np.float32)
    for start, piece in _pieces(rows):
        found = asked @ piece.T
        if mask is not None:
            found[:, ~mask[start : start + len(piece)]] = -np.inf
        numbers = np.broadcast_to(np.arange(start, start + len(piece)), found.shape)
        both = np.hstack([scores, found]), np.hstack([best, numbers])
        top = np.argsort(-both[0], axis=1, kind="stable")[:, :DEPTH]
        scores, best = (np.take_along_axis(part, top, axis=1) for part in both)
        say("exact search", start + len(piece), len(rows))
    best[np.isneginf(scores)] = -1
    return best


def _pieces(rows: Vectors) -> Iterator[tuple[int, Vectors]]:
    for start in range(0, len(rows), AT_ONCE):
        yield start, np.asarray(rows[start : start + AT_ONCE])
