"""A search service at work: a page of items for some words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from recllm.errors import ServiceError
from recllm.services.cache import Cache
from recllm.services.client import Client
from recllm.services.description import Call, Description
from recllm.services.options import parameters_for
from recllm.services.reader import Reader
from recllm.services.requests import Requests
from recllm.text import encodable
from recllm.types import Constraint, Item

LONGEST_WORDS = 200
"""Characters of a query that are sent; a search engine wants a few words."""


class Page(NamedTuple):
    """Items in the service's order; ``next`` asks for the page behind, "" if there is none.

    ``problems`` say what is missing of them.
    """

    items: tuple[Item, ...]
    next: str = ""
    problems: tuple[str, ...] = ()


class SearchService:
    """Asks one service. All its methods may run concurrently.

    Args:
        description: the service.
        environment: where its variables are looked up, such as ``os.environ``.
        folder: where answers are kept, if the description wants them on disk.

    Raises:
        ConfigError: a variable is missing.
    """

    def __init__(
        self,
        description: Description,
        environment: Mapping[str, str],
        folder: Path | None = None,
    ) -> None:
        self.description = description
        self._reader = Reader(description)
        cache = Cache(description.cache, folder)
        self._client = Client(description, Requests(description, environment), cache)

    async def search(self, words: str, *, where: Sequence[Constraint] = (), page: str = "") -> Page:
        """Return a page of items for ``words``; what needs no words where there are none.

        ``where`` is said to the service as far as it understands; the items need not satisfy it.

        Raises:
            ServiceError: the service did not answer with anything that can be used.
        """
        described = self.description
        # A lone half of a character has no UTF-8, so that it could not be sent.
        words = " ".join(encodable(words).split())[:LONGEST_WORDS]
        call = described.search if words or not described.browse else described.browse
        if not words and not described.browse:
            return Page(())
        until = monotonic() + described.limits.deadline
        fields = self._fields(words, call, page)
        extra = parameters_for(where, described) if words else {}
        answer = await self._client.ask(call, fields, extra, until=until)
        results = self._reader.results(answer, call)[: described.limits.results]
        problems: tuple[str, ...] = ()
        if described.details and call is not described.browse:
            results, problems = await self._completed(results, described.details, until)
        items = [item for one in results if (item := self._reader.item(one))]
        return Page(tuple(items), self._next(answer, call, page, len(results)), problems)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _fields(self, words: str, call: Call, page: str) -> dict[str, str | int]:
        kind, limit = self.description.paging.kind, self._size(call)
        number = int(page or 0) if kind in ("offset", "number") else 0
        first = self.description.paging.first
        return {
            "query": words,
            "limit": limit,
            "page": page if kind == "token" else number or first,
            "offset": number if kind == "offset" else 0,
        }

    def _size(self, call: Call) -> int:
        return min(call.most, self.description.limits.results)

    def _next(self, answer: Mapping[str, Any], call: Call, page: str, count: int) -> str:
        """Return what asks for the next page, which for a page that is not full is nothing."""
        paging = self.description.paging
        if paging.kind == "token":
            return self._reader.next_page(answer) if count else ""
        if paging.kind == "none" or count < self._size(call):
            return ""
        number = int(page or 0)
        return str(number + count if paging.kind == "offset" else (number or paging.first) + 1)

    async def _completed(
        self, results: list[dict[str, Any]], call: Call, until: float
    ) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
        """Return the results with what the second request says of them."""
        ids = [self._reader.id_of(one) for one in results]
        groups = [ids[n : n + call.most] for n in range(0, len(ids), call.most)]
        asked = (self._details(group, call, until) for group in groups)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        known: dict[str, dict[str, Any]] = {}
        problems: list[str] = []
        for answer in answers:
            if isinstance(answer, ServiceError):
                problems.append(str(answer))
            elif isinstance(answer, BaseException):
                raise answer
            else:
                known |= {self._reader.id_of(one): one for one in answer}
        joined = [one | known.get(key, {}) for key, one in zip(ids, results, strict=True)]
        return joined, tuple(dict.fromkeys(problems))

    async def _details(self, ids: Sequence[str], call: Call, until: float) -> list[dict[str, Any]]:
        fields: dict[str, str | int] = {"ids": ",".join(ids), "limit": len(ids)}
        answer = await self._client.ask(call, fields, until=until)
        return self._reader.results(answer, call)
