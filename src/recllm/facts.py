"""What is remembered of a person: facts in plain sentences, and the changes made to them.

RecLLM section 4: a profile is a set of sentences that a person can read, correct and delete, and
that any language model can use.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from uuid import uuid4

from pydantic import Field, field_validator

from recllm.types import Concept, Constraint, Value


class FactKind(StrEnum):
    """What a fact says: a possession is what somebody owns, or has seen, read or played."""

    LIKE = "like"
    DISLIKE = "dislike"
    CONSTRAINT = "constraint"
    POSSESSION = "possession"
    GOAL = "goal"
    CONTEXT = "context"


class Scope(StrEnum):
    """How far a fact reaches: always, one conversation, or somebody else ("my nephew")."""

    ALWAYS = "always"
    CONVERSATION = "conversation"
    OTHER = "other"


class FactOrigin(StrEnum):
    """Where a fact or a change comes from; what the person edited wins over all else."""

    SAID = "said"
    REACTION = "reaction"
    EDITED = "edited"
    IMPORTED = "imported"


class FactStatus(StrEnum):
    """Whether a fact holds, or how it ended. Only valid facts are ever used."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    MERGED = "merged"


def new_id() -> str:
    """Return an id for a fact: random, so that it tells nothing of its user."""
    return uuid4().hex[:16]


class Fact(Value):
    """One thing remembered of a person, as one plain sentence ("Is allergic to seafood.").

    ``strength`` is in [0, 1]; ``about`` says whom a fact of scope ``other`` is about. ``evidence``
    are the user's own words, said in turn number ``turn`` (from 1) of the session ``session``, at
    ``at``; it no longer holds after ``expires``. How it ended is told by ``status``, ``reason``,
    ``ended`` and ``superseded_by`` (the id of the fact in its place). ``items`` are the ids of
    the items of ``catalog`` that it is about; ``concepts`` and ``where`` say the same in a form
    that retrieval executes over that catalogue, empty where there is none.
    """

    id: str = Field(default_factory=new_id)
    text: str
    kind: FactKind = FactKind.CONTEXT
    strength: float = 0.5
    scope: Scope = Scope.ALWAYS
    about: str = ""
    evidence: str = ""
    session: str = ""
    turn: int = 0
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    expires: datetime | None = None
    origin: FactOrigin = FactOrigin.SAID
    status: FactStatus = FactStatus.VALID
    superseded_by: str = ""
    reason: str = ""
    ended: datetime | None = None
    catalog: str = ""
    items: tuple[str, ...] = ()
    concepts: tuple[Concept, ...] = ()
    where: tuple[Constraint, ...] = ()

    @field_validator("strength")
    @classmethod
    def _in_range(cls, strength: float) -> float:
        return min(1.0, max(0.0, strength))

    def holds(self, now: datetime) -> bool:
        """Return whether the fact is valid and has not expired at ``now``."""
        return self.status is FactStatus.VALID and (self.expires is None or now < self.expires)


class Action(StrEnum):
    """What a change does to a profile.

    ``refine``, ``contradict`` and ``merge`` put the new fact in the place of the old ones;
    ``withdraw`` only ends them. All of these keep the history. ``forget`` deletes facts with what
    they replaced, and ``erase`` everything: only the person may ask for those.
    """

    ADD = "add"
    REFINE = "refine"
    CONTRADICT = "contradict"
    WITHDRAW = "withdraw"
    MERGE = "merge"
    FORGET = "forget"
    ERASE = "erase"


class Source(Value):
    """Where changes were read: in turn number ``turn`` (from 1) of ``session``, said at ``at``."""

    session: str
    turn: int
    at: datetime


class Change(Value):
    """A proposed change: the new fact, the ids of the facts that it ends, and the reason.

    ``origin`` says who asks: what the person edited is only changed by origin ``edited``.
    """

    action: Action = Action.ADD
    fact: Fact | None = None
    ends: tuple[str, ...] = ()
    reason: str = ""
    origin: FactOrigin = FactOrigin.SAID


class Profile(Value):
    """What is remembered of ``user`` and holds now, the oldest first."""

    user: str
    facts: tuple[Fact, ...] = ()

    @property
    def own(self) -> tuple[Fact, ...]:
        """The lasting facts about the person, not about somebody else or one conversation."""
        return tuple(f for f in self.facts if f.scope is Scope.ALWAYS)

    @property
    def constraints(self) -> tuple[Fact, ...]:
        """The person's own hard constraints: these bear on every turn."""
        return tuple(f for f in self.own if f.kind is FactKind.CONSTRAINT)

    def get(self, fact_id: str) -> Fact | None:
        """Return the fact with this id, if it holds."""
        return next((f for f in self.facts if f.id == fact_id), None)
