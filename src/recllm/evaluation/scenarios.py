"""Scenarios: conversations written by people, with what each turn must do, in YAML files.

The format is described in docs/evaluation.md. This module says what a file may hold and reads
it; :mod:`recllm.evaluation.scenario_run` holds the conversations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias, TypeVar, get_args

import yaml
from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from recllm.errors import EvaluationError
from recllm.evaluation.conditions import Condition, check_pattern
from recllm.evaluation.pointers import Pointer
from recllm.types import Act, Value

CatalogName: TypeAlias = Literal["films", "ted", "books", "beers", "games"]
Kind: TypeAlias = Literal[
    "accept", "addition", "change", "chat", "compare", "concept", "constraints", "contradiction",
    "count", "country", "decade", "duration", "facts", "impossible", "injection", "language",
    "misspelt", "missing", "negation", "number", "off-topic", "person", "range", "reference",
    "rejection", "rude", "seen", "similar", "superlative", "surprise", "topic", "unknown-title",
    "vague", "why",
]  # fmt: skip
"""What a conversation puts to the test; a conversation may have several."""

T = TypeVar("T")


def _listed(data: object) -> object:
    return data if isinstance(data, list | tuple) else (data,)


Several = Annotated[tuple[T, ...], BeforeValidator(_listed)]
"""One value or a list of them."""


class Size(Value):
    """How many items a slate may have."""

    min: int = Field(0, ge=0)
    max: int = Field(99, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: object) -> object:
        if isinstance(data, int) and not isinstance(data, bool):
            return {"min": data, "max": data}
        known: dict[object, object] = {"none": {"max": 0}, "some": {"min": 1}}
        if isinstance(data, str):
            if data not in known:
                raise ValueError(f"{data!r}: write none, some, a number, or {{min: 1, max: 5}}")
            return known[data]
        return data


class Answer(Value):
    """The reply must give the value of ``attribute`` in the record of ``item``."""

    item: Pointer
    attribute: str


class Claim(Value):
    """A question of yes or no: whether the condition ``holds`` of ``item``."""

    item: Pointer
    holds: Condition


class Expect(Value):
    """What a turn must do; everything is optional, docs/evaluation.md explains each."""

    act: Several[Act] = ()
    slate: Size | None = None
    each: Several[Condition] = ()
    most: Several[Condition] = ()
    any: Several[Condition] = ()
    first: Several[Condition] = ()
    excludes: Several[Pointer] = ()
    offers: Several[Pointer] = ()
    names: Several[Pointer] = ()
    focus: Pointer | None = None
    similar: Several[Pointer] = ()
    rejected: Several[Pointer] = ()
    seen: Several[Pointer] = ()
    answers: Several[Answer] = ()
    confirms: Several[Claim] = ()
    explains: Pointer | None = None
    counts: Several[Condition] = ()
    says: Several[str] = ()
    says_not: Several[str] = ()
    relaxed: bool | None = None
    may_repeat: bool = False

    @field_validator("says", "says_not")
    @classmethod
    def _patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            check_pattern(pattern)
        return patterns

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (
            self.slate
            and self.slate.max == 0
            and (self.each or self.most or self.any or self.first)
        ):
            raise ValueError("conditions on a slate, but 'slate: none'")
        return self

    def conditions(self) -> tuple[Condition, ...]:
        """Return all conditions."""
        claimed = (c.holds for c in self.confirms)
        return (*self.each, *self.most, *self.any, *self.first, *self.counts, *claimed)

    def pointers(self) -> tuple[Pointer, ...]:
        """Return all pointers, those in conditions and answers too."""
        single = [p for p in (self.focus, self.explains) if p]
        inner = [c.pointer for c in self.conditions() if c.pointer]
        lists = (*self.excludes, *self.offers, *self.names, *self.similar, *self.rejected)
        asked = [a.item for a in self.answers] + [c.item for c in self.confirms]
        return (*single, *inner, *lists, *self.seen, *asked)


class ScenarioTurn(Value):
    """What the person says, and what must come of it."""

    say: str = Field(min_length=1)
    expect: Expect = Expect()


class Scenario(Value):
    """A conversation of 3 to 8 turns over one catalogue."""

    name: str = Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
    catalog: CatalogName
    kind: Several[Kind] = Field(min_length=1)
    turns: tuple[ScenarioTurn, ...] = Field(min_length=3, max_length=8)


def load_scenarios(directory: Path) -> tuple[Scenario, ...]:
    """Read the ``*.yaml`` files of ``directory``, by file name and in their order.

    Raises:
        EvaluationError: there are none, one is not valid YAML or not a scenario, or a name is
            taken twice; the message says where.
    """
    files = sorted(directory.glob("*.yaml")) if directory.is_dir() else []
    if not files:
        raise EvaluationError(
            f"no scenarios in {str(directory)!r}: they are the *.yaml files of "
            "evaluation/scenarios in RecLLM's repository; name the folder with --scenarios"
        )
    scenarios: dict[str, Scenario] = {}
    for file in files:
        for scenario in read_scenarios(file):
            if scenario.name in scenarios:
                raise EvaluationError(
                    f"{file}: the name {scenario.name!r} is taken; choose another"
                )
            scenarios[scenario.name] = scenario
    return tuple(scenarios.values())


def read_scenarios(file: Path) -> tuple[Scenario, ...]:
    """Read one file.

    Raises:
        EvaluationError: as :func:`load_scenarios`.
    """
    try:
        data = yaml.load(file.read_text("utf-8"), Loader=_Strict)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise EvaluationError(f"{file} cannot be read: {error}") from error
    if not isinstance(data, list) or not data:
        raise EvaluationError(f"{file} must hold a list of scenarios ('- name: ...')")
    return tuple(_scenario(file, number, entry) for number, entry in enumerate(data, 1))


def choose(
    scenarios: Iterable[Scenario], catalogs: Sequence[str] = (), only: str = ""
) -> tuple[Scenario, ...]:
    """Return the scenarios over ``catalogs`` whose name or kind matches ``only``, "" for all.

    Args:
        scenarios: those to choose from.
        catalogs: names of catalogues, none for all.
        only: a pattern such as "moon-*", or a part of a name.

    Raises:
        EvaluationError: a catalogue is not known, or none is left.
    """
    known = get_args(CatalogName)
    unknown = [c for c in catalogs if c not in known]
    if unknown:
        raise EvaluationError(f"no catalogue {unknown[0]!r} in the suite: use {', '.join(known)}")
    chosen = tuple(
        s for s in scenarios if (not catalogs or s.catalog in catalogs) and _matches(s, only)
    )
    if not chosen:
        raise EvaluationError(f"no scenario matches {only!r}; without --only all of them run")
    return chosen


def _matches(scenario: Scenario, only: str) -> bool:
    wild = any(c in only for c in "*?[")
    pattern = only if wild else f"*{only}*"
    return fnmatchcase(scenario.name, pattern) or only in scenario.kind


def _scenario(file: Path, number: int, entry: Any) -> Scenario:
    name = entry.get("name") if isinstance(entry, dict) else None
    try:
        return Scenario.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise EvaluationError(
            f"{file}: scenario {name or number!r}{_where(first['loc'])}: {_reason(first)}"
        ) from error


def _where(place: Sequence[int | str]) -> str:
    """Return where in a scenario an error is, as a person counts."""
    parts = list(place)
    if len(parts) > 1 and parts[0] == "turns":
        return f", turn {int(parts[1]) + 1}, {'.'.join(map(str, parts[2:]))}".rstrip(", ")
    return f", {'.'.join(map(str, parts))}" if parts else ""


def _reason(error: Any) -> str:
    message = str(error["msg"]).removeprefix("Value error, ")
    hint = (
        "; put words such as no, yes and numbers in quotes"
        if error["type"] == "string_type"
        else ""
    )
    return f"{message} (given: {error['input']!r:.80}){hint}"


class _Strict(yaml.SafeLoader):
    """YAML in which a key that is given twice is an error, not a silent loss of the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((k for n, k in enumerate(keys) if k in keys[:n]), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {twice!r} is given twice", node.start_mark
            )
        return super().construct_mapping(node, deep=deep)
