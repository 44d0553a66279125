"""The benchmarks of concepts and towers, on settings so small that they say nothing of quality."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))
import concepts  # noqa: E402
import towers  # noqa: E402
from recllm.encoder import HashEncoder  # noqa: E402
from recllm.types import Item  # noqa: E402
from ways import dialogues, labelled  # noqa: E402
from ways.remembering import Remembering  # noqa: E402

TURNS = [
    ("seeker", "Something like @1 please, no @2"),
    ("recommender", "Have you seen @3 ?"),
    ("seeker", "Yes, loved it"),
    ("recommender", "Then @4 and @99"),
]


def test_labels_are_taken_out_of_the_documents() -> None:
    item = Item(
        id="1", title="War Stories", text="Two wars, one warm heart.", attributes={"tags": ("war",)}
    )
    held = labelled.Labelled("x", (item,))
    assert held.documents(without=["war"]) == ["Stories. Two , one warm heart."]
    assert "war" in held.documents()[0]
    assert held.labels() == [frozenset({"war"})]


async def test_a_learnt_concept_is_measured_on_hidden_labels() -> None:
    films = labelled.load("films", Path("nowhere"))
    few = labelled.Labelled("films", films.items[:120])
    found = await concepts.measure(few, Remembering(HashEncoder(16)), 5, 1)
    assert found["items"] == 120
    for way in ("name", "learnt", "both", "unknown"):
        figures = found["one label"][0][way]["all"]
        assert figures["n"] > 0
        assert 0 <= figures["p@10"] <= 1
    assert found["A but not B"]["text"]["n"] == 5
    assert set(found["A but not B"]["text"]) == {"n", "p@10", "r@50", "refused@10"}


def test_precision_and_recall_by_hand() -> None:
    scores = np.arange(20, 0, -1).astype(np.float32)
    right = np.zeros(20, bool)
    right[[0, 1, 15]] = True
    assert concepts.measures(scores, right) == {"p@10": 0.2, "r@50": 1.0}
    assert concepts.measures(scores, right, ~right)["refused@10"] == 0.8


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """ReDial and OpenDialKG as they lie on disk, of one dialogue each."""
    info: dict[str, Any] = {
        str(n): {"name": f"Film {n}", "genre": ["drama"], "director": [], "star": [], "plot": "p"}
        for n in range(1, 8)
    }
    answers = {"1": {"liked": 1}, "2": {"liked": 0}, "3": {"liked": 1}}
    row = {
        "turns": [{"role": r, "text": t} for r, t in TURNS],
        "movieMentions": {k: v["name"] for k, v in info.items()},
        "initiatorQuestions": answers,
    }
    for folder in ("redial", "opendialkg"):
        (tmp_path / folder).mkdir()
    (tmp_path / "redial/ievalm_id2info.json").write_text(json.dumps(info))
    (tmp_path / "redial/train_text_union.jsonl").write_text(json.dumps(row) + "\n")
    asked = {"dialog_id": 0, "context": ["I like Film 1"], "entity": ["Film 1"], "rec": ["Film 2"]}
    (tmp_path / "opendialkg/id2info.json").write_text(json.dumps(info))
    (tmp_path / "opendialkg/train_processed.jsonl").write_text(json.dumps(asked) + "\n")
    return tmp_path


def test_a_conversation_becomes_questions(data: Path) -> None:
    first, second = dialogues.load("redial", data, 5, 0).questions
    assert (first.target, first.named) == ("3", frozenset({"1", "2"}))
    assert first.query.text == "Something like Film 1 please, no Film 2"
    assert (first.query.similar_to, first.query.rejected) == (("1",), ("2",))
    assert (second.target, second.query.liked) == ("4", ("3",))
    assert [m.role for m in second.query.conversation] == ["user", "assistant", "user"]
    (other,) = dialogues.load("opendialkg", data, 5, 0).questions
    assert (other.target, other.query.similar_to) == ("2", ("1",))
    assert other.query.conversation[-1].role == "user"


@pytest.mark.parametrize("name", dialogues.SETS)
async def test_each_rung_of_the_ladder_is_measured(name: str, data: Path, tmp_path: Path) -> None:
    held = dialogues.load(name, data, 5, 0)
    found = await towers.measure(held, HashEncoder(16), tmp_path / "kept", 5, transcripts=True)
    assert set(found) == {*towers.LADDER, "one text (transcript)"}
    for figures in found.values():
        part = figures["tune" if name == "redial" else "check"]
        assert 0 <= part["recall@10"] <= part["recall@50"] <= 1
    assert found == await towers.measure(held, HashEncoder(16), tmp_path / "kept", 5, True)
    assert len(list((tmp_path / "kept").glob("*.npy"))) == 2
