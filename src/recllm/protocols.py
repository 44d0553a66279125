"""The seams: what a part must offer to be used in a turn. Plain objects; nothing to inherit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recllm.facts import Change, Fact, Source
from recllm.types import (
    Candidate,
    ChatMessage,
    Chunk,
    LLMRequest,
    Query,
    Session,
    Slate,
    State,
    Turn,
)


class LLM(Protocol):
    """A language model. Failures are raised as :class:`recllm.errors.LLMError`."""

    @property
    def name(self) -> str:
        """What a person calls this model ("smollm2-135m", "gpt-5-mini at api.openai.com")."""
        ...

    def stream(self, request: LLMRequest) -> AsyncIterator[Chunk]:
        """Answer in pieces; the last piece has ``finish`` set and carries the usage."""
        ...


class Encoder(Protocol):
    """Text to vectors of unit length."""

    @property
    def name(self) -> str:
        """Names the weights: an index made with one name cannot be searched with another."""
        ...

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        ...

    async def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return an array of shape ``(len(texts), dimension)``, rows L2-normalised, in order."""
        ...


class Retriever(Protocol):
    """One way from the conversation to candidates (RecLLM section 4.1)."""

    @property
    def name(self) -> str:
        """Names the way in traces and settings ("bm25", "dual-encoder")."""
        ...

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return at most ``query.limit`` candidates, best first.

        Every candidate satisfies ``query.where`` and none is in ``query.exclude``.
        """
        ...


class Scorer(Protocol):
    """Orders what several ways found, by more than their ranks if it has learnt to."""

    async def score(self, query: Query, candidates: Sequence[Candidate]) -> Sequence[float]:
        """Return one finite score for each of ``candidates``, in their order; higher is better.

        Each candidate has its ranks and scores in the ways that found it.
        """
        ...


class Ranker(Protocol):
    """Second stage: scores the shortlist and explains each choice (RecLLM section 4.2)."""

    async def rank(
        self,
        message: str,
        state: State,
        candidates: Sequence[Candidate],
        size: int,
        facts: Sequence[Fact] = (),
    ) -> Slate:
        """Return the best ``size`` candidates with bucket, explanation and evidence.

        ``facts`` are those of the profile that bear on the turn, in the catalogue's words; they
        are data, and a reason that uses one must be shown by the item's record.
        """
        ...


class Store(Protocol):
    """Where sessions outlive the process."""

    async def load(self, session_id: str) -> Session | None:
        """Return the session, or None if there is none of that id."""
        ...

    async def append(self, session: Session, turn: Turn) -> Session:
        """Store ``turn`` at the end of ``session`` durably and return the longer session."""
        ...


class ProfileStore(Protocol):
    """Where what is remembered of people is kept; no user ever sees another's facts."""

    async def load(self, user: str, *, history: bool = False) -> tuple[Fact, ...]:
        """Return the facts of ``user`` that hold now, oldest first; with ``history``, all."""
        ...

    async def apply(
        self, user: str, changes: Sequence[Change], *, source: Source | None = None
    ) -> tuple[Fact, ...]:
        """Make all ``changes`` to the profile of ``user``, or none, and return what holds then.

        With ``source``, the turn that they were read in, they are made only if neither that turn
        nor a later one of its session has been read before, and if the user was not erased since
        it was said; that it is read now is kept in the same step.

        What ends stays in the history with its reason. A fact that the person edited is ended by
        changes of origin ``edited`` only; what would take its place goes to the history at once.
        """
        ...


class Extractor(Protocol):
    """Reads the durable facts in what a person said (RecLLM section 4)."""

    async def extract(
        self, session: Session, turn: Turn, known: Sequence[Fact]
    ) -> tuple[Change, ...]:
        """Return the changes that ``turn`` makes to the facts ``known``; usually there are none.

        ``session`` is the conversation before ``turn``. Only the user's own words count as
        evidence: never the system's, nor the text of items or facts.
        """
        ...


class Trigger(Protocol):
    """Chooses the facts that bear on a turn (RecLLM section 4)."""

    async def trigger(
        self,
        conversation: Sequence[ChatMessage],
        facts: Sequence[Fact],
        budget: int,
        offered: npt.NDArray[np.float32] | None = None,
    ) -> tuple[Fact, ...]:
        """Return those of ``facts`` that bear on the last message, the most important first.

        ``conversation`` is what was said so far, the newest last; the texts returned have at most
        about ``budget`` tokens together. Hard constraints always bear. ``offered`` are the vectors
        of what was found for the message, a row for each item, by the encoder of the catalogue:
        a fact may have little to do with what was asked and much with what was found.
        """
        ...


class User(Protocol):
    """Whoever talks: a person at a terminal, a client, or a simulator."""

    async def say(self, session: Session) -> str | None:
        """Return the next message, or None to end the conversation."""
        ...
