"""Which facts bear on a turn (RecLLM section 4): the few that are brought up, not the profile.

A fact is scored by what bore on requests like the one just asked, by the similarity of its vector
to it and, where candidates are already on the table, to them: "avoids beaches" has little to do
with the words "hotels in the Maldives" and much with the hotels found. Kind, strength and recency
decide between equals; hard constraints always bear.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from recllm.errors import RecLLMError
from recllm.facts import Fact, FactKind, Scope
from recllm.profiles.cues import cues
from recllm.profiles.foresight import Foresight, Option
from recllm.profiles.matching import Scores, Vectors, bm25, centred
from recllm.profiles.precedents import Precedents
from recllm.profiles.query_likelihood import QueryLikelihood
from recllm.protocols import Encoder
from recllm.text import words
from recllm.types import ChatMessage
from recllm.vector_cache import VectorCache

FLOOR = 0.12
"""Least score of a fact that bears; constraints need none."""

CONTEXT = 0.15
"""Weight of the message before the last."""

ALIKE = 0.25
"""Weight of likeness in meaning beside what precedents tell."""

CANDIDATES = 4.0
"""Weight of what the system has put on the table after the last message."""

FORESEEN = 6.0
"""Weight of what a language model expects to be offered: of squares, so that near ones count."""

LEXICAL = 0.02
"""Weight of a BM25 score: enough for a name, not for a common word."""

_KINDS = {
    FactKind.CONSTRAINT: 0.03, FactKind.DISLIKE: 0.02, FactKind.LIKE: 0.02, FactKind.GOAL: 0.01,
    FactKind.POSSESSION: 0.0, FactKind.CONTEXT: 0.0,
}  # fmt: skip
ENCODED_AT_ONCE = 48
"""So many facts are encoded in a turn that meets them for the first time: in 0.1 to 0.2 s."""
_LAST_CANDIDATES = 40
_log = logging.getLogger(__name__)
_DETERMINER = re.compile(r"^(?:my|our|the|an?|his|her)\s+", re.IGNORECASE)


def usable(facts: Sequence[Fact], session: str, now: datetime) -> tuple[Fact, ...]:
    """Return the facts that may be used at all in a turn of ``session`` at ``now``.

    Args:
        facts: a profile; what ended or expired is left out.
        session: the conversation's id: facts of scope ``conversation`` reach no other.
        now: with a time zone.
    """
    return tuple(
        f for f in facts
        if f.holds(now) and (f.scope is not Scope.CONVERSATION or f.session == session)
    )  # fmt: skip


class Score(NamedTuple):
    """A fact and how much it bears on a turn; constraints bear whatever their score."""

    fact: Fact
    score: float
    always: bool


class FactTrigger:
    """Brings up the facts that bear on a turn: an :class:`recllm.protocols.Trigger`.

    Args:
        encoder: vectors of facts are made once and kept by their text.
        floor: least score of a fact that bears.
        foresight: tells what would be offered, where facts have to be chosen among.
        precedents: know what bears on what; without them the meaning of the words alone does.
        likelihood: ranks the first facts anew, where facts have to be chosen among.
    """

    def __init__(
        self,
        encoder: Encoder,
        floor: float = FLOOR,
        foresight: Foresight | None = None,
        precedents: Precedents | None = None,
        likelihood: QueryLikelihood | None = None,
    ) -> None:
        self._cache = VectorCache.of(encoder)
        self._precedents = precedents
        self._floor = floor
        self._foresight = foresight
        self._likelihood = likelihood
        self._encoding: asyncio.Task[object] | None = None

    async def trigger(
        self,
        conversation: Sequence[ChatMessage],
        facts: Sequence[Fact],
        budget: int,
        offered: Vectors | None = None,
    ) -> tuple[Fact, ...]:
        """Return those of ``facts`` that bear on the last message, the most important first.

        What the system says after the last message of the user counts as candidates on the table,
        one a line, beside those ``offered``. Facts about somebody else bear only where that person
        is spoken of.
        """
        now = datetime.now(UTC)
        said = " ".join(m.content for m in conversation if m.role == "user")
        held = [f for f in facts if f.holds(now) and _concerns(f, said)]
        # A profile that fits as a whole needs nobody's opinion of what comes first.
        many = sum(tokens_of(f.text) for f in held) > budget
        ready = self._ready(conversation, held)
        scored = await self.scores(conversation, ready, offered, foresee=many)
        scored.sort(key=lambda s: (-s.always, -s.score))
        chosen: list[Fact] = []
        for fact, score, always in scored:
            cost = tokens_of(fact.text)
            if (always or score >= self._floor) and cost <= budget:
                chosen.append(fact)
                budget -= cost
        return tuple(chosen)

    async def close(self) -> None:
        """Stop asking the language model, and encoding."""
        if self._encoding:
            self._encoding.cancel()
            await asyncio.gather(self._encoding, return_exceptions=True)
        for asked in (self._foresight, self._likelihood):
            if asked:
                await asked.close()

    def _ready(self, conversation: Sequence[ChatMessage], facts: Sequence[Fact]) -> list[Fact]:
        """Return the facts that can be compared without delay, in their order.

        A process that meets a long profile for the first time has none of its vectors. The first
        turn goes by the constraints, what has words in common with the message and what is newest;
        the rest is encoded meanwhile, for the next.
        """
        missing = set(self._missing([f.text for f in facts]))
        if len(missing) <= ENCODED_AT_ONCE:
            return list(facts)
        new = [f for f in facts if f.text in missing]
        shared = bm25(_last(conversation), [f.text for f in new])
        pairs = zip(new, shared, strict=True)
        first = sorted(pairs, key=lambda p: (not _always(p[0]), -p[1], _age(p[0])))
        now = {f.id for f, _ in first[:ENCODED_AT_ONCE]}
        if self._encoding is None or self._encoding.done():
            later = [f.text for f in new if f.id not in now]
            self._encoding = asyncio.ensure_future(self._encode(later))
        return [f for f in facts if f.text not in missing or f.id in now]

    def _missing(self, texts: Sequence[str]) -> list[str]:
        others = self._precedents.missing(texts) if self._precedents else []
        return [*self._cache.missing(texts), *others]

    async def _encode(self, texts: Sequence[str]) -> None:
        for start in range(0, len(texts), ENCODED_AT_ONCE):
            some = texts[start : start + ENCODED_AT_ONCE]
            try:
                await self._cache.encode(some)
                if self._precedents:
                    await self._precedents.encode(some)
            except RecLLMError as error:
                _log.warning("the facts of a profile were not encoded: %s", error)
                return

    async def scores(
        self,
        conversation: Sequence[ChatMessage],
        facts: Sequence[Fact],
        offered: Vectors | None = None,
        *,
        foresee: bool = True,
    ) -> list[Score]:
        """Return how much each of ``facts`` bears on the last message, in their order.

        Args:
            conversation: what was said so far, the newest last.
            facts: what may bear on it.
            offered: vectors of what was found for it, by the trigger's encoder.
            foresee: ask the language model, if there is one, what would be offered and how well
                the request goes with each; once something was found it is not waited for.
        """
        if not facts or not any(m.role == "user" for m in conversation):
            return [Score(f, 0.0, _always(f)) for f in facts]
        texts = [f.text for f in facts]
        options: tuple[Option, ...] = ()
        if self._foresight and foresee:
            options = await self._foresight.options(_last(conversation), wait=offered is None)
        similarity = await self._similarity(conversation, texts, offered, options)
        similarity += LEXICAL * bm25(_last(conversation), texts)
        similarity += np.array([_prior(f) for f in facts]) + _recency(facts)
        if self._likelihood and foresee:
            last, wait = _last(conversation), offered is None
            similarity = await self._likelihood.ranked(last, texts, similarity, wait=wait)
        return [Score(f, float(s), _always(f)) for f, s in zip(facts, similarity, strict=True)]

    async def _similarity(
        self,
        conversation: Sequence[ChatMessage],
        texts: list[str],
        found: Vectors | None,
        options: Sequence[Option],
    ) -> Scores:
        usual_requests = await self._cache.encode(_lines("requests"))
        usual_facts = await self._cache.encode(_lines("facts"))
        facts = centred(await self._cache.encode(texts), usual_facts)
        asked, weights = _asked(conversation)
        questions = centred(await self._cache.encode(asked), usual_requests)
        bearing: Scores = (questions @ facts.T).astype(np.float64)
        if self._precedents:
            bearing = ALIKE * bearing + await self._precedents.relevance(asked, texts)
        scores = np.asarray(weights, dtype=np.float64) @ bearing
        total = sum(weights)
        if options:
            rows = await self._cache.encode([o.text for o in options])
            shares = np.array([[o.share for o in options]], dtype=np.float32)
            near = np.maximum(centred(rows, usual_requests) @ facts.T, 0.0)
            scores = scores + FORESEEN * (shares @ near**2)[0]
        table = _on_the_table(conversation)
        lines = [await self._cache.encode(table)] if table else []
        # Those of another encoder say nothing of these facts.
        fits = found is not None and len(found) and found.shape[1] == facts.shape[1]
        lines += [found] if found is not None and fits else []
        if lines:
            offered = centred(np.concatenate(lines), usual_requests)
            scores = scores + CANDIDATES * (offered @ facts.T).mean(axis=0)
            total += CANDIDATES
        return np.asarray(scores / total, dtype=np.float64)


def tokens_of(text: str) -> int:
    """Return about how many tokens a sentence takes in a prompt."""
    return max(len(text) // 4, len(words(text))) + 1


def _lines(section: str) -> list[str]:
    return cues("usual")[section].pattern.split("|")


def _last(conversation: Sequence[ChatMessage]) -> str:
    return next((m.content for m in reversed(conversation) if m.role == "user"), "")


def _asked(conversation: Sequence[ChatMessage]) -> tuple[list[str], list[float]]:
    """Return the user's last messages and their weights, the newest first."""
    said = [m.content for m in conversation if m.role == "user"][-2:][::-1]
    return said, [1.0, CONTEXT][: len(said)]


def _on_the_table(conversation: Sequence[ChatMessage]) -> list[str]:
    """Return the lines that the system said after the user's last message."""
    lines: list[str] = []
    for message in reversed(conversation):
        if message.role == "user":
            break
        if message.role == "assistant":
            lines = [line.strip() for line in message.content.splitlines() if line.strip()] + lines
    return lines[:_LAST_CANDIDATES]


def _age(fact: Fact) -> float:
    return -fact.at.timestamp()


def _always(fact: Fact) -> bool:
    return fact.kind is FactKind.CONSTRAINT and fact.scope is not Scope.OTHER


def _prior(fact: Fact) -> float:
    return _KINDS[fact.kind] + 0.02 * (fact.strength - 0.5)


def _recency(facts: Sequence[Fact]) -> Scores:
    """Return up to 0.02 for the newest fact, by its place in time; as much for the same time."""
    _, place = np.unique([f.at.timestamp() for f in facts], return_inverse=True)
    return np.asarray(0.02 * place / max(int(place.max()), 1), dtype=np.float64)


def _concerns(fact: Fact, said: str) -> bool:
    """Whether a fact about somebody else is about somebody who is spoken of."""
    if fact.scope is not Scope.OTHER:
        return True
    named = set(words(_DETERMINER.sub("", fact.about)))
    return bool(named) and named <= set(words(said))
