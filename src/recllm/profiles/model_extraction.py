"""Facts read by a language model, for models that are trusted with it (RecLLM section 4).

What the model writes is data: a note counts only where its evidence stands word for word in what
the user said, in a clause that states something outright, and where it says no more than that
evidence does. Rules read first; the model adds what they have no words for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recllm.errors import LLMError
from recllm.facts import Change, Fact, FactKind, FactOrigin, Scope
from recllm.llm.complete import complete
from recllm.profiles.change import propose, relation
from recllm.profiles.clauses import read_clauses
from recllm.profiles.extraction import RuleExtractor
from recllm.profiles.lasting import is_of_the_moment, read_expiry
from recllm.profiles.matching import tokens
from recllm.profiles.rules import changed, holding
from recllm.profiles.subjects import stances
from recllm.prompts import template
from recllm.protocols import LLM, Encoder
from recllm.types import ChatMessage, LLMRequest, Session, Turn

MOST = 8
"""Notes of one message that are read; nobody says more."""

SHARED = 0.5
"""Least share of a note's words that stand in its evidence."""

_LINE = re.compile(
    r"^\W*(?P<kind>like|dislike|constraint|possession|goal|context)\s*\|(?P<who>[^|]{0,60})\|"
    r"(?P<note>[^|]{3,200})\|(?P<words>.{3,400})$",
    re.IGNORECASE,
)
_SELF = re.compile(r"\s*(?:me|i|myself|the (?:user|person)|user|self|)\s*", re.IGNORECASE)
_STRENGTHS = {FactKind.CONSTRAINT: 0.8, FactKind.LIKE: 0.6, FactKind.DISLIKE: 0.6}


class ModelExtractor:
    """Extraction by rules and a model: an :class:`recllm.protocols.Extractor`.

    Args:
        llm: writes the notes; if it fails, what the rules read stands.
        rules: read first.
        encoder: finds facts said before in other words.
        timeout: seconds for the call; it runs after the reply, so nobody waits for it.
        seed: passed on to the model.
    """

    def __init__(
        self,
        llm: LLM,
        rules: RuleExtractor,
        encoder: Encoder | None = None,
        *,
        timeout: float = 60.0,
        seed: int = 0,
    ) -> None:
        self._llm = llm
        self._rules = rules
        self._encoder = encoder
        self._timeout = timeout
        self._seed = seed

    async def extract(
        self, session: Session, turn: Turn, known: Sequence[Fact]
    ) -> tuple[Change, ...]:
        """Return the changes that rules and model read in the user's words of ``turn``."""
        changes = await self._rules.extract(session, turn, known)
        if not read_clauses(turn.message):
            return changes  # nothing is stated outright, so there is nothing to note
        try:
            answer = (await complete(self._llm, self._request(turn.message))).text
        except LLMError:
            return changes
        then = holding(changed(known, changes, turn.at), turn.at)
        facts = [
            f for f in parse_notes(answer, session, turn)
            if not any(relation(f, old) for old in then) and not _said_by(f, changes)
        ]  # fmt: skip
        return (*changes, *await propose(facts, then, self._encoder))

    def _request(self, message: str) -> LLMRequest:
        messages = (
            ChatMessage(role="system", content=template("extraction").strip()),
            ChatMessage(role="user", content=f"Message:\n{message}"),
        )
        return LLMRequest(
            stage="remember",
            messages=messages,
            max_tokens=300,
            seed=self._seed,
            timeout=self._timeout,
        )


def parse_notes(answer: str, session: Session, turn: Turn) -> list[Fact]:
    """Read a model's notes on ``turn``; those that its message does not bear out are dropped."""
    facts: list[Fact] = []
    for line in answer.splitlines()[: 4 * MOST]:
        match = _LINE.match(line.strip())
        fact = _fact(match, session, turn) if match else None
        if fact is not None and fact.text not in (f.text for f in facts):
            facts.append(fact)
    return facts[:MOST]


def _fact(match: re.Match[str], session: Session, turn: Turn) -> Fact | None:
    evidence = match["words"].strip().strip("\"“”'` ")
    note = " ".join(match["note"].split()).strip()
    stated = any(
        turn.message[c.start : c.end].find(evidence) >= 0 or evidence.find(c.text) >= 0
        for c in read_clauses(turn.message)
    )
    if not stated or evidence not in turn.message or not _borne_out(note, evidence):
        return None
    kind = FactKind(match["kind"].lower())
    who = "" if _SELF.fullmatch(match["who"]) else match["who"].strip()
    if who and who.casefold() not in turn.message.casefold():
        return None
    scope = Scope.OTHER if who else Scope.ALWAYS
    return Fact(
        text=f"{note[:1].upper()}{note[1:].rstrip('.')}.",
        kind=kind,
        strength=_STRENGTHS.get(kind, 0.5),
        scope=Scope.CONVERSATION if is_of_the_moment(evidence) else scope,
        about=who,
        evidence=evidence,
        session=session.id,
        turn=len(session.turns) + 1,
        at=turn.at,
        expires=read_expiry(evidence, turn.at),
        origin=FactOrigin.SAID,
    )


def _borne_out(note: str, evidence: str) -> bool:
    """Whether a note says no more than its evidence: its words, and not the opposite."""
    said, noted = set(tokens(evidence)), set(tokens(note))
    one, other = stances(note), stances(evidence)
    if one and other and not one & other:
        return False
    return bool(noted) and len(noted & said) >= SHARED * len(noted)


def _said_by(fact: Fact, changes: Sequence[Change]) -> bool:
    """Whether the rules have read the same words already."""
    return any(
        c.fact and (c.fact.evidence in fact.evidence or fact.evidence in c.fact.evidence)
        for c in changes
    )
