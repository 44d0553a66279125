"""A catalogue without an index: the items that a service has found so far.

:class:`LiveCatalog` offers what a turn uses of :class:`recllm.catalog.index.Catalog`. Items arrive
as they are found; the vocabulary grows with them, so that titles and names that were found are
understood from then on. What is kept is bounded; the items of a conversation are in its session.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from recllm.catalog.document import document
from recllm.catalog.filters import Filter, holds
from recllm.catalog.vocabulary import Term, Vocabulary, names_of
from recllm.errors import CatalogError
from recllm.protocols import Encoder
from recllm.services.description import Description
from recllm.text import normalise, words
from recllm.types import Item, Kind, Role, Schema

if TYPE_CHECKING:
    from recllm.catalog.index import Catalog

MOST_ITEMS = 2000
_ORDINARY = 2
"""A one-word name that stands in so many other makers' items is taken for a word."""


class LiveCatalog:
    """Items found so far, with conditions and vectors; all of it is in memory.

    Args:
        description: the service that finds them.
        encoder: makes their vectors, when they are first asked for.
    """

    def __init__(self, description: Description, encoder: Encoder) -> None:
        self.description = description
        self._schema = description.schema_of_items
        self._encoder = encoder
        self._items: OrderedDict[str, Item] = OrderedDict()
        self._vectors: dict[str, npt.NDArray[np.float32]] = {}
        self._vocabulary: Vocabulary | None = None
        self._generation = self._asked = 0

    @property
    def name(self) -> str:
        """What the service is called."""
        return self.description.name

    @property
    def schema(self) -> Schema:
        """The typed attributes of the items, and their noun."""
        return self._schema

    @property
    def size(self) -> int:
        """How many items are known now."""
        return len(self._items)

    @property
    def encoder_name(self) -> str:
        """The encoder that makes the vectors."""
        return self._encoder.name

    @property
    def vocabulary(self) -> Vocabulary:
        """Titles and values of what is known now: another object whenever that has changed."""
        known = self._vocabulary
        if known is None:
            # It may be made in a thread: what was found meanwhile must not be forgotten by it.
            generation = self._generation
            known = self._built()
            if generation == self._generation:
                self._vocabulary = known
        return known

    def remember(self, items: Iterable[Item]) -> None:
        """Take in items that were found, or that a session knows; the oldest make room."""
        for item in items:
            if self._items.get(item.id) != item:
                self._items[item.id] = item
                self._vectors.pop(item.id, None)
                self._vocabulary, self._generation = None, self._generation + 1
            self._items.move_to_end(item.id)
        while len(self._items) > MOST_ITEMS:
            gone, _ = self._items.popitem(last=False)
            self._vectors.pop(gone, None)
            self._vocabulary, self._generation = None, self._generation + 1

    async def refresh(self) -> bool:
        """Return whether its words have changed since this was last asked."""
        changed, self._asked = self._asked != self._generation, self._generation
        return changed

    async def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """Return the items of ``ids`` in that order, without those that are not known."""
        return {i: self._items[i] for i in ids if i in self._items}

    async def vectors(self, ids: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the vectors of ``ids``, a row for each in order; new ones are encoded now.

        Raises:
            CatalogError: an item is not known.
            EncoderError: the encoder cannot be run.
        """
        found = {i: self._items.get(i) for i in ids}
        missing = [i for i, item in found.items() if item is None]
        if missing:
            raise CatalogError(f"no item {missing[0]!r} was found by {self.name!r} so far")
        new = [item for i, item in found.items() if item and i not in self._vectors]
        if new:
            rows = await self._encoder.encode([document(i, self._schema) for i in new])
            self._vectors |= {item.id: row for item, row in zip(new, rows, strict=True)}
        empty = np.zeros((0, self._encoder.dimension), dtype=np.float32)
        return np.vstack([empty, *(self._vectors[i] for i in ids)])

    async def scan(self, *, where: str = "", limit: int = 100) -> list[Item]:
        """Return known items that satisfy ``where``, the latest first."""
        return [i for i in reversed(self._items.values()) if self._passes(i, where)][:limit]

    async def count(self, where: str = "") -> int:
        """Return how many known items satisfy ``where``; all for ""."""
        return sum(self._passes(i, where) for i in self._items.values())

    def _passes(self, item: Item, where: str) -> bool:
        if not where:
            return True
        if not isinstance(where, Filter):
            raise CatalogError(
                f"{self.name!r} is searched live and has no table for {where!r}: give conditions "
                "made by compile_filter"
            )
        return all(holds(item, c, self._schema) for c in where.constraints)

    # ── Vocabulary ───────────────────────────────────────────────────────────────────────────

    def _built(self) -> Vocabulary:
        """Collect the words of what is known, with those that the description knows before."""
        items = list(self._items.values())
        found = Vocabulary.build(self._schema, items)
        ordinary = self._ordinary(items)
        terms = {k: v for k, v in found.terms.items() if k not in ordinary}
        for key, term in self._foreseen():
            have = terms.get(key, ())
            if all((t.attribute, t.value) != (term.attribute, term.value) for t in have):
                terms[key] = (*have, term)
        usual = {a.name: a.quantiles for a in self.description.item.attributes if a.quantiles}
        return found.model_copy(update={"terms": terms, "ranges": found.ranges | usual})

    def _foreseen(self) -> Iterable[tuple[str, Term]]:
        """Yield the values that the description names, found or not."""
        named = {a.name: list(a.names.values()) for a in self.description.item.attributes}
        for option in self.description.options:
            named.setdefault(option.attribute, []).extend(option.values)
        for attribute, values in named.items():
            for value in values:
                yield normalise(value), Term(attribute=attribute, value=value, count=0)

    def _ordinary(self, items: Sequence[Item]) -> set[str]:
        """Return one-word names of makers that are also plain words in the others' items.

        A channel called "Space" must not turn every wish for space into a wish for that channel.
        """
        makers = [a.name for a in self._schema.having(Role.CREATOR) if a.kind is not Kind.TEXT]
        own = {i.id: {normalise(n) for m in makers for n in names_of(i, m)} for i in items}
        single = {k for keys in own.values() for k in keys if " " not in k}
        seen: Counter[str] = Counter()
        for item in items if single else ():
            said = {*words(f"{item.title} {item.text}")}
            said |= {w for a in self._schema.having(Role.TAG) for n in names_of(item, a.name)
                     for w in words(n)}  # fmt: skip
            seen.update((single & said) - own[item.id])
        return {k for k, n in seen.items() if n >= _ORDINARY}


AnyCatalog: TypeAlias = "Catalog | LiveCatalog"
"""What a conversation can be held over."""
