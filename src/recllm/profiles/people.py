"""Other people: whom a clause is about, and for whom a conversation looks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from recllm.facts import Fact, Scope
from recllm.profiles.cues import cues
from recllm.profiles.sentences import expanded, first_person
from recllm.text import words

WORDINGS = cues("people")
_NO_NAMES = frozenset(WORDINGS["nameless"].pattern.split())
_PERSON = WORDINGS["person"].pattern
_SUBJECT = re.compile(rf"^(?P<who>{_PERSON})(?P<c>['’]s|['’]re)?\s+(?P<rest>\S.*)", re.IGNORECASE)
_RELATIVE = re.compile(
    rf"\b(?P<who>{_PERSON}),? who(?P<c>['’]s|['’]re)?\s+(?P<rest>\S.*)", re.IGNORECASE
)
_PRONOUN = re.compile(r"^(?:he|she|they)(?P<c>['’](?:s|re|ve|d))?\s+(?P<rest>\S.*)", re.IGNORECASE)
_OWN_VERB = re.compile(r"^(?:always|really|just|also|never|only|absolutely|still|\w+ly)\s+", re.I)


class Told(NamedTuple):
    """What is said of somebody else: who, the words as said, and as if he said them himself."""

    who: str
    said: str
    predicate: str


def persons(text: str) -> list[str]:
    """Return the people named in ``text``, in its order."""
    return [m.group() for m in WORDINGS["person"].finditer(text)]


def about_somebody(clause: str, last: str) -> Told | None:
    """Return what a clause says of somebody else, or None.

    Args:
        clause: a clause without opening phrases.
        last: whom a pronoun means, "" if nobody was spoken of.
    """
    match = _SUBJECT.match(clause) or _RELATIVE.search(clause)
    who = match["who"] if match else last
    match = match or (_PRONOUN.match(clause) if last else None)
    if match is None:
        return None
    helper = {"s": "is ", "re": "are ", "ve": "have "}.get((match["c"] or "  ")[1:].lower(), "")
    said = expanded(f"{helper}{match['rest']}")
    adverb = _OWN_VERB.match(said)
    start = adverb.end() if adverb else 0
    verb, _, rest = said[start:].partition(" ")
    return Told(who, said, f"{said[:start]}{first_person(verb)} {rest}".strip())


def is_a_child(who: str) -> bool:
    """Whether ``who`` names children of the speaker's own ("my daughter")."""
    return bool(re.match(rf"(?:my|our) .*{WORDINGS['children'].pattern}$", who, re.IGNORECASE))


def whom(messages: Iterable[str]) -> str:
    """Return for whom ``messages`` (oldest first) look in the end; empty: for oneself.

    >>> whom(["fish recipes for a friend", "quicker ones"])
    'a friend'
    """
    found = ""
    for message in messages:
        match = WORDINGS["sought"].search(message)
        if WORDINGS["oneself"].search(message) or (match and WORDINGS["together"].search(message)):
            found = ""
        elif match:
            found = next(group for group in match.groups() if group)
    return found


def of_concern(facts: Sequence[Fact], session: str, somebody: str) -> tuple[Fact, ...]:
    """Return the facts that may be used at all in a conversation.

    Facts about somebody else are used for that one only; one's own are not used then, so that a
    friend of somebody with an allergy can be served. What was said for one conversation stays in
    it.
    """
    if somebody:
        named = set(words(somebody))
        theirs = (f for f in facts if f.scope is Scope.OTHER)
        return tuple(f for f in theirs if _meant(f, named))
    return tuple(
        f
        for f in facts
        if f.scope is Scope.ALWAYS or (f.scope is Scope.CONVERSATION and f.session == session)
    )


def _meant(fact: Fact, named: set[str]) -> bool:
    about = set(words(fact.about)) - _NO_NAMES
    return bool(about) and bool(about & (named - _NO_NAMES))
