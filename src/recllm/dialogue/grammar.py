"""A grammar (GBNF) built for one request: only lines that mean something here can be written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recllm.dialogue.lexicon import Lexicon
from recllm.types import Kind

_MAX_VALUES = 400


def decision_grammar(message: str, lexicon: Lexicon) -> str:
    """Return the grammar of a decision for ``message``.

    Conditions may name only the catalogue's columns, its most frequent values and figures that
    stand in the message: a small model copies figures well and invents them freely.
    """
    conditions = _conditions(message, lexicon)
    where = '("Where: " condition ("; " condition)? "\\n")?' if conditions else ""
    rules = [
        'root ::= "Wants: " line "\\n" (search | speak)',
        f'search ::= "Request: " line "\\n" ("Concepts: " concepts "\\n")? {where}',
        'speak ::= "Response: " line "\\n"?',
        "line ::= [^\\n\\x00-\\x1f]{3,200}",
        'concepts ::= concept (", " concept){0,7}',
        "concept ::= [+-] [a-z] [a-z -]{1,24}",
    ]
    if conditions:
        rules.append(f"condition ::= {' | '.join(conditions)}")
    return "\n".join(rules)


def wording_grammar(options: Sequence[Sequence[str]]) -> str:
    """Return the grammar of a reply: one sentence of each list, in order."""
    parts = [f"({' | '.join(_quoted(sentence) for sentence in group)})" for group in options]
    return 'root ::= "Response: " ' + ' " " '.join(parts)


def _conditions(message: str, lexicon: Lexicon) -> list[str]:
    figures = sorted(set(re.findall(r"\d+", message, re.ASCII)))
    rules: list[str] = []
    for attribute in lexicon.schema.attributes:
        name = _quoted(attribute.name)
        if attribute.kind in (Kind.NUMBER, Kind.DATE) and figures:
            numbers = " | ".join(_quoted(f) for f in figures)
            rules.append(f'{name} (" >= " | " <= " | " = ") ({numbers})')
        elif attribute.kind in (Kind.LIST, Kind.CATEGORY):
            values = list(lexicon.vocabulary.values(attribute.name))
            if 0 < len(values) <= _MAX_VALUES:
                alternatives = " | ".join(_quoted(v) for v in values)
                rules.append(f'{name} (" = " | " != ") ({alternatives})')
    return rules


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    plain = re.sub(r"[\x00-\x1f]", " ", escaped)
    return f'"{plain}"'
