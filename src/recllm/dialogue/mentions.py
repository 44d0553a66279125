"""Names of the catalogue in a message: its titles, its people, and its attributes' values."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from recllm.catalog.aliases import GENRES, PEOPLES
from recllm.catalog.vocabulary import MAX_WORDS, Term, Vocabulary
from recllm.dialogue.cues import wordlist
from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.negation import is_negated, negated_stretches
from recllm.text import Window, normalise, spans, windows, words
from recllm.types import Role, Schema

STOPWORDS = wordlist("stopwords")
_THANKS = re.compile(r"\b(?:thanks?|cheers|ta)\b", re.IGNORECASE)
_SHORT_SURNAME = 6
"""A surname of so few letters, in small ones and by itself, is rather an everyday word."""
_BEFORE_TITLE = re.compile(
    r"(?:\b(?:like|seen|see|saw|watch|watched|loved|liked|love|enjoyed|hate|hated|disliked|read|"
    r"finished|directed|wrote|made|is|was|in|about|called|titled|than|of|to|try|starring|does|did|"
    r"that|recommend|suggest|and|or|not|compare|have|got)|[\"“'‘«*])\s*$",
    re.IGNORECASE,
)
_BEFORE_PLAIN_TITLE = re.compile(
    r"\b(?:like|seen|saw|watched|loved|liked|enjoyed|hated|finished|directed|called|titled)\s*$",
    re.IGNORECASE,
)
"""Words behind which even a title in small letters is one."""
_QUOTATION = re.compile(r"[\"“«]([^\"“”«»]{2,80})[\"”»]")
_WHOLE = 3
"""In a quotation of more words, less than half of it is no title."""
_QUOTE_ENDS = re.compile(r"[.,!?]?(?:[\"”»*’']|\s*$)")
_AFTER_TITLE = re.compile(r"^\s*(?:,|\b(?:is|was|were|has|had|and|or|but|again)\b)", re.IGNORECASE)
_CREATOR_CUE = re.compile(
    r"\b(?:by|directed by|director|written by|from|author|made by)\s*$", re.IGNORECASE
)
_PERFORMER_CUE = re.compile(
    r"\b(?:with|starring|featuring|stars|actor|actress|has)\s*$", re.IGNORECASE
)


class TitleMention(NamedTuple):
    """A title of the catalogue in ``message[start:end]``; ``ids`` are the items so called."""

    ids: tuple[str, ...]
    start: int
    end: int
    negated: bool


class TermMention(NamedTuple):
    """Values of one attribute named in ``message[start:end]``; any of ``values`` satisfies it."""

    attribute: str
    values: tuple[str, ...]
    start: int
    end: int
    negated: bool


def _free(window: Window, taken: Sequence[tuple[int, int]]) -> bool:
    return all(window.end <= a or window.start >= b for a, b in taken)


def find_titles(message: str, vocabulary: Vocabulary) -> list[TitleMention]:
    """Find the catalogue's titles in ``message``, longest first, none overlapping.

    A title that is also an everyday word ("Her", "Up", "Heat") counts only where it is written as
    a name: in quotes, capitalised within the sentence, or behind a word such as "seen" or "like".
    """
    stretches = negated_stretches(message)
    quotations = [m.span(1) for m in _QUOTATION.finditer(message) if len(m[1].split()) > _WHOLE]
    found: list[TitleMention] = []
    for window in windows(message, MAX_WORDS):
        ids = vocabulary.titles.get(window.key)
        free = _free(window, [(m.start, m.end) for m in found])
        free = free and not any(
            a <= window.start and window.end <= b and window.length * 2 < len(message[a:b].split())
            for a, b in quotations
        )
        if ids and free and _written_as_title(message, window, vocabulary):
            negated = is_negated(message, window.start, window.end, stretches)
            found.append(TitleMention(ids, window.start, window.end, negated))
    return sorted(found, key=lambda m: m.start)


def _written_as_title(message: str, window: Window, vocabulary: Vocabulary) -> bool:
    parts = window.key.split()
    plain = [w for w in parts if w not in STOPWORDS]
    raw = message[window.start : window.end]
    before = message[: window.start]
    quoted = before.rstrip(" ")[-1:] in {'"', "“", "«", "*", "‘", "'"} and before[-1:] != " "
    # Words at the head of a longer quotation are no title ("How to juggle").
    quoted = quoted and bool(_QUOTE_ENDS.match(message[window.end :]))
    capitals = sum(w[:1].isupper() or w[:1].isdigit() for w in raw.split())
    everyday = window.key in vocabulary.terms or not plain or window.key in GENRES
    within = bool(before.strip()) and not re.search(r"[.!?:]\s*$", before)
    if quoted:
        return True
    if len(plain) >= 2 and not everyday:
        return True
    alone = window.length == len(list(spans(message)))
    subject = capitals > 0 and not before.strip() and _AFTER_TITLE.match(message[window.end :])
    if everyday:
        named = capitals == len(raw.split()) and raw != raw.upper()
        cue = len(parts) > 1 or _BEFORE_TITLE.search(before)
        return named and bool((within and cue) or (subject and parts[0] not in STOPWORDS))
    if capitals and (within or subject or alone):
        return True
    return alone or (bool(_BEFORE_PLAIN_TITLE.search(before)) and not window.key.isdigit())


def find_terms(
    message: str, lexicon: Lexicon, taken: Sequence[tuple[int, int]] = ()
) -> list[TermMention]:
    """Find the values of category and list attributes in ``message``, outside ``taken``.

    Aliases ("sci-fi", "French", "make me cry") are resolved to what the catalogue calls them;
    a surname stands for the people of that name.
    """
    stretches = negated_stretches(message)
    used = list(taken)
    found: list[TermMention] = []
    for window in windows(message, MAX_WORDS):
        if not _free(window, used):
            continue
        groups = _meaning(message, window, lexicon)
        if groups:
            used.append((window.start, window.end))
        negated = bool(groups) and is_negated(message, window.start, window.end, stretches)
        if negated and window.key in GENRES:
            # A refusal means everything of the kind: "nothing scary" leaves out horror too.
            groups = _everything(window.key, lexicon.vocabulary) or groups
        for attribute, values in groups:
            found.append(TermMention(attribute, values, window.start, window.end, negated))
    return sorted(found, key=lambda m: m.start)


def _meaning(message: str, window: Window, lexicon: Lexicon) -> list[tuple[str, tuple[str, ...]]]:
    key, schema, vocabulary = window.key, lexicon.schema, lexicon.vocabulary
    if window.length == 1 and key in STOPWORDS:
        return []
    if (
        key in {"brothers", "sisters"}
        and words(message[: window.start])[-1:]
        and (words(message[: window.start])[-1] in lexicon.surnames)
    ):
        return []  # "the Coen brothers" are people, no theme
    if key in PEOPLES:
        return _people(key, message, window, schema, vocabulary)
    terms = _lookup(key, vocabulary)
    if not terms and key in GENRES:
        return _alias(key, vocabulary)
    if not terms and key in lexicon.surnames and _named(message, window):
        terms = lexicon.surnames[key]
    return _grouped(terms, message, window, schema)


def _singular(key: str) -> Iterator[str]:
    yield key
    if key.endswith("ies"):
        yield key[:-3] + "y"
    if key.endswith("es"):
        yield key[:-2]
    if key.endswith("s"):
        yield key[:-1]
    else:
        yield key + "s"


def _lookup(key: str, vocabulary: Vocabulary) -> list[Term]:
    for form in _singular(key):
        if form in vocabulary.terms:
            return list(vocabulary.terms[form])
    return []


def _people(
    key: str, message: str, window: Window, schema: Schema, vocabulary: Vocabulary
) -> list[tuple[str, tuple[str, ...]]]:
    """Resolve "French": a language behind "in", else a country, else a language."""
    roles = [Role.COUNTRY, Role.LANGUAGE]
    spoken = re.search(
        r"\b(?:in|speak\w*|subtitled in|dubbed in)\s*$", message[: window.start], re.I
    )
    if spoken or re.match(r"\s*(?:language|speaking|subtitles)", message[window.end :], re.I):
        roles.reverse()
    keys = {normalise(k) for option in PEOPLES[key] for k in option}
    for role in roles:
        for attribute in schema.having(role):
            values = tuple(v for v in vocabulary.values(attribute.name) if normalise(v) in keys)
            if values:
                return [(attribute.name, values)]
    return _grouped(_lookup(key, vocabulary), message, window, schema)


def _alias(key: str, vocabulary: Vocabulary) -> list[tuple[str, tuple[str, ...]]]:
    """Use the first alternative that the catalogue holds, and later ones of the same attribute."""
    chosen: list[tuple[str, tuple[str, ...]]] = []
    for option in GENRES[key]:
        found = [vocabulary.terms.get(normalise(part), ()) for part in option]
        if not all(found):
            continue
        best = [max(terms, key=lambda t: t.count) for terms in found]
        if len(best) > 1:
            return chosen or [(t.attribute, (t.value,)) for t in best]
        if not chosen:
            chosen = [(best[0].attribute, (best[0].value,))]
        elif chosen[0][0] == best[0].attribute and best[0].value not in chosen[0][1]:
            chosen = [(chosen[0][0], (*chosen[0][1], best[0].value))]
    return chosen


def _everything(key: str, vocabulary: Vocabulary) -> list[tuple[str, tuple[str, ...]]]:
    """Return all that the catalogue calls by one of the words of an alias."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for option in GENRES[key]:
        for term in vocabulary.terms.get(normalise(option[0]), ()) if len(option) == 1 else ():
            found[term.attribute].append(term.value)
    return [(attribute, tuple(dict.fromkeys(values))) for attribute, values in found.items()]


def _grouped(
    terms: Sequence[Term], message: str, window: Window, schema: Schema
) -> list[tuple[str, tuple[str, ...]]]:
    """Choose the attribute that the words around a name point to."""
    by_attribute: defaultdict[str, list[Term]] = defaultdict(list)
    for term in terms:
        by_attribute[term.attribute].append(term)
    if not by_attribute:
        return []
    before = message[: window.start]
    cues = ((_CREATOR_CUE, Role.CREATOR), (_PERFORMER_CUE, Role.PERFORMER))
    for cue, role in cues:
        for attribute in schema.having(role):
            if cue.search(before) and attribute.name in by_attribute:
                return [(attribute.name, tuple(t.value for t in by_attribute[attribute.name]))]
    name = max(by_attribute, key=lambda a: _weight(schema, a, by_attribute[a]))
    return [(name, tuple(t.value for t in by_attribute[name]))]


def _weight(schema: Schema, name: str, terms: Sequence[Term]) -> tuple[bool, int]:
    """Prefer genres to tags, then what more items have."""
    attribute = schema.get(name)
    strict = attribute is not None and attribute.role in (Role.GENRE, Role.COUNTRY)
    return strict, sum(t.count for t in terms)


def _named(message: str, window: Window) -> bool:
    """Whether a surname stands for its people here."""
    before, after = message[: window.start], message[window.end :]
    # Part of a longer name that the catalogue does not hold ("Forrest Gump") is nobody's surname.
    first = re.search(r"(?:^|[^.!?]\s|[(\[“\"])([A-Z](?:\w+|\.))\s+$", before)
    if re.match(r"\s+[A-Z]", after) or (first and normalise(first[1]) not in STOPWORDS):
        return False
    if re.match(r"['’]?s?\s*(?:films?|movies?|books?|talks?|one\b|brothers)", after, re.I):
        return True
    cue = _CREATOR_CUE.search(before) or _PERFORMER_CUE.search(before)
    said = [w for w in words(message) if w not in STOPWORDS]
    # "hitchcock please" names somebody, "a stone" does not.
    alone = " ".join(said) == window.key and len(window.key) > _SHORT_SURNAME
    alone = alone and not _THANKS.search(message)  # "brilliant, thanks!" calls for no Mr Brilliant
    return bool(cue) or alone or message[window.start].isupper()
