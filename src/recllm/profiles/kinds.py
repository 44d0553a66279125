"""What kind of fact a sentence is, told by its words: for what a person writes by hand."""

from __future__ import annotations

import re

from recllm.facts import FactKind

_KINDS = (
    (
        FactKind.CONSTRAINT,
        r"\ballerg|\bintoleran|\bvegan\b|\bvegetarian\b|\bkosher\b|\bhalal\b|\bmust\b|\bnever\b|"
        r"\bonly\b|\bcannot (?!stand|bear)|\bcan['’]t (?!stand|bear)|\bdiabet|\bcoeliac|\bceliac|"
        r"^(?:watch|read|eat|play|buy|drink)e?s (?:nothing|no)\b|\bphobi|"
        r"\bno (?:more|longer) than\b|\bdoes not (?:eat|drink|watch|read|speak)\b",
    ),
    (
        FactKind.DISLIKE,
        r"\bdislikes?\b|\bhates?\b|\bcan(?:not|['’]t) (?:stand|bear)\b|"
        r"\b(?:does not|doesn['’]t|did not|didn['’]t) (?:really )?(?:like|enjoy|care)|\bbored by\b|"
        r"\btired of\b|\bnot (?:a fan|fond|into|keen)\b",
    ),
    (
        FactKind.POSSESSION,
        r"^(?:owns?|saw|knows?|bought|has (?:seen|read|watched|played|heard|bought))\b|"
        r"^has an? (?!.*\b(?:child|daughter|son|baby|kid|year-old|fear|phobia|degree))",
    ),
    (
        FactKind.LIKE,
        r"^(?:really )?(?:likes?|loves?|enjoys?|prefers?|adores?|liked|loved|enjoyed)\b|"
        r"\bfan of\b|\bfond of\b|\bfavourite\b|\bfavorite\b|\bis into\b",
    ),
    (
        FactKind.GOAL,
        r"^(?:wants|would like|plans|hopes|aims|is (?:learning|training|saving|trying|planning|"
        r"preparing|looking|studying))\b",
    ),
)


def kind_of(text: str) -> FactKind:
    """Return what kind of fact the sentence ``text`` is; where no word tells, context.

    >>> kind_of("Cannot stand horror.")
    <FactKind.DISLIKE: 'dislike'>
    """
    return next(
        (kind for kind, pattern in _KINDS if re.search(pattern, text, re.IGNORECASE)),
        FactKind.CONTEXT,
    )
