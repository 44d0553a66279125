"""What a reader of messages knows of a catalogue: its columns, its words, its people's surnames."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from recllm.catalog.vocabulary import Term, Vocabulary
from recllm.text import normalise
from recllm.types import Role, Schema


class Lexicon(NamedTuple):
    """Made once for each catalogue and passed to all that read a message."""

    schema: Schema
    vocabulary: Vocabulary
    surnames: dict[str, list[Term]]

    @classmethod
    def of(cls, schema: Schema, vocabulary: Vocabulary) -> Lexicon:
        """Index the people of the catalogue by their last name."""
        index: defaultdict[str, list[Term]] = defaultdict(list)
        for attribute in schema.having(Role.CREATOR, Role.PERFORMER):
            for value, count in vocabulary.values(attribute.name).items():
                parts = normalise(value).split()
                # Shorter names are too often everyday words ("Lee", "Day").
                if 1 < len(parts) < 5 and len(parts[-1]) > 3:
                    term = Term(attribute=attribute.name, value=value, count=count)
                    index[parts[-1]].append(term)
        return cls(schema, vocabulary, dict(index))
