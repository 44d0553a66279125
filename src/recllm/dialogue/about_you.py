"""What a person asks about their own profile, and the answer in plain sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recllm.address import to_you
from recllm.facts import Fact, FactOrigin
from recllm.text import listing

_ASKS = re.compile(
    r"\bwhat (?:do|did|have|can) you (?:all )?(?:already )?"
    r"(?:know|remember|remembered|learnt|learned|stored?|saved?|noted|tell me) (?:of |about )me\b|"
    r"\bwhat (?:is|'s) (?:in )?my profile\b|\bshow (?:me )?my profile\b|\bdo you remember me\b",
    re.IGNORECASE,
)
_ERASES = re.compile(
    r"^\W*(?:please |can you |could you )?(?:delete|erase|forget|remove|wipe|clear) "
    r"(?:(?:all|everything|anything)\b.*\b(?:me|mine|i said|i told you)\b|my (?:data|profile)\b)"
    r"\W*$",
    re.IGNORECASE,
)
_MOST = 12


def asks_about_me(message: str) -> bool:
    """Whether ``message`` asks what is remembered of the person.

    >>> asks_about_me("So what do you know about me?"), asks_about_me("what do you know about Moon")
    (True, False)
    """
    return bool(_ASKS.search(message))


def about_memory(
    message: str, facts: Sequence[Fact], forgotten: Sequence[Fact] | None = None
) -> str:
    """Return the answer to a message about what is remembered; empty if it is about something else.

    Args:
        message: what the person says.
        facts: all that is remembered of them.
        forgotten: what they ask to forget, as far as it is remembered; None if they do not.
    """
    if _ERASES.search(message):
        return (
            "That is yours to do, so that it is not done by a misunderstanding: “recllm profile "
            "erase --user NAME” deletes everything, /profile forget N a single fact."
        )
    if forgotten is not None:
        return _forgetting(forgotten)
    return told(facts) if asks_about_me(message) else ""


def _forgetting(facts: Sequence[Fact]) -> str:
    if not facts:
        return "Nothing of that is remembered. /profile shows what is."
    own = [f for f in facts if f.origin is FactOrigin.EDITED]
    said = listing(list(dict.fromkeys(map(_said, own or facts))))
    if own:
        return f"You wrote that yourself ({said}): /profile forget N deletes it."
    return (
        f"I will not go by that any more: {said}. It stays in your history; /profile forget N "
        "deletes for good."
    )


def _said(fact: Fact) -> str:
    return to_you(fact.text, fact.about) or f"“{fact.text.rstrip('.')}”"


def told(facts: Sequence[Fact]) -> str:
    """Return what is remembered, newest first, addressed to the person.

    >>> told([])
    'Nothing yet. What you say of your own tastes I may remember; /profile shows it.'
    """
    if not facts:
        return "Nothing yet. What you say of your own tastes I may remember; /profile shows it."
    newest = sorted(facts, key=lambda f: f.at, reverse=True)
    said = [_said(f) for f in newest[:_MOST]]
    more = f"; and {len(newest) - _MOST} more" if len(newest) > _MOST else ""
    listed = "; ".join(dict.fromkeys(said))
    return f"This is what I remember: {listed}{more}. You can change it with /profile."
