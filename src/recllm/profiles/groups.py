"""Many facts about single items told as one.

"Liked 12 items with Drama, such as “Heat” and “Alien”." The sentence says what was done and
concludes nothing; the facts that it stands for stay in the history.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recllm.facts import Fact, FactKind, new_id
from recllm.text import listing, shorten

_NAMED, _LONGEST_TITLE = 3, 60
_VERBS = {FactKind.LIKE: "Liked", FactKind.DISLIKE: "Turned down", FactKind.POSSESSION: "Knows"}
_SINGLE = re.compile(r"^(?:Liked|Turned down|Knows) (?P<title>.+?)(?: already)?\.$")
_GROUP = re.compile(r"^(?P<verb>Liked|Turned down|Knows) \d+ items?(?P<what>.*?), such as “")
_TITLE = re.compile(r"“([^”]*)”")

_TASTES = (FactKind.LIKE, FactKind.DISLIKE)

KINDS = frozenset(_VERBS)
"""The kinds of facts about single items that are told together."""


def group_text(kind: FactKind, count: int, trait: str, titles: Sequence[str]) -> str:
    """Return the sentence of ``count`` items of which some have these ``titles``.

    >>> group_text(FactKind.LIKE, 7, "Drama", ["Heat", "Alien"])
    'Liked 7 items with Drama, such as “Heat” and “Alien”.'
    """
    what = " already" if kind is FactKind.POSSESSION else f" with {trait}"
    return _text(_VERBS[kind], count, what, titles)


def titles_in(fact: Fact) -> list[str]:
    """Return the titles that the sentence of a fact about items names."""
    if _GROUP.match(fact.text):
        return _TITLE.findall(fact.text)
    single = _SINGLE.match(fact.text)
    return [single["title"]] if single else []


def trait_in(fact: Fact) -> str:
    """Return what the items of a group have in common, as its sentence says it; else empty."""
    told = _GROUP.match(fact.text)
    return told["what"].removeprefix(" with ") if told and fact.kind in _TASTES else ""


def without(group: Fact, item_id: str, title: str) -> Fact | None:
    """Return ``group`` as it is without one of its items; None if it is no group."""
    told = _GROUP.match(group.text)
    items = tuple(i for i in group.items if i != item_id)
    if told is None or not items:
        return None
    titles = [t for t in titles_in(group) if t != _shown(title)]
    text = _text(told["verb"], len(items), told["what"], titles)
    return group.model_copy(update={"id": new_id(), "items": items, "text": text})


def _text(verb: str, count: int, what: str, titles: Sequence[str]) -> str:
    named = listing([f"“{_shown(t)}”" for t in titles[:_NAMED]])
    such = f", such as {named}" if named else ", such as “others”"
    return f"{verb} {count} item{'s' * (count != 1)}{what}{such}."


def _shown(title: str) -> str:
    return shorten(title.replace("”", '"'), _LONGEST_TITLE)
