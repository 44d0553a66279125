"""Learnt concepts against the embeddings of their names, on labels that were hidden; prints JSON.

    python benchmarks/concepts.py [--set films ted tmdb] [--pairs 150] [--cache FOLDER]

Half of the items keep their labels and are learnt from; the other half are searched. No document
has a label's name in it: the columns of labels are left out and the names are cut out of the
texts. docs/concepts.md says what the figures mean.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recllm.encoder import MiniLMEncoder
from recllm.evaluation.scenario_catalogs import data_directory
from recllm.protocols import Encoder
from recllm.retrieval.concept_learning import FEWEST_ITEMS, Moments, discriminants
from recllm.retrieval.concept_vectors import ConceptVectors, Term, Vector
from recllm.retrieval.concepts import UNWANTED
from ways.labelled import SETS, Labelled, load
from ways.remembering import Remembering

FEWEST_HELD_OUT = 5
LEAST_FREQUENT = 10
Flags = npt.NDArray[np.bool_]
Figures = dict[str, Any]


class Split(NamedTuple):
    """The searched half, what was learnt of the other, and the names' own embeddings."""

    items: Vector
    has: Flags
    names: tuple[str, ...]
    embedded: Vector
    vectors: ConceptVectors


def split(
    labels: Sequence[frozenset[str]],
    items: Vector,
    names: tuple[str, ...],
    embedded: Vector,
    seed: int,
) -> Split:
    """Learn from one half of the items, drawn by ``seed``."""
    has = np.array([[n in found for n in names] for found in labels])
    order = np.random.default_rng(seed).permutation(len(items))
    learn, search = order[: len(items) // 2], order[len(items) // 2 :]
    counts = has[learn].sum(axis=0)
    own = items[learn].astype(np.float64)
    means = (has[learn].T @ own) / np.maximum(counts, 1)[:, None]
    covariance = np.cov(own.T, bias=True).astype(np.float32)
    learnt = discriminants(Moments(means, counts, own.mean(axis=0), covariance))
    keep = counts >= FEWEST_ITEMS
    terms = tuple(
        Term("tags", n, int(c)) for n, c in zip(names, counts, strict=True) if c >= FEWEST_ITEMS
    )
    vectors = ConceptVectors("benchmark", "", terms, learnt[keep], covariance, embedded[keep])
    return Split(items[search], has[search], names, embedded, vectors)


def measures(scores: Vector, right: Flags, wrong: Flags | None = None) -> dict[str, float]:
    """Return precision@10 and recall@50 (of at most 50), and the share of ``wrong`` in 10."""
    order = np.argsort(-scores, kind="stable")
    found = {
        "p@10": float(right[order[:10]].mean()),
        "r@50": float(right[order[:50]].sum() / min(int(right.sum()), 50)),
    }
    return found if wrong is None else {**found, "refused@10": float(wrong[order[:10]].mean())}


def mean(rows: Sequence[dict[str, float]]) -> Figures:
    """Return the mean of each measure and how many there are."""
    if not rows:
        return {"n": 0}
    return {"n": len(rows), **{k: round(float(np.mean([r[k] for r in rows])), 3) for k in rows[0]}}


def single(s: Split) -> Figures:
    """Search for one label: by its name, by what was learnt, by both, and as if it were unknown."""
    ways: dict[str, Callable[[int], Vector]] = {
        "name": lambda n: s.vectors.spread(s.embedded[n]),
        "learnt": lambda n: _learnt(s, n),
        "both": lambda n: s.vectors.vector(s.names[n], s.embedded[n]),
        "unknown": lambda n: _without(s.vectors, s.names[n]).named(s.embedded[n]),
    }
    counts = {t.value: t.items for t in s.vectors.terms}
    at = [
        n
        for n in range(len(s.names))
        if s.names[n] in counts and s.has[:, n].sum() >= FEWEST_HELD_OUT
    ]
    figures: Figures = {}
    for label, way in ways.items():
        rows = {n: measures(s.items @ way(n), s.has[:, n]) for n in at}
        groups = {"3 to 9": (3, 9), "10 to 29": (10, 29), "30 and more": (30, 10**9)}
        figures[label] = {"all": mean(list(rows.values()))} | {
            name: mean([r for n, r in rows.items() if low <= counts[s.names[n]] <= high])
            for name, (low, high) in groups.items()
        }
    return figures


def _learnt(s: Split, n: int) -> Vector:
    place = [t.value for t in s.vectors.terms].index(s.names[n])
    vector: Vector = s.vectors.learnt[place]
    return vector


def _without(vectors: ConceptVectors, name: str) -> ConceptVectors:
    """Return what would have been learnt if no item bore this label."""
    keep = [n for n, t in enumerate(vectors.terms) if t.value != name]
    terms = tuple(vectors.terms[n] for n in keep)
    return ConceptVectors(
        "", "", terms, vectors.learnt[keep], vectors.covariance, vectors.names[keep]
    )


async def pairs(s: Split, encoder: Encoder, count: int, seed: int) -> Figures:
    """Search for "A and B" and for "A but not B"."""
    known = {t.value for t in s.vectors.terms}
    at = [n for n in range(len(s.names)) if s.names[n] in known]
    together = s.has[:, at].astype(int).T @ s.has[:, at].astype(int)
    places = [(i, j) for i in range(len(at)) for j in range(len(at)) if i != j]
    both = [(at[i], at[j]) for i, j in places if i < j and together[i, j] >= FEWEST_HELD_OUT]
    one = [(at[i], at[j]) for i, j in places if _apart(together, i, j)]
    shuffled = np.random.default_rng(seed).permutation
    both = [both[n] for n in shuffled(len(both))[:count]]
    one = [one[n] for n in shuffled(len(one))[:count]]
    concept = {
        n: s.vectors.vector(s.names[n], s.embedded[n]) for pair in (*both, *one) for n in pair
    }
    and_text = await encoder.encode([f"{s.names[a]} and {s.names[b]}" for a, b in both])
    not_text = await encoder.encode([f"{s.names[a]} but not {s.names[b]}" for a, b in one])
    wished = {
        "text": list(and_text),
        "names added": [s.embedded[a] + s.embedded[b] for a, b in both],
        "concepts added": [concept[a] + concept[b] for a, b in both],
    }
    refused = {
        "text": list(not_text),
        "name of A": [s.embedded[a] for a, _ in one],
        "concept of A": [concept[a] for a, _ in one],
        "concepts subtracted": [
            concept[a] - UNWANTED * s.vectors.apart(concept[b], concept[a]) for a, b in one
        ],
    }
    has = s.has
    return {
        "A and B": {
            k: mean(
                [
                    measures(s.items @ v, has[:, a] & has[:, b])
                    for v, (a, b) in zip(q, both, strict=True)
                ]
            )
            for k, q in wished.items()
        },
        "A but not B": {
            k: mean(
                [
                    measures(s.items @ v, has[:, a] & ~has[:, b], has[:, b])
                    for v, (a, b) in zip(q, one, strict=True)
                ]
            )
            for k, q in refused.items()
        },
    }


def _apart(together: npt.NDArray[np.int64], i: int, j: int) -> bool:
    """Whether a fifth of the items of ``i`` have ``j``, and enough have not."""
    shared, whole = together[i, j], together[i, i]
    return bool(shared >= 4 and whole - shared >= FEWEST_HELD_OUT and shared >= 0.2 * whole)


async def measure(held: Labelled, encoder: Remembering, count: int, seeds: int) -> Figures:
    """Return all figures of one catalogue."""
    labels = held.labels()
    frequency = Counter(label for found in labels for label in found)
    names = tuple(sorted(n for n, c in frequency.items() if c >= LEAST_FREQUENT))
    items = await encoder.stored(held.documents(without=names))
    embedded = await encoder.stored(names)
    figures: Figures = {"items": len(items), "labels": len(names), "one label": []}
    for seed in range(seeds):
        s = split(labels, items, names, embedded, seed)
        figures["one label"].append(single(s))
    return {**figures, **await pairs(s, encoder, count, 0)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the command line asks for and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", nargs="+", choices=SETS, default=["films"], help="which (films)")
    parser.add_argument("--pairs", type=int, default=150, help="how many pairs are drawn (150)")
    parser.add_argument("--seeds", type=int, default=1, help="how many splits are drawn (1)")
    parser.add_argument("--cache", type=Path, help="a folder for vectors, for the next run")
    chosen = parser.parse_args(arguments)
    found: Figures = {}
    for name in chosen.set:
        encoder = Remembering(MiniLMEncoder(), chosen.cache)
        held = load(name, data_directory())
        found[name] = asyncio.run(measure(held, encoder, chosen.pairs, chosen.seeds))
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
