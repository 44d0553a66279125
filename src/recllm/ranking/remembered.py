"""What is remembered of the person, held against an item's record: reasons for it and against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from recllm.address import to_you
from recllm.facts import Fact, Scope
from recllm.ranking.evidence import has
from recllm.ranking.grounding import record_text
from recllm.text import listing, sentences, words
from recllm.types import Concept, Evidence, Item

_WEIGHT, _MOST = 0.1, 2
"""A fact tips the balance between items that answer the wish alike; it does not make the wish."""


class Because(NamedTuple):
    """A fact that speaks for an item, and what of the item's record it rests on."""

    fact: Fact
    evidence: Evidence


class Remembered(NamedTuple):
    """The facts that speak for an item and those that speak against it."""

    speaking_for: tuple[Because, ...] = ()
    against: tuple[Because, ...] = ()

    @property
    def weight(self) -> float:
        """What the facts add to the item's score, in [0, 0.2]."""
        return _WEIGHT * sum(b.fact.strength for b in self.speaking_for[:_MOST])

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What of the record is told with the facts."""
        return tuple(b.evidence for b in self.speaking_for[:_MOST])

    @property
    def sentences(self) -> tuple[str, ...]:
        """The facts that speak for the item, as they are written."""
        return tuple(dict.fromkeys(b.fact.text for b in self.speaking_for))


def remembered(item: Item, facts: Sequence[Fact]) -> Remembered:
    """Hold ``facts`` against the record of ``item``; what it does not show counts for nothing."""
    speaking: list[Because] = []
    against: list[Because] = []
    for fact in facts:
        for sign, side in ((1, speaking), (-1, against)):
            shown = (_shown(item, c) for c in fact.concepts if c.sign == sign)
            evidence = next((e for e in shown if e), None)
            if evidence:
                side.append(Because(fact, evidence))
    speaking.sort(key=lambda b: -b.fact.strength)
    return Remembered(tuple(speaking), tuple(against))


def because(found: Remembered) -> str:
    """Say which facts speak for the item, to the person; empty if none does."""
    told = found.speaking_for[:_MOST]
    clauses = [to_you(b.fact.text, _about(b.fact)) for b in told]
    if not told:
        return ""
    if not all(clauses):
        quoted = listing([f"“{b.fact.text.rstrip('.')}”" for b in told])
        return f"Chosen because of what I know of you: {quoted}."
    return f"Chosen because {listing(list(dict.fromkeys(clauses)))}."


def grounded(text: str, facts: Sequence[Fact], items: Sequence[Item]) -> tuple[str, list[str]]:
    """Return ``text`` without the sentences that give a fact as a reason which no item shows.

    Args:
        text: a model's words on ``items``.
        facts: what it was told of the person.
        items: the items that it speaks of.
    """
    kept: list[str] = []
    dropped: list[str] = []
    for sentence in sentences(text):
        said = set(words(sentence))
        empty = [f for f in facts if _mentions(said, f) and not any(_shows(i, f) for i in items)]
        if empty:
            dropped.append(f"{sentence} [no record bears on {empty[0].text!r}]")
        else:
            kept.append(sentence)
    return " ".join(kept), dropped


def _about(fact: Fact) -> str:
    return fact.about if fact.scope is Scope.OTHER else ""


def _shown(item: Item, concept: Concept) -> Evidence | None:
    """Return where the record shows the concept; of free words, all must stand in it."""
    if concept.attribute:
        return has(item, concept)
    wanted = words(concept.text)
    record = set(words(record_text(item)))
    shown = [w for w in wanted if w in record or w.rstrip("s") in record or f"{w}s" in record]
    if not wanted or len(shown) < len(wanted):
        return None
    return Evidence(attribute="text", value=concept.text)


def _shows(item: Item, fact: Fact) -> bool:
    return any(_shown(item, c) for c in fact.concepts if c.sign > 0)


def _mentions(said: set[str], fact: Fact) -> bool:
    """Whether a sentence of the words ``said`` speaks of what the fact is about."""
    topics = ({*words(c.words or c.text)} for c in fact.concepts if c.sign > 0)
    return any(topic and topic <= said for topic in topics)
