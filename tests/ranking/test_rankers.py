"""The shipped rankers, held to the contract and to what each is for."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.errors import LLMTimeoutError, LLMUnavailableError
from recllm.llm.scripted import Reply, ScriptedLLM
from recllm.protocols import LLM
from recllm.ranking.code import CodeRanker, bucket_of
from recllm.ranking.evidence import Checks
from recllm.ranking.grounding import Grounder
from recllm.ranking.model import ListwiseRanker, PointwiseRanker
from recllm.testing.ranker import MESSAGE, WISH, check_ranker
from recllm.types import Bucket, Chunk, Evidence, LLMRequest, Slate, State

FOUND = toy.candidates("alien", "moon", "quest", "thing")


async def code() -> CodeRanker:
    return CodeRanker(await toy.catalog())


async def listwise(*replies: Reply, repeat: bool = False) -> ListwiseRanker:
    return await judged_by(ScriptedLLM(replies, repeat=repeat))


async def judged_by(llm: LLM) -> ListwiseRanker:
    return ListwiseRanker(llm, await code(), GROUNDER, toy.SCHEMA, 0, 30)


async def pointwise(llm: LLM) -> PointwiseRanker:
    return PointwiseRanker(llm, await code(), GROUNDER, toy.SCHEMA, 0, 30)


GROUNDER = Grounder(toy.SCHEMA, toy.lexicon().vocabulary)


# ── The contract ─────────────────────────────────────────────────────────────────────────────


async def test_code() -> None:
    await check_ranker(await code())


async def test_listwise_that_knows() -> None:
    def judge(request: LLMRequest) -> str:
        """Call the right film excellent, whatever its number."""
        lines = request.messages[-1].content.splitlines()
        numbers = [line.split()[0] for line in lines if line.startswith("[")]
        alien = [line.split()[0] for line in lines if " Alien | " in line]
        fair = [f"{n} fair fit" for n in numbers if n not in alien]
        return "\n".join([f"{n} excellent fit | Tense." for n in alien] + fair)

    await check_ranker(await listwise(judge, repeat=True))


@pytest.mark.parametrize("answer", ["", "nonsense", "[1] excellent fit | Quiet.", "[99] poor fit"])
async def test_listwise_whatever_it_says(answer: str) -> None:
    await check_ranker(await listwise(answer, repeat=True), understands=False)


@pytest.mark.parametrize("answer", ["", "nonsense", "good fit | Quiet.", "poor fit"])
async def test_pointwise_whatever_it_says(answer: str) -> None:
    ranker = await pointwise(ScriptedLLM(answer, repeat=True))
    await check_ranker(ranker, understands=False)


# ── What a model says ────────────────────────────────────────────────────────────────────────


async def test_listwise_asks_once_with_all_candidates() -> None:
    llm = ScriptedLLM(["[1] good fit"])
    await (await judged_by(llm)).rank(MESSAGE, WISH, FOUND, 3)
    assert len(llm.requests) == 1
    prompt = llm.requests[0].messages[-1].content
    assert MESSAGE in prompt
    assert all(c.item.title in prompt for c in FOUND)


def numbers(request: LLMRequest) -> dict[str, str]:
    """Which number the prompt gave to each title."""
    lines = [x for x in request.messages[-1].content.splitlines() if x.startswith("[")]
    return {x.split("] ")[1].split(" | ")[0]: x.split("]")[0][1:] for x in lines}


def say(**judged: str) -> Reply:
    """Judge by title: ``say(Moon="good fit | Quiet.")``."""

    def reply(request: LLMRequest) -> str:
        known = numbers(request)
        return "\n".join(f"[{known[title]}] {text}" for title, text in judged.items())

    return reply


async def test_the_model_decides_the_order_and_the_words() -> None:
    ranker = await listwise(
        say(Moon="good fit | A lone miner, far from home.", Alien="excellent fit | Scary.")
    )
    slate = await ranker.rank(MESSAGE, WISH, FOUND, 3)
    assert [r.item.id for r in slate.items[:2]] == ["alien", "moon"]
    assert slate.items[1].explanation == "A lone miner, far from home."
    assert slate.items[1].bucket is Bucket.GOOD
    assert len(slate.items) == 3


async def test_words_that_do_not_hold_are_replaced_and_counted() -> None:
    ranker = await listwise(say(Alien="excellent fit | Won 7 Oscars. By Steven Spielberg."))
    slate = await ranker.rank(MESSAGE, WISH, FOUND, 2)
    assert "Oscar" not in slate.items[0].explanation
    assert "Spielberg" not in slate.items[0].explanation
    assert slate.items[0].explanation
    assert len(ranker.dropped) == 2


async def test_candidates_are_shuffled_by_the_seed() -> None:
    orders = []
    for seed in (0, 0, 1):
        llm = ScriptedLLM(["[1] good fit"])
        ranker = ListwiseRanker(llm, await code(), GROUNDER, toy.SCHEMA, seed, 30)
        found = toy.candidates(*list(toy.FILMS)[:12])
        await ranker.rank("a film", State(), found, 3)
        orders.append(list(numbers(llm.requests[0])))
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]


@pytest.mark.parametrize("error", [LLMTimeoutError("slow"), LLMUnavailableError("down")])
async def test_a_failing_model_raises(error: Exception) -> None:
    with pytest.raises(type(error)):
        await (await listwise(error)).rank(MESSAGE, WISH, FOUND, 3)
    with pytest.raises(type(error)):
        await (await pointwise(ScriptedLLM(error, repeat=True))).rank(MESSAGE, WISH, FOUND, 3)


async def test_pointwise_survives_single_failures() -> None:
    llm = ScriptedLLM([LLMTimeoutError("slow"), "poor fit | Quiet."], repeat=True)
    slate = await (await pointwise(llm)).rank(MESSAGE, WISH, FOUND, 4)
    assert len(slate.items) == 4
    assert [r.bucket for r in slate.items].count(Bucket.POOR) == 3


# ── Probabilities ────────────────────────────────────────────────────────────────────────────


class Doubting:
    """Says "good fit", with probabilities of the first token by film."""

    name = "doubting"

    def __init__(self, by_title: dict[str, dict[str, float]]) -> None:
        self._by_title = by_title

    async def stream(self, request: LLMRequest) -> AsyncIterator[Chunk]:
        assert request.top_logprobs > 0
        prompt = request.messages[-1].content
        odds = next((o for t, o in self._by_title.items() if f"\n{t} | " in prompt), {"good": 1.0})
        logprobs = {token: math.log(p) for token, p in odds.items()}
        yield Chunk(text="good", logprobs=(logprobs,))
        yield Chunk(text=" fit | Quiet.", logprobs=({" fit": 0.0},))
        yield Chunk(finish="stop")


async def test_the_score_is_the_expected_bucket() -> None:
    llm = Doubting(
        {
            "Moon": {"good": 0.5, "excellent": 0.5},  # 0.85
            "Alien": {"good": 0.6, "poor": 0.2, "the": 0.2},  # (0.6 * 0.7 + 0.2 * 0.1) / 0.8 = 0.55
            "Galaxy Quest": {"fair": 1.0},  # 0.4
        }
    )
    slate = await (await pointwise(llm)).rank(MESSAGE, WISH, FOUND, 4)
    scores = {r.item.id: r.score for r in slate.items}
    assert scores == {
        "moon": pytest.approx(0.85),
        "thing": pytest.approx(0.7),
        "alien": pytest.approx(0.55),
        "quest": pytest.approx(0.4),
    }
    assert [r.item.id for r in slate.items] == ["moon", "thing", "alien", "quest"]


@given(st.text(max_size=200))
async def test_any_answer_gives_a_slate_of_candidates(answer: str) -> None:
    slate: Slate = await (await listwise(answer)).rank(MESSAGE, WISH, FOUND, 3)
    assert len(slate.items) == 3
    assert {r.item.id for r in slate.items} <= {c.item.id for c in FOUND}


# ── Code's buckets ───────────────────────────────────────────────────────────────────────────

NOTHING = Checks((), (), (), (), (), ())
MET = NOTHING._replace(met=(Evidence(attribute="tags", value="space"),))
BUCKETS = [
    (NOTHING._replace(refused=("scary",)), 1.0, Bucket.POOR),
    (NOTHING._replace(failed=(toy.where("year", ">", 2000.0),)), 1.0, Bucket.FAIR),
    (NOTHING._replace(missed=("space",)), 0.9, Bucket.FAIR),
    (MET, 0.9, Bucket.EXCELLENT),
    (MET, 0.5, Bucket.GOOD),
    (MET, 0.3, Bucket.FAIR),
    (MET._replace(missed=("scary",)), 0.9, Bucket.GOOD),
    (NOTHING, 0.9, Bucket.GOOD),
]


@pytest.mark.parametrize(("checks", "score", "bucket"), BUCKETS, ids=str)
def test_buckets(checks: Checks, score: float, bucket: Bucket) -> None:
    assert bucket_of(checks, score) is bucket
