"""Seeded items that resemble a catalogue: clustered vectors, texts of Zipf words, typed columns.

A vector is the sum of a common mean, the centre of one of many topics, the item's own place in
the topic, and noise in all dimensions, made of unit length. Centres and places lie in a space of
``LATENT`` dimensions whose spread falls off as a power law, as the principal components of text
embeddings do. :func:`likeness` computes the figures in which such vectors can be compared with
those of real texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recllm.types import Attribute, AttributeValue, Item, Kind, Role, Schema
from turns.figures import Json

Vectors = npt.NDArray[np.float32]

LATENT, FALL_OFF = 256, 0.45
COMMON, PLACE, NOISE = 0.7, 1.5, 0.05
"""How long the mean, an item's place in its topic and the noise are beside a centre of length 1."""
WORDS, ZIPF, OFFSET = 50_000, 1.05, 30
"""Words, and the exponent and offset of their frequencies (Zipf and Mandelbrot).

The offset stands for the commonest words, which an index leaves out: the first of those left is in
an eighth of the items.
"""
FAR = (0.1, 1.9)
"""Least and greatest share of PLACE at which an item lies."""
TOPICS, TOPICS_AT = 250, 5_000
"""So many topics at so many items; their number grows with the root of the items."""
AT_ONCE = 20_000
GENRES, MAKERS = 24, 5_000

SCHEMA = Schema(
    noun="item",
    attributes=(
        Attribute(name="year", kind=Kind.NUMBER, role=Role.YEAR),
        Attribute(name="one_in_100", kind=Kind.NUMBER),
        Attribute(name="half", kind=Kind.BOOLEAN),
        Attribute(name="maker", kind=Kind.CATEGORY, role=Role.CREATOR),
        Attribute(name="genres", kind=Kind.LIST, role=Role.GENRE),
    ),
)
"""``one_in_100`` is 0 to 99 by chance, so that one value holds for 1 % of the items."""


class Part(NamedTuple):
    """A stretch of items: their vectors, their topics, and the source of chance for their texts."""

    vectors: Vectors
    topics: npt.NDArray[np.intp]
    rng: np.random.Generator


class Space:
    """The topics of a catalogue of ``items`` items, from which any number of vectors is drawn."""

    def __init__(self, items: int, dimension: int, seed: int) -> None:
        rng = np.random.default_rng([seed, 0])
        self._latent = min(LATENT, dimension)
        spread = np.arange(1, self._latent + 1, dtype=np.float32) ** -FALL_OFF
        self._spread = spread / np.linalg.norm(spread)
        self.topics = max(8, round(TOPICS * (items / TOPICS_AT) ** 0.5))
        self._centres = _normal(rng, (self.topics, self._latent)) * self._spread
        basis, _ = np.linalg.qr(rng.normal(size=(dimension, self._latent)))
        self._basis = basis.T.astype(np.float32)
        mean = _normal(rng, (dimension,))
        self._mean = COMMON * mean / np.linalg.norm(mean)

    def draw(self, topics: npt.NDArray[np.intp], rng: np.random.Generator) -> Vectors:
        """Return one vector of unit length for each of ``topics``."""
        # Places lie in directions of their topic's own, or all topics would be one cloud.
        place = _normal(rng, (len(topics), self._latent))
        turned = np.take_along_axis(place * self._spread, self._turn(topics), axis=1)
        # Some items are near their topic's centre and some far: the density differs, as in texts.
        far = PLACE * rng.uniform(*FAR, size=(len(topics), 1)).astype(np.float32)
        found = (self._centres[topics] + far * turned) @ self._basis + self._mean
        dimension = found.shape[1]
        found += (NOISE / np.sqrt(dimension)) * _normal(rng, found.shape)
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found, dtype=np.float32)

    def _turn(self, topics: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        return (np.arange(self._latent)[None, :] * 5 + topics[:, None] * 7) % self._latent


def part(space: Space, at: int, seed: int) -> Part:
    """Return the ``AT_ONCE`` items from ``at`` on, the same however many are wanted."""
    rng = np.random.default_rng([seed, 1, at])
    topics = rng.integers(space.topics, size=AT_ONCE)
    return Part(space.draw(topics, rng), topics, np.random.default_rng([seed, 4, at]))


def items(space: Space, total: int, seed: int) -> Iterator[Item]:
    """Yield the first ``total`` items of a catalogue."""
    words = Words(seed)
    for at in range(0, total, AT_ONCE):
        made = part(space, at, seed)
        yield from islice(words.items(at, made.topics, made.rng), total - at)


class Query(NamedTuple):
    """A wish: its words and its vector, neither of them those of an item."""

    text: str
    vector: Vectors


def queries(space: Space, words: Words, count: int, seed: int) -> list[Query]:
    """Return wishes drawn as items are: three to eight words, a vector near a topic."""
    rng = np.random.default_rng([seed, 2])
    topics = rng.integers(space.topics, size=count)
    vectors = space.draw(topics, rng)
    texts = words.texts(rng, topics, 3, 8)
    return [Query(t, v) for t, v in zip(texts, vectors, strict=True)]


class Words:
    """Texts of made-up words with Zipf's frequencies; a topic has some words of its own."""

    def __init__(self, seed: int) -> None:
        self._words = np.array(_made_up(np.random.default_rng([seed, 3])), dtype=object)
        weights = 1.0 / (OFFSET + np.arange(1, WORDS + 1)) ** ZIPF
        self._sums = np.cumsum(weights) / weights.sum()

    def texts(
        self, rng: np.random.Generator, topics: npt.NDArray[np.intp], least: int, most: int
    ) -> Iterator[str]:
        """Yield a text for each of ``topics``: a third of the topic's own words."""
        lengths = rng.integers(least, most + 1, size=len(topics))
        topic, total = np.repeat(topics, lengths), int(lengths.sum())
        common = np.searchsorted(self._sums, rng.random(total))
        own = (topic * 7919 + rng.integers(40, size=total) * 31) % WORDS
        chosen = self._words[np.where(rng.random(total) < 1 / 3, own, common)]
        ends = np.cumsum(lengths)
        return (" ".join(chosen[e - n : e]) for e, n in zip(ends, lengths, strict=True))

    def items(
        self, at: int, topics: npt.NDArray[np.intp], rng: np.random.Generator
    ) -> Iterator[Item]:
        """Yield an item for each of ``topics``: a title of 2 to 5 words, a text of 15 to 60."""
        titles, texts = self.texts(rng, topics, 2, 5), self.texts(rng, topics, 15, 60)
        chances = rng.random((len(topics), 5)).tolist()
        for n, (title, text, chance) in enumerate(zip(titles, texts, chances, strict=True)):
            attributes = _attributes(int(topics[n]), *chance)
            yield Item(id=f"i{at + n}", title=title.title(), text=text, attributes=attributes)


def _attributes(
    topic: int, year: float, one_in_100: float, half: float, maker: float, genre: float
) -> dict[str, AttributeValue]:
    genres = (f"genre {topic % GENRES}", f"genre {int(GENRES * genre)}")
    return {
        "year": float(1930 + int(95 * year)),
        "one_in_100": float(int(100 * one_in_100)),
        "half": half < 0.5,
        "maker": f"Maker {int(MAKERS * maker**2)}",
        "genres": tuple(dict.fromkeys(genres)),
    }


def likeness(vectors: Vectors, seed: int = 0) -> Json:
    """Return how vectors lie: cosine of two at random, of the 1st and 10th nearest, dimension.

    The intrinsic dimension is that of the two nearest neighbours' distances (Facco et al.,
    Scientific Reports 2017), without the tenth of items with the largest ratio.
    """
    rng = np.random.default_rng(seed)
    asked = rng.choice(len(vectors), min(500, len(vectors)), replace=False)
    cosines = vectors[asked] @ vectors.T
    random = float(cosines.mean())
    cosines[np.arange(len(asked)), asked] = -1
    best = -np.sort(np.partition(-cosines, 10, axis=1)[:, :10], axis=1)
    distances = np.sqrt(np.maximum(2 - 2 * best[:, :2], 1e-12))
    ratios = np.sort(np.log(distances[:, 1] / distances[:, 0]))
    kept = ratios[: int(0.9 * len(ratios))]
    empirical = -np.log(1 - np.arange(1, len(kept) + 1) / (len(ratios) + 1))
    return {
        "items": len(vectors),
        "cosine_random": round(random, 3),
        "cosine_1st": round(float(best[:, 0].mean()), 3),
        "cosine_10th": round(float(best[:, 9].mean()), 3),
        "intrinsic_dimension": round(float((kept @ empirical) / (kept @ kept)), 1),
        "components_for_half": _components(vectors[:5000], 0.5),
    }


def _components(vectors: Vectors, share: float) -> int:
    """Return how many principal components hold ``share`` of the variance."""
    values = np.linalg.svd(vectors - vectors.mean(axis=0), compute_uv=False) ** 2
    return int(np.searchsorted(np.cumsum(values) / values.sum(), share)) + 1


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Vectors:
    return rng.standard_normal(shape, dtype=np.float32)


def _made_up(rng: np.random.Generator) -> list[str]:
    """Return ``WORDS`` different pronounceable words, shorter ones among the first."""
    consonants, vowels = "bcdfghjklmnprstvz", "aeiou"
    syllables = [c + v for c in consonants for v in vowels]
    found: dict[str, None] = {}
    while len(found) < WORDS:
        length = 2 + (len(found) > 500) + (len(found) > 20_000)
        found["".join(syllables[i] for i in rng.integers(len(syllables), size=length))] = None
    return list(found)
