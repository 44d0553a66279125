"""What a reader of messages knows of a catalogue: its columns, its words, its people's surnames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from recllm.catalog.aliases import GENRES, PEOPLES
from recllm.catalog.vocabulary import Term, Vocabulary
from recllm.text import normalise
from recllm.types import Role, Schema

_SHORTEST_TITLE, _SHORTEST_WORD = 7, 6
"""Shorter names are not looked for among misspelt words: too many words are near them."""
_NAMED = (Role.GENRE, Role.COUNTRY, Role.LANGUAGE)


_PARTICLES = {"de", "del", "della", "van", "von", "la", "le", "di", "da", "el", "al"}


class Lexicon(NamedTuple):
    """Made once for each catalogue and passed to all that read a message.

    Attributes:
        schema: the catalogue's columns.
        vocabulary: its titles and values.
        surnames: people by their last name.
        words: all single words of titles and values, which are no misspellings.
        long_titles: titles that a misspelt one may have meant, by their length; none of a large
            catalogue.
        plain_names: single words that a misspelt one may have meant: genres, peoples, surnames,
            columns.
        kinds: those of them that are genres.
        columns: those of them that are columns.
    """

    schema: Schema
    vocabulary: Vocabulary
    surnames: dict[str, list[Term]]
    words: frozenset[str] = frozenset()
    long_titles: Mapping[int, Sequence[str]] = MappingProxyType({})
    plain_names: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()

    @classmethod
    def of(cls, schema: Schema, vocabulary: Vocabulary) -> Lexicon:
        """Index the names of a catalogue."""
        surnames = _surnames(schema, vocabulary)
        values = (v for a in schema.having(*_NAMED) for v in vocabulary.values(a.name))
        long = (s for s in surnames if len(s) > _SHORTEST_WORD)
        columns = {a.name for a in schema.attributes if a.name.isalpha()}
        names = {*PEOPLES, *long, *map(normalise, values), *columns}
        kinds = (v for a in schema.having(Role.GENRE) for v in vocabulary.values(a.name))
        plain = {n for n in names if " " not in n and len(n) >= _SHORTEST_WORD}
        # A large catalogue has its titles' words ready, and too many titles to compare with.
        titles = () if vocabulary.title_words else tuple(vocabulary.titles)
        words = {w for key in (*titles, *vocabulary.terms, *GENRES) for w in key.split()}
        return cls(
            schema,
            vocabulary,
            surnames,
            frozenset(words.union(vocabulary.title_words)),
            _by_length(t for t in titles if len(t) >= _SHORTEST_TITLE),
            tuple(sorted(plain)),
            tuple(sorted(plain.intersection(map(normalise, kinds)))),
            frozenset(plain & columns),
        )


def _by_length(names: Iterable[str]) -> dict[int, list[str]]:
    index: defaultdict[int, list[str]] = defaultdict(list)
    for name in names:
        index[len(name)].append(name)
    return dict(index)


def _surnames(schema: Schema, vocabulary: Vocabulary) -> dict[str, list[Term]]:
    index: defaultdict[str, list[Term]] = defaultdict(list)
    for attribute in schema.having(Role.CREATOR, Role.PERFORMER):
        for value, count in vocabulary.values(attribute.name).items():
            parts = normalise(value).split()
            # Shorter names are too often everyday words ("Lee", "Day").
            if 1 < len(parts) < 5 and len(parts[-1]) > 3:
                term = Term(attribute=attribute.name, value=value, count=count)
                index[parts[-1]].append(term)
                if parts[-2] in _PARTICLES:
                    index[" ".join(parts[-2:])].append(term)
    return dict(index)
