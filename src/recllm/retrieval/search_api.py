"""Search API lookup (RecLLM section 4.1): a search engine that is a black box finds the items.

Its query is a few words; conditions are said to it as far as it understands and are executed on
what it returns. What it finds for the same words is kept, so that relaxing conditions, "more" and
"shorter" seldom cost another request.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

from recllm.catalog.filters import holds
from recllm.errors import ServiceError
from recllm.retrieval.constraints import ranked
from recllm.retrieval.search_words import search_words
from recllm.retrieval.telling import tell
from recllm.services.live import AnyCatalog, LiveCatalog
from recllm.services.options import parameters_for
from recllm.services.service import SearchService
from recllm.types import Candidate, Constraint, Item, Query

ENOUGH = 8
"""With so many items that satisfy the conditions no further request is made: two slates."""
_REMEMBERED = 64
_YOUNGEST = 60.0
_K = TypeVar("_K")
_V = TypeVar("_V")
Sent = tuple[tuple[str, str], ...]


@dataclass
class Pool:
    """What was found for some words; ``next`` is the page to ask for, by parameters sent."""

    items: dict[str, Item] = field(default_factory=dict)
    next: dict[Sent, str | None] = field(default_factory=dict)
    since: float = field(default_factory=monotonic)


class SearchAPIRetriever:
    """Finds items through a search service.

    A service that fails costs this way's candidates and is told of, see
    :mod:`recllm.retrieval.telling`; the turn goes on.

    Args:
        service: the engine.
        catalog: a live one takes in what is found; of what is found for an indexed one the items
            that it holds are kept, as it has them. It knows the items that a wish is likened to.
        turns: at most so many requests are made for one query, however it is relaxed; what the
            description says (``limits.pages``) if None.
    """

    name = "search-api"

    def __init__(
        self, service: SearchService, catalog: AnyCatalog, turns: int | None = None
    ) -> None:
        self._service, self._catalog = service, catalog
        self._most = turns or service.description.limits.pages
        self._pools: OrderedDict[str, Pool] = OrderedDict()
        self._spent: OrderedDict[str, list[Sent]] = OrderedDict()

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return what the service finds and the conditions let through, in the service's order."""
        examples = list((await self._catalog.items(query.similar_to)).values())
        words = search_words(query, examples, self._catalog.schema)
        pool = self._pool(words)
        spent = _kept(self._spent, _turn_of(query), list[Sent])
        try:
            while (page := self._wanted(query, pool, spent)) is not None:
                await self._fetch(words, page, pool, spent)
        except ServiceError as error:
            spent += [()] * self._most  # the relaxed queries of this turn need not fail too
            tell(str(error))
        fitting = self._fitting(query, pool)
        return ranked(((i, 1.0 / n) for n, i in enumerate(fitting, 1)), query, self.name)

    async def warm(self) -> None:
        """Do nothing: a request to warm up with would cost quota."""

    async def close(self) -> None:
        """Close the connections of the service."""
        await self._service.close()

    def _pool(self, words: str) -> Pool:
        pool = self._pools.get(words)
        oldest = max(self._service.description.cache.seconds, _YOUNGEST)
        if pool and monotonic() - pool.since > oldest:
            del self._pools[words]
        return _kept(self._pools, words, Pool)

    def _wanted(
        self, query: Query, pool: Pool, spent: Sequence[Sent]
    ) -> tuple[tuple[Constraint, ...], str] | None:
        """Return the conditions and the page to ask for next, None for no further request."""
        fitting = self._fitting(query, pool)
        if len(fitting) >= min(ENOUGH, query.limit):
            return None
        sent = self._sent(query.where)
        if len(spent) >= self._most:
            # Only where the service, told the conditions, found nothing at all: once without them.
            if pool.items or () in spent:
                return None
            return (), ""
        page = pool.next.get(sent, "")
        return None if page is None else (query.where, page)

    async def _fetch(
        self,
        words: str,
        wanted: tuple[tuple[Constraint, ...], str],
        pool: Pool,
        spent: list[Sent],
    ) -> None:
        where, page = wanted
        sent = self._sent(where)
        spent.append(sent)
        found = await self._service.search(words, where=where, page=page)
        pool.items |= await self._taken_in(found.items)
        pool.next[sent] = found.next or None
        for problem in found.problems:
            tell(problem)

    async def _taken_in(self, items: Sequence[Item]) -> dict[str, Item]:
        if isinstance(self._catalog, LiveCatalog):
            self._catalog.remember(items)
            return {i.id: i for i in items}
        return await self._catalog.items([i.id for i in items])

    def _sent(self, where: Sequence[Constraint]) -> Sent:
        return tuple(sorted(parameters_for(where, self._service.description).items()))

    def _fitting(self, query: Query, pool: Pool) -> list[Item]:
        schema, excluded = self._catalog.schema, frozenset(query.exclude)
        return [
            i
            for i in pool.items.values()
            if i.id not in excluded and all(holds(i, c, schema) for c in query.where)
        ]


def _turn_of(query: Query) -> str:
    """Return what the relaxed forms of one query have in common."""
    return repr(query.model_copy(update={"where": (), "limit": 1}))


def _kept(held: OrderedDict[_K, _V], key: _K, make: Callable[[], _V]) -> _V:
    """Return what is held for ``key``, made now if need be; the longest unused makes room."""
    if key not in held:
        held[key] = make()
    held.move_to_end(key)
    while len(held) > _REMEMBERED:
        held.popitem(last=False)
    return held[key]
