"""The written preferences, read and parted."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple


class Example(NamedTuple):
    """A preference of a topic and the requests that it bears on."""

    topic: str
    preference: str
    requests: tuple[str, ...]
    held: bool


Pair = tuple[str, str]
"""A preference and one request that it bears on."""


def read_examples(path: Path) -> list[Example]:
    """Read examples, one JSON object a line."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
    return [
        Example(r["topic"], r["preference"], tuple(r["requests"]), bool(r.get("held")))
        for r in rows
    ]


def topics_of(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Sort examples by their topics."""
    found: dict[str, list[Example]] = {}
    for example in examples:
        found.setdefault(example.topic, []).append(example)
    return found


def batches(examples: Sequence[Example], size: int, groups: int) -> Iterator[list[Pair]]:
    """Yield every pair once, in batches of ``groups`` times about ``size`` of one topic.

    A preference comes once in a group, so that the others are what does not bear on a request.
    """
    parts: list[list[Pair]] = []
    for some in topics_of(examples).values():
        shuffled = [random.sample(e.requests, len(e.requests)) for e in some]
        for turn in range(max(map(len, shuffled))):
            pairs = list(zip(some, shuffled, strict=True))
            rows = [(e.preference, asked[turn]) for e, asked in pairs if turn < len(asked)]
            random.shuffle(rows)
            count = max(1, round(len(rows) / size))
            parts += [rows[i::count] for i in range(count)]
    random.shuffle(parts)
    for at in range(0, len(parts) - groups + 1, groups):
        yield [pair for part in parts[at : at + groups] for pair in part]
