"""How far a preference bears on a request, told by requests that were written for others.

That "is afraid of heights" bears on "what is there to do in Switzerland?" is knowledge of the
world: the two have no word and little meaning in common. It is learnt from written preferences,
each with requests that it bears on (``training/preferences.jsonl``), in two ways. An encoder is
tuned on them, so that a request is near to what bears on it (contrastive, the other preferences of
the topic as negatives). And they are kept: the written requests nearest to the one at hand are its
precedents, and what bears on it is near to what bore on them (nearest neighbours beside a tuned
model, after kNN-LM, Khandelwal et al., ICLR 2020). What bears on everything of the kind, or is near
to all requests, says nothing of what sets this one apart, and is taken off.

How it is made: ``scripts/tune_preferences.py``; figures: docs/profile-evaluation.md.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recllm.encoder import MiniLMEncoder
from recllm.errors import EncoderError
from recllm.packed import DAMAGE, unpack
from recllm.profiles.matching import Scores, Vectors, unit
from recllm.protocols import Encoder
from recllm.vector_cache import VectorCache

SHIPPED = Path(__file__).parents[1] / "models" / "preferences"
FILE = "precedents.npz"
ARRAYS = ("requests", "preferences", "owners", "mean", "others", "others_usual")
NEAREST, HEAT, POWER = 50, 0.05, 4
"""So many precedents count, by their likeness over ``HEAT``; cosines of facts to ``POWER``."""
FIELD = 100
"""A fact is held against so many others, the nearest to the request."""
SAMPLED, USUAL = 8, 12
"""How usual a fact is, is told by the ``USUAL`` nearest of every ``SAMPLED``-th written request."""
_KEPT, _ROWS = 20_000, 32
"""Facts whose usualness is kept, and requests: a turn asks twice, and for the message before."""

Bytes = npt.NDArray[np.int8]
Places = npt.NDArray[np.int32]


class Weights(NamedTuple):
    """What each part of the relevance counts, and what is added to all.

    Args:
        direct: of the cosine of request and fact.
        usual: of how near the fact is to the written requests that are nearest to it: some are
            near to everything (CSLS, Conneau et al., ICLR 2018).
        precedents: of how near the fact is to what bore on the nearest written requests.
        shift: added, so that what has nothing to do with a request is about 0.
    """

    direct: float
    usual: float
    precedents: float
    shift: float


class Written(NamedTuple):
    """Written requests and preferences, and which belongs to which.

    Args:
        requests: their vectors, ``(n, d)``; each row stands for itself at unit length.
        preferences: the same of the preferences less their ``mean``, ``(m, d)``.
        owners: the row of the preference that each request belongs to, ``(n,)``.
        mean: of the preferences' vectors, ``(d,)``.
        others: vectors of some of the preferences, ``(k, d)``: what facts are held against where
            a profile is small.
        others_usual: how usual each of these is, ``(k,)``.
    """

    requests: Bytes
    preferences: Bytes
    owners: Places
    mean: Vectors
    others: Vectors
    others_usual: Vectors

    def parts(
        self, request: Vectors, facts: Vectors, usual: Vectors, without: Places | None = None
    ) -> Scores:
        """Return the three parts of the relevance of ``facts`` to one request, ``(3, facts)``.

        Each is in deviations from the mean of the field: the ``FIELD`` nearest to the request of
        the facts and the ``others``.

        Args:
            request: its vector, ``(d,)``.
            facts: their vectors, ``(facts, d)``.
            usual: how usual each is, ``(facts,)``, by :meth:`usual`.
            without: rows of requests that are no precedents.
        """
        every = np.concatenate([facts, self.others])
        plain = np.stack(
            [
                every @ request,
                np.concatenate([usual, self.others_usual]),
                self._by_precedents(request, every, without),
            ]
        )
        field = plain[:, np.argsort(-plain[0], kind="stable")[:FIELD]]
        apart = plain[:, : len(facts)] - field.mean(axis=1, keepdims=True)
        spread = np.maximum(field.std(axis=1, keepdims=True), 1e-6)
        return np.asarray(apart / spread, dtype=np.float64)

    def _by_precedents(self, request: Vectors, facts: Vectors, without: Places | None) -> Vectors:
        likeness = _cosines(request[None], self.requests)[0]
        if without is not None:
            likeness[without] = -1.0
        count = min(NEAREST, len(likeness))
        rows = np.argpartition(-likeness, count - 1)[:count]
        weights = np.exp((likeness[rows] - likeness.max()) / HEAT)
        bore = unit(self.preferences[self.owners[rows]])
        shared = np.maximum(unit(facts - self.mean) @ bore.T, 0.0) ** POWER
        return np.asarray(shared @ (weights / weights.sum()), dtype=np.float32)

    def usual(self, facts: Vectors, without: Places | None = None) -> Vectors:
        """Return how near each of ``facts`` is to the requests that are nearest to it."""
        likeness = _cosines(facts, self.requests[::SAMPLED])
        if without is not None:
            likeness[:, without[without % SAMPLED == 0] // SAMPLED] = -1.0
        count = min(USUAL, likeness.shape[1])
        nearest = -np.partition(-likeness, count - 1, axis=1)[:, :count]
        return np.asarray(nearest.mean(axis=1), dtype=np.float32)


class Precedents:
    """Relevance of facts to requests, by the tuned encoder and the written requests.

    Args:
        encoder: the tuned one; it remembers the vectors of facts.
        written: what was written, as vectors of this encoder.
        weights: what each part counts.
    """

    def __init__(self, encoder: Encoder, written: Written, weights: Weights) -> None:
        self._cache = VectorCache.of(encoder)
        self._written = written
        self._weights = np.array(weights[:-1])
        self._shift = weights.shift
        self._usual: dict[str, float] = {}
        self._rows: OrderedDict[tuple[str, tuple[str, ...]], Scores] = OrderedDict()

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Return those of ``texts`` whose vectors have yet to be made."""
        return self._cache.missing(texts)

    async def encode(self, texts: Sequence[str]) -> None:
        """Make the vectors of ``texts`` ahead of time."""
        await self._cache.encode(texts)

    async def relevance(self, requests: Sequence[str], facts: Sequence[str]) -> Scores:
        """Return how far each of ``facts`` bears on each of ``requests``, ``(requests, facts)``.

        About 0 for what has nothing to do with it, on the scale of a cosine.

        Raises:
            EncoderError: the encoder fails.
        """
        if not requests or not facts:
            return np.zeros((len(requests), len(facts)))
        profile = tuple(facts)
        new = [r for r in dict.fromkeys(requests) if (r, profile) not in self._rows]
        if new:
            asked, known = await self._cache.encode(new), await self._cache.encode(facts)
            usual = self._usual_of(facts, known)
            for request, vector in zip(new, asked, strict=True):
                parts = self._written.parts(vector, known, usual)
                self._rows[request, profile] = self._weights @ parts + self._shift
        rows = np.stack([self._rows[request, profile] for request in requests])
        while len(self._rows) > _ROWS:
            self._rows.popitem(last=False)
        return rows

    def _usual_of(self, facts: Sequence[str], vectors: Vectors) -> Vectors:
        new = [n for n, fact in enumerate(facts) if fact not in self._usual]
        if len(self._usual) > _KEPT:
            self._usual, new = {}, list(range(len(facts)))
        if new:
            found = self._written.usual(vectors[new])
            self._usual |= {facts[n]: float(u) for n, u in zip(new, found, strict=True)}
        return np.array([self._usual[fact] for fact in facts], dtype=np.float32)


def read_precedents(directory: Path = SHIPPED) -> Precedents:
    """Open the folder of a tuned encoder with its precedents; the arrays stay on disk until used.

    Raises:
        EncoderError: the file of the precedents is missing or damaged, or of another encoder.
    """
    path, encoder = directory / FILE, MiniLMEncoder(directory)
    try:
        packed = unpack(path, *ARRAYS)
        if packed.meta["encoder"] != digest_of(encoder):
            raise ValueError(f"made for an encoder {packed.meta['encoder']!r}")
        weights = Weights(*(float(packed.meta["weights"][name]) for name in Weights._fields))
        return Precedents(encoder, _checked(packed.arrays, encoder.dimension), weights)
    except DAMAGE as error:
        raise EncoderError(
            f"The precedents {str(path)!r} cannot be used ({error}): reinstall recllm, or make "
            "them anew with scripts/tune_preferences.py."
        ) from error


def _checked(arrays: dict[str, npt.NDArray[Any]], dimension: int) -> Written:
    requests, preferences, owners, mean, others, usual = (arrays[name] for name in ARRAYS)
    rows = (requests.shape[1:], preferences.shape[1:], mean.shape, others.shape[1:])
    pairs = ((owners, requests), (usual, others))
    if any(row != (dimension,) for row in rows) or any(a.shape != b.shape[:1] for a, b in pairs):
        raise ValueError(f"arrays of the shapes {[a.shape for a in arrays.values()]}")
    finite = all(np.isfinite(a).all() for a in (mean, others, usual))
    if requests.dtype != np.int8 or preferences.dtype != np.int8 or not finite:
        raise ValueError("arrays of other types, or not finite")
    if not len(owners) or owners.min() < 0 or owners.max() >= len(preferences):
        raise ValueError("requests without their preference")
    wide = [np.asarray(a, dtype=np.float32) for a in (mean, others, usual)]
    return Written(requests, preferences, owners, *wide)


def digest_of(encoder: Encoder) -> str:
    """Return what an encoder's name says of its weights, wherever its folder lies."""
    return encoder.name.rpartition("-")[2]


def in_bytes(vectors: Vectors) -> Bytes:
    """Round each row to 8 bits, by a scale of its own: only its direction is kept."""
    largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9)
    return np.asarray(np.rint(vectors / largest * 127), dtype=np.int8)


def _cosines(some: Vectors, rows: Bytes) -> Vectors:
    import numkong  # of NumPy's products none takes bytes without widening them

    distances = numkong.cdist(in_bytes(some), np.ascontiguousarray(rows), "angular")
    return np.asarray(1 - np.asarray(distances), dtype=np.float32)
