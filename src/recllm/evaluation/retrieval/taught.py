"""Keeps what was learnt of a data set beside its catalogue, where the product looks for it."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from recllm.catalog.artifacts import attach
from recllm.catalog.index import Catalog
from recllm.evaluation.retrieval import learning
from recllm.evaluation.retrieval.learning import Told, learn
from recllm.evaluation.retrieval.offline import Result, summarise
from recllm.evaluation.retrieval.values import Dataset
from recllm.protocols import Encoder, Retriever
from recllm.retrieval import association_counts, coengagement, learned, neighbours, tuned_weights
from recllm.retrieval.fusion_features import NAMES
from recllm.types import Value

KIND = "taught"
"""The kind of the artifact that says what the others were learnt from."""
SYSTEM = "learned-fusion, out of fold"


class Taught(Value):
    """What the artifacts of a catalogue were learnt from, and the out-of-fold figures."""

    mark: str
    conversations: int
    result: Result


async def teach(
    dataset: Dataset,
    directory: Path,
    catalog: Catalog,
    encoder: Encoder,
    plain: Sequence[Retriever],
    *,
    again: bool = False,
    seed: int = 0,
    told: Told = lambda done, total: None,
) -> Taught | None:
    """Learn from ``dataset.train`` and keep it with ``catalog``, which must be opened again.

    Args:
        dataset: what is learnt from.
        directory: where the catalogue is.
        catalog: of the items of the data set.
        encoder: the one that it was indexed with.
        plain: the ways that are fused with those that are learnt.
        again: learn even where this was learnt before.
        seed: of the trees.
        told: is told how many conversations were gone through.

    Returns:
        What was learnt; None where the data set has nothing to learn from.
    """
    if not dataset.train.instances:
        return None
    mark = _mark(dataset, catalog, seed)
    before = await asyncio.to_thread(_read, catalog)
    if before and before.mark == mark and not again:
        return before
    learnt = await learn(dataset, catalog, encoder, plain, seed=seed, told=told)
    result = summarise(SYSTEM, "new", learnt.outcomes)
    taught = Taught(mark=mark, conversations=len(dataset.train.dialogues), result=result)
    files = (
        (coengagement.KIND, neighbours.to_bytes(learnt.neighbours), ".npz"),
        (association_counts.KIND, learnt.associations.model_dump_json().encode(), ".json"),
        (tuned_weights.KIND, tuned_weights.to_bytes(learnt.weights), ".npz"),
        (learned.KIND, learnt.trees.encode(), ".txt"),
        (KIND, taught.model_dump_json().encode(), ".json"),
    )
    for kind, data, suffix in files:
        await attach(directory, catalog.name, kind, data, suffix=suffix)
    return taught


def _read(catalog: Catalog) -> Taught | None:
    path = catalog.artifact(KIND)
    try:
        return Taught.model_validate_json(path.read_text("utf-8")) if path else None
    except (OSError, ValidationError):
        # Damaged, or written by another version: what it marks is learnt again.
        return None


def _mark(dataset: Dataset, catalog: Catalog, seed: int) -> str:
    """Return a hash of all that what is learnt depends on."""
    digest = hashlib.sha256()
    how = [catalog.state, NAMES, learned.PARAMETERS, learned.ROUNDS, learning.FOLDS]
    how += [learning.CANDIDATES, tuned_weights.RIDGE, neighbours.SHRINKAGE, neighbours.KEPT, seed]
    digest.update(json.dumps(how).encode())
    for part in (*dataset.train.instances, *dataset.train.dialogues):
        digest.update(part.model_dump_json().encode())
    return digest.hexdigest()
