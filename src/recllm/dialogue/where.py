"""A model's ``Where:`` lines made executable: columns and values in the catalogue's own words."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.numbers import number
from recllm.types import Attribute, Constraint, Kind, Op

_FORM = re.compile(r"^\s*(?P<name>[\w .'-]+?)\s*(?P<op>!=|<=|>=|=|<|>|≤|≥|:)\s*(?P<value>.+?)\s*$")
_OPS = {"≤": Op.LE, "≥": Op.GE, ":": Op.EQ}


def resolve_where(line: str, lexicon: Lexicon) -> Constraint | None:
    """Return the condition that ``line`` states, or None if the catalogue cannot execute it.

    Misspelt columns and values are resolved to the nearest of the catalogue's own.
    """
    match = _FORM.match(line)
    attribute = _column(match["name"], lexicon) if match else None
    if match is None or attribute is None:
        return None
    op = _OPS.get(match["op"]) or Op(match["op"])
    values = [
        v
        for part in match["value"].split("|")
        if (v := _value(part, attribute, lexicon)) is not None
    ]
    if not values or (op not in (Op.EQ, Op.NE) and attribute.kind not in (Kind.NUMBER, Kind.DATE)):
        return None
    return Constraint(attribute=attribute.name, op=op, values=tuple(dict.fromkeys(values)))


def _column(name: str, lexicon: Lexicon) -> Attribute | None:
    names = [a.name for a in lexicon.schema.attributes]
    wanted = name.strip().lower().replace(" ", "_")
    best = process.extractOne(wanted, names, scorer=fuzz.ratio, score_cutoff=75)
    return lexicon.schema.get(best[0]) if best else None


def _value(text: str, attribute: Attribute, lexicon: Lexicon) -> str | float | bool | None:
    text = text.strip(" \"'")
    if attribute.kind in (Kind.CATEGORY, Kind.LIST):
        return lexicon.vocabulary.resolve(attribute.name, text)
    if attribute.kind is Kind.BOOLEAN:
        return text.lower() in {"true", "yes", "1"}
    if attribute.kind is Kind.TEXT:
        return text or None
    found = re.search(r"-?\d+(?:[.,]\d+)*", text, re.ASCII)
    return number(found.group()) if found else None
