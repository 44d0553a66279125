"""Search by what was taken up in conversations like this one: a tuned dual encoder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from recllm.catalog.index import Catalog
from recllm.protocols import Encoder
from recllm.retrieval import tuned_weights
from recllm.retrieval.constraints import passing, ranked
from recllm.retrieval.tuned_weights import KIND, Floats, TunedWeights
from recllm.types import Candidate, Query

READ_MESSAGES = 5
READ_LENGTH = 600
"""Messages and characters of the end of a conversation that are read."""
EXAMPLES = 20
"""Items named that count, the latest."""


class Vectors(Protocol):
    """Where the vectors of items are."""

    async def vectors(self, ids: Sequence[str]) -> Floats:
        """Return the vectors of ``ids``, a row for each in order."""
        ...


class ContextFeatures:
    """Reads a context as two vectors in a row: of what was said, and of the items named.

    Args:
        encoder: text to vectors.
        items: the vectors of the items.
        usual: the middle of the vectors of the items, taken off those that are named.
    """

    def __init__(self, encoder: Encoder, items: Vectors, usual: Floats) -> None:
        self._encoder = encoder
        self._items = items
        self._usual = usual

    async def read(self, query: Query) -> Floats | None:
        """Return the features, of twice the encoder's dimension; None where nothing was said."""
        text = said(query)
        examples = query.examples[:EXAMPLES]
        if not text and not examples:
            return None
        words = named = np.zeros(self._encoder.dimension, dtype=np.float32)
        if text:
            words = (await self._encoder.encode([text]))[0]
        if examples:
            middle = (await self._items.vectors(examples)).mean(axis=0) - self._usual
            named = middle / max(float(np.linalg.norm(middle)), 1e-6)
        return np.concatenate([words, named]).astype(np.float32)


def said(query: Query) -> str:
    """Return the end of what was said, of both sides; the wish where there is no conversation."""
    messages = [m.content for m in query.conversation if m.role != "system" and m.content.strip()]
    text = " ".join(messages[-READ_MESSAGES:]) or query.text or query.request
    return " ".join(text.split())[-READ_LENGTH:]


class TunedEncoderRetriever:
    """Scores the items that were taken up in labelled conversations for this context.

    Args:
        catalog: the items; its artifact of the kind ``tuned-encoder`` holds the weights.
        encoder: the one that the catalogue was indexed with.
        weights: used in place of the artifact; without either this way finds nothing.
    """

    name = "tuned-encoder"

    def __init__(
        self, catalog: Catalog, encoder: Encoder, weights: TunedWeights | None = None
    ) -> None:
        self._catalog = catalog
        self._encoder = encoder
        self._path = catalog.artifact(KIND)
        self._loading = asyncio.Lock()
        self._weights = weights

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Return candidates by score, those that a conversation has taken up at least once."""
        weights = await self._load()
        if weights is None:
            return ()
        context = await ContextFeatures(self._encoder, self._catalog, weights.usual).read(query)
        if context is None:
            return ()
        scores = await asyncio.to_thread(weights.scores, context)
        known = {*query.exclude, *query.similar_to, *query.liked, *query.rejected}
        order = np.argsort(-scores, kind="stable")
        scored = ((weights.ids[n], float(scores[n])) for n in order if weights.ids[n] not in known)
        return ranked(await passing(scored, query, self._catalog), query, self.name)

    async def _load(self) -> TunedWeights | None:
        async with self._loading:
            if self._weights is None and self._path is not None:
                self._weights = await asyncio.to_thread(
                    tuned_weights.load, self._path, self._encoder.name
                )
        return self._weights
