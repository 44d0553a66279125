"""The product's own ways of retrieval as systems: a catalogue of the items, a query of a turn.

They are the product's table (:mod:`recllm.retrieval.ways`); a new way of it is a name here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from recllm.catalog.index import Catalog
from recllm.catalog.plan import Progress
from recllm.catalog.rows import Numbered
from recllm.catalog.update import index_source
from recllm.errors import EvaluationError
from recllm.evaluation.retrieval.offline import System
from recllm.evaluation.retrieval.queries import query_of
from recllm.evaluation.retrieval.values import Dataset, Instance
from recllm.protocols import Encoder, Retriever
from recllm.retrieval.fusion import FusionRetriever
from recllm.retrieval.learned import learned_scorer
from recllm.retrieval.ways import Parts
from recllm.retrieval.ways import make_ways as retrievers
from recllm.vector_cache import VectorCache

Vector: TypeAlias = npt.NDArray[np.float32]

REMEMBERED = 200_000
"""Vectors of texts that are kept: ways and conditions ask for the same ones."""
PLAIN = ("bm25", "dual-encoder", "concepts")
"""Ways that need nothing but the items."""
TAUGHT = ("co-engagement", "associations", "tuned-encoder")
"""Ways that are learnt from labelled conversations."""
FUSED, LEARNED = "fusion", "learned-fusion"
"""All of them by reciprocal rank, and by trees that are learnt too."""
WAYS = (*PLAIN, *TAUGHT, FUSED, LEARNED)


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


class Way:
    """A retriever of the product as a :class:`~recllm.evaluation.retrieval.offline.System`."""

    def __init__(self, name: str, retriever: Retriever) -> None:
        self.name = name
        self._retriever = retriever

    async def rank(self, instance: Instance) -> Sequence[str]:
        """Return the ids of the candidates, best first."""
        return [c.item.id for c in await self._retriever.retrieve(query_of(instance))]


def needs_learning(names: Sequence[str]) -> bool:
    """Return whether any of these ways is learnt, or fuses some that are."""
    return bool({*TAUGHT, FUSED, LEARNED} & set(names))


def make_ways(names: Sequence[str], catalog: Catalog, encoder: Encoder) -> list[System]:
    """Return the named ways over ``catalog`` with what was learnt of it, best known last."""
    parts = Parts(catalog, VectorCache(encoder, REMEMBERED))
    return [Way(name, _retriever(name, parts)) for name in WAYS if name in names]


def plain_ways(catalog: Catalog, encoder: Encoder) -> list[Retriever]:
    """Return the ways that need nothing but the items."""
    return retrievers(PLAIN, Parts(catalog, encoder))


def _retriever(name: str, parts: Parts) -> Retriever:
    if name not in (FUSED, LEARNED):
        return retrievers((name,), parts)[0]
    scorer = None
    if name == LEARNED:
        scorer = learned_scorer(parts.catalog, parts.encoder)
    return FusionRetriever(retrievers((*PLAIN, *TAUGHT), parts), scorer)


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
