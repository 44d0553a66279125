"""Wishes read literally: named values become conditions or concepts, figures become conditions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from recllm.dialogue.columns import read_booleans, read_compared
from recllm.dialogue.cues import cues, wordlist
from recllm.dialogue.figures import negate, read_bare, read_figures
from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.looseness import read_loose, read_relative
from recllm.dialogue.mentions import STOPWORDS, TermMention, find_terms
from recllm.dialogue.negation import negated_stretches
from recllm.dialogue.references import superlative
from recllm.text import normalise, spans
from recllm.types import Attribute, Concept, Constraint, Item, Kind, Op, Role, Schema

_HARD = (Role.GENRE, Role.COUNTRY, Role.LANGUAGE, Role.CREATOR, Role.PERFORMER)
_WORDINGS = cues("wishes")


class Wishes(NamedTuple):
    """What a message asks of the catalogue.

    ``figures`` are the stretches of its comparisons, ``order`` is a column to sort by ("-price":
    the highest first), ``released`` are values that are needed no more.
    """

    where: tuple[Constraint, ...]
    concepts: tuple[Concept, ...]
    figures: tuple[tuple[int, int], ...]
    order: str = ""
    released: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything was asked."""
        return bool(self.where or self.concepts or self.order or self.released)


NO_WISHES = Wishes((), (), ())


def read_wishes(
    message: str,
    lexicon: Lexicon,
    base: Sequence[Item],
    taken: Sequence[tuple[int, int]],
    context: Attribute | None = None,
) -> Wishes:
    """Read every wish of ``message`` that can be read literally.

    Args:
        message: what the person said.
        lexicon: the catalogue's columns and words.
        base: the items that "shorter" or "older" compares with.
        taken: stretches already understood otherwise (titles, references).
        context: the column that a figure without a unit is about ("under 15").
    """
    extreme = read_extreme(message, lexicon)
    order, cut = (extreme.order, [(extreme.start, extreme.end)]) if extreme else ("", [])
    where, used = _figures(message, lexicon, base, [*taken, *cut], context)
    terms = find_terms(message, lexicon, used)
    needless = [t for t in terms if _WORDINGS["need not"].search(message[: t.start])]
    released = [v for t in needless for v in t.values]
    terms = [t for t in terms if t not in needless and not _only_told(message, t, lexicon.schema)]
    terms += _for_children(message, terms, lexicon)
    where += _conditions(message, terms, lexicon.schema)
    concepts = [
        Concept(
            text=v,
            sign=-1 if t.negated else 1,
            attribute=t.attribute,
            words=message[t.start : t.end],
        )
        for t in terms
        for v in t.values
        if t.negated or not _is_hard(lexicon.schema, t)
    ]
    figures = tuple(used[len(taken) :])
    concepts += _unnamed_refusals(message, [*used, *((t.start, t.end) for t in terms)])
    where += _subtitles(message, lexicon.schema)
    return Wishes(tuple(where), tuple(dict.fromkeys(concepts)), figures, order, tuple(released))


def _figures(
    message: str,
    lexicon: Lexicon,
    base: Sequence[Item],
    taken: Sequence[tuple[int, int]],
    context: Attribute | None,
) -> tuple[list[Constraint], list[tuple[int, int]]]:
    where: list[Constraint] = []
    used = list(taken)
    figures = read_figures(message, lexicon.schema, lexicon.vocabulary)
    figures = figures or read_bare(message, context)
    figures = [f for f in figures if not any(a < f.end and f.start < b for a, b in taken)]
    for (start, end), group in groupby(figures, key=lambda f: (f.start, f.end)):
        constraints = [f.constraint for f in group]
        refused = _refused(message, start, end)
        where += negate(constraints) if refused else constraints
        behind = _WORDINGS["refused after"].match(message[end:])
        # "... is too long" goes with the figure: it is no second condition.
        used.append((start, end + behind.end() + _LONGEST_WORD if behind else end))
    called = [
        *read_compared(message, base, lexicon.schema),
        *read_booleans(message, lexicon.schema),
    ]
    called = [f for f in called if not any(a < f.end and f.start < b for a, b in used)]
    where += [f.constraint for f in called]
    used += [(f.start, f.end) for f in called]
    relative = read_relative(message, base, lexicon, used)
    used += [(r.start, r.end) for r in relative]
    loose = list(read_loose(message, lexicon, used))
    used += [(entry.start, entry.end) for entry in loose]
    where += [entry.constraint for entry in (*relative, *loose)]
    return where, used


_LONGEST_WORD = 12


def _refused(message: str, start: int, end: int) -> bool:
    """Whether the figure in ``message[start:end]`` is what the person does not want."""
    before = _WORDINGS["refused before"].search(message[:start].rstrip() + " ")
    return bool(before or _WORDINGS["refused after"].match(message[end:]))


def _is_hard(schema: Schema, term: TermMention) -> bool:
    attribute = schema.get(term.attribute)
    if attribute is None:
        return False
    for_children = bool({normalise(v) for v in term.values} & _CHILDREN)
    return attribute.role in _HARD or attribute.kind is Kind.CATEGORY or for_children


_CHILDREN = {"for young children", "family viewing", "children", "kids"}
"""What is not for children is no answer to a wish for them, so these are conditions."""
_OLDEST_CHILD = 12


def _for_children(
    message: str, terms: Sequence[TermMention], lexicon: Lexicon
) -> list[TermMention]:
    """Read "my six-year-old" as a wish for something that children can see."""
    match = _WORDINGS["child"].search(message)
    if not match or any({normalise(v) for v in t.values} & _CHILDREN for t in terms):
        return []
    digits = re.search(r"\d+", match.group())
    if digits and int(digits.group()) > _OLDEST_CHILD:
        return []
    found = find_terms("for children", lexicon)
    meant = [(t, tuple(v for v in t.values if normalise(v) in _CHILDREN)) for t in found]
    return [t._replace(values=v, start=match.start(), end=match.end()) for t, v in meant if v]


def _only_told(message: str, term: TermMention, schema: Schema) -> bool:
    """Whether the message only tells of it: "my two cats keep me up"; nobody has a genre."""
    attribute = schema.get(term.attribute)
    kind = attribute is not None and attribute.role is Role.GENRE
    own = not kind and _WORDINGS["own"].search(message[: term.start])
    told = own and _WORDINGS["told of own"].match(message[term.end :])
    return bool(told) or _told_of_a_child(message, term)


def _told_of_a_child(message: str, term: TermMention) -> bool:
    """Whether children are only told of ("when I was a kid"), not whom something is for."""
    word = _WORDINGS["a child"].fullmatch(message[term.start : term.end])
    before, after = message[: term.start], message[term.end :]
    meant = _WORDINGS["for whom"].search(before) or _WORDINGS["of a child"].match(after)
    alone = not (before + after).strip(" .,!?")
    return bool(word) and not (meant or alone or term.negated)


def _conditions(message: str, terms: Sequence[TermMention], schema: Schema) -> list[Constraint]:
    """Turn named values into conditions: "or" joins them, single-valued columns do as well."""
    where: list[Constraint] = []
    last_end: dict[tuple[str, Op], int] = {}
    for term in terms:
        if not term.negated and not _is_hard(schema, term):
            continue
        op = Op.NE if term.negated else Op.EQ
        words = message[term.start : term.end]
        previous = last_end.get((term.attribute, op))
        between = message[previous : term.start].lower() if previous is not None else ""
        attribute = schema.get(term.attribute)
        single = attribute is not None and attribute.kind is Kind.CATEGORY
        people = attribute is not None and attribute.role in (Role.COUNTRY, Role.LANGUAGE)
        joined = previous is not None and (single or people or re.search(r"\bor\b", between))
        if joined and where and op is Op.EQ:
            last = next(c for c in reversed(where) if c.attribute == term.attribute)
            where.remove(last)
            merged = tuple(dict.fromkeys((*last.values, *term.values)))
            words = f"{last.words} or {words}"
            where.append(Constraint(attribute=term.attribute, op=op, values=merged, words=words))
        else:
            where.append(
                Constraint(attribute=term.attribute, op=op, values=term.values, words=words)
            )
        last_end[term.attribute, op] = term.end
    return where


def _unnamed_refusals(message: str, used: Sequence[tuple[int, int]]) -> list[Concept]:
    """Find refused things that are no value of the catalogue: "nothing with clowns"."""
    refused: list[Concept] = []
    tokens = [
        (word, start)
        for word, start, end in spans(message)
        if len(word) > 3
        and word not in STOPWORDS
        and word not in _NO_THING
        and not any(a < end and start < b for a, b in used)
    ]
    for stretch in negated_stretches(message):
        inside = [word for word, start in tokens if stretch.start <= start < stretch.end]
        refused += [Concept(text=w, sign=-1) for w in inside[:4]]
    return refused


_NO_THING = wordlist("not-things")


class Extreme(NamedTuple):
    """What to look for first: the column, highest or lowest first, and where it was said.

    ``one`` is true where a single item is meant ("the cheapest game you have").
    """

    order: str
    start: int
    end: int
    one: bool


def read_extreme(message: str, lexicon: Lexicon) -> Extreme | None:
    """Read "the oldest film you have" and "the three cheapest" as a wish for an order."""
    said = _WORDINGS["extreme"].search(message)
    compared = superlative(said.group(), lexicon.schema) if said else None
    if said is None or compared is None or compared[0].name not in lexicon.vocabulary.ranges:
        return None
    behind = next(iter(find_terms(message[said.end() :], lexicon)), None)
    kind = behind is not None and _is_hard(lexicon.schema, behind) and behind.start < 3
    if not (kind or _WORDINGS["of all"].search(message) or _WORDINGS["extremes"].search(message)):
        return None
    attribute, highest = compared
    one = bool(_WORDINGS["one extreme"].search(message))
    return Extreme(f"{'-' if highest else ''}{attribute.name}", said.start(), said.end(), one)


def _subtitles(message: str, schema: Schema) -> list[Constraint]:
    match = _WORDINGS["subtitles"].search(message)
    columns = schema.having(Role.LANGUAGE)
    if not match or not columns:
        return []
    return [
        Constraint(attribute=columns[0].name, op=Op.EQ, values=("English",), words=match.group())
    ]


def wish_text(message: str, drop: Sequence[tuple[int, int]] = ()) -> str:
    """Return the words to search with: refusals, figures, references and filler taken out.

    Encoders do not understand "not": what is refused would be found.
    """
    cut = [(s.start, s.end) for s in negated_stretches(message)] + list(drop)
    kept = "".join(" " if any(a <= i < b for a, b in cut) else c for i, c in enumerate(message))
    for _ in range(2):  # "for tonight": the end of a message is another one then
        kept = _WORDINGS["filler"].sub(" ", kept)
    return re.sub(r"\s+", " ", re.sub(r"\s+([,.;!?])", r"\1", kept)).strip(" ,.;:!?-'’\"")
