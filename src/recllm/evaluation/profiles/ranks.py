"""Triggering measured: the rank of a question's own preference among all that are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recllm.evaluation.profiles.measures import AT, Progress
from recllm.evaluation.profiles.prefeval import Example
from recllm.facts import Fact
from recllm.profiles.matching import Scores, bm25
from recllm.profiles.triggering import FactTrigger
from recllm.protocols import Encoder
from recllm.types import ChatMessage, Value

CUTS = (1, 5, 10)

Pairs = npt.NDArray[np.bool_]


class RankResult(Value):
    """Shares of questions whose own preference is among the first 1, 5 and 10.

    Args:
        questions: so many were asked.
        all: among all preferences, which are one profile.
        topic: among those of the topic, all being one profile.
        alone: where the preferences of the topic are the profile.
        same: there, where any counts that says the same as the question's own.
    """

    questions: int
    all: dict[int, float]
    topic: dict[int, float]
    alone: dict[int, float]
    same: dict[int, float]


class _Ranks:
    """Collects the ranks of questions.

    Args:
        examples: their preferences are the profile, in this order.
        same: which of the preferences say the same.
    """

    def __init__(self, examples: Sequence[Example], same: Pairs) -> None:
        self._topics = np.array([e.topic for e in examples])
        self._same = same
        self._found: dict[str, list[int]] = {n: [] for n in ("all", "topic", "alone", "same")}

    def beside(self, number: int) -> npt.NDArray[np.intp]:
        """Return the places of the preferences of the topic."""
        return np.flatnonzero(self._topics == self._topics[number])

    def add(self, number: int, scores: Scores, alone: Scores) -> None:
        """Add a question: ``scores`` of all preferences, and of its topic's as the profile."""
        places = self.beside(number)
        own = int(np.flatnonzero(places == number)[0])
        twins = np.flatnonzero(self._same[number, places])
        nearest = int(twins[np.argmax(alone[twins])])
        ranked = {
            "all": (scores, number), "topic": (scores[places], own),
            "alone": (alone, own), "same": (alone, nearest),
        }  # fmt: skip
        for name, (some, place) in ranked.items():
            self._found[name].append(_rank(some, place))

    def result(self) -> RankResult:
        """Return the shares."""
        shares = {name: _at_cuts(ranks) for name, ranks in self._found.items()}
        return RankResult(questions=len(self._found["all"]), **shares)


async def triggering(
    examples: Sequence[Example],
    trigger: FactTrigger,
    same: Pairs,
    done: Progress,
    *,
    before: Sequence[tuple[str, str]] = (),
    stored: Sequence[Fact] = (),
    candidates: Encoder | None = None,
) -> RankResult:
    """Measure the rank of each question's own preference among all.

    Args:
        examples: their preferences are the profile.
        trigger: ranks the profile for each question.
        same: which preferences say the same, ``(examples, examples)``.
        done: is told how many questions are done.
        before: what was talked of before the question, as (role, text).
        stored: facts of that talk, which are in the profile as well.
        candidates: makes the vectors of the question's options, which are then what was found.
    """
    profile = [Fact(id=str(n), text=e.preference, at=AT) for n, e in enumerate(examples)]
    ahead = [_message(role, text) for role, text in before if role in ("user", "assistant")]
    ranks = _Ranks(examples, same)
    for number, example in enumerate(examples):
        conversation = [*ahead, ChatMessage(role="user", content=example.question)]
        offered = await candidates.encode(example.options) if candidates else None
        of_topic = [profile[n] for n in ranks.beside(number)]
        scores, alone = [
            await _scores(trigger, conversation, facts, stored, offered)
            for facts in (profile, of_topic)
        ]
        ranks.add(number, scores, alone)
        done(number + 1)
    return ranks.result()


async def _scores(
    trigger: FactTrigger,
    conversation: Sequence[ChatMessage],
    facts: Sequence[Fact],
    others: Sequence[Fact],
    offered: npt.NDArray[np.float32] | None,
) -> Scores:
    """Return the scores of ``facts`` in a profile that holds the ``others`` too."""
    scored = await trigger.scores(conversation, [*facts, *others], offered)
    return np.array([s.score for s in scored[: len(facts)]])


def lexical(examples: Sequence[Example], same: Pairs) -> RankResult:
    """Rank the preferences by BM25 alone: the baseline."""
    texts = [e.preference for e in examples]
    ranks = _Ranks(examples, same)
    for number, example in enumerate(examples):
        of_topic = [texts[n] for n in ranks.beside(number)]
        ranks.add(number, bm25(example.question, texts), bm25(example.question, of_topic))
    return ranks.result()


def _message(role: str, text: str) -> ChatMessage:
    return ChatMessage(role="user" if role == "user" else "assistant", content=text)


def _rank(scores: Scores, place: int) -> int:
    """Return how many come before; ties are broken half in favour (most share a BM25 of 0)."""
    own = scores[place]
    return int((scores > own).sum() + ((scores == own).sum() - 1) // 2)


def _at_cuts(ranks: Sequence[int]) -> dict[int, float]:
    return {k: round(100 * sum(r < k for r in ranks) / max(len(ranks), 1), 1) for k in CUTS}
