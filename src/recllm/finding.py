"""The search of a turn: for what still exists, with what the ways say besides candidates."""

from __future__ import annotations

from collections.abc import Sequence

from recllm.catalog.index import Catalog
from recllm.protocols import Retriever
from recllm.retrieval.constraints import search
from recllm.retrieval.nearest import nearest
from recllm.retrieval.notes import noting
from recllm.services.live import AnyCatalog
from recllm.types import Found, Query


async def of_known_items(query: Query, catalog: AnyCatalog) -> Query:
    """Leave out of ``query`` what was spoken of and is no longer in the catalogue."""
    named = ("similar_to", "liked", "rejected")
    ids = [i for name in named for i in getattr(query, name)]
    if not ids:
        return query
    known = await catalog.items(list(dict.fromkeys(ids)))
    left = {n: tuple(i for i in getattr(query, n) if i in known) for n in named}
    return query.model_copy(update=left)


async def find(
    retriever: Retriever, query: Query, catalog: AnyCatalog, size: int
) -> tuple[Found, Sequence[str]]:
    """Return what is found for ``query`` and what was noted on the way.

    Args:
        retriever: finds candidates.
        query: what is asked for.
        catalog: where they are from.
        size: how many items will be shown, where an order or a near miss chooses among them.
    """
    with noting() as noted:
        found = await search(retriever, query, catalog.schema)
        if isinstance(catalog, Catalog):
            found = await nearest(retriever, query, found, catalog, size)
    return found, noted
