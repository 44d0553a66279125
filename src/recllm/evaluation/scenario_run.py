"""Holding the conversations of a suite, checking each turn, and adding the outcomes up."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple, Protocol

from pydantic import Field, computed_field

from recllm.errors import EvaluationError
from recllm.evaluation.checks import Check, Scene, Status, slate_of
from recllm.evaluation.conditions import TEXTS
from recllm.evaluation.expectations import check_expectations, failed_expectations
from recllm.evaluation.grounding import check_grounding
from recllm.evaluation.oracle import Oracle
from recllm.evaluation.scenarios import Expect, Scenario, ScenarioTurn
from recllm.types import Session, Value


class Replying(Protocol):
    """What a suite talks to: a :class:`recllm.recommender.Recommender`."""

    async def reply(self, session: Session, message: str) -> Session:
        """Answer ``message`` and return the session with the turn at its end."""
        ...


class Opened(NamedTuple):
    """A recommender over one catalogue, all that the catalogue holds, and how to let it go."""

    recommender: Replying
    oracle: Oracle
    close: Callable[[], Awaitable[None]]


class Tally(Value):
    """Outcomes counted; ``share`` is passed of passed and failed, skipped left aside."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def share(self) -> float:
        """Passed of those that came up, in [0, 1]; 1 where none did."""
        tried = self.passed + self.failed
        return round(self.passed / tried, 4) if tried else 1.0


class TurnResult(Value):
    """One turn as it went: what was said and shown, and every check of it."""

    say: str
    reply: str = ""
    act: str = ""
    slate: tuple[str, ...] = ()
    explanations: tuple[str, ...] = ()
    seconds: float = 0.0
    checks: tuple[Check, ...] = ()

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(c for c in self.checks if c.status is Status.FAILED)


class ConversationResult(Value):
    """One conversation as it went."""

    name: str
    catalog: str
    kind: tuple[str, ...]
    turns: tuple[TurnResult, ...]


class SuiteResult(Value):
    """All conversations and the counts over them; what ``--json`` writes."""

    llm: str = ""
    conversations: tuple[ConversationResult, ...] = ()
    seconds: float = 0.0
    expectations: Tally = Tally()
    grounding: Tally = Tally()
    by_check: dict[str, Tally] = Field(default_factory=dict)
    by_kind: dict[str, Tally] = Field(default_factory=dict)
    by_catalog: dict[str, Tally] = Field(default_factory=dict)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def clean(self) -> int:
        """How many conversations passed without one failure."""
        return sum(not any(t.failed for t in c.turns) for c in self.conversations)


async def run_suite(
    scenarios: Sequence[Scenario],
    open_catalog: Callable[[str], Awaitable[Opened]],
    *,
    llm: str = "",
    progress: Callable[[Scenario], None] = lambda scenario: None,
) -> SuiteResult:
    """Hold the conversations one after another and count what came of them.

    Args:
        scenarios: the conversations; those over one catalogue are held together.
        open_catalog: opens the recommender of a catalogue.
        llm: what the result calls the language model.
        progress: is told each conversation that is over.

    Raises:
        EvaluationError: a scenario speaks of a column or title that the catalogue has not.
    """
    started = time.monotonic()
    results = []
    ordered = sorted(scenarios, key=lambda s: s.catalog)
    for catalog, group in groupby(ordered, key=lambda s: s.catalog):
        opened = await open_catalog(catalog)
        try:
            for scenario in group:
                check_scenario(scenario, opened.oracle)
                results.append(await hold(scenario, opened))
                progress(scenario)
        finally:
            await opened.close()
    return summarise(results, llm, time.monotonic() - started)


async def hold(scenario: Scenario, opened: Opened) -> ConversationResult:
    """Hold one conversation and check each of its turns."""
    session = Session(id=f"scenario-{scenario.name}", user="evaluation", catalog=scenario.catalog)
    barred: frozenset[str] = frozenset()
    turns = []
    for turn in scenario.turns:
        session, barred, result = await _hold_turn(turn, session, barred, opened)
        turns.append(result)
    return ConversationResult(
        name=scenario.name, catalog=scenario.catalog, kind=scenario.kind, turns=tuple(turns)
    )


async def _hold_turn(
    turn: ScenarioTurn, before: Session, barred: frozenset[str], opened: Opened
) -> tuple[Session, frozenset[str], TurnResult]:
    started = time.monotonic()
    try:
        after = await opened.recommender.reply(before, turn.say)
    except Exception as error:
        # No turn may end so, whatever went wrong: it fails all its checks, and the suite goes on.
        reason = f"no answer: {type(error).__name__}: {error}"
        checks = failed_expectations(turn.expect, reason)
        reply = Check(kind="reply", status=Status.FAILED, detail=reason, grounding=True)
        return before, barred, TurnResult(say=turn.say, checks=(*checks, reply))
    done = after.turns[-1]
    scene = Scene(opened.oracle, before, done)
    barred |= _barred(turn.expect, scene)
    scene.barred = barred
    checks = check_expectations(turn.expect, scene)
    checks += check_grounding(scene, may_repeat=turn.expect.may_repeat)
    result = TurnResult(
        say=turn.say,
        reply=done.reply,
        act=done.act.value,
        slate=tuple(i.title for i in slate_of(done)),
        explanations=tuple(r.explanation for r in done.slate.items) if done.slate else (),
        seconds=round(time.monotonic() - started, 3),
        checks=tuple(checks),
    )
    return after, barred, result


def _barred(expect: Expect, scene: Scene) -> set[str]:
    """Return the ids that must not come back from this turn on, as the scenario says."""
    found = [scene.find(p) for p in (*expect.rejected, *expect.seen)]
    return {i.id for f in found if f for i in f.items}


def check_scenario(scenario: Scenario, oracle: Oracle) -> None:
    """Check what a scenario speaks of against the catalogue.

    Raises:
        EvaluationError: a column or a title is not in the catalogue.
    """
    columns = {a.name for a in oracle.schema.attributes} | {*TEXTS}
    for number, turn in enumerate(scenario.turns, 1):
        expect = turn.expect
        named = [c.column for c in expect.conditions()] + [a.attribute for a in expect.answers]
        named += [p.column for p in expect.pointers() if p.column]
        wrong = [f"column {c!r}" for c in named if c not in columns]
        wrong += [f"title {str(p)!r}" for p in expect.pointers()
                  if p.title and not oracle.titled(p.title, p.year)]  # fmt: skip
        if wrong:
            raise EvaluationError(
                f"scenario {scenario.name!r}, turn {number}: the catalogue {scenario.catalog!r} "
                f"has no {wrong[0]}; correct the scenario (columns: {', '.join(sorted(columns))})"
            )


def summarise(
    conversations: Iterable[ConversationResult], llm: str = "", seconds: float = 0.0
) -> SuiteResult:
    """Return the conversations with the counts over them."""
    held = tuple(conversations)
    checks = [(c, check) for c in held for turn in c.turns for check in turn.checks]
    expected = [(c, check) for c, check in checks if not check.grounding]
    kinds = sorted({k for c in held for k in c.kind})
    return SuiteResult(
        llm=llm,
        conversations=held,
        seconds=round(seconds, 1),
        expectations=_tally(check for _, check in expected),
        grounding=_tally(check for _, check in checks if check.grounding),
        by_check={
            name: _tally(check for _, check in checks if _name(check) == name)
            for name in sorted({_name(check) for _, check in checks})
        },
        by_kind={k: _tally(check for c, check in expected if k in c.kind) for k in kinds},
        by_catalog={
            name: _tally(check for c, check in expected if c.catalog == name)
            for name in sorted({c.catalog for c in held})
        },
    )


def _name(check: Check) -> str:
    return f"grounding: {check.kind}" if check.grounding else check.kind


def _tally(checks: Iterable[Check]) -> Tally:
    counts = Counter(check.status.value for check in checks)
    return Tally(**counts)
