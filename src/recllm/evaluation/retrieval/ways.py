"""The product's own ways of retrieval as systems: a catalogue of the items, a query of a turn.

To add a way, add a line to :data:`WAYS`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from recllm.catalog.index import Catalog
from recllm.catalog.plan import Progress
from recllm.catalog.rows import Numbered
from recllm.catalog.update import index_source
from recllm.errors import EvaluationError
from recllm.evaluation.retrieval.offline import DEPTH, System
from recllm.evaluation.retrieval.values import Dataset, Instance
from recllm.protocols import Encoder, Retriever
from recllm.retrieval.dual_encoder import DualEncoderRetriever
from recllm.retrieval.fusion import FusionRetriever
from recllm.retrieval.lexical import LexicalRetriever
from recllm.types import Query

Vector: TypeAlias = npt.NDArray[np.float32]

LONGEST_TEXT = 600
"""Characters of what the person said that are searched with, the newest kept."""


def bm25(catalog: Catalog, encoder: Encoder) -> Retriever:
    """Search by words."""
    return LexicalRetriever(catalog)


def dual_encoder(catalog: Catalog, encoder: Encoder) -> Retriever:
    """Search by meaning."""
    return DualEncoderRetriever(catalog, encoder)


def fusion(catalog: Catalog, encoder: Encoder) -> Retriever:
    """Both, fused by reciprocal rank, as an untuned recommender does."""
    return FusionRetriever([bm25(catalog, encoder), dual_encoder(catalog, encoder)])


WAYS: dict[str, Callable[[Catalog, Encoder], Retriever]] = {
    "bm25": bm25,
    "dual-encoder": dual_encoder,
    "fusion": fusion,
}


def chosen_ways(names: Sequence[str]) -> tuple[str, ...]:
    """Return the ways of these names; all for none, and no way for "none".

    Raises:
        EvaluationError: there is no way of that name.
    """
    wanted = [n.strip() for name in names for n in name.split(",") if n.strip()]
    if wanted == ["none"]:
        return ()
    for name in wanted:
        if name not in WAYS:
            raise EvaluationError(
                f"there is no way {name!r}; use some of {', '.join(WAYS)}, or 'none'"
            )
    return tuple(dict.fromkeys(wanted)) or tuple(WAYS)


def query_of(instance: Instance, limit: int = DEPTH) -> Query:
    """Return what the product would ask retrieval for at this point of the conversation.

    The words are those of the person who is looking for something, the newest last; what was named
    stands as examples to be like.
    """
    said = " ".join(m.content for m in instance.conversation if m.role == "user")
    liked = tuple(dict.fromkeys(m.item for m in instance.mentioned if m.role == "user"))
    return Query(
        text=said[-LONGEST_TEXT:] or " ".join(m.content for m in instance.conversation[-1:]),
        conversation=instance.conversation,
        similar_to=instance.named,
        liked=liked,
        exclude=instance.exclude,
        limit=limit,
    )


class Way:
    """A retriever of the product as a :class:`~recllm.evaluation.retrieval.offline.System`."""

    def __init__(self, name: str, retriever: Retriever) -> None:
        self.name = name
        self._retriever = retriever

    async def rank(self, instance: Instance) -> Sequence[str]:
        """Return the ids of the candidates, best first."""
        return [c.item.id for c in await self._retriever.retrieve(query_of(instance))]


class Remembering:
    """An encoder that encodes a text once: ways and conditions ask for the same ones."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Vector] = {}

    @property
    def name(self) -> str:
        """That of the encoder."""
        return self._encoder.name

    @property
    def dimension(self) -> int:
        """That of the encoder."""
        return self._encoder.dimension

    async def encode(self, texts: Sequence[str]) -> Vector:
        """Return the vectors of ``texts``, those known from memory."""
        new = [t for t in dict.fromkeys(texts) if t not in self._known]
        if new:
            self._known.update(zip(new, await self._encoder.encode(new), strict=True))
        return np.stack([self._known[t] for t in texts])


def make_ways(names: Sequence[str], catalog: Catalog, encoder: Encoder) -> list[System]:
    """Return the named ways over ``catalog``."""
    encoder = Remembering(encoder)
    return [Way(name, WAYS[name](catalog, encoder)) for name in names]


async def open_items(
    dataset: Dataset, directory: Path, encoder: Encoder, progress: Progress
) -> Catalog:
    """Return a catalogue of the items of ``dataset``; it is indexed only if they changed.

    Args:
        dataset: whose items.
        directory: where the catalogues of evaluations are kept.
        encoder: makes the vectors.
        progress: is told how far the indexing is.
    """
    rows = [Numbered(line, item) for line, item in enumerate(dataset.items, start=1)]
    name = f"{dataset.name}-{_fingerprint(encoder.name)}"
    await index_source(
        directory, name, rows, dataset.schema, encoder, source=dataset.name, progress=progress
    )
    return await Catalog.open(directory, name)


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
