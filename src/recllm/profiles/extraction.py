"""Facts read in what a person says, by rules: nothing to store is the usual answer.

Only the user's own words are read, never the system's, an item's or a fact's. What no rule knows
is not stored: see docs/profile-evaluation.md for what that misses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from recllm.facts import Change, Fact, FactKind, FactOrigin, Scope
from recllm.profiles.change import propose, unsay, withdraw
from recllm.profiles.clauses import Clause, read_clauses, read_requests_to_forget
from recllm.profiles.lasting import (
    is_of_the_moment,
    opening,
    read_expiry,
    without_circumstance,
    without_time,
)
from recllm.profiles.people import WORDINGS as PEOPLE
from recllm.profiles.people import about_somebody, is_a_child, persons
from recllm.profiles.sentences import about_another
from recllm.profiles.statements import (
    KINDS,
    Statement,
    predicate_of,
    read_predicate,
    read_role,
    read_thing,
)
from recllm.protocols import Encoder
from recllm.types import Session, Turn
from recllm.unsaid import takes_back
from recllm.vector_cache import VectorCache

HEDGED = 0.5
"""What a hedge ("I guess I sort of like") leaves of a fact's strength."""


_PERSON = re.compile(r"(?:my|our)\b(?! favou?rite| goal| dream| least)", re.IGNORECASE)
_AGED = re.compile(r"(?:is|are|turned|has turned|just turned|have turned)\b", re.IGNORECASE)


class Read(NamedTuple):
    """What a message says: new facts, and in the speaker's words what is no longer so."""

    facts: tuple[Fact, ...] = ()
    gone: tuple[Gone, ...] = ()


class Gone(NamedTuple):
    """What no longer holds of ``about`` (the speaker if empty), or is ``asked`` to be forgotten."""

    subject: str
    about: str = ""
    asked: bool = False


class RuleExtractor:
    """Extraction and change by rules: an :class:`recllm.protocols.Extractor` without a model.

    Args:
        encoder: finds facts said before in other words; by their words alone if None.
    """

    def __init__(self, encoder: Encoder | None = None) -> None:
        self._encoder = VectorCache(encoder) if encoder else None

    async def extract(
        self, session: Session, turn: Turn, known: Sequence[Fact]
    ) -> tuple[Change, ...]:
        """Return the changes that the user's words in ``turn`` make to the facts ``known``."""
        if takes_back(turn.message):
            return unsay(session, known)
        said = read_facts(turn.message, session, turn.at)
        changes: list[Change] = []
        for gone in said.gone:
            changes += withdraw(gone.subject, known, about=gone.about, asked=gone.asked)
        ended = {i for c in changes for i in c.ends}
        standing = [f for f in known if f.id not in ended]
        return (*changes, *await propose(said.facts, standing, self._encoder))


def read_facts(message: str, session: Session, at: datetime) -> Read:
    """Return what ``message``, said at ``at`` as the next of ``session``, states."""
    reader = _Reader(message, session, at)
    for what in read_requests_to_forget(message):
        reader.gone.append(Gone(what, asked=True))
    for clause in read_clauses(message):
        reader.read(clause)
    return Read(tuple(reader.facts), tuple(reader.gone))


class _Reader:
    """Reads the clauses of one message in order, remembering of whom and what was spoken."""

    def __init__(self, message: str, session: Session, at: datetime) -> None:
        self._message = message
        self._session = session
        self._at = at
        before = persons(session.turns[-1].message) if session.turns else []
        self._who = before[-1] if before else ""
        self._subject = ""
        self._own = False
        self.facts: list[Fact] = []
        self.gone: list[Gone] = []

    def read(self, clause: Clause) -> None:
        """Read one clause."""
        named = persons(self._message[clause.sentence[0] : clause.start])
        self._who = named[-1] if named else self._who
        text = opening(clause.text)
        timeless = without_time(text)
        predicate = predicate_of(timeless, self._own)
        if predicate is None and not read_role(clause.text):
            timeless = without_circumstance(timeless)
            predicate = predicate_of(timeless, inherited=False)
        if predicate is not None:
            # "I used to" and "any more" are words of time that say that something ended.
            whole = predicate_of(text, self._own) or predicate
            self._own = True
            ended = " any more" if KINDS["ended"].search(whole) else ""
            self._keep(clause, read_predicate(f"{predicate}{ended}", self._subject))
            self._relative(clause, text)
            return
        self._own = False
        if not self._of_somebody(clause, text):
            # "My boss drives me mad" is no taste.
            thing = None if _PERSON.match(text) and persons(text) else timeless
            stated = read_role(clause.text) or (thing and read_thing(thing, self._subject)) or None
            self._keep(clause, stated)
            self._own = stated is not None
        here = persons(text)
        self._who = here[-1] if here else self._who

    def _relative(self, clause: Clause, text: str) -> None:
        if " who" in text:
            self._of_somebody(clause, text)
        here = persons(text)
        self._who = here[-1] if here else self._who

    def _of_somebody(self, clause: Clause, text: str) -> bool:
        told = about_somebody(text, self._who)
        if told is None or PEOPLE["everybody"].match(text):
            return False
        if is_a_child(told.who) and _AGED.match(told.said) and KINDS["age"].search(told.said):
            said = without_time(told.said)
            aged = Statement(about_another(told.who, said), FactKind.CONSTRAINT, 0.8, said)
            self._keep(clause, aged, lasting=True)
            return True
        stated = read_predicate(without_time(told.predicate), self._subject)
        if stated is None:
            return False
        if stated.withdrawn:
            self.gone.append(Gone(stated.subject, told.who))
            return True
        said = without_time(told.said)
        if stated.subject not in said and self._subject:
            said = re.sub(r"\b(?:it|them)\W*$", self._subject, said)
        text = about_another(told.who, said)
        self._keep(clause, stated._replace(text=text), about=told.who)
        return True

    def _keep(
        self,
        clause: Clause,
        stated: Statement | None,
        about: str = "",
        *,
        lasting: bool = False,
    ) -> None:
        if stated is None:
            return
        if stated.withdrawn:
            self.gone.append(Gone(stated.subject))
            return
        self._subject = stated.subject
        start, end = clause.start, clause.end
        timed = self._message[start:end]
        ahead = self._message[clause.sentence[0] : start]
        if lasting:
            timed = ""
        elif (len(ahead) <= 40 and read_expiry(ahead, self._at)) or is_of_the_moment(ahead):
            start, timed = clause.sentence[0], self._message[clause.sentence[0] : end]
        scope = Scope.OTHER if about else Scope.ALWAYS
        if is_of_the_moment(timed):
            scope = Scope.CONVERSATION
        self.facts.append(
            Fact(
                text=stated.text,
                kind=stated.kind,
                strength=round(stated.strength * (HEDGED if clause.hedged else 1), 2),
                scope=scope,
                about=about,
                evidence=self._message[start:end].strip(),
                session=self._session.id,
                turn=len(self._session.turns) + 1,
                at=self._at,
                expires=read_expiry(timed, self._at),
                origin=FactOrigin.SAID,
            )
        )
