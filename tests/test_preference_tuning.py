"""How what is written for the tuning is read and parted."""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from preference_tuning.examples import Example, batches, read_examples, topics_of

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
