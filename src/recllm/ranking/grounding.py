"""The check that what is said is so: titles, figures, names and attributes against the records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from recllm.catalog.aliases import PEOPLES
from recllm.catalog.vocabulary import MAX_WORDS, Term, Vocabulary
from recllm.text import Window, normalise, sentences, windows
from recllm.types import Item, Role, Schema

_FIGURE = re.compile(r"(?<![\w.])\d[\d,.]*\d|\d")
_DECADE = re.compile(r"\b(?:(?:1[89]|20)\d0|['’]?\d0)['’]?s\b")
_SPELT = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "hundred": 100,
}  # fmt: skip
_SPELT_DECADES = {
    "twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70,
    "eighties": 80, "nineties": 90,
}  # fmt: skip
_NAME = re.compile(
    r"(?:[A-Z][\w'’-]*\.?)(?:\s+(?:(?:of|the|de|von|van|da|del|la|di)\s+)?[A-Z][\w'’-]*\.?)*"
)
_ANYBODY = frozenset(
    {
        "i", "im", "ive", "id", "ill", "ok", "tv", "dvd", "hi", "hello", "monday", "tuesday",
        "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march",
        "april", "may", "june", "july", "august", "september", "october", "november",
        "december", "christmas", "english", "ai", "sci", "fi", "recllm",
    }
)  # fmt: skip
_EVERYDAY = frozenset(
    {
        "family", "work", "school", "music", "food", "dance", "cars", "dogs", "animals",
        "friendship", "love", "war", "sea", "island", "holiday", "childhood", "quirky", "light",
        "fun", "dark", "home", "people", "world", "culture", "change", "future", "life",
        "ideas", "memory", "politics", "faith", "marriage", "gentle", "science", "technology",
        "business", "design", "art", "health", "magic", "survival", "justice", "identity",
        "class", "short", "epic", "drama", "story", "history", "adventure", "mystery",
        "romance", "crime", "action",
    }
)  # fmt: skip
"""Values that are also everyday words: "a mystery to me" says nothing of an item."""


_KIND = re.compile(
    r"^[\s-]*(?:films?|movies?|books?|talks?|story|stories|drama|comedy|thriller)\b", re.I
)
"""Behind these even an everyday word says of what kind an item is."""
_SPELT_LENGTH = re.compile(r"\b(?:one|two|three|four|five|six) (?:hours?|minutes?)\b", re.I)
_SUBJECT = re.compile(
    r"^\s*(?:is|was|has|are|stars|tells|follows|would|could|might|will|offers|directed|made)\b"
)


class Grounds(NamedTuple):
    """What may be spoken of: items with their records, and what the user said (or code told)."""

    items: tuple[Item, ...]
    said: str = ""


class Grounder:
    """Finds in a sentence what no record and no word of the user supports."""

    def __init__(self, schema: Schema, vocabulary: Vocabulary) -> None:
        self._schema = schema
        self._vocabulary = vocabulary

    def violations(self, sentence: str, grounds: Grounds) -> tuple[str, ...]:
        """Return what is unsupported, in words; empty if all is supported.

        A sentence that names items is checked against their records alone, any other against
        all of ``grounds.items``.
        """
        named = [i for i in grounds.items if _names(sentence, i)]
        items = named or list(grounds.items)
        record = " ".join(record_text(i) for i in items)
        support = normalise(f"{record} {grounds.said}")
        found = [
            *self._titles(sentence, grounds, support),
            *_figures(sentence, items, f"{record} {grounds.said}", len(grounds.items)),
            *_unknown_names(sentence, support, offers=sentence.rstrip().endswith("?")),
        ]
        if not sentence.rstrip().endswith("?"):
            # "Something French?" offers; it claims nothing of an item.
            found += self._values(sentence, support)
        return tuple(dict.fromkeys(found))

    def keep(self, text: str, grounds: Grounds) -> tuple[str, tuple[str, ...]]:
        """Return ``text`` without its unsupported sentences, and what was dropped and why."""
        kept: list[str] = []
        dropped: list[str] = []
        for sentence in sentences(text):
            wrong = self.violations(sentence, grounds)
            if wrong:
                dropped.append(f"{sentence} [{'; '.join(wrong)}]")
            else:
                kept.append(sentence)
        return " ".join(kept), tuple(dropped)

    def _titles(self, sentence: str, grounds: Grounds, support: str) -> Iterator[str]:
        allowed = {i.id for i in grounds.items}
        used: list[Window] = []
        for window in windows(sentence, MAX_WORDS):
            ids = self._vocabulary.titles.get(window.key)
            if not ids or any(window.start < u.end and u.start < window.end for u in used):
                continue
            used.append(window)
            # A title inside a supported phrase ("Heat" in "Red Heat") is no claim of its own.
            if allowed & set(ids) or f" {window.key} " in f" {support} ":
                continue
            if _as_title(sentence, window):
                yield f"title {sentence[window.start : window.end]!r}"

    def _values(self, sentence: str, support: str) -> Iterator[str]:
        for window in windows(sentence, 4):
            terms = [*self._vocabulary.terms.get(window.key, ()), *self._peoples(window.key)]
            if not terms or (window.key in _EVERYDAY and not _KIND.match(sentence[window.end :])):
                continue
            forms = {normalise(t.value) for t in terms} | {window.key, window.key.rstrip("s")}
            if not any(f" {form} " in f" {support} " for form in forms) and self._telling(terms):
                yield f"value {sentence[window.start : window.end]!r}"

    def _peoples(self, key: str) -> list[Term]:
        """Return what an adjective such as "French" says of an item."""
        names = {normalise(n) for option in PEOPLES.get(key, ()) for n in option}
        return [t for n in sorted(names) for t in self._vocabulary.terms.get(n, ())]

    def _telling(self, terms: Sequence[Term]) -> bool:
        roles = {a.role for t in terms if (a := self._schema.get(t.attribute))}
        return bool(roles - {Role.OTHER})


def record_text(item: Item) -> str:
    """Return all of an item's record as one text."""
    parts = [item.title, item.text]
    for value in item.attributes.values():
        if isinstance(value, tuple):
            parts += value
        elif isinstance(value, float | int) and not isinstance(value, bool):
            parts.append(f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}")
        else:
            parts.append(str(value))
    return " . ".join(parts)


def _names(sentence: str, item: Item) -> bool:
    return f" {normalise(item.title)} " in f" {normalise(sentence)} "


def _as_title(sentence: str, window: Window) -> bool:
    """Whether a run of words is written as a title rather than as plain words."""
    raw = sentence[window.start : window.end].split()
    quoted = sentence[: window.start].endswith(('"', "“", "*", "'", "‘"))
    capitals = sum(w[:1].isupper() for w in raw)
    # A single capital at the head of a sentence is only its beginning.
    subject = window.start == 0 and _SUBJECT.match(sentence[window.end :])
    return (
        quoted
        or (capitals == 1 and len(raw) == 1 and bool(subject))
        or (capitals >= 2 and capitals >= len(raw) / 2)
        or (len(raw) == 1 and capitals == 1 and window.start > 0 and len(raw[0]) > 2)
    )


def _figures(sentence: str, items: Sequence[Item], support: str, count: int) -> Iterator[str]:
    known = {_plain(f) for f in _FIGURE.findall(support)} | {str(n) for n in range(count + 1)}
    known |= {str(int(f) // 60) for f in known if f.isdigit() and 30 < int(f) < 600}
    known |= {str(int(f) % 60) for f in known if f.isdigit() and 30 < int(f) < 600}
    decades = {f[-2:-1] + "0" for f in known if len(f) == 4 and f.isdigit()}
    low = support.lower()
    for match in _DECADE.finditer(sentence):
        if re.sub(r"\D", "", match.group())[-2:] not in decades and match.group() not in support:
            yield f"decade {match.group()!r}"
    for figure in _FIGURE.findall(_DECADE.sub(" ", sentence)):
        if _plain(figure) not in known:
            yield f"figure {figure!r}"
    for match in _SPELT_LENGTH.finditer(sentence):
        if match.group().lower() not in low:
            yield f"figure {match.group()!r}"
    for word in re.findall(r"[a-z]+", sentence.lower()):
        if word in _SPELT and word not in low and str(_SPELT[word]) not in known:
            yield f"figure {word!r}"
        if word in _SPELT_DECADES and word not in low and str(_SPELT_DECADES[word]) not in decades:
            yield f"decade {word!r}"


def _plain(figure: str) -> str:
    text = figure.rstrip(".,").replace(",", "")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unknown_names(sentence: str, support: str, offers: bool) -> Iterator[str]:
    """Find names, people's above all, that stand in no record and that the user did not say."""
    padded = f" {support} "
    for match in _NAME.finditer(sentence):
        name = re.sub(r"['’]s\b", "", match.group()).rstrip(".")
        key = normalise(name)
        starts = match.start() == 0 or sentence[: match.start()].rstrip()[-1:] in '.!?:"“'
        parts = key.split()
        if starts:
            parts = parts[1:]  # The first word of a sentence is capitalised anyway.
        unknown = [p for p in parts if p not in _ANYBODY and not _supported(p, padded)]
        if offers:
            unknown = [p for p in unknown if p not in PEOPLES]  # "Something French?" is an offer.
        if unknown:
            yield f"name {name!r}"


def _supported(word: str, padded: str) -> bool:
    if f" {word} " in padded or f" {word.rstrip('s')} " in padded:
        return True
    names = {n for option in PEOPLES.get(word, ()) for part in option for n in [normalise(part)]}
    return any(f" {n} " in padded for n in names)
