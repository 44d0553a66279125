"""How a person stands to what a message names: liked, refused, seen, an example, spoken about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from recllm.dialogue.cues import cues
from recllm.dialogue.mentions import TitleMention
from recllm.dialogue.questions import is_interrogative
from recllm.dialogue.references import Reference
from recllm.types import Session

WORDINGS = cues("stances")
_TAIL = re.compile(
    r"^[,\s]+(?:and |i )*(?:really )?(?:it|them|that|loved|liked|hated|enjoyed)"
    r"(?:['’]s| was| is)?\s*(?:it|them|that|great|brilliant|good|\w+)?\s*$",
    re.IGNORECASE,
)

_VARIED = re.compile(r"^\s*,?\s*(?:but|only|just)\b(?! (?:if|when|is|was|not))", re.IGNORECASE)


class Stances(NamedTuple):
    """Ids of items by stance: ``about`` is spoken about, with ``than`` something is compared."""

    about: tuple[str, ...]
    similar: tuple[str, ...]
    liked: tuple[str, ...]
    rejected: tuple[str, ...]
    seen: tuple[str, ...]
    than: tuple[str, ...] = ()


def read_stances(
    message: str,
    titles: Sequence[TitleMention],
    references: Sequence[Reference],
    session: Session,
) -> Stances:
    """Sort what is named in ``message`` by how the words around it speak of it."""
    mentions = [(_best(t.ids, session), t.start, t.end) for t in titles]
    mentions += [(r.ids, r.start, r.end) for r in references]
    found: dict[str, list[str]] = {name: [] for name in Stances._fields}
    for ids, start, end in mentions:
        stance = _stance(message, *_clause(message, start, end))
        if _VARIED.match(message[end:]) and stance == ("about",):
            stance = ("similar", "about")  # "The third one but funnier."
        for name in stance:
            found[name] += ids
    return Stances(*(tuple(dict.fromkeys(ids)) for ids in found.values()))


def _best(ids: tuple[str, ...], session: Session) -> tuple[str, ...]:
    """Of several items of one title, prefer the one already spoken about."""
    known = [i for i in ids if i in session.items()]
    return tuple(known[:1]) or ids[:1]


def _clause(message: str, start: int, end: int) -> tuple[str, str]:
    """Return the words of the clause before and behind ``message[start:end]``.

    A comma ends it, unless what follows speaks of the same thing ("seen it, loved it").
    """
    before = re.split(r"[.;!?]|,? but |, (?:and )?(?=i\b)", message[:start])[-1]
    after = re.split(r"[.;!?]| but ", message[end:])[0]
    comma = after.find(",")
    if comma >= 0 and not _TAIL.match(after[comma:]):
        after = after[:comma]
    return before, after


def _stance(message: str, before: str, after: str) -> tuple[str, ...]:
    told = WORDINGS["told"].search(before)
    example = WORDINGS["similar"].search(before)
    question = is_interrogative(message) and not example and not told
    if re.search(r"\bthan\s*$", before):
        return ("than",)
    if question and not WORDINGS["seen"].search(before):
        return ("about",)
    if WORDINGS["disliked"].search(before) or WORDINGS["disliked"].search(after):
        return ("about", "rejected")
    if WORDINGS["not yet"].search(before):
        return ("about",)
    seen = WORDINGS["seen"].search(before) or WORDINGS["seen"].search(after)
    fond = WORDINGS["liked"].search(after) or WORDINGS["fond"].search(before)
    if seen or fond:
        names = ["about"]
        names += ["seen"] if seen or "loved" in before else []
        names += ["liked", "similar"] if fond else []
        return tuple(names)
    if example or WORDINGS["style"].match(after):
        return ("similar", "about")
    return ("about",)
