"""The catalogue's own words: its titles and its attributes' values, found by normalised key."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from pydantic import Field
from rapidfuzz import fuzz, process

from recllm.text import normalise
from recllm.types import Attribute, Item, Kind, Schema, Value

MAX_WORDS = 8
"""Names of more words are not looked for in a message."""


class Term(Value):
    """A value of a category or list attribute, as the catalogue writes it, and its item count."""

    attribute: str
    value: str
    count: int


class Vocabulary(Value):
    """Titles and attribute values by normalised key.

    ``titles`` maps a key to the ids of the items so called; ``terms`` maps a key to the values so
    written (a word may be a genre and a tag at once). ``ranges`` holds, for each number and date
    attribute (dates as years), the quantiles 0, 0.25, 0.5, 0.75 and 1 of its values. Of a large
    catalogue the titles lie in a file of their own, and ``title_words`` has their single words.
    """

    titles: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    title_words: tuple[str, ...] = ()
    terms: dict[str, tuple[Term, ...]] = Field(default_factory=dict)
    ranges: dict[str, tuple[float, ...]] = Field(default_factory=dict)

    @classmethod
    def build(cls, schema: Schema, items: Iterable[Item]) -> Vocabulary:
        """Collect the vocabulary of ``items``."""
        titles: defaultdict[str, list[str]] = defaultdict(list)
        counts: Counter[tuple[str, str]] = Counter()
        figures: defaultdict[str, list[float]] = defaultdict(list)
        named = [a for a in schema.attributes if a.kind in (Kind.CATEGORY, Kind.LIST)]
        for item in items:
            for key in title_keys(item.title):
                titles[key].append(item.id)
            for attribute in named:
                counts.update((attribute.name, v) for v in set(names_of(item, attribute.name)))
            for attribute in schema.attributes:
                figure = figure_of(item, attribute)
                if figure is not None:
                    figures[attribute.name].append(figure)
        return cls(
            titles={k: tuple(v) for k, v in titles.items()},
            terms=_index(counts),
            ranges={name: _quantiles(values) for name, values in figures.items()},
        )

    def values(self, attribute: str) -> Mapping[str, int]:
        """Return the values of ``attribute`` with their item counts, most frequent first."""
        return self._by_attribute.get(attribute, {})

    def resolve(self, attribute: str, text: str, cutoff: float = 85.0) -> str | None:
        """Return the value of ``attribute`` that ``text`` means, forgiving spelling.

        Args:
            attribute: a category or list attribute.
            text: the value as a person or a model wrote it.
            cutoff: least similarity, 0 to 100 (normalised Indel similarity of the keys).
        """
        key = normalise(text)
        for term in self.terms.get(key, ()):
            if term.attribute == attribute:
                return term.value
        choices = self._keys.get(attribute, {})
        best = process.extractOne(key, list(choices), scorer=fuzz.ratio, score_cutoff=cutoff)
        return choices[best[0]] if best and len(key) > 3 else None

    def with_titles(self, titles: Mapping[str, tuple[str, ...]]) -> Vocabulary:
        """Return the same with other titles, which are taken as they are."""
        return self.model_copy(update={"titles": titles})

    def apart(self) -> Vocabulary:
        """Return the same without titles, with their words instead."""
        words = sorted({word for key in self.titles for word in key.split()})
        return self.model_copy(update={"titles": {}, "title_words": tuple(words)})

    @cached_property
    def _by_attribute(self) -> dict[str, dict[str, int]]:
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        terms = (t for group in self.terms.values() for t in group)
        for term in sorted(terms, key=lambda t: (-t.count, t.value)):
            found[term.attribute][term.value] = term.count
        return dict(found)

    @cached_property
    def _keys(self) -> dict[str, dict[str, str]]:
        return {a: {normalise(v): v for v in values} for a, values in self._by_attribute.items()}


def title_keys(title: str) -> tuple[str, ...]:
    """Return the keys under which a title is found: whole, without its article or subtitle.

    >>> title_keys("The Hunger Games (The Hunger Games, #1)")
    ('the hunger games the hunger games 1', 'the hunger games', 'hunger games')
    """
    whole = normalise(title)
    main = normalise(title.split(" (")[0]) or whole
    before_colon = normalise(title.split(": ")[0].split(" (")[0])
    keys = [whole, main]
    if len(before_colon.split()) > 1:
        keys.append(before_colon)
    keys += [k.split(" ", 1)[1] for k in (main,) if k.startswith(("the ", "a ", "an "))]
    return tuple(dict.fromkeys(k for k in keys if k))


def figure_of(item: Item, attribute: Attribute) -> float | None:
    """Return the item's number on ``attribute``; of a date, its year."""
    value = item.attributes.get(attribute.name)
    if attribute.kind is Kind.NUMBER and isinstance(value, float | int):
        return float(value)
    if attribute.kind is Kind.DATE and isinstance(value, str) and value[:4].isdigit():
        return float(value[:4])
    return None


def _quantiles(values: list[float]) -> tuple[float, ...]:
    ordered = sorted(values)
    return tuple(ordered[round(q * (len(ordered) - 1))] for q in (0, 0.25, 0.5, 0.75, 1))


def names_of(item: Item, attribute: str) -> tuple[str, ...]:
    """Return the item's values of a category or list attribute; none if it has no such."""
    value = item.attributes.get(attribute)
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, tuple) else ()


def _index(counts: Counter[tuple[str, str]]) -> dict[str, tuple[Term, ...]]:
    terms: defaultdict[str, list[Term]] = defaultdict(list)
    for (attribute, value), count in counts.items():
        for key in value_keys(value):
            terms[key].append(Term(attribute=attribute, value=value, count=count))
    return {k: tuple(v) for k, v in terms.items()}


def value_keys(value: str) -> tuple[str, ...]:
    """Return the keys under which a value is found: whole, and by its parts about a dash.

    >>> value_keys("Stout - Russian Imperial")
    ('stout russian imperial', 'russian imperial stout', 'stout')
    """
    head, dash, kind = value.partition(" - ")
    keys = [value, f"{kind} {head}", head] if dash and kind.strip() else [value]
    found = dict.fromkeys(map(normalise, keys))
    return tuple(k for k in found if k and len(k.split()) <= MAX_WORDS)
