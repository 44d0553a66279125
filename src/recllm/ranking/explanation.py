"""Reasons in words, written by code from the facts that the checks found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from recllm.catalog.vocabulary import names_of
from recllm.ranking.evidence import Checks
from recllm.text import listing, sentences, shorten
from recllm.types import Constraint, Evidence, Item, Op, Role, Schema

LONGEST_SENTENCE = 220


class Told(NamedTuple):
    """An explanation and the facts in it."""

    text: str
    evidence: tuple[Evidence, ...]


def explain(
    item: Item,
    checks: Checks,
    examples: Sequence[Item],
    schema: Schema,
    seed: int,
    because: str = "",
) -> Told:
    """Say why this item: what it meets, what it shares with the example, then what it is about.

    ``because`` is a sentence on what is remembered of the person, after what they asked for now.
    """
    evidence: list[Evidence] = []
    reasons = [
        *_likeness(checks, examples, evidence),
        *_concepts(item, checks, schema, evidence, seed),
        *_conditions(item, checks, schema, evidence),
    ]
    if not reasons:
        reasons = list(_plain(item, schema, evidence))
    reasons += [because] if because else []
    about = sentences(item.text)[:1]
    told = [*reasons, *(shorten(s, LONGEST_SENTENCE) for s in about)]
    return Told(" ".join(told), tuple(dict.fromkeys(evidence)))


def _likeness(checks: Checks, examples: Sequence[Item], evidence: list[Evidence]) -> Iterator[str]:
    if not examples:
        return
    titles = listing([e.title for e in examples[:2]], last="and")
    shared = checks.shared[:3]
    evidence += shared
    if shared:
        yield f"Shares with {titles}: {listing([e.value for e in shared])}."
    else:
        yield f"Its description comes close to that of {titles}."


def _concepts(
    item: Item, checks: Checks, schema: Schema, evidence: list[Evidence], seed: int
) -> Iterator[str]:
    """Say which wanted kinds and moods the record holds."""
    kinds = [
        Evidence(attribute=c.attribute, value=str(v))
        for c in checks.held
        if _role(schema, c.attribute) in _KINDS
        for v in c.values
        if v in names_of(item, c.attribute)
    ]
    told = list(dict.fromkeys([*checks.met, *kinds]))[:4]
    if told:
        evidence += told
        names = listing([e.value if e.value.isupper() else e.value.lower() for e in told])
        yield (f"{_capital(names)}, as you asked.", f"{_capital(names)}.")[seed % 2]


_KINDS = (Role.GENRE, Role.TAG, Role.OTHER)


def _role(schema: Schema, name: str) -> Role:
    attribute = schema.get(name)
    return attribute.role if attribute else Role.OTHER


def _conditions(
    item: Item, checks: Checks, schema: Schema, evidence: list[Evidence]
) -> Iterator[str]:
    parts: list[str] = []
    told = [c for c in checks.held if not _is_kind(c, item, schema)]
    for name in dict.fromkeys(c.attribute for c in told):
        mine = [c for c in told if c.attribute == name]
        part, fact = _condition(item, mine, schema)
        if part:
            parts.append(part)
            evidence.append(fact)
    if parts:
        yield f"{_capital(listing(parts))}."


def _is_kind(constraint: Constraint, item: Item, schema: Schema) -> bool:
    """Whether a condition was told as a kind ("comedy") already."""
    return _role(schema, constraint.attribute) in _KINDS and bool(
        names_of(item, constraint.attribute)
    )


def _condition(item: Item, held: Sequence[Constraint], schema: Schema) -> tuple[str, Evidence]:
    """Say how the item's value answers the conditions on one column."""
    name = held[0].attribute
    attribute = schema.get(name)
    role = attribute.role if attribute else Role.OTHER
    value = item.attributes.get(name)
    if isinstance(value, tuple):
        wanted = {str(v) for c in held if c.op is Op.EQ for v in c.values}
        text = listing([v for v in value if v in wanted] or list(value[:2]))
    elif isinstance(value, bool) or value is None:
        text = ""
    elif isinstance(value, float | int):
        text = f"{value:g}" if value < 10000 else f"{value:,.0f}"
    else:
        text = str(value)
    fact = Evidence(attribute=name, value=text)
    if not text:
        return "", fact
    unit = attribute.unit if attribute else ""
    forms = {
        Role.YEAR: f"from {text[:4]}",
        Role.DURATION: f"{text} {unit or 'minutes'} long",
        Role.LENGTH: f"{text} {unit or 'pages'} long",
        Role.PRICE: f"at {text} {unit}".strip(),
        Role.RATING: f"rated {text}",
        Role.POPULARITY: f"{text} {name.replace('_', ' ')}",
        Role.CREATOR: f"by {text}",
        Role.PERFORMER: f"with {text}",
        Role.COUNTRY: f"from {text}",
        Role.LANGUAGE: f"in {text}",
    }
    return forms.get(role, text), fact


_ORDER = (Role.GENRE, Role.YEAR, Role.CREATOR)


def _plain(item: Item, schema: Schema, evidence: list[Evidence]) -> Iterator[str]:
    """Introduce an item that nothing literal speaks for: "Drama, from 1994, by ..."."""
    parts: list[str] = []
    for attribute in schema.having(*_ORDER):
        value = item.attributes.get(attribute.name)
        if value is None:
            continue
        if isinstance(value, tuple):
            text = listing(list(value[:2]))
        else:
            text = f"{value:g}" if isinstance(value, float) else str(value)
        prefix = {Role.YEAR: "from ", Role.CREATOR: "by "}.get(attribute.role, "")
        parts.append(prefix + (text[:4] if attribute.role is Role.YEAR else text))
        evidence.append(Evidence(attribute=attribute.name, value=text))
    if parts:
        yield f"{_capital(', '.join(parts))}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
