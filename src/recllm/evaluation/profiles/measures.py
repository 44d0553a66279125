"""Extraction and multiple choice measured on PrefEval."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np

from recllm.evaluation.profiles.judge import NEAR, closest, unsupported
from recllm.evaluation.profiles.prefeval import Example
from recllm.facts import Change, Fact
from recllm.protocols import Encoder, Extractor
from recllm.text import words
from recllm.types import Act, Session, Turn, Value

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)

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
