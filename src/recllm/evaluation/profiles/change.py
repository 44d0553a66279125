"""The change suite: does the profile hold what it should after what was said?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from recllm.evaluation.profiles.cases import Case, at, problems
from recllm.facts import Fact
from recllm.profiles.rules import changed, holding, with_expired
from recllm.protocols import Extractor
from recllm.types import Act, Session, Turn, Value


class CaseResult(Value):
    """How one case went: what is wrong, and the facts that held at its end."""

    name: str
    kind: str
    problems: tuple[str, ...] = ()
    valid: tuple[str, ...] = ()


class ChangeResult(Value):
    """All cases of a suite; ``unsupported`` counts facts whose evidence nobody said."""

    cases: tuple[CaseResult, ...] = ()
    extracted: int = 0
    unsupported: int = 0

    @property
    def share(self) -> float:
        """The share of cases that hold."""
        return sum(not c.problems for c in self.cases) / max(len(self.cases), 1)

    def by_kind(self) -> dict[str, tuple[int, int]]:
        """Return how many cases of each kind hold, and how many there are."""
        kinds = sorted({c.kind for c in self.cases})
        of = {k: [c for c in self.cases if c.kind == k] for k in kinds}
        return {k: (sum(not c.problems for c in cs), len(cs)) for k, cs in of.items()}


async def run_cases(
    cases: Sequence[Case],
    extractor: Extractor,
    progress: Callable[[int], None] = lambda done: None,
) -> ChangeResult:
    """Let ``extractor`` read the turns of ``cases``, each with a profile of its own."""
    results = []
    extracted = unsupported = 0
    for number, case in enumerate(cases, start=1):
        progress(number)
        facts, made = await _hold(case, extractor)
        said = " ".join(t.say for t in case.turns)
        extracted += len(made)
        unsupported += sum(f.evidence not in said or not f.evidence for f in made)
        now = at(case.later or case.turns[-1].on)
        valid = holding(facts, now)
        wrong = problems(case, valid, [f for f in with_expired(facts, now) if not f.holds(now)])
        texts = tuple(f"{f.kind} {f.text}" for f in valid)
        results.append(
            CaseResult(name=case.name, kind=case.kind, problems=tuple(wrong), valid=texts)
        )
    return ChangeResult(cases=tuple(results), extracted=extracted, unsupported=unsupported)


async def _hold(case: Case, extractor: Extractor) -> tuple[tuple[Fact, ...], list[Fact]]:
    """Hold the conversation of ``case``; return the facts with their history, and all new ones."""
    start = at(case.turns[0].on)
    facts = tuple(
        Fact(text=g.text, kind=g.kind, origin=g.origin, evidence=g.text, at=start)
        for g in case.facts
    )
    sessions: dict[int, Session] = {}
    made: list[Fact] = []
    for said in case.turns:
        now = at(said.on)
        session = sessions.get(said.session, Session(id=f"{case.name}-{said.session}"))
        turn = Turn(message=said.say, reply=said.reply, act=Act.CHAT, at=now)
        changes = await extractor.extract(session, turn, holding(facts, now))
        made += [c.fact for c in changes if c.fact is not None]
        facts = changed(facts, changes, now)
        sessions[said.session] = session.then(turn)
    return facts, made
