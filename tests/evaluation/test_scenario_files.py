"""The conversations that are shipped: how many there are, what they cover, that they can run."""

from __future__ import annotations

import json
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import get_args

import pytest

from recllm.evaluation.conditions import holds
from recllm.evaluation.oracle import Oracle
from recllm.evaluation.scenario_run import check_scenario
from recllm.evaluation.scenarios import Expect, Kind, Scenario, load_scenarios
from recllm.types import Attribute, Item, Role, Schema
from recllm.types import Kind as Column

FOLDER = Path(__file__).resolve().parents[2] / "evaluation" / "scenarios"
SCENARIOS = load_scenarios(FOLDER)
FILM_COLUMNS = {
    "year": (Column.NUMBER, Role.YEAR),
    "runtime": (Column.NUMBER, Role.DURATION),
    "directors": (Column.LIST, Role.CREATOR),
    "cast": (Column.LIST, Role.PERFORMER),
    "countries": (Column.LIST, Role.COUNTRY),
    "languages": (Column.LIST, Role.LANGUAGE),
    "genres": (Column.LIST, Role.GENRE),
    "tags": (Column.LIST, Role.TAG),
}


@pytest.fixture(scope="module")
def films() -> Oracle:
    """The demo films, read without the product's own reader."""
    text = (resources.files("recllm") / "data" / "films.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    schema = Schema(
        attributes=tuple(Attribute(name=n, kind=k, role=r) for n, (k, r) in FILM_COLUMNS.items())
    )
    items = [
        Item(
            id=row["id"],
            title=row["title"],
            text=row["description"],
            attributes={n: _value(row[n]) for n in FILM_COLUMNS},
        )
        for row in rows
    ]
    return Oracle(schema, items)


def _value(value: object) -> float | tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else float(str(value))


def over(catalog: str) -> list[Scenario]:
    return [s for s in SCENARIOS if s.catalog == catalog]


def test_there_are_enough_conversations_over_three_catalogues() -> None:
    assert len(SCENARIOS) >= 66
    assert len(over("films")) >= 45
    assert len(over("ted")) >= 11
    assert len(over("books")) >= 10


def test_conversations_have_three_to_eight_turns() -> None:
    assert all(3 <= len(s.turns) <= 8 for s in SCENARIOS)


def test_names_are_unique() -> None:
    assert [n for n, count in Counter(s.name for s in SCENARIOS).items() if count > 1] == []


def test_every_kind_of_conversation_is_there() -> None:
    assert {k for s in SCENARIOS for k in s.kind} == set(get_args(Kind))


def test_every_turn_but_small_talk_expects_something_and_every_check_is_used() -> None:
    expects = [t.expect for s in SCENARIOS for t in s.turns]
    assert [s.name for s in SCENARIOS for t in s.turns if t.expect == Expect()] == []
    used = {name for e in expects for name in Expect.model_fields if getattr(e, name)}
    assert {*used, "may_repeat"} == set(Expect.model_fields)


@pytest.mark.parametrize("scenario", over("films"), ids=lambda s: s.name)
def test_film_scenarios_speak_of_columns_and_titles_that_exist(
    scenario: Scenario, films: Oracle
) -> None:
    check_scenario(scenario, films)


@pytest.mark.parametrize("scenario", over("films"), ids=lambda s: s.name)
def test_what_every_item_must_be_is_possible(scenario: Scenario, films: Oracle) -> None:
    for turn in scenario.turns:
        known = [c for c in turn.expect.each if not c.pointer or c.pointer.title]
        if turn.expect.relaxed or not known:
            continue
        named = [films.titled(c.pointer.title) if c.pointer else () for c in known]
        fitting = [
            item
            for item in films.items.values()
            if all(holds(c, item, other) for c, other in zip(known, named, strict=True))
        ]
        assert len(fitting) >= 3, f"{turn.say!r} asks for what is hardly there"
