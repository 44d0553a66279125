"""The same retrieval with other tools, as a yardstick that moves with the machine and its load."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recllm.catalog.document import search_text
from recllm.encoder import MiniLMEncoder
from recllm.protocols import Encoder
from recllm.services.live import AnyCatalog
from recllm.text import words
from recllm.types import Item, Query
from turns.figures import Json, spread
from turns.timing import WARM_UP, hold, opened

TOP = 100
RRF_K = 60


class Words(Protocol):
    """A ranking of documents by words."""

    def best(self, text: str, count: int) -> list[int]:
        """Return the numbers of the ``count`` best documents, best first."""
        ...


class Bm25s:
    """bm25s as its documentation uses it: no stemmer, English stop words."""

    name = "bm25s"

    def __init__(self, documents: Sequence[str]) -> None:
        import bm25s

        self._tokenize = bm25s.tokenize
        self._index = bm25s.BM25()
        self._size = len(documents)
        tokens = self._tokenize(list(documents), stopwords="en", show_progress=False)
        self._index.index(tokens, show_progress=False)

    def best(self, text: str, count: int) -> list[int]:
        """Return the numbers of the best documents."""
        tokens = self._tokenize([text], stopwords="en", show_progress=False)
        found, _ = self._index.retrieve(tokens, k=min(count, self._size), show_progress=False)
        return [int(n) for n in found[0]]


class Loop:
    """BM25 as a loop in Python over postings, for where bm25s is not installed."""

    name = "BM25 as a Python loop"

    def __init__(self, documents: Sequence[str]) -> None:
        self._postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        counted = [Counter(words(d)) for d in documents]
        mean = sum(c.total() for c in counted) / max(1, len(counted)) or 1.0
        for n, counts in enumerate(counted):
            length = 1.5 * (0.25 + 0.75 * counts.total() / mean)
            for word, count in counts.items():
                self._postings[word].append((n, count * 2.5 / (count + length)))
        self._size = len(documents)

    def best(self, text: str, count: int) -> list[int]:
        """Return the numbers of the best documents."""
        scores: defaultdict[int, float] = defaultdict(float)
        for word in words(text):
            postings = self._postings.get(word, ())
            weight = math.log(1 + (self._size - len(postings) + 0.5) / (len(postings) + 0.5))
            for n, score in postings:
                scores[n] += weight * score
        return sorted(scores, key=lambda n: -scores[n])[:count]


class Plain:
    """Words and vectors over lists in memory, fused; conditions are not executed at all."""

    def __init__(
        self,
        words: Words,
        encoder: Encoder,
        items: Sequence[Item],
        vectors: npt.NDArray[np.float32],
    ) -> None:
        self._words, self._encoder = words, encoder
        self._items, self._vectors = items, vectors
        self._at = {item.id: n for n, item in enumerate(items)}

    async def retrieve(self, query: Query) -> list[Item]:
        """Return at most 100 items by words and by meaning."""
        lists = [self.by_words(query)]
        texts = (query.request, query.text, *_wanted(query))
        text = ". ".join(dict.fromkeys(t for t in texts if t))
        parts = [(await self._encoder.encode([text]))[0]] if text else []
        if query.similar_to:
            parts.append(self._vectors[[self._at[i] for i in query.similar_to]].mean(axis=0))
        if parts:
            scores = self._vectors @ np.mean(parts, axis=0)
            lists.append([int(n) for n in np.argsort(-scores)[:TOP]])
        fused: defaultdict[int, float] = defaultdict(float)
        for found in lists:
            for place, n in enumerate(found, 1):
                fused[n] += 1 / (RRF_K + place)
        return [self._items[n] for n in sorted(fused, key=lambda n: -fused[n])[:TOP]]

    def by_words(self, query: Query) -> list[int]:
        """Return the best items by words alone."""
        text = " ".join(dict.fromkeys((query.request, query.text, *_wanted(query)))).strip()
        return self._words.best(text, TOP) if text else []


def _wanted(query: Query) -> list[str]:
    return [c.text for c in query.concepts if c.sign > 0]


async def compare(
    home: Path, catalog: str, conversations: Sequence[Sequence[str]], repeats: int, seed: int
) -> Json:
    """Time the turns that search, then the same queries through the rivals, in turns.

    "words" is the rival's ranking by words alone; "same_retrieval" adds the query's vector, exact
    cosine and fusion, but executes no condition, which is in the rival's favour. The times are
    those of the best repeat, the ratios the median over repeats of the medians (ours divided by
    the rival's: below 1 is faster).
    """
    rivals: dict[str, Plain] = {}
    ours: list[Json] = []
    theirs: defaultdict[str, list[Json]] = defaultdict(list)
    for _ in range(repeats):
        async with opened(home, catalog, seed, "none") as recommender:
            await hold(recommender, [WARM_UP])
            timed = await hold(recommender, conversations)
            rivals = rivals or await plain_rivals(recommender.catalog, MiniLMEncoder())
        turns = [t.turn.trace for t in timed if t.turn.trace.query]
        ours.append({s: spread([t.seconds[s] for t in turns]) for s in ("search", "turn")})
        for name, rival in rivals.items():
            theirs[name].append(await _timed(rival, [t.query for t in turns if t.query]))
    return {
        "unit": "ms",
        "ours": _best(ours, "search"),
        "alternatives": {
            name: _best(rows, "same_retrieval") | {"ratios": _ratios(ours, rows)}
            for name, rows in theirs.items()
        },
    }


async def plain_rivals(catalog: AnyCatalog, encoder: Encoder) -> dict[str, Plain]:
    """Return the rivals over the items, texts and vectors of ``catalog``, warmed up."""
    items = await catalog.scan(limit=catalog.size)
    vectors = await catalog.vectors([i.id for i in items])
    documents = [search_text(i, catalog.schema) for i in items]
    words: list[Bm25s | Loop] = [Loop(documents)]
    words += [Bm25s(documents)] if find_spec("bm25s") else []
    rivals = {w.name: Plain(w, encoder, items, vectors) for w in words}
    for rival in rivals.values():
        await rival.retrieve(Query(text="warm up"))
    return rivals


async def _timed(rival: Plain, queries: Sequence[Query]) -> Json:
    alone: list[float] = []
    same: list[float] = []
    for query in queries:
        began = perf_counter()
        rival.by_words(query)
        alone.append(perf_counter() - began)
        began = perf_counter()
        await rival.retrieve(query)
        same.append(perf_counter() - began)
    return {"words": spread(alone), "same_retrieval": spread(same)}


def _best(rows: Sequence[Json], stage: str) -> Json:
    return min(rows, key=lambda row: float(row[stage].get("p50", 0)))


def _ratios(ours: Sequence[Json], theirs: Sequence[Json]) -> Json:
    pairs = [(s, t) for s in ("search", "turn") for t in ("words", "same_retrieval")]
    return {
        f"{s}/{t}": round(
            median(o[s]["p50"] / r[t]["p50"] for o, r in zip(ours, theirs, strict=True)), 3
        )
        for s, t in pairs
        if all(row[s]["n"] for row in ours)
    }
