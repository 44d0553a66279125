"""Concept activation vectors of a catalogue's own labels, all at once and in closed form.

For a label with positive items of mean ``m``, in a catalogue of mean ``c`` and covariance ``S``,
the vector is ``(S + r I)^-1 (m - c)``: Fisher's linear discriminant, which is the direction of a
ridge regression on "has the label". One pass over the items and one inversion serve every label,
where a classifier for each is a fit for each; on held-out labels it is no worse
(docs/decisions.md).
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recllm.catalog.artifacts import attach
from recllm.catalog.index import Catalog
from recllm.catalog.labels import Labels
from recllm.catalog.plan import Progress
from recllm.protocols import Encoder
from recllm.retrieval.concept_vectors import KIND, ConceptVectors, Term
from recllm.types import Kind, Role

MOST_TERMS = 10_000
FEWEST_ITEMS, MOST_SHARE = 3, 0.9
"""A label of fewer items, or of nearly all, is not learnt."""
RIDGE = 10.0
"""Added to the covariance's diagonal, in units of the mean variance of a dimension."""
COVARIANCE_ITEMS = 100_000
MOST_NAMES = 2_000
"""So many names are encoded, to lend their vectors to names like them."""
_PEOPLE = (Role.CREATOR, Role.PERFORMER)
_ENCODED_AT_ONCE = 256


async def learn_concepts(
    directory: Path, name: str, encoder: Encoder, progress: Progress | None = None
) -> bool:
    """Learn the concepts of the catalogue ``name`` and keep them beside it, unless they are.

    Args:
        directory: where the catalogues are.
        name: the catalogue.
        encoder: the one that it was indexed with.
        progress: is told how far it is, as stage "learn".

    Returns:
        Whether anything was learnt; False where the items are those of the last time.

    Raises:
        CatalogError: there is no such catalogue, or it is being written.
    """
    catalog = await Catalog.open(directory, name)
    dimension = encoder.dimension
    before = await asyncio.to_thread(
        ConceptVectors.read, catalog.artifact(KIND), encoder.name, dimension
    )
    if before.state == catalog.state:
        return False
    vectors = await learn(catalog, encoder, progress or (lambda stage, done, total: None))
    await attach(directory, name, KIND, await asyncio.to_thread(vectors.to_bytes))
    return True


async def learn(catalog: Catalog, encoder: Encoder, progress: Progress) -> ConceptVectors:
    """Learn the vectors of the labels of ``catalog``."""
    terms = frequent_terms(catalog)
    sums = _Sums(terms, encoder.dimension)
    done = 0
    async for rows in catalog.labels():
        await asyncio.to_thread(sums.add, rows)
        done += len(rows.vectors)
        progress("learn", done, catalog.size)
    moments = sums.moments()
    learnt = await asyncio.to_thread(discriminants, moments)
    names = await _names(catalog, terms, encoder)
    return ConceptVectors(encoder.name, catalog.state, terms, learnt, moments.covariance, names)


async def _names(
    catalog: Catalog, terms: tuple[Term, ...], encoder: Encoder
) -> npt.NDArray[np.float32]:
    """Return the embeddings of the names, people's left out: they lend one another nothing."""
    kinds = {a.name for a in catalog.schema.attributes if a.role not in _PEOPLE}
    at = [n for n, t in enumerate(terms) if t.attribute in kinds][:MOST_NAMES]
    names = np.zeros((len(terms), encoder.dimension), dtype=np.float32)
    for start in range(0, len(at), _ENCODED_AT_ONCE):
        some = at[start : start + _ENCODED_AT_ONCE]
        names[some] = await encoder.encode([terms[n].value for n in some])
    return names


def frequent_terms(catalog: Catalog) -> tuple[Term, ...]:
    """Return the labels to learn, the most frequent first."""
    named = (a.name for a in catalog.schema.attributes if a.kind in (Kind.CATEGORY, Kind.LIST))
    found = (
        Term(attribute, value, count)
        for attribute in named
        for value, count in catalog.vocabulary.values(attribute).items()
        if FEWEST_ITEMS <= count <= MOST_SHARE * catalog.size
    )
    return tuple(sorted(found, key=lambda t: (-t.items, t.attribute, t.value))[:MOST_TERMS])


class Moments(NamedTuple):
    """Means and covariance: of each label's items, and of all."""

    means: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]
    mean: npt.NDArray[np.float64]
    covariance: npt.NDArray[np.float32]


class _Sums:
    """Adds rows up; memory is bounded by the number of labels."""

    def __init__(self, terms: tuple[Term, ...], dimension: int) -> None:
        self._first: dict[str, list[int]] = {}
        for n, term in enumerate(terms):
            self._first.setdefault(term.attribute, []).append(n)
        self._values = {a: pa.array([terms[n].value for n in at]) for a, at in self._first.items()}
        self._sums = np.zeros((len(terms), dimension))
        self._counts = np.zeros(len(terms), dtype=np.int64)
        self._sum = np.zeros(dimension)
        self._products = np.zeros((dimension, dimension))
        self._rows = self._multiplied = 0
        self._sampled = np.zeros(dimension)

    def add(self, labels: Labels) -> None:
        """Add some rows."""
        vectors = labels.vectors
        for attribute, values in self._values.items():
            rows, names = labels.names[attribute]
            at = pc.index_in(names, value_set=values)
            hit = np.asarray(at.is_valid())
            place = np.asarray(self._first[attribute])[np.asarray(at.drop_null(), dtype=np.int64)]
            self._add_to(place, vectors[rows[hit]])
        self._sum += vectors.sum(axis=0, dtype=np.float64)
        self._rows += len(vectors)
        if self._multiplied < COVARIANCE_ITEMS:
            self._products += vectors.T @ vectors
            self._sampled += vectors.sum(axis=0, dtype=np.float64)
            self._multiplied += len(vectors)

    def _add_to(self, place: npt.NDArray[np.int64], vectors: npt.NDArray[np.float32]) -> None:
        """Add ``vectors`` to the labels of the numbers ``place``."""
        if not len(place):
            return
        order = np.argsort(place, kind="stable")
        labels, starts, counts = np.unique(place[order], return_index=True, return_counts=True)
        self._sums[labels] += np.add.reduceat(vectors[order], starts, axis=0)
        self._counts[labels] += counts

    def moments(self) -> Moments:
        """Return what the sums come to."""
        mean = self._sampled / max(self._multiplied, 1)
        covariance = self._products / max(self._multiplied, 1) - np.outer(mean, mean)
        means = self._sums / np.maximum(self._counts, 1)[:, None]
        whole = self._sum / max(self._rows, 1)
        return Moments(means, self._counts, whole, covariance.astype(np.float32))


def discriminants(moments: Moments) -> npt.NDArray[np.float32]:
    """Return the vector of each label, its scores over the catalogue having the deviation 1."""
    inverse = np.linalg.inv(_ridged(moments.covariance, RIDGE))
    return _spread((moments.means - moments.mean) @ inverse, moments.covariance)


def _ridged(covariance: npt.NDArray[np.float32], ridge: float) -> npt.NDArray[np.float64]:
    wide = covariance.astype(np.float64)
    scale = ridge * float(np.trace(wide)) / len(wide) + 1e-9
    return wide + scale * np.eye(len(wide))


def _spread(
    vectors: npt.NDArray[np.float64], covariance: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    sizes = np.sqrt(np.maximum(np.einsum("ij,ij->i", vectors @ covariance, vectors), 0))
    return np.asarray(vectors / np.maximum(sizes, 1e-9)[:, None], dtype=np.float32)
