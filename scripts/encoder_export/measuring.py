"""A model held against PyTorch: equality, retrieval, dependence on the batch, and speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from encoder_export.encoding import Embed, batched, onnx_forward, torch_forward
from encoder_export.original import Floats, Ints, tokens

DOCUMENTS, TIMED = 2000, 1000


def cosines(left: Floats, right: Floats) -> Floats:
    """Return the cosine of each pair of rows."""
    return np.asarray((left * right).sum(axis=1), dtype=np.float32)


def top10(queries: Floats, documents: Floats) -> Ints:
    """Return the ten nearest documents of each query."""
    return np.asarray(np.argsort(-(queries @ documents.T), axis=1, kind="stable")[:, :10])


def mixed_batch(texts: Sequence[str]) -> list[str]:
    """Return a batch from 3 to about 200 tokens."""
    return ["hi", "a film", *texts[:4], " ".join(texts[4:8])[:900], " ".join(texts[8:12])[:950]]


def companions(tokenizer: Any, forward: Callable[[Ints, Ints], Floats], texts: Any) -> Floats:
    """Return cosines of texts encoded alone to the same among strangers of other lengths."""
    alone = batched(tokenizer, forward, 1)(texts[:96])
    strangers = ["x", "", "!!!! ???? 1234", " ".join(texts[100:108])]
    found = []
    for start in range(0, 96, 24):
        batch = [*texts[start : start + 24], *strangers]
        together = forward(*tokens(tokenizer, batch))[:24]
        found.append(cosines(together, alone[start : start + 24]))
    return np.concatenate(found)


def per_second(embed: Embed, texts: Sequence[str]) -> float:
    """Return texts encoded a second."""
    start = time.perf_counter()
    embed(texts)
    return len(texts) / (time.perf_counter() - start)


def latency(embed: Embed, queries: Sequence[str]) -> float:
    """Return the median milliseconds of one short query."""
    times = []
    for query in queries[:200]:
        start = time.perf_counter()
        embed([query])
        times.append(time.perf_counter() - start)
    return float(np.median(times) * 1000)


class Bench:
    """The texts, and what PyTorch makes of them."""

    def __init__(
        self, tokenizer: Any, rows: Sequence[tuple[str, str]], weights: Path | None = None
    ) -> None:
        self.tokenizer = tokenizer
        self.queries = [title for title, _ in rows[:DOCUMENTS]]
        self.documents = [text for _, text in rows[:DOCUMENTS]]
        self.forward = torch_forward(weights)
        self.reference = batched(tokenizer, self.forward)
        self.document_vectors = self.reference(self.documents)
        self.query_vectors = self.reference(self.queries)

    def quality(self, model: bytes) -> dict[str, float]:
        """Hold a model against PyTorch: cosines, retrieval, and dependence on the batch."""
        forward = onnx_forward(model)
        embed = batched(self.tokenizer, forward)
        queries, documents = embed(self.queries), embed(self.documents)
        near = cosines(documents, self.document_vectors)
        wanted, found = top10(self.query_vectors, self.document_vectors), top10(queries, documents)
        shared = [len(set(a) & set(b)) / 10 for a, b in zip(wanted, found, strict=True)]
        own = np.arange(len(queries))[:, None]
        beside = companions(self.tokenizer, forward, self.documents)
        return {
            "megabytes": len(model) / 1e6,
            "cosine_mean": float(near.mean()),
            "cosine_min": float(near.min()),
            "query_cosine_mean": float(cosines(queries, self.query_vectors).mean()),
            "top10_overlap": float(np.mean(shared)),
            "recall10": float((found == own).any(axis=1).mean()),
            "recall10_torch": float((wanted == own).any(axis=1).mean()),
            "companions_mean": float(beside.mean()),
            "companions_min": float(beside.min()),
        }

    def speed(self, models: dict[str, bytes], rounds: int = 3) -> dict[str, dict[str, float]]:
        """Time models and PyTorch in turn, and keep the best of the rounds."""
        timed = {"torch": self.reference}
        timed |= {k: batched(self.tokenizer, onnx_forward(m)) for k, m in models.items()}
        best = {name: {"documents_per_second": 0.0, "query_ms": 1e9} for name in timed}
        for _ in range(rounds):
            for name, embed in timed.items():
                rate, wait = per_second(embed, self.documents[:TIMED]), latency(embed, self.queries)
                best[name]["documents_per_second"] = max(best[name]["documents_per_second"], rate)
                best[name]["query_ms"] = min(best[name]["query_ms"], wait)
        return best


def fp32_equality(bench: Bench, model: bytes) -> float:
    """Return the lowest cosine to PyTorch, over a batch of mixed lengths and its parts."""
    forward, texts = onnx_forward(model), mixed_batch(bench.documents)
    lowest = 1.0
    for batch in (texts, texts[:2], texts[-1:], [""]):
        ids, mask = tokens(bench.tokenizer, batch)
        lowest = min(lowest, float(cosines(forward(ids, mask), bench.forward(ids, mask)).min()))
    return lowest
