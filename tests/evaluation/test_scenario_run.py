from __future__ import annotations

from collections.abc import Callable
from io import StringIO

import pytest
from rich.console import Console
from scenes import BAKERY, HARBOUR, ORACLE, QUIET, slate, turn

from recllm.errors import EvaluationError
from recllm.evaluation.scenario_report import failures, summary
from recllm.evaluation.scenario_run import Opened, SuiteResult, check_scenario, hold, run_suite
from recllm.evaluation.scenarios import Scenario
from recllm.types import Act, Item, Session, State, Turn


class Scripted:
    """Answers with the turns given; an exception among them is raised."""

    def __init__(self, *turns: Turn | Exception) -> None:
        self.left = list(turns)

    async def reply(self, session: Session, message: str) -> Session:
        now = self.left.pop(0)
        if isinstance(now, Exception):
            raise now
        return session.then(now.model_copy(update={"message": message}))


def show(*items: Item, **state: tuple[str, ...]) -> Turn:
    shown = slate(*items) if items else None
    act = Act.RECOMMEND if items else Act.CHAT
    return turn("Here.", slate=shown, act=act, state=State.model_validate(state))


def scenario(*turns: dict[str, object], catalog: str = "films", name: str = "one") -> Scenario:
    filled = [*turns, *({"say": "ok"} for _ in range(3 - len(turns)))]
    return Scenario.model_validate(
        {"name": name, "catalog": catalog, "kind": "chat", "turns": filled}
    )


def opened(*turns: Turn | Exception, closed: Callable[[], None] = lambda: None) -> Opened:
    async def close() -> None:
        closed()

    return Opened(Scripted(*turns), ORACLE, close)


async def test_a_conversation_is_held_turn_by_turn_and_checked() -> None:
    asked = scenario(
        {"say": "a drama", "expect": {"each": "genres = Drama"}},
        {"say": "shorter", "expect": {"each": "runtime < {slate[-1][1]}", "act": "recommend"}},
        {"say": "thanks", "expect": {"slate": "none"}},
    )
    result = await hold(asked, opened(show(HARBOUR), show(BAKERY), show()))
    assert [t.say for t in result.turns] == ["a drama", "shorter", "thanks"]
    assert [t.slate for t in result.turns] == [("Loud Harbour",), ("The Bakery",), ()]
    assert [t.failed for t in result.turns] == [(), (), ()]
    kinds = [c.kind for c in result.turns[1].checks]
    assert kinds == ["act", "each", "reply", "record", "repeat", "titles", "numbers", "names"]


async def test_what_the_scenario_rejects_may_never_come_back_even_if_the_state_forgot() -> None:
    asked = scenario(
        {"say": "a film"}, {"say": "not the first", "expect": {"rejected": "slate[-1][1]"}}
    )
    turns = (show(QUIET, BAKERY), show(HARBOUR), show(QUIET))
    result = await hold(asked, opened(*turns))
    assert [c.kind for c in result.turns[1].failed] == ["rejected"]
    assert [c.detail for c in result.turns[2].failed if c.grounding] == [
        "'Quiet Orbit' comes back, which was rejected or seen"
    ]


async def test_a_turn_that_breaks_fails_its_checks_and_the_conversation_goes_on() -> None:
    asked = scenario(
        {"say": "a", "expect": {"slate": "some", "each": "year > 1"}}, {"say": "b"}, {"say": "c"}
    )
    result = await hold(asked, opened(RuntimeError("boom"), show(QUIET), show()))
    broken = result.turns[0]
    assert [c.kind for c in broken.failed] == ["slate", "each", "reply"]
    assert "no answer: RuntimeError: boom" in broken.failed[0].detail
    assert result.turns[1].slate == ("Quiet Orbit",)


async def suite() -> SuiteResult:
    good = scenario({"say": "a", "expect": {"slate": "some"}})
    bad = scenario(
        {"say": "a", "expect": {"slate": "none"}},
        {"say": "the third?", "expect": {"focus": "slate[-1][3]"}},
        catalog="ted",
        name="two",
    )
    closed: list[str] = []
    told: list[str] = []

    async def open_catalog(name: str) -> Opened:
        return opened(show(QUIET), show(), show(), closed=lambda: closed.append(name))

    result = await run_suite(
        [bad, good], open_catalog, llm="none", progress=lambda s: told.append(s.name)
    )
    assert closed == ["films", "ted"]
    assert told == ["one", "two"]
    return result


async def test_a_suite_counts_by_check_kind_and_catalogue() -> None:
    result = await suite()
    assert (result.llm, result.clean, len(result.conversations)) == ("none", 1, 2)
    assert result.expectations.model_dump() == {
        "passed": 1,
        "failed": 1,
        "skipped": 1,
        "share": 0.5,
    }
    assert result.grounding.failed == 0
    assert {n: (t.passed, t.failed) for n, t in result.by_catalog.items()} == {
        "films": (1, 0),
        "ted": (0, 1),
    }
    assert result.by_check["focus"].share == 1.0, "what was skipped is no failure"
    assert result.by_check["grounding: reply"].passed == 6
    assert result.by_kind["chat"].failed == 1
    assert SuiteResult.model_fields.keys() < result.model_dump().keys()


async def test_the_report_shows_shares_and_failures() -> None:
    result = await suite()
    out = Console(file=StringIO(), width=100)
    out.print(summary(result))
    for failure in failures(result):
        out.print(failure)
    text = out.file.getvalue()  # type: ignore[attr-defined]
    assert "2 conversations, 6 turns, 1 conversations without a failure" in text
    assert "expectations 50.0% (1 of 2, 1 skipped), grounding 100.0%" in text
    assert "two, turn 1 (ted)" in text
    assert "slate: 1 items shown, not 0 to 0" in text
    assert "Quiet Orbit" in text


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ({"each": "colour = red"}, "no column 'colour'"),
        ({"answers": {"item": "shown", "attribute": "price"}}, "no column 'price'"),
        ({"names": "slate[-1][min price]"}, "no column 'price'"),
        ({"excludes": "Jaws"}, "no title 'Jaws'"),
        ({"each": "year < {Shore (1999)}"}, r"no title 'Shore \(1999\)'"),
    ],
)
def test_a_scenario_speaks_of_what_the_catalogue_has(
    expect: dict[str, object], message: str
) -> None:
    with pytest.raises(
        EvaluationError, match=f"'one', turn 1: the catalogue 'films' has {message}"
    ):
        check_scenario(scenario({"say": "a", "expect": expect}), ORACLE)
