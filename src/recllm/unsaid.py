"""Taking back what was said just before: "forget that", as a whole message.

It takes back a wish and what was remembered of it alike, so that dialogue and profiles ask here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WHAT = r"(?:that|it|this|what i (?:just )?said|(?:that )?i (?:just )?said (?:that|anything|it))"
_TAKES_BACK = re.compile(
    r"^\W*(?:(?:no|nah|ok|okay|oh|hmm|sorry|actually|please|wait)\b\W*)*"
    r"(?:(?:can|could) you )?"
    rf"(?:(?:forget|scratch|delete|erase|(?:don['’]t|do not) (?:remember|store|keep|save))"
    rf"(?: about)? {_WHAT}|i (?:take|took) (?:it|that) back)"
    r"(?: bit| again|,? please|,? sorry|,? then)*\W*$",
    re.IGNORECASE,
)
_SAYS_NOTHING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|thanks?|thank you|thx|cheers|ok|okay|cool|nice|great|good|lol|haha|"
    r"hmm+|yes|yeah|no|sure|fine|so much|a lot)\b\W*)+$",
    re.IGNORECASE,
)


def takes_back(message: str) -> bool:
    """Whether ``message`` takes back what was said just before, and says no more.

    >>> takes_back("Sorry, forget that."), takes_back("forget that, I want a thriller")
    (True, False)
    """
    return bool(_TAKES_BACK.match(message))


def taken_back(messages: Sequence[str]) -> int:
    """Return which of ``messages`` the next one takes back, if it does: the last that still counts.

    >>> taken_back(["a comedy", "under two hours"]), taken_back(["a comedy", "forget that"])
    (1, -1)
    """
    open_ = 1
    for place in range(len(messages) - 1, -1, -1):
        if _SAYS_NOTHING.match(messages[place]):
            continue
        open_ += 1 if takes_back(messages[place]) else -1
        if not open_:
            return place
    return -1
