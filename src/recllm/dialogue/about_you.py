"""What a person asks about their own profile, and the answer in plain sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recllm.address import to_you
from recllm.facts import Fact

_ASKS = re.compile(
    r"\bwhat (?:do|did|have|can) you (?:all )?(?:already )?"
    r"(?:know|remember|remembered|learnt|learned|stored?|saved?|noted|tell me) (?:of |about )me\b|"
    r"\bwhat (?:is|'s) (?:in )?my profile\b|\bshow (?:me )?my profile\b|\bdo you remember me\b",
    re.IGNORECASE,
)
_MOST = 12


def asks_about_me(message: str) -> bool:
    """Whether ``message`` asks what is remembered of the person.

    >>> asks_about_me("So what do you know about me?"), asks_about_me("what do you know about Moon")
    (True, False)
    """
    return bool(_ASKS.search(message))


def told(facts: Sequence[Fact]) -> str:
    """Return what is remembered, newest first, addressed to the person.

    >>> told([])
    'Nothing yet. What you say of your own tastes I may remember; /profile shows it.'
    """
    if not facts:
        return "Nothing yet. What you say of your own tastes I may remember; /profile shows it."
    newest = sorted(facts, key=lambda f: f.at, reverse=True)
    said = [to_you(f.text, f.about) or f"“{f.text.rstrip('.')}”" for f in newest[:_MOST]]
    more = f"; and {len(newest) - _MOST} more" if len(newest) > _MOST else ""
    listed = "; ".join(dict.fromkeys(said))
    return f"This is what I remember: {listed}{more}. You can change it with /profile."
