"""Direct LLM search: the model writes titles, and those that exist are found (RecLLM 4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recllm.catalog.filters import holds
from recllm.catalog.index import Catalog
from recllm.protocols import Encoder
from recllm.retrieval.constraints import executed
from recllm.retrieval.notes import note
from recllm.retrieval.titles import TitleMatcher
from recllm.text import shorten
from recllm.types import Candidate, Item, Query

MOST_TITLES = 50
"""Titles of one answer that are looked up."""
_BEHIND = 30
"""Ranks that what the words of unknown titles find stands behind the titles that exist."""
_FOUND_BY_WORDS = 20


class DirectRetriever:
    """Finds the items whose titles the model wrote, in the model's order.

    A title that is in no record is noted and used as words to search with: its finds stand well
    behind those that exist. Without titles this way finds nothing.
    """

    name = "direct"

    def __init__(self, catalog: Catalog, encoder: Encoder) -> None:
        self._catalog = catalog
        self._encoder = encoder
        self._titles = TitleMatcher(catalog)

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return the named items first, then what the words of unknown titles find."""
        titles = [t for t in dict.fromkeys(query.titles) if t.strip()][:MOST_TITLES]
        if not titles:
            return ()
        known, unknown = await self._look_up(titles)
        allowed = self._allowed(known, query)
        self._tell(len(titles), unknown, len(known) - len(allowed))
        ranked = {item.id: (item, rank) for rank, item in enumerate(allowed, start=1)}
        behind = len(allowed) + _BEHIND + 1
        for rank, item in enumerate(await self._by_words(unknown, query), start=behind):
            ranked.setdefault(item.id, (item, rank))
        return tuple(
            Candidate(
                item=item, score=1 / rank, ranks={self.name: rank}, scores={self.name: 1 / rank}
            )
            for item, rank in list(ranked.values())[: query.limit]
        )

    async def _look_up(self, titles: Sequence[str]) -> tuple[list[Item], list[str]]:
        known: dict[str, Item] = {}
        unknown: list[str] = []
        for title in titles:
            matches = await self._titles.match(title)
            known |= {m.item.id: m.item for m in matches if m.item.id not in known}
            unknown += [] if matches else [title]
        return list(known.values()), unknown

    def _allowed(self, items: Iterable[Item], query: Query) -> list[Item]:
        excluded, schema = frozenset(query.exclude), self._catalog.schema
        return [
            item
            for item in items
            if item.id not in excluded and all(holds(item, c, schema) for c in query.where)
        ]

    async def _by_words(self, titles: Sequence[str], query: Query) -> list[Item]:
        """Return what the words of ``titles`` find: in the index, and by meaning."""
        text = ". ".join(titles)
        if not text:
            return []
        where, _ = executed(query, self._catalog.schema)
        limit = min(query.limit, _FOUND_BY_WORDS) + len(query.exclude)
        vector = (await self._encoder.encode([text]))[0]
        by_words = await self._catalog.search_text(text, where=where, limit=limit)
        by_meaning = await self._catalog.search_vector(vector, where=where, limit=limit)
        excluded = frozenset(query.exclude)
        pairs = [hit for both in zip(by_words, by_meaning, strict=False) for hit in both]
        pairs = pairs or [*by_words, *by_meaning]
        found = {h.item.id: h.item for h in pairs if h.item.id not in excluded}
        return list(found.values())[:_FOUND_BY_WORDS]

    def _tell(self, asked: int, unknown: Sequence[str], left_out: int) -> None:
        if unknown:
            named = "; ".join(shorten(" ".join(t.split()), 60) for t in unknown[:10])
            note(
                f"direct: {len(unknown)} of {asked} titles are not in the catalogue and were "
                f"used as words: {named}"
            )
        if left_out:
            note(f"direct: {left_out} named items are excluded or fail a condition")
