"""The turn with the embedded model: when its events come, and what is asked of the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median
from time import perf_counter

from recllm.llm.embedded import EmbeddedLLM, installed
from turns.figures import Json, load, spread
from turns.timing import WARM_UP, Timed, by_stage, hold, opened

EVENTS = {"first_event": "deciding", "slate": "slate", "first_text": "text", "whole_turn": "turn"}


def available() -> bool:
    """Whether the weights are installed, for all users or by ``recllm models install``."""
    return installed() is not None


async def measure(
    home: Path, catalog: str, conversations: Sequence[Sequence[str]], repeats: int, seed: int
) -> Json:
    """Start the model, then hold the conversations ``repeats`` times, each time opened anew."""
    llm = EmbeddedLLM()
    try:
        began = perf_counter()
        await llm.start()
        started = perf_counter() - began
        rows: list[Json] = []
        for _ in range(repeats):
            async with opened(home, catalog, seed, llm) as recommender:
                await hold(recommender, [WARM_UP])
                before = load()
                timed = await hold(recommender, conversations)
            rows.append({"load": [before, load()]} | summary(timed))
    finally:
        await llm.close()
    best = min(rows, key=lambda row: float(row["times"]["whole_turn"]["p50"]))
    middle = {
        name: round(median(r["times"][name].get("p50", 0) for r in rows), 2) for name in EVENTS
    }
    return {
        "unit": "ms",
        "model": llm.name,
        "start_up": spread([started]),
        "best": best,
        "median_of_p50": middle,
        "repeats": rows,
    }


def summary(timed: Sequence[Timed]) -> Json:
    """Return times of events over all turns, and calls, tokens and times by act."""
    acts = sorted({t.turn.act.value for t in timed})
    groups = {a: [t for t in timed if t.turn.act.value == a] for a in acts}
    return {
        "turns": len(timed),
        "times": events(timed),
        "stages": by_stage(timed),
        "by_act": {
            a: {"turns": len(g), **_asked(g), "times": events(g)} for a, g in groups.items()
        },
    }


def events(timed: Sequence[Timed]) -> Json:
    """Return the spread of the times at which the first event of each kind came."""
    return {
        name: spread([at for t in timed if (at := t.at(event)) is not None])
        for name, event in EVENTS.items()
    }


def _asked(timed: Sequence[Timed]) -> Json:
    calls = [t.turn.trace.calls for t in timed]
    return {
        "calls_mean": round(mean(len(c) for c in calls), 2),
        "calls_max": max(len(c) for c in calls),
        "prompt_tokens_mean": round(
            mean(sum(c.usage.prompt_tokens for c in cs) for cs in calls), 1
        ),
        "completion_tokens_mean": round(
            mean(sum(c.usage.completion_tokens for c in cs) for cs in calls), 1
        ),
        "failed_calls": sum(bool(c.error) for cs in calls for c in cs),
    }
