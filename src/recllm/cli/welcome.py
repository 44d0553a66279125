"""The first lines of a chat: what there is, who talks, what one can say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.text import Text

from recllm.cli.render import names
from recllm.cli.screen import Screen, one_line
from recllm.dialogue.phrases import article, plural
from recllm.recommender import Recommender
from recllm.services.live import AnyCatalog, LiveCatalog
from recllm.types import Kind, Role, Schema, Session

_NOBODY = {"unknown", "various", "various artists", "anonymous", "n a", "none", "multiple speakers"}

_SIMPLE = re.compile(r"[\w’'-]+( [\w’'-]+){0,3}")
"""A title that reads well inside a sentence."""


async def welcome(screen: Screen, recommender: Recommender) -> None:
    """Write what the catalogue is, which language model talks, and three things to say."""
    catalog = recommender.catalog
    head = Text("RecLLM", style="bold")
    nouns = plural(catalog.schema.noun)
    if isinstance(catalog, LiveCatalog):
        title = one_line(catalog.description.title)
        told = f" searches {title} for {nouns}, live: what you look for is sent there."
    else:
        told = f" knows {catalog.size:,} {nouns} (catalogue {catalog.name})."
    head.append(told, style="not bold")
    screen.line(head)
    screen.line(who_talks(recommender), style="dim")
    screen.line("Say what you feel like, for example:")
    for example in await examples(catalog):
        screen.line(f"“{one_line(example)}”", indent=2)
    screen.line("/help lists what else you can do; /quit leaves.", style="dim")
    screen.line()


def who_talks(recommender: Recommender) -> str:
    """Say in a sentence which language model there is and what it does."""
    llm, trust = recommender.llm, recommender.trust
    if llm is None:
        return (
            "No language model: rules find, choose and reply; “recllm doctor” says how to use one."
        )
    if trust.reply:
        return f"{llm.name} talks with you."
    if any(trust.model_dump().values()):
        return (
            f"A small language model, {llm.name}, helps with the wording, and rules do the rest; "
            "“recllm doctor” says how to use a larger one."
        )
    return f"Rules find, choose and reply; {llm.name} is there but trusted with nothing."


async def examples(catalog: AnyCatalog, count: int = 3) -> list[str]:
    """Return things to say that this catalogue can answer, in its own words."""
    if isinstance(catalog, LiveCatalog) and len(catalog.description.examples) >= count:
        return list(catalog.description.examples[:count])
    told = [*_by_kind(catalog), *_by_creator(catalog)]
    titles = (i.title for i in await catalog.scan(limit=20))
    title = next((t for t in titles if _SIMPLE.fullmatch(t)), "")
    told += [f"something like {title}{_but(catalog.schema)}"] if title else []
    told += [f"{article(catalog.schema.noun)} for tonight", "surprise me", "what do you have?"]
    return told[:count]


def _by_kind(catalog: AnyCatalog) -> Iterator[str]:
    """Combine the most frequent genre or tag with a limit that half of the items keep."""
    noun, limit = catalog.schema.noun, _limit(catalog)
    for attribute in catalog.schema.having(Role.GENRE, Role.TAG):
        for value in list(catalog.vocabulary.values(attribute.name))[:1]:
            kind = value if value.isupper() else value.lower()
            same = noun in kind.split()
            if attribute.role is Role.TAG:
                yield f"{article(noun)} about {kind}{limit}"
            else:
                yield f"{article(kind)}{limit}" if same else f"{article(kind)} {noun}{limit}"
            return


def _limit(catalog: AnyCatalog) -> str:
    for attribute in catalog.schema.having(Role.DURATION, Role.LENGTH, Role.PRICE):
        quantiles = catalog.vocabulary.ranges.get(attribute.name, ())
        middle = quantiles[2] if len(quantiles) == 5 else 0.0
        if middle >= 10 and attribute.unit:
            step = 5 if middle < 60 else 10 if middle < 500 else 100
            return f" under {round(middle / step) * step} {attribute.unit}"
    return ""


def _by_creator(catalog: AnyCatalog) -> Iterator[str]:
    for attribute in catalog.schema.having(Role.CREATOR):
        if attribute.kind in (Kind.LIST, Kind.CATEGORY):
            known = (v for v in catalog.vocabulary.values(attribute.name) if len(v) < 40)
            name = next((v for v in known if v.casefold() not in _NOBODY), "")
            if name:
                yield f"something by {name}"
                return


def _but(schema: Schema) -> str:
    if schema.having(Role.YEAR):
        return ", but older"
    return ", but shorter" if schema.having(Role.DURATION, Role.LENGTH) else ""


def welcome_back(screen: Screen, session: Session) -> None:
    """Show where a resumed session left off."""
    count = len(session.turns)
    last = session.turns[-1]
    noun = "turn" if count == 1 else "turns"
    screen.line(f"Continuing after {count} {noun}. Last time:", style="dim")
    screen.line(Text(f"> {one_line(last.message)}", style="bold"))
    if last.slate:
        shown = names([r.item for r in last.slate.items])
        screen.line(f"(showed {shown})", style="dim")
    screen.line(last.reply)
    screen.line()
