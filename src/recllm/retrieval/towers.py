"""Context towers: from all that a turn knows to one vector in the space of the items.

The generalized dual encoder of RecLLM (section 4.1) lets a language model read the whole context
and projects its activations into the space of an item tower. A tower that is tuned end to end
learns by itself what counts; one that is not gets its weights from outside: it is a Rocchio
query (Rocchio 1971, "Relevance feedback in information retrieval"), a weighted sum of what was
said and of the items liked, less those refused.
"""

from __future__ import annotations

from typing import Protocol

from recllm.protocols import Encoder
from recllm.retrieval.context import (
    WEIGHTS,
    Vector,
    Weights,
    combined,
    transcript,
    weighted_items,
    weighted_texts,
)
from recllm.retrieval.space import ItemVectors, Space
from recllm.types import Query


class ContextTower(Protocol):
    """One tower of a dual encoder: what was said, liked and refused, to a vector."""

    @property
    def name(self) -> str:
        """Names the tower in traces."""
        ...

    async def encode(self, query: Query) -> Vector | None:
        """Return a vector to compare with those of the items, None if nothing is asked for."""
        ...


class EncoderTower:
    """Reads the parts of a context one by one and adds them up.

    Args:
        encoder: text to vectors; the one that made the items' vectors.
        items: their vectors, usually the catalogue.
        noun: what one item is called.
        weights: what each part counts.
        projection: a matrix of shape ``(dimension, dimension)`` for the context's side, from text
            vectors (as rows) into the space of the items; the two share one space if None.
    """

    def __init__(
        self,
        encoder: Encoder,
        items: ItemVectors,
        noun: str = "item",
        weights: Weights = WEIGHTS,
        projection: Vector | None = None,
    ) -> None:
        self._encoder = encoder
        self._space = Space(encoder, items, noun, projection)
        self._weights = weights

    @property
    def name(self) -> str:
        """The encoder's."""
        return self._encoder.name

    async def encode(self, query: Query) -> Vector | None:
        """Return the weighted sum of the parts, of unit length; None if none of them is wanted."""
        texts = list(weighted_texts(query, self._weights))
        vectors = await self._space.texts([text for _, text in texts])
        parts = [(weight, v) for (weight, _), v in zip(texts, vectors, strict=True)]
        for weight, ids in weighted_items(query, self._weights):
            parts.append((weight, await self._space.items(ids)))
        return combined(parts)


class EndpointTower:
    """Has a language model embed the conversation as one text, as it was held.

    A model that is large enough reads it better than a sum of its parts says it; the items liked
    and refused are still added as vectors.

    Args:
        encoder: a :class:`recllm.llm.embeddings.EndpointEncoder`, or any other; the one that made
            the items' vectors.
        items: their vectors, usually the catalogue.
        noun: what one item is called.
        weights: what the items count beside the text.
    """

    def __init__(
        self,
        encoder: Encoder,
        items: ItemVectors,
        noun: str = "item",
        weights: Weights = WEIGHTS,
    ) -> None:
        self._encoder = encoder
        self._space = Space(encoder, items, noun)
        self._weights = weights

    @property
    def name(self) -> str:
        """The encoder's."""
        return self._encoder.name

    async def encode(self, query: Query) -> Vector | None:
        """Return the vector of the conversation and the items, None without a wish."""
        text = transcript(query)
        parts: list[tuple[float, Vector]] = []
        if text:
            parts.append((self._weights.now, (await self._space.texts([text]))[0]))
        for weight, ids in weighted_items(query, self._weights):
            parts.append((weight, await self._space.items(ids)))
        return combined(parts)


def make_tower(encoder: Encoder, items: ItemVectors, noun: str) -> ContextTower:
    """Return the tower that suits ``encoder``.

    One that ``reads_conversations`` is given the whole one; the ``projection`` of another, if it
    has one, is the context side's.
    """
    if getattr(encoder, "reads_conversations", False):
        return EndpointTower(encoder, items, noun)
    projection: Vector | None = getattr(encoder, "projection", None)
    return EncoderTower(encoder, items, noun, projection=projection)
