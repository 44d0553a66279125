"""Written cases of what people say and what may be remembered of it, in YAML files.

The format is described in docs/profile-evaluation.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, ValidationError

from recllm.errors import EvaluationError
from recllm.facts import Fact, FactKind, FactOrigin, FactStatus, Scope
from recllm.text import normalise
from recllm.types import Value

START = date(2026, 3, 10)
"""The day of a case's first turn (a Tuesday) unless it says otherwise."""


def _listed(data: object) -> object:
    return data if isinstance(data, list | tuple) else (data,)


class Said(Value):
    """A message of the user; ``reply`` is what the system answers to it."""

    say: str
    reply: str = "I see."
    session: int = 1
    on: date = START


def _said(data: object) -> object:
    return {"say": data} if isinstance(data, str) else data


class Given(Value):
    """A fact that is in the profile before the first turn."""

    text: str
    kind: FactKind = FactKind.CONTEXT
    origin: FactOrigin = FactOrigin.SAID


class Expected(Value):
    """A fact that must be there: its words, and what else is said of it."""

    says: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    kind: Annotated[tuple[FactKind, ...], BeforeValidator(_listed)] = ()
    scope: Scope | None = None
    about: str = ""
    status: FactStatus | None = None
    expires: date | Literal["none"] | None = None
    weak: bool = False

    def matches(self, fact: Fact) -> bool:
        """Whether ``fact`` is what is expected."""
        text = normalise(fact.text)
        until = fact.expires.date() if fact.expires else "none"
        return (
            all(normalise(w) in text for w in self.says)
            and (not self.kind or fact.kind in self.kind)
            and (self.scope is None or fact.scope is self.scope)
            and normalise(self.about) in normalise(fact.about)
            and (self.status is None or fact.status is self.status)
            and (self.expires is None or until == self.expires)
            and (not self.weak or fact.strength <= 0.5)
        )


class Case(Value):
    """Turns, and what is remembered afterwards.

    ``valid`` are all facts that hold then, unless the case is ``loose``: more may hold. With
    ``lasting`` only those count that reach beyond the conversation. ``ended`` are facts that must
    be in the history. ``later`` is the day on which the profile is looked at.
    """

    name: str
    kind: str
    turns: tuple[Annotated[Said, BeforeValidator(_said)], ...]
    facts: tuple[Given, ...] = ()
    valid: tuple[Expected, ...] = ()
    ended: tuple[Expected, ...] = ()
    later: date | None = None
    loose: bool = False
    lasting: bool = False


class _File(Value):
    cases: tuple[Case, ...] = Field(min_length=1)


def load_cases(path: Path) -> tuple[Case, ...]:
    """Read the cases of a file.

    Raises:
        EvaluationError: the file is missing or not in the format; the message says where.
    """
    try:
        data: Any = yaml.safe_load(path.read_text("utf-8"))
        cases = _File(cases=data).cases
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise EvaluationError(f"cannot read the cases in {str(path)!r}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise EvaluationError(f"{str(path)!r}, {place}: {first['msg']}") from error
    names = [c.name for c in cases]
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise EvaluationError(f"{str(path)!r} has two cases called {twice!r}: rename one")
    return cases


def at(day: date) -> datetime:
    """Return noon of ``day``, UTC."""
    return datetime.combine(day, time(12), tzinfo=UTC)


def problems(case: Case, valid: Sequence[Fact], ended: Sequence[Fact]) -> list[str]:
    """Return what is wrong with what was remembered; empty if the case holds."""
    counted = [f for f in valid if f.scope is not Scope.CONVERSATION] if case.lasting else [*valid]
    wrong: list[str] = []
    for expected in case.valid:
        found = next((f for f in counted if expected.matches(f)), None)
        if found is None:
            wrong.append(f"missing: {_words(expected)}")
        else:
            counted.remove(found)
    wrong += [] if case.loose else [f"too much: {f.kind} {f.text!r}" for f in counted]
    for expected in case.ended:
        if not any(expected.matches(f) for f in ended):
            wrong.append(f"not in the history: {_words(expected)}")
    return wrong


def _words(expected: Expected) -> str:
    given = expected.model_dump(mode="json", exclude_defaults=True)
    return ", ".join(f"{k} {v}" for k, v in given.items()) or "any fact"
