"""For whom a conversation looks: for the person who talks, or for somebody else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from recllm.facts import Fact, Scope
from recllm.text import words

_RELATION = (
    "friend|nephew|niece|son|daughter|mum|mom|mummy|mother|dad|daddy|father|wife|husband|spouse|"
    "girlfriend|boyfriend|partner|fiancée?|brother|sister|sibling|kid|child|children|toddler|baby|"
    "grandson|granddaughter|grandchild|grandchildren|grandma|grandpa|grandmother|grandfather|gran|"
    "uncle|aunt|cousin|parent|in-law|stepson|stepdaughter|godson|goddaughter|colleague|coworker|"
    "boss|manager|neighbou?r|teacher|student|pupil|flatmate|roommate|housemate|client|guest|buddy|"
    "mate|six-year-old|year-old"
)
_WHOSE = r"(?:my|our|a|an|the|his|her|their|this|that|some)"
_BETWEEN = r"(?:[\w'’-]+ ){0,3}?"
_SOMEBODY = re.compile(
    rf"\bfor (?P<one>{_WHOSE} {_BETWEEN}(?:\w+-)*(?:{_RELATION})s?\b(?: (?:{_RELATION})s?\b)?)"
    rf"|\b(?P<two>my {_BETWEEN}(?:{_RELATION})s?) (?:wants?|likes?|loves?|needs?|is looking|"
    r"are looking|would (?:like|love|enjoy)|enjoys?|asked|asks|is after|is into)\b"
    rf"|\b(?P<three>{_WHOSE} {_BETWEEN}(?:{_RELATION}))s?['’]s? (?:\w+ )?(?:birthday|wedding|party|"
    r"dinner|present|gift|christmas|recipes?|lunch)\b"
    r"|\b(?:gift|present) for (?P<four>[A-Z]\w+|him|her|them|somebody|someone)\b"
    r"|\bfor (?P<five>somebody|someone) else\b",
)
_ONESELF = re.compile(
    r"\b(?:for|with) (?:me|myself|us|ourselves|both of us)\b|\bfor my own\b", re.I
)
_TOGETHER = re.compile(
    rf"\b(?:me and|myself and|us and) (?:{_WHOSE} )?|\b(?:{_RELATION})s? and (?:me|i)\b", re.I
)


def whom(messages: Iterable[str]) -> str:
    """Return for whom ``messages`` (oldest first) look in the end; empty: for oneself.

    >>> whom(["fish recipes for a friend", "quicker ones"])
    'a friend'
    """
    found = ""
    for message in messages:
        match = _SOMEBODY.search(message)
        if _ONESELF.search(message) or (match and _TOGETHER.search(message)):
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


_NO_NAMES = frozenset(
    words("my our a an the his her their this that some old little dear for of s")
)


def _meant(fact: Fact, named: set[str]) -> bool:
    about = set(words(fact.about)) - _NO_NAMES
    return bool(about) and bool(about & (named - _NO_NAMES))
