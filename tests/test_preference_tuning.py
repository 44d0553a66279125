"""How what is written for the tuning is read and parted."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from likelihood_tuning.groups import NEAREST, Groups
from preference_tuning.examples import Example, batches, read_examples, topics_of
from recllm.profiles.matching import Vectors

EXAMPLES = [
    Example(f"topic {n % 3}", f"likes {n}", tuple(f"asks {n} {k}" for k in range(1 + n % 4)), False)
    for n in range(60)
]


def test_every_pair_comes_once_in_an_epoch() -> None:
    random.seed(0)
    pairs = Counter(pair for batch in batches(EXAMPLES, 8, 1) for pair in batch)
    assert pairs == Counter((e.preference, r) for e in EXAMPLES for r in e.requests)


def test_no_preference_is_its_own_opposite() -> None:
    random.seed(0)
    topics = {e.preference: e.topic for e in EXAMPLES}
    for batch in batches(EXAMPLES, 8, 1):
        said = [preference for preference, _ in batch]
        assert len(set(said)) == len(said)
        assert len({topics[preference] for preference in said}) == 1


def test_examples_are_read_with_what_is_held_back(tmp_path: Path) -> None:
    file = tmp_path / "written.jsonl"
    rows = [
        {"topic": "food", "preference": "No nuts.", "requests": ["A cake?"], "held": True},
        {"topic": "food", "preference": "Likes plums.", "requests": ["A jam?", "A tart?"]},
    ]
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\n", "utf-8")
    known = read_examples(file)
    assert [e.held for e in known] == [True, False]
    assert topics_of(known) == {"food": known}


def _vectors(examples: Sequence[Example], rows: npt.NDArray[np.float32]) -> dict[str, Vectors]:
    """Give each preference a row, and its requests the same."""
    return {
        text: row
        for example, row in zip(examples, rows, strict=True)
        for text in (example.preference, *example.requests)
    }


def test_a_group_is_of_one_topic_and_has_each_request_once_before_it_comes_again() -> None:
    random.seed(0)
    rows = np.random.default_rng(0).standard_normal((len(EXAMPLES), 8)).astype(np.float32)
    vectors = _vectors(EXAMPLES, rows)
    topics = {e.preference: e.topic for e in EXAMPLES}
    asked: Counter[tuple[str, str]] = Counter()
    for group in islice(Groups(EXAMPLES, vectors, size=6, others=2), len(EXAMPLES)):
        said = [preference for preference, _ in group]
        assert len(set(said)) == len(said) == 6
        assert len({topics[preference] for preference in said}) == 1
        asked.update(group)
    for example in EXAMPLES:
        counts = [asked[example.preference, request] for request in example.requests]
        assert max(counts) - min(counts) <= 1


def test_most_of_a_group_are_near_to_the_request_of_its_first() -> None:
    random.seed(0)
    circle = np.linspace(0, np.pi, 200)
    rows = np.stack([np.cos(circle), np.sin(circle)], axis=1).astype(np.float32)
    some = [Example("one", str(n), (f"asks {n}",), False) for n in range(200)]
    for group in islice(Groups(some, _vectors(some, rows), size=6, others=2), 50):
        first, *near = (int(preference) for preference, _ in group[:4])
        assert all(abs(first - n) <= NEAREST for n in near)


def test_a_small_topic_makes_a_small_group() -> None:
    some = [Example("one", str(n), ("?",), False) for n in range(2)]
    vectors = _vectors(some, np.eye(2, dtype=np.float32))
    assert len(next(iter(Groups(some, vectors)))) == 2
