"""Answers about items, read by code from their records and from the turn's own evidence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recllm.catalog.filters import holds
from recllm.catalog.vocabulary import figure_of, names_of
from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.mentions import find_terms
from recllm.dialogue.phrases import article, plural
from recllm.dialogue.questions import ABOUT, Question, facts, read_value, with_unit
from recllm.dialogue.references import extreme, superlative
from recllm.text import listing, normalise
from recllm.types import Attribute, Item, Kind, Role, Schema, Session

_SAID: dict[Role, str] = {
    Role.CREATOR: "{title} is by {value}.",
    Role.PERFORMER: "{title} has {value}.",
    Role.DURATION: "{title} is {value} long.",
    Role.LENGTH: "{title} has {value}.",
    Role.YEAR: "{title} is from {value}.",
    Role.LANGUAGE: "{title} is in {value}.",
    Role.COUNTRY: "{title} comes from {value}.",
    Role.PRICE: "{title} costs {value}.",
    Role.RATING: "{title} is rated {value}.",
    Role.GENRE: "{title}: {value}.",
    Role.TAG: "{title} is tagged {value}.",
}
_BY_NAME = {
    "directors": "{title} was directed by {value}.",
    "director": "{title} was directed by {value}.",
    "cast": "{title} stars {value}.",
    "authors": "{title} was written by {value}.",
    "author": "{title} was written by {value}.",
    "speaker": "{title} was given by {value}.",
}


def answer(question: Question | None, items: Sequence[Item], message: str, lexicon: Lexicon) -> str:
    """Answer ``question`` for each of ``items`` from their records."""
    if question is None or question.field == ABOUT:
        return " ".join(describe(i, lexicon.schema) for i in items[:3])
    if question.where:
        return " ".join(_holds(i, question, lexicon.schema) for i in items[:5])
    if question.values:
        return " ".join(_yes_no(i, question, lexicon.schema) for i in items[:5])
    return " ".join(_field(i, question.field, lexicon.schema) for i in items[:5])


def describe(item: Item, schema: Schema) -> str:
    """Tell what an item is: its main facts and its text."""
    told = ", ".join(facts(item, schema))
    return f"{item.title} ({told}): {item.text}".strip() if told else f"{item.title}: {item.text}"


def _field(item: Item, field: str, schema: Schema) -> str:
    attribute = schema.get(field)
    value = with_unit(item, attribute) if attribute else ""
    if not attribute or not value:
        return f"The record of {item.title} does not say."
    if attribute.role is Role.YEAR and attribute.kind is Kind.DATE:
        value = read_value(item, field)[:10]
    if attribute.role is Role.LANGUAGE and normalise(value) == "silent":
        return f"{item.title} is silent."
    generic = f"{{title}}: {field.replace('_', ' ')} {{value}}."
    form = _BY_NAME.get(field) or _SAID.get(attribute.role, generic)
    return form.format(title=item.title, value=value)


def _yes_no(item: Item, question: Question, schema: Schema) -> str:
    """Answer "is it scary?": yes if the record says so, else what it says instead."""
    wanted = {normalise(v) for _, v in question.values}
    columns = list(dict.fromkeys(a for a, _ in question.values))
    has = [v for c in columns for v in names_of(item, c)]
    hits = [v for v in has if normalise(v) in wanted]
    if hits:
        return f"Yes: {item.title} is listed under {listing(hits)}."
    if any(f" {w} " in f" {normalise(item.text)} " for w in wanted):
        return f"It seems so. {item.title}: {item.text}"
    said = listing([v for _, v in question.values][:1])
    shown = f"; it is listed under {listing(has[:6])}" if has else ""
    return f"Not according to its record: {item.title} is not listed under {said}{shown}."


def _holds(item: Item, question: Question, schema: Schema) -> str:
    """Answer "is it under two hours?" by the record's figure."""
    attribute = schema.get(question.field)
    value = with_unit(item, attribute) if attribute else ""
    if not value:
        return f"The record of {item.title} does not say."
    yes = all(holds(item, c, schema) for c in question.where)
    return f"{'Yes' if yes else 'No'}: {item.title}, {value}."


def why(items: Sequence[Item], session: Session) -> str:
    """Explain a choice from the evidence of the turn that made it."""
    told: list[str] = []
    for item in items[:3]:
        for turn in reversed(session.turns):
            found = [r for r in (turn.slate.items if turn.slate else ()) if r.item.id == item.id]
            if found:
                asked = f" You had asked: “{turn.message.strip()}”." if turn.message else ""
                told.append(
                    f"{item.title} was {article(found[0].bucket.value)}. "
                    f"{found[0].explanation}{asked}"
                )
                break
    if not told:
        return "I have not recommended that one. Shall I tell you about it?"
    return " ".join(told)


def compare(items: Sequence[Item], message: str, lexicon: Lexicon) -> tuple[str, Item | None]:
    """Compare items on what the message asks for; figures are compared here, never by a model."""
    compared = superlative(message, lexicon.schema)
    if compared is None:
        return " ".join(describe(i, lexicon.schema) for i in items[:3]), None
    attribute, highest = compared
    best = extreme(items, attribute, highest)
    if best is None:
        return f"Their records do not say ({attribute.name.replace('_', ' ')}).", None
    others = [i for i in items if i.id != best.id and figure_of(i, attribute) is not None]
    rest = listing([f"{i.title} {_measure(i, attribute.name, lexicon.schema)}" for i in others])
    said = f"{best.title}, with {_measure(best, attribute.name, lexicon.schema)}"
    return f"{said} ({rest})." if rest else f"{said}.", best


def _measure(item: Item, name: str, schema: Schema) -> str:
    attribute = schema.get(name)
    return with_unit(item, attribute)[:40] if attribute else ""


_HOW_MANY = re.compile(r"\bhow many\b", re.IGNORECASE)


_COLUMNS = {
    "genre": Role.GENRE,
    "categor": Role.GENRE,
    "kind": Role.GENRE,
    "language": Role.LANGUAGE,
    "countr": Role.COUNTRY,
    "tag": Role.TAG,
    "topic": Role.TAG,
}


def about_catalog(message: str, size: int, lexicon: Lexicon) -> str:
    """Answer "how many films do you have?" and "what genres are there?" by counting."""
    nouns = plural(lexicon.schema.noun)
    if not size:
        return _uncounted(message, lexicon)
    if _HOW_MANY.search(message):
        terms = find_terms(message, lexicon)
        if not terms:
            return f"This catalogue holds {size} {nouns}."
        counts = [
            f"{lexicon.vocabulary.values(t.attribute)[v]} for “{message[t.start : t.end]}”"
            for t in terms
            for v in t.values
        ]
        return f"Of {size} {nouns}: {listing(counts)}."
    columns = _columns(message, lexicon)
    if not columns:
        return f"This catalogue holds {size} {nouns}."
    values = lexicon.vocabulary.values(columns[0].name)
    top = [f"{v} ({n})" for v, n in list(values.items())[:12]]
    name = columns[0].name.replace("_", " ")
    return f"This catalogue holds {size} {nouns}; by {name}: {listing(top)}."


def _columns(message: str, lexicon: Lexicon) -> tuple[Attribute, ...]:
    """Return the columns whose values the message asks for."""
    role = next((r for stem, r in _COLUMNS.items() if stem in message.lower()), Role.GENRE)
    return lexicon.schema.having(role, Role.GENRE, Role.TAG)


def _uncounted(message: str, lexicon: Lexicon) -> str:
    """Answer the same over what is searched live, of which nobody knows how much there is."""
    nouns = plural(lexicon.schema.noun)
    if not _HOW_MANY.search(message):
        for column in _columns(message, lexicon):
            values = list(lexicon.vocabulary.values(column.name))[:12]
            if values:
                name = column.name.replace("_", " ")
                return f"I look for {nouns} as you ask; by {name} there are {listing(values)}."
    return f"I look for {nouns} as you ask, so I cannot count them. What do you feel like?"
