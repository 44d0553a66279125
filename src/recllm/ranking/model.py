"""Ranking and explanation in one call of a language model (RecLLM section 4.2)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from recllm.errors import LLMError
from recllm.facts import Fact
from recllm.llm.complete import complete
from recllm.prompts import template
from recllm.protocols import LLM
from recllm.ranking.code import DEPTH, CodeRanker
from recllm.ranking.grounding import Grounder, Grounds
from recllm.ranking.judging import VALUE, Judgement, expected_value, order_of, parse_list, parse_one
from recllm.ranking.records import record_line, wish_lines
from recllm.ranking.remembered import grounded
from recllm.types import (
    Candidate,
    ChatMessage,
    LLMRequest,
    Recommendation,
    Schema,
    Slate,
    State,
)

SHORTLIST = 20
"""Candidates that the model reads; more only dilutes a prompt."""


class _ModelRanker:
    """What both ways share: the shortlist, the checks on explanations, the repairs.

    Args:
        llm: the model that judges.
        fallback: ranks what the model does not, and explains where its words do not hold.
        grounder: checks its explanations against the records.
        schema: the catalogue's columns.
        seed: shuffles the candidates (models prefer what stands first) and is passed on.
        timeout: seconds for each call.
    """

    def __init__(
        self,
        llm: LLM,
        fallback: CodeRanker,
        grounder: Grounder,
        schema: Schema,
        seed: int,
        timeout: float,
    ) -> None:
        self._llm = llm
        self._fallback = fallback
        self._grounder = grounder
        self._schema = schema
        self._seed = seed
        self._timeout = timeout
        self.dropped: list[str] = []

    async def _shortlist(
        self,
        message: str,
        state: State,
        candidates: Sequence[Candidate],
        facts: Sequence[Fact],
    ) -> list[Recommendation]:
        """Let code check and order the candidates; what it refuses is not shown to the model."""
        ranked = await self._fallback.rank(message, state, candidates[:DEPTH], SHORTLIST, facts)
        return list(ranked.items)

    def _explained(
        self,
        base: Recommendation,
        judged: Judgement,
        score: float,
        said: str,
        facts: Sequence[Fact] = (),
    ) -> Recommendation:
        """Take the model's words as far as they hold; else keep the code's."""
        said = " . ".join([said, *(f.text for f in facts)])
        text, dropped = self._grounder.keep(judged.text, Grounds((base.item,), said))
        text, empty = grounded(text, facts, [base.item])
        self.dropped += [*dropped, *empty]
        return base.model_copy(
            update={
                "bucket": judged.bucket,
                "score": round(score, 4),
                "explanation": text or base.explanation,
            }
        )

    def _request(self, stage: str, system: str, user: str, max_tokens: int) -> LLMRequest:
        messages = (
            ChatMessage(role="system", content=system),
            ChatMessage(role="user", content=user),
        )
        return LLMRequest(
            stage=stage,
            messages=messages,
            max_tokens=max_tokens,
            seed=self._seed,
            timeout=self._timeout,
        )


class ListwiseRanker(_ModelRanker):
    """All candidates of the shortlist in one call: the default for general models."""

    async def rank(
        self,
        message: str,
        state: State,
        candidates: Sequence[Candidate],
        size: int,
        facts: Sequence[Fact] = (),
    ) -> Slate:
        """Return the best ``size``; candidates that the model leaves out follow in code's order.

        Raises:
            LLMError: the model failed.
        """
        base = await self._shortlist(message, state, candidates, facts)
        shuffled = base[:]
        random.Random(self._seed).shuffle(shuffled)
        system = (
            template("listwise")
            .replace("{noun}", self._schema.noun)
            .replace("{size}", str(size + 2))
        )
        listed = "\n".join(
            f"[{n}] {record_line(r.item, self._schema)}" for n, r in enumerate(shuffled, start=1)
        )
        wish = wish_lines(message, state, [], [f.text for f in facts])
        request = self._request(
            "rank", system.strip(), f"{wish}\n\nCandidates\n{listed}", 90 * (size + 2)
        )
        judged = parse_list((await complete(self._llm, request)).text, len(shuffled))
        order = order_of(judged)
        chosen = [
            self._explained(
                shuffled[n - 1],
                judged[n],
                VALUE[judged[n].bucket] - place * 0.001,
                f"{message} {state.wants}",
                facts,
            )
            for place, n in enumerate(order)
        ]
        taken = {r.item.id for r in chosen}
        # What the model left out comes after what it chose, so it cannot score higher.
        lowest = min((r.score for r in chosen), default=1.0)
        rest = [
            r.model_copy(update={"score": round(min(r.score, lowest), 4)})
            for r in base
            if r.item.id not in taken
        ]
        return Slate(items=tuple([*chosen, *rest][:size]))


class PointwiseRanker(_ModelRanker):
    """One call for each candidate, in parallel; scores by the probabilities of the buckets."""

    async def rank(
        self,
        message: str,
        state: State,
        candidates: Sequence[Candidate],
        size: int,
        facts: Sequence[Fact] = (),
    ) -> Slate:
        """Return the best ``size``; a candidate whose call fails keeps code's judgement.

        Raises:
            LLMError: every call failed.
        """
        base = await self._shortlist(message, state, candidates, facts)
        said = f"{message} {state.wants}"
        answers = await asyncio.gather(
            *(self._judge(message, state, r, facts) for r in base), return_exceptions=True
        )
        failures = [a for a in answers if isinstance(a, LLMError)]
        if base and len(failures) == len(base):
            raise failures[0]
        ranked: list[Recommendation] = []
        for recommendation, judged in zip(base, answers, strict=True):
            if isinstance(judged, BaseException) and not isinstance(judged, LLMError):
                raise judged
            if isinstance(judged, tuple):
                recommendation = self._explained(recommendation, judged[0], judged[1], said, facts)
            ranked.append(recommendation)
        ranked.sort(key=lambda r: -r.score)
        return Slate(items=tuple(ranked[:size]))

    async def _judge(
        self,
        message: str,
        state: State,
        candidate: Recommendation,
        facts: Sequence[Fact],
    ) -> tuple[Judgement, float] | None:
        system = template("pointwise").replace("{noun}", self._schema.noun).strip()
        record = record_line(candidate.item, self._schema)
        wish = wish_lines(message, state, [], [f.text for f in facts])
        user = f"{wish}\n\nRecord\n{record}"
        request = self._request("rank", system, user, 90).model_copy(update={"top_logprobs": 10})
        answer = await complete(self._llm, request)
        judged = parse_one(answer.text)
        if judged is None:
            return None
        expected = expected_value(answer.logprobs[0]) if answer.logprobs else None
        return judged, VALUE[judged.bucket] if expected is None else expected
