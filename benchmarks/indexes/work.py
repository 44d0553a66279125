"""The folder of a run: what a stage made lies in it, so that a run that was stopped goes on."""

from __future__ import annotations

import json
import os
import re
import resource
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from indexes.synthetic import AT_ONCE, Query, Space, Vectors, Words, part, queries
from turns.figures import Json, ms


class Run(NamedTuple):
    """What is measured, and where everything of it lies."""

    folder: Path
    items: int
    dimension: int
    seed: int
    queries: int
    added: int = 0

    @property
    def space(self) -> Space:
        """The topics that vectors are drawn from."""
        return Space(self.items, self.dimension, self.seed)

    def asked(self) -> list[Query]:
        """Return the queries, the same in every stage."""
        return queries(self.space, Words(self.seed), self.queries, self.seed)

    def vectors(self) -> Vectors:
        """Return all items' vectors, those to be added at the end, mapped into memory."""
        path, total = self.folder / "vectors.npy", self.items + self.added
        if not path.is_file() or np.load(path, mmap_mode="r").shape != (total, self.dimension):
            self._write(path, total)
        return np.asarray(np.load(path, mmap_mode="r"))

    def _write(self, path: Path, total: int) -> None:
        space, unfinished = self.space, path.with_name("vectors-unfinished.npy")
        rows = np.lib.format.open_memmap(
            unfinished, "w+", np.dtype(np.float32), (total, self.dimension)
        )
        for at in range(0, total, AT_ONCE):
            count = min(AT_ONCE, total - at)
            rows[at : at + count] = part(space, at, self.seed).vectors[:count]
            say("vectors", at + count, total)
        rows.flush()
        os.replace(unfinished, path)


class Clock:
    """Times of one kind of query; prints what it found."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def spread(self) -> Json:
        """Return number, 50th, 95th and 99th percentile, in milliseconds."""
        if not self.seconds:
            return {"n": 0}
        p50, p95, p99 = np.percentile(self.seconds, [50, 95, 99])
        return {"n": len(self.seconds), "p50": ms(p50), "p95": ms(p95), "p99": ms(p99)}


class Saved:
    """The figures of one stage, written after each; a stage asks whether it has one already."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.found: Json = json.loads(path.read_text("utf-8")) if path.is_file() else {}

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def put(self, name: str, value: Json | float | str) -> None:
        """Keep a figure, on disk at once."""
        self.found[name] = value
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self.found, indent=1) + "\n", "utf-8")
        os.replace(part, self._path)
        print(f"{self._path.stem}: {name}: {json.dumps(value)}", file=sys.stderr)


_said: dict[str, float] = {}


def say(stage: str, done: int, total: int | None) -> None:
    """Show progress on standard error, at most once in two seconds for each stage."""
    now = monotonic()
    if done == total or now - _said.get(stage, 0) > 2:
        _said[stage] = now
        print(f"{stage}: {done:,} of {total:,}" if total else f"{stage}: {done:,}", file=sys.stderr)


def peak_memory() -> int:
    """Return the most memory that this process has held, files mapped into it included, in MB."""
    status = Path("/proc/self/status")
    if status.is_file():
        # Not ru_maxrss: a process begins with that of the one which started it.
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text("utf-8"))
        if found:
            return int(found[1]) // 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def size_on_disk(folder: Path) -> int:
    """Return the size of all files below ``folder``, in MB."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) // 1024**2


def recall(found: Sequence[Sequence[int]], truth: npt.NDArray[np.int64]) -> float:
    """Return the share of the true nearest that were found, over all queries."""
    hits = sum(len(set(f) & set(t.tolist())) for f, t in zip(found, truth, strict=True))
    return round(hits / max(1, int((truth >= 0).sum())), 4)
