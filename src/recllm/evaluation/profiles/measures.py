"""Extraction, triggering and multiple choice measured on PrefEval, evidence recall on LoCoMo."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
from pydantic import Field

from recllm.evaluation.profiles.judge import NEAR, closest, unsupported
from recllm.evaluation.profiles.prefeval import Example
from recllm.facts import Change, Fact
from recllm.profiles.matching import bm25
from recllm.profiles.triggering import FactTrigger
from recllm.protocols import Encoder, Extractor
from recllm.text import words
from recllm.types import Act, ChatMessage, Session, Turn, Value

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
CUTS = (1, 5, 10)

Progress = Callable[[int], None]


class ExtractionResult(Value):
    """``found`` of ``dialogues`` hold the preference; ``unsupported`` of ``facts`` nobody said."""

    dialogues: int
    found: int
    facts: int
    unsupported: int
    examples: tuple[str, ...] = ()

    @property
    def recall(self) -> float:
        """The share of dialogues whose preference is among the stored facts."""
        return self.found / max(self.dialogues, 1)


class RankResult(Value):
    """Shares of questions whose own preference is among the first 1, 5 and 10.

    Args:
        questions: so many were asked.
        all: among all preferences, which are one profile.
        topic: among those of the topic, all being one profile.
        alone: where the preferences of the topic are the profile; empty if not measured.
    """

    questions: int
    all: dict[int, float]
    topic: dict[int, float]
    alone: dict[int, float] = Field(default_factory=dict)


class ChoiceResult(Value):
    """Shares of questions whose right option is chosen, by way of choosing."""

    questions: int
    shares: dict[str, float]


async def facts_of(messages: Sequence[str], extractor: Extractor, session: str) -> list[Fact]:
    """Return what ``extractor`` stores of a conversation, the system's part left out."""
    facts: dict[str, Fact] = {}
    talk = Session(id=session)
    for message in messages:
        turn = Turn(message=message, reply="", act=Act.CHAT, at=AT)
        changes: tuple[Change, ...] = await extractor.extract(talk, turn, tuple(facts.values()))
        for change in changes:
            for ended in change.ends:
                facts.pop(ended, None)
            if change.fact is not None:
                facts[change.fact.id] = change.fact
        talk = talk.then(turn)
    return list(facts.values())


async def extraction(
    examples: Sequence[Example], form: str, extractor: Extractor, encoder: Encoder, done: Progress
) -> ExtractionResult:
    """Measure whether the preferences of implicit dialogues are stored, and what else is."""
    found = count = 0
    bad: list[Fact] = []
    for number, example in enumerate(examples):
        messages = example.dialogues[form]
        facts = await facts_of(messages, extractor, f"{form}-{number}")
        count += len(facts)
        bad += await unsupported(facts, "\n".join(messages), encoder)
        found += await closest(example.preference, facts, encoder) >= NEAR
        done(number + 1)
    listed = tuple(f"{f.text} <- {f.evidence}" for f in bad[:20])
    return ExtractionResult(
        dialogues=len(examples), found=found, facts=count, unsupported=len(bad), examples=listed
    )


async def triggering(
    examples: Sequence[Example],
    trigger: FactTrigger,
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
        done: is told how many questions are done.
        before: what was talked of before the question, as (role, text).
        stored: facts of that talk, which are in the profile as well.
        candidates: makes the vectors of the question's options, which are then what was found.
    """
    profile = [Fact(id=str(n), text=e.preference, at=AT) for n, e in enumerate(examples)]
    topics = np.array([e.topic for e in examples])
    ahead = [_message(role, text) for role, text in before if role in ("user", "assistant")]
    wide, near, alone = [], [], []
    for number, example in enumerate(examples):
        conversation = [*ahead, ChatMessage(role="user", content=example.question)]
        offered = await candidates.encode(example.options) if candidates else None
        scores = await _scores(trigger, conversation, profile, stored, offered)
        same = topics == example.topic
        wide.append(int((scores > scores[number]).sum()))
        near.append(int((scores[same] > scores[number]).sum()))
        of_topic = [f for f, kept in zip(profile, same, strict=True) if kept]
        scores = await _scores(trigger, conversation, of_topic, stored, offered)
        alone.append(int((scores > scores[int(same[:number].sum())]).sum()))
        done(number + 1)
    cuts = [_at_cuts(ranks) for ranks in (wide, near, alone)]
    return RankResult(questions=len(examples), all=cuts[0], topic=cuts[1], alone=cuts[2])


async def _scores(
    trigger: FactTrigger,
    conversation: Sequence[ChatMessage],
    facts: Sequence[Fact],
    others: Sequence[Fact],
    offered: npt.NDArray[np.float32] | None,
) -> npt.NDArray[np.float64]:
    """Return the scores of ``facts`` in a profile that holds the ``others`` too."""
    scored = await trigger.scores(conversation, [*facts, *others], offered)
    return np.array([s.score for s in scored[: len(facts)]])


def lexical(examples: Sequence[Example]) -> RankResult:
    """Rank the preferences by BM25 alone: the baseline."""
    texts = [e.preference for e in examples]
    topics = np.array([e.topic for e in examples])
    wide: list[int] = []
    near: list[int] = []
    alone: list[int] = []
    for number, example in enumerate(examples):
        same = topics == example.topic
        scores, own = bm25(example.question, texts), int(same[:number].sum())
        of_topic = bm25(example.question, [t for t, kept in zip(texts, same, strict=True) if kept])
        kept = ((wide, scores, number), (near, scores[same], own), (alone, of_topic, own))
        for ranks, some, place in kept:
            # Ties are broken half in favour: a score of 0 is shared by most.
            better, tied = (some > some[place]).sum(), (some == some[place]).sum() - 1
            ranks.append(int(better + tied / 2))
    cuts = [_at_cuts(ranks) for ranks in (wide, near, alone)]
    return RankResult(questions=len(examples), all=cuts[0], topic=cuts[1], alone=cuts[2])


def _message(role: str, text: str) -> ChatMessage:
    return ChatMessage(role="user" if role == "user" else "assistant", content=text)


def _at_cuts(ranks: Sequence[int]) -> dict[int, float]:
    return {k: round(100 * sum(r < k for r in ranks) / max(len(ranks), 1), 1) for k in CUTS}


async def choice(examples: Sequence[Example], encoder: Encoder, seed: int) -> ChoiceResult:
    """Measure multiple choice by code alone, with and without the preference.

    The options are shuffled; an option is chosen by its vector. Without the profile it is the one
    nearest to the question. With it, what the preference takes to counts for an option and what it
    refuses against.
    """
    randomly = random.Random(seed)
    right: dict[str, int] = dict.fromkeys(
        ("random", "least overlap", "longest", "without", "with"), 0
    )
    for example in examples:
        order = list(range(len(example.options)))
        randomly.shuffle(order)
        options = [example.options[i] for i in order]
        picks = {
            "random": randomly.randrange(len(options)),
            "least overlap": int(np.argmin([_overlap(o, example.preference) for o in options])),
            "longest": int(np.argmax([len(o) for o in options])),
            **await _by_vectors(example, options, encoder),
        }
        for way, pick in picks.items():
            right[way] += order[pick] == 0
    return ChoiceResult(
        questions=len(examples),
        shares={way: round(n / max(len(examples), 1), 3) for way, n in right.items()},
    )


async def _by_vectors(example: Example, options: Sequence[str], encoder: Encoder) -> dict[str, int]:
    from recllm.profiles.weighing import leaning

    vectors = await encoder.encode([example.question, *options])
    asked = vectors[1:] @ vectors[0]
    lean = await leaning(example.preference, options, encoder)
    return {"without": int(np.argmax(asked)), "with": int(np.argmax(lean))}


def _overlap(option: str, preference: str) -> float:
    one, other = set(words(option)), set(words(preference))
    return len(one & other) / max(len(one), 1)
