"""Retrieval over a live catalogue: a search service, and the dual encoder on what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from recllm.protocols import Encoder, Retriever
from recllm.retrieval.constraints import ranked
from recllm.retrieval.fusion import fuse
from recllm.retrieval.search_api import SearchAPIRetriever
from recllm.services.description import Description
from recllm.services.live import LiveCatalog
from recllm.services.service import SearchService
from recllm.types import Candidate, Query


def live(
    description: Description, encoder: Encoder, environment: Mapping[str, str], folder: Path
) -> tuple[LiveCatalog, RerankedRetriever]:
    """Return a catalogue that a service fills, and the way to search it.

    Args:
        description: the service.
        encoder: orders what it finds by meaning.
        environment: where the variables of the description are looked up.
        folder: where answers are kept, if the description wants them on disk.

    Raises:
        ConfigError: a variable is missing.
    """
    catalog = LiveCatalog(description, encoder)
    service = SearchService(description, environment, folder)
    return catalog, RerankedRetriever(SearchAPIRetriever(service, catalog), catalog, encoder)


class RerankedRetriever:
    """Fuses the order of a way with the order of its items' vectors by nearness to the wish.

    Args:
        way: finds the items.
        catalog: knows them and their vectors, which are made when they are first found.
        encoder: that of the catalogue.
    """

    name = "reranked"
    _BY_MEANING = "dual-encoder"

    def __init__(self, way: Retriever, catalog: LiveCatalog, encoder: Encoder) -> None:
        self._way, self._catalog, self._encoder = way, catalog, encoder

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return the way's candidates, best by both orders first."""
        found = await self._way.retrieve(query)
        return fuse([found, await self._by_meaning(query, found)])[: query.limit]

    async def warm(self) -> None:
        """Load the encoder."""
        await self._encoder.encode(["hello"])

    async def close(self) -> None:
        """Release what the way holds."""
        if closing := getattr(self._way, "close", None):
            await closing()

    async def _by_meaning(
        self, query: Query, found: tuple[Candidate, ...]
    ) -> tuple[Candidate, ...]:
        wanted = [c.text for c in query.concepts if c.sign > 0]
        text = ". ".join(dict.fromkeys(t for t in (query.request, query.text, *wanted) if t))
        examples = list(await self._catalog.items(query.similar_to))
        if len(found) < 2 or not (text or examples):
            return ()
        self._catalog.remember(c.item for c in found)
        parts = [await self._encoder.encode([text])] if text else []
        if examples:
            parts.append((await self._catalog.vectors(examples)).mean(axis=0, keepdims=True))
        context = np.mean([p[0] / max(float(np.linalg.norm(p)), 1e-9) for p in parts], axis=0)
        scores = (await self._catalog.vectors([c.item.id for c in found])) @ context
        order = np.argsort(-scores, kind="stable")
        near = ((found[n].item, float(scores[n])) for n in order)
        return ranked(near, query, self._BY_MEANING)
