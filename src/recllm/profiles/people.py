"""Whom a clause is about, where that is not the person who speaks."""

from __future__ import annotations

import re
from typing import NamedTuple

from recllm.profiles.cues import cues
from recllm.profiles.sentences import expanded, first_person

WORDINGS = cues("people")
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
