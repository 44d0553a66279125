"""The figures of profiles as one value, and in words."""

from __future__ import annotations

from pydantic import Field

from recllm.evaluation.profiles.change import ChangeResult
from recllm.evaluation.profiles.locomo import RecallResult
from recllm.evaluation.profiles.measures import ChoiceResult, ExtractionResult
from recllm.evaluation.profiles.ranks import RankResult
from recllm.types import Value


class ProfileFigures(Value):
    """What one run measured; what was not run is empty."""

    dataset: str
    llm: str = "none"
    seed: int = 0
    change: dict[str, ChangeResult] = Field(default_factory=dict)
    extraction: dict[str, ExtractionResult] = Field(default_factory=dict)
    distractor_facts: int = 0
    triggering: dict[str, RankResult] = Field(default_factory=dict)
    choice: ChoiceResult | None = None
    recall: RecallResult | None = None


def failures(figures: ProfileFigures) -> list[str]:
    """Return the cases that do not hold, with what is wrong."""
    return [
        f"{case.name}: {'; '.join(case.problems)}\n    holds: {'; '.join(case.valid) or 'nothing'}"
        for result in figures.change.values()
        for case in result.cases
        if case.problems
    ]


def summary(figures: ProfileFigures) -> str:
    """Say the figures in lines for people."""
    lines = [f"Profiles, {figures.dataset}, language model: {figures.llm}"]
    for name, suite in figures.change.items():
        lines += _suite(name, suite)
    for form, result in figures.extraction.items():
        stored = f"{result.found} of {result.dialogues} preferences stored"
        share = 100 * result.unsupported / max(result.facts, 1)
        lines.append(
            f"Extraction, {form} dialogues: {stored} ("
            f"{100 * result.recall:.1f} %), {result.facts} facts, {share:.1f} % unsupported"
        )
    if figures.extraction:
        lines.append(f"Facts read in talk of other things: {figures.distractor_facts}")
    for name, ranked in figures.triggering.items():
        lines.append(
            f"Triggering, {name}: {_cuts(ranked.all)}; within topic {_cuts(ranked.topic)}"
            f"; topic as the profile {_cuts(ranked.alone)}"
            f" (or one that says the same {_cuts(ranked.same)})"
        )
    if figures.choice:
        shares = ", ".join(f"{way} {share}" for way, share in figures.choice.shares.items())
        lines.append(f"Multiple choice ({figures.choice.questions}): {shares}")
    if figures.recall:
        lines += _recall(figures.recall)
    return "\n".join(lines)


def _cuts(shares: dict[int, float]) -> str:
    return ", ".join(f"@{k} {v}" for k, v in shares.items())


def _suite(name: str, suite: ChangeResult) -> list[str]:
    held = sum(not c.problems for c in suite.cases)
    kinds = ", ".join(f"{k} {a}/{b}" for k, (a, b) in suite.by_kind().items())
    share = f"{100 * suite.share:.1f} %"
    return [
        f"Change suite, {name}: {held} of {len(suite.cases)} cases hold ({share}); "
        f"{suite.unsupported} of {suite.extracted} facts without the user's words",
        f"  {kinds}",
    ]


def _recall(result: RecallResult) -> list[str]:
    lines = [f"Evidence recall over turns ({result.questions} questions)"]
    for way, cuts in result.recall.items():
        lines.append(f"  {way}: {', '.join(f'@{k} {v}' for k, v in cuts.items())}")
    parts = {**result.conversations, **result.categories}
    lines.append(f"  @10 by part: {', '.join(f'{k} {v}' for k, v in parts.items())}")
    return lines
