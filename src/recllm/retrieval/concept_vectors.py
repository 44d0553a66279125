"""Concepts as vectors in the space of the items, all on one scale; and the file they lie in.

A concept activation vector (Kim et al., "Interpretability beyond feature attribution", ICML 2018)
is the normal of a linear classifier that tells the items with a label from the others; RecLLM
(section 4.1) adds up such vectors. Where few items bear the label the embedding of its name is
worth more, and where none do it is all there is, so a concept is a mixture of both: with ``n``
items the learnt vector has the weight ``n / (n + PRIOR)``.

The scale: items are of unit length, so a concept scores an item by a product. Cosines with a text
spread less over the catalogue than those with a learnt vector, and vectors of equal length would
not count equally. So every vector is divided by the standard deviation of its scores over the
catalogue, which the covariance of the item vectors gives for any vector.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recllm.packed import DAMAGE, pack, unpack
from recllm.text import normalise

KIND = "concepts"
PRIOR = 8.0
"""Items that the name of a label is worth (docs/decisions.md has the figures)."""
NEAR, BORROWED = 0.4, 1.5
"""Names nearer than this cosine lend their vectors; an equal one would weigh so much."""
Vector = npt.NDArray[np.float32]


class Term(NamedTuple):
    """A label that was learnt: its column, its name, and how many items bear it."""

    attribute: str
    value: str
    items: int


@dataclass(frozen=True)
class ConceptVectors:
    """What was learnt of a catalogue's labels.

    Args:
        encoder: name of the encoder of the vectors.
        state: the catalogue's state that they were learnt from.
        terms: the labels.
        learnt: their vectors, shape ``(len(terms), dimension)``, of spread 1.
        covariance: of the items' vectors, shape ``(dimension, dimension)``; empty if unknown.
        names: embeddings of the labels' names, shape as ``learnt``; zero where not encoded.
    """

    encoder: str
    state: str
    terms: tuple[Term, ...]
    learnt: Vector
    covariance: Vector
    names: Vector

    @classmethod
    def none(cls, encoder: str) -> ConceptVectors:
        """Return what there is before anything was learnt: only texts."""
        empty = np.zeros((0, 0), dtype=np.float32)
        return cls(encoder, "", (), empty, empty, empty)

    def vector(self, text: str, embedding: Vector, attribute: str = "") -> Vector:
        """Return the concept ``text``, whose name is encoded as ``embedding``, with spread 1.

        Args:
            text: its name.
            embedding: of the name, shape ``(dimension,)``.
            attribute: the column that it is a value of; all of them if "".
        """
        known = self._find(text, attribute)
        if not known:
            return self.named(embedding)
        prior = self.spread(embedding)
        count = float(max(self.terms[n].items for n in known))
        learnt = self.spread(self.learnt[known].sum(axis=0))
        share = count / (count + PRIOR)
        return self.spread(share * learnt + (1 - share) * prior)

    def named(self, embedding: Vector) -> Vector:
        """Return what a name that no item bears means: its embedding, and what near names mean."""
        text = self.spread(embedding)
        if not self.names.size:
            return text
        near = np.maximum(self.names @ embedding - NEAR, 0)
        if not near.any():
            return text
        lent = self.spread((near**2 * self._trusted) @ self.learnt)
        return self.spread(text + BORROWED * float(near.max()) / (1 - NEAR) * lent)

    def spread(self, vector: Vector) -> Vector:
        """Return ``vector`` scaled so that its scores have the standard deviation 1."""
        if self.covariance.size:
            size = float(np.sqrt(max(0.0, float(vector @ self.covariance @ vector))))
        else:
            size = float(np.linalg.norm(vector))
        return np.asarray(vector / max(size, 1e-6), dtype=np.float32)

    def apart(self, vector: Vector, other: Vector) -> Vector:
        """Return ``vector`` without what its scores have in common with those of ``other``.

        It is done only where both point the same way; the rest has spread 1.
        """
        through = self.covariance @ other if self.covariance.size else other
        common = float(vector @ through) / max(float(other @ through), 1e-9)
        return self.spread(vector - max(0.0, common) * other)

    def _find(self, text: str, attribute: str) -> list[int]:
        found = self._places.get(normalise(text), [])
        own = [n for n in found if self.terms[n].attribute == attribute]
        return own or found

    @cached_property
    def _trusted(self) -> Vector:
        items = np.array([t.items for t in self.terms], dtype=np.float32)
        return np.asarray(items / (items + PRIOR), dtype=np.float32)

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for n, term in enumerate(self.terms):
            places.setdefault(normalise(term.value), []).append(n)
        return places

    # ── The file ─────────────────────────────────────────────────────────────────────────────

    def to_bytes(self) -> bytes:
        """Return the file: arrays and JSON, nothing that runs when it is read."""
        about = {"encoder": self.encoder, "state": self.state, "terms": self.terms}
        return pack(
            about,
            learnt=self.learnt.astype(np.float16),
            covariance=self.covariance,
            names=self.names.astype(np.float16),
        )

    @classmethod
    def read(cls, path: Path | None, encoder: str, dimension: int) -> ConceptVectors:
        """Read the file; one that is missing, broken or of another encoder has learnt nothing."""
        try:
            found = cls._read(path) if path else cls.none(encoder)
        except DAMAGE:
            return cls.none(encoder)
        return found if found._fits(encoder, dimension) else cls.none(encoder)

    @classmethod
    def _read(cls, path: Path) -> ConceptVectors:
        about, parts = unpack(path, "learnt", "covariance", "names")
        arrays: dict[str, Any] = {name: part.astype(np.float32) for name, part in parts.items()}
        terms = tuple(Term(str(a), str(v), int(n)) for a, v, n in about["terms"])
        none = cls.none(str(about["encoder"]))
        state = str(about["state"])
        return replace(none, state=state, terms=terms, **arrays)

    def _fits(self, encoder: str, dimension: int) -> bool:
        square = (dimension, dimension)
        shapes = (
            self.learnt.shape == (len(self.terms), dimension) or not self.terms,
            self.covariance.shape in (square, (0, 0)),
            self.names.shape == self.learnt.shape,
        )
        arrays = (self.learnt, self.covariance, self.names)
        return self.encoder == encoder and all(shapes) and all(np.isfinite(a).all() for a in arrays)
