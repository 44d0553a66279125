"""Facts ranked anew by how likely the request is from whom each is true of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recllm.encoder import HashEncoder
from recllm.errors import EncoderError
from recllm.facts import Fact
from recllm.profiles.query_likelihood import FIRST, QueryLikelihood
from recllm.profiles.triggering import FactTrigger
from recllm.testing.trigger import check_trigger
from recllm.types import ChatMessage

REQUEST = "What is there to do in the Alps?"


class Told:
    """Tells likelihoods by a rule, when it may, and counts how often it was asked."""

    def __init__(self, of: float | dict[str, float] = 0.0, *, late: bool = False) -> None:
        self._of = of
        self.may_go = asyncio.Event()
        self.asked: list[Sequence[str]] = []
        if not late:
            self.may_go.set()

    async def bearing(self, text: str, known: Sequence[str]) -> npt.NDArray[np.floating]:
        self.asked.append(known)
        await self.may_go.wait()
        if not isinstance(self._of, dict):
            return np.full(len(known), self._of)
        return np.array([self._of.get(k, -50.0) for k in known])


class Failing:
    """Cannot be used."""

    async def bearing(self, text: str, known: Sequence[str]) -> npt.NDArray[np.floating]:
        raise EncoderError("no weights")


async def test_the_likelier_the_request_the_higher_the_fact() -> None:
    facts, scores = ["a", "b", "c"], np.array([0.3, 0.2, 0.1])
    ranked = QueryLikelihood(Told({"a": -40.0, "b": -20.0, "c": -40.0}))
    changed = await ranked.ranked(REQUEST, facts, scores)
    assert changed.argmax() == 1
    assert changed.mean() == pytest.approx(scores.mean())
    assert scores.tolist() == [0.3, 0.2, 0.1], "what was passed is not changed"


async def test_only_the_first_are_read() -> None:
    told = Told({f"fact {n}": float(-n) for n in range(100)})
    facts, scores = [f"fact {n}" for n in range(100)], np.linspace(0, 1, 100)
    changed = await QueryLikelihood(told).ranked(REQUEST, facts, scores)
    assert told.asked == [[f"fact {n}" for n in range(99, 99 - FIRST, -1)]]
    assert changed[: 100 - FIRST].tolist() == scores[: 100 - FIRST].tolist()


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-500, 0)), min_size=1, max_size=40))
def test_scores_stay_finite(pairs: list[tuple[float, float]]) -> None:
    scores = np.array([s for s, _ in pairs])
    facts = [str(n) for n in range(len(pairs))]
    told = Told({f: p for f, (_, p) in zip(facts, pairs, strict=True)})
    changed = asyncio.run(QueryLikelihood(told).ranked(REQUEST, facts, scores))
    assert np.isfinite(changed).all()
    assert changed.shape == scores.shape


async def test_what_is_late_counts_after_the_search() -> None:
    told = Told({"a": -9.0, "b": -1.0}, late=True)
    ranked = QueryLikelihood(told, seconds=0.001)
    scores, later = np.array([0.2, 0.1]), np.array([0.1, 0.3])
    assert (await ranked.ranked(REQUEST, ["a", "b"], scores)).tolist() == [0.2, 0.1]
    told.may_go.set()
    for _ in range(20):
        await asyncio.sleep(0)
    changed = await ranked.ranked(REQUEST, ["a", "b"], later, wait=False)
    assert changed[1] - changed[0] > later[1] - later[0]
    assert len(told.asked) == 1
    other = await ranked.ranked(REQUEST, ["a", "x"], later, wait=False)
    assert other.tolist() == later.tolist(), "another profile has likelihoods of its own"


@pytest.mark.parametrize("model", [Failing(), Told(float("nan")), Told(-3.0)])
async def test_a_model_that_tells_nothing_changes_nothing(model: Told | Failing) -> None:
    scores = np.array([0.2, 0.1])
    assert (await QueryLikelihood(model).ranked(REQUEST, ["a", "b"], scores)).tolist() == [0.2, 0.1]


async def test_a_profile_that_fits_is_not_read() -> None:
    told = Told()
    trigger = FactTrigger(HashEncoder(), likelihood=QueryLikelihood(told))
    facts, asked = [Fact(text="Is afraid of heights.")], [ChatMessage(role="user", content=REQUEST)]
    await trigger.trigger(asked, facts, 1000)
    assert told.asked == []
    await trigger.trigger(asked, facts, 1)
    assert len(told.asked) == 1
    await trigger.close()


async def test_the_contract_of_triggers_holds_with_it() -> None:
    for model in (Told(), Failing()):
        trigger = FactTrigger(HashEncoder(), likelihood=QueryLikelihood(model))
        await check_trigger(trigger, HashEncoder())


async def test_a_model_that_is_always_late_is_not_waited_for_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits = 0
    patiently = asyncio.wait

    async def wait(*args: Any, **kwargs: Any) -> Any:
        nonlocal waits
        waits += 1
        return await patiently(*args, **kwargs)

    monkeypatch.setattr("recllm.profiles.waiting.asyncio.wait", wait)
    told = Told(late=True)
    ranked = QueryLikelihood(told, seconds=0.001)
    for turn in range(6):
        await ranked.ranked(f"{REQUEST} {turn}", ["a", "b"], np.array([0.2, 0.1]))
        await asyncio.sleep(0)
    assert (waits, len(told.asked)) == (4, 6)
    await ranked.close()
