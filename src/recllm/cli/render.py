"""Slates as numbered cards: what it is, its key facts, how well it fits, and why."""

from __future__ import annotations

import re

from rich.text import Text

from recllm.cli.screen import Screen, one_line
from recllm.dialogue.questions import in_words
from recllm.text import listing, shorten
from recllm.types import Attribute, Bucket, Item, Kind, Recommendation, Role, Schema, Slate

BUCKET_STYLES = {
    Bucket.EXCELLENT: "green",
    Bucket.GOOD: "cyan",
    Bucket.FAIR: "yellow",
    Bucket.POOR: "dim",
}
_LONGEST_TITLE = 120
# The facts of a card in order, and how many names of a list are shown.
_FACTS = {
    Role.CREATOR: 2,
    Role.DURATION: 1,
    Role.LENGTH: 1,
    Role.PRICE: 1,
    Role.RATING: 1,
    Role.GENRE: 3,
    Role.COUNTRY: 2,
}
_UNITS = {"minutes": "min", "hours": "h", "seconds": "s"}


def show_slate(screen: Screen, slate: Slate, schema: Schema) -> None:
    """Write the slate's items as cards, numbered from 1."""
    for number, recommendation in enumerate(slate.items, 1):
        _card(screen, number, recommendation, schema)


def _card(screen: Screen, number: int, shown: Recommendation, schema: Schema) -> None:
    indent = 4 if screen.width == 0 or screen.width >= 40 else 2
    item = shown.item
    head = Text().append(f"{number}.".ljust(indent - 1) + " ", style="bold")
    head.append(titled(item, schema), style=f"bold{_link(item, screen)}")
    head.append("  ")
    head.append(shown.bucket.value, style=BUCKET_STYLES[shown.bucket])
    screen.line(head)
    facts = key_facts(item, schema)
    if facts:
        screen.line(Text(" · ".join(facts), style="dim"), indent=indent)
    if shown.explanation:
        screen.line(Text(one_line(shown.explanation)), indent=indent)
    if item.url and not screen.lively:
        screen.line(Text(one_line(item.url)), indent=indent)
    screen.line()


def _link(item: Item, screen: Screen) -> str:
    """Return the style of a link to the item where the terminal can show one."""
    safe = re.fullmatch(r"https?://[!-~]+", item.url)
    return f" link {item.url}" if safe and screen.lively else ""


def titled(item: Item, schema: Schema) -> str:
    """Return the title with its year, where the catalogue has one and the title does not."""
    title = shorten(one_line(item.title), _LONGEST_TITLE) or item.id
    for attribute in schema.having(Role.YEAR):
        year = in_words(item.attributes.get(attribute.name, ""))[:4]
        if year and year not in title:
            return f"{title} ({year})"
    return title


def key_facts(item: Item, schema: Schema) -> list[str]:
    """Return the facts a person looks for first, each in a few words."""
    facts = []
    for role, limit in _FACTS.items():
        told = next((t for a in schema.having(role) if (t := _fact(item, a, limit))), "")
        if not told and role is Role.GENRE:
            told = next((t for a in schema.having(Role.TAG) if (t := _fact(item, a, limit))), "")
        facts += [told] if told else []
    if facts:
        return facts
    rest = (a for a in schema.having(Role.OTHER) if a.kind is not Kind.TEXT)
    named = [f"{a.name.replace('_', ' ')}: {t}" for a in rest if (t := _fact(item, a, 2))]
    return named[:3]


def _fact(item: Item, attribute: Attribute, limit: int) -> str:
    value = item.attributes.get(attribute.name)
    if value is None or value == "" or value == ():
        return ""
    if isinstance(value, tuple):
        more = " and others" if len(value) > limit and attribute.role is Role.CREATOR else ""
        return shorten(one_line(", ".join(value[:limit])), 60) + more
    if attribute.role is Role.DURATION and isinstance(value, float) and value >= 10:
        value = float(round(value))
    told = shorten(one_line(in_words(value)), 60)
    if attribute.role is Role.RATING:
        return f"rated {told}"
    unit = _UNITS.get(attribute.unit, attribute.unit)
    return f"{told} {unit}".strip()


def names(items: list[Item], limit: int = 12) -> str:
    """Return the items' titles as a person would list them."""
    titles = [one_line(i.title) for i in items]
    if len(titles) > limit:
        return listing([*titles[: limit - 1], f"{len(titles) - limit + 1} more"])
    return listing(titles)
