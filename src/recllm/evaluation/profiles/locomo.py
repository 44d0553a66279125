"""LoCoMo: is the turn that answers a question among those that are recalled?

The official file is ``data/locomo10.json`` of snap-research/locomo; five of its ten conversations
are measured here. It is not part of this project.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from recllm.errors import EvaluationError
from recllm.profiles.matching import bm25
from recllm.profiles.recall import PastTurn, TurnRecall
from recllm.text import words
from recllm.types import Value

CUTS = (5, 10, 20)
ADVERSARIAL = 5
"""The category of questions that have no answer; they are left out, as is usual."""

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop"}


class Question(NamedTuple):
    """A question, its category, and the places of the turns that answer it."""

    text: str
    category: int
    evidence: frozenset[int]


class Conversation(NamedTuple):
    """A conversation of two people over many sessions, with questions on it."""

    name: str
    turns: list[PastTurn]
    questions: list[Question]


class RecallResult(Value):
    """Evidence recall in percent at 5, 10 and 20, by way; by conversation and category at 10."""

    questions: int
    recall: dict[str, dict[int, float]]
    conversations: dict[str, float]
    categories: dict[str, float]


def load_locomo(data: Path) -> list[Conversation]:
    """Read the conversations.

    Raises:
        EvaluationError: the file is missing or not as expected.
    """
    path = data / "memory" / "locomo" / "locomo_dev5.json"
    try:
        return [_conversation(row) for row in json.loads(path.read_text("utf-8"))]
    except OSError as error:
        raise EvaluationError(
            f"cannot read LoCoMo: {error}; docs/profile-evaluation.md says what goes there"
        ) from error
    except (KeyError, TypeError, ValueError) as error:
        raise EvaluationError(f"{str(path)!r} is not as expected: {error!r}") from error


def _conversation(row: dict[str, Any]) -> Conversation:
    turns: list[PastTurn] = []
    places: dict[str, int] = {}
    for session, talk in row["conversation"].items():
        if re.fullmatch(r"session_\d+", session):
            for turn in talk:
                places[turn["dia_id"]] = len(turns)
                shared = turn.get("blip_caption", "")
                text = f"{turn['text']} [shares {shared}]" if shared else turn["text"]
                turns.append(PastTurn(turn["speaker"], text, session))
    questions = [
        Question(q["question"], q["category"], _evidence(q["evidence"], places))
        for q in row["qa"]
        if q["category"] != ADVERSARIAL
    ]
    return Conversation(row["sample_id"], turns, [q for q in questions if q.evidence])


def _evidence(named: Sequence[str], places: dict[str, int]) -> frozenset[int]:
    ids = (i for text in named for i in re.findall(r"D\d+:\d+", text))
    return frozenset(places[i] for i in ids if i in places)


async def evidence_recall(
    conversations: Sequence[Conversation], recall: TurnRecall, done: Callable[[int], None]
) -> RecallResult:
    """Measure evidence recall of ``recall``, of BM25 with its stems, and of plain BM25."""
    found: dict[str, dict[int, list[float]]] = {}
    by_talk: dict[str, list[float]] = {}
    by_category: dict[str, list[float]] = {}
    count = 0
    for talk in conversations:
        texts = [f"{t.speaker}: {t.text}" for t in talk.turns]
        for question in talk.questions:
            count += 1
            ranked = {
                "recall": await recall.rank(question.text, talk.turns),
                "bm25 stems": _order(bm25(question.text, texts)),
                "bm25": _order(plain_bm25(question.text, [t.text for t in talk.turns])),
            }
            for way, order in ranked.items():
                shares = {k: _share(order[:k], question.evidence) for k in CUTS}
                for k, share in shares.items():
                    found.setdefault(way, {}).setdefault(k, []).append(share)
            at_ten = found["recall"][10][-1]
            by_talk.setdefault(talk.name, []).append(at_ten)
            by_category.setdefault(CATEGORIES[question.category], []).append(at_ten)
            done(count)
    return RecallResult(
        questions=count,
        recall={w: {k: _percent(v) for k, v in cuts.items()} for w, cuts in found.items()},
        conversations={name: _percent(v) for name, v in by_talk.items()},
        categories={name: _percent(v) for name, v in by_category.items()},
    )


@lru_cache(maxsize=20_000)
def _words(text: str) -> list[str]:
    return words(text)


def plain_bm25(question: str, texts: Sequence[str]) -> np.ndarray[Any, Any]:
    """Return BM25 scores over whole words, none left out: the baseline of the literature."""
    bags = [_words(text) for text in texts]
    lengths = np.array([len(b) for b in bags], dtype=float)
    scores = np.zeros(len(bags))
    for word in words(question):
        counts = np.array([b.count(word) for b in bags], dtype=float)
        holders = (counts > 0).sum()
        if holders:
            weight = np.log(1 + (len(bags) - holders + 0.5) / (holders + 0.5))
            scores += (
                weight * counts * 2.2 / (counts + 1.2 * (0.25 + 0.75 * lengths / lengths.mean()))
            )
    return scores


def _order(scores: np.ndarray[Any, Any]) -> list[int]:
    return [int(i) for i in np.argsort(-scores, kind="stable")]


def _share(order: Sequence[int], evidence: frozenset[int]) -> float:
    return len(evidence & set(order)) / len(evidence)


def _percent(shares: Sequence[float]) -> float:
    return round(100 * sum(shares) / max(len(shares), 1), 1)
