"""SmolLM2-135M in PyTorch, read from the file that llama.cpp runs, with adapters to be tuned.

Written out rather than taken from a library for one thing: a fact is read once for many requests.
A sequence is a tree, a stem and its branches, which do not see one another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from gguf import GGUFReader, dequantize
from torch.nn.functional import cross_entropy, embedding, linear, rms_norm, silu

from recllm.llm.likelihood.weights import (
    BASE,
    HEAD,
    HEADS,
    HIDDEN,
    KEYS,
    LAYERS,
    PARTS,
    SOURCES,
    WIDTH,
    turned,
)

EPSILON, STEP = 1e-5, 8
GROUP = HEADS // KEYS
SCALE = 2.0
"""What the adapters' product is multiplied by: alpha 32 at rank 16."""
SHARPNESS = 0.6
"""Of the likelihoods, before it is tuned."""


class Tree(NamedTuple):
    """Tokens of a stem, and of what may follow it."""

    stem: list[int]
    branches: list[list[int]]


class Told(NamedTuple):
    """Of each branch of a tree after its stem."""

    likelihoods: torch.Tensor
    """Log probabilities."""
    verdicts: torch.Tensor
    """How well it goes with the stem, told by its last token; 0 until that is tuned."""


class Layout(NamedTuple):
    """Trees side by side: tokens, positions, what sees what.

    And where each token of a branch is foretold, and where a branch ends.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    bias: torch.Tensor
    rows: torch.Tensor
    targets: torch.Tensor
    owners: torch.Tensor
    ends: torch.Tensor


class Llama:
    """The model; only its adapters are tuned, the rest stays in bfloat16.

    Args:
        path: the GGUF file.
        first: the first layer with adapters; those below need no gradient.
        rank: of the adapters.
    """

    def __init__(self, path: Path, first: int = 10, rank: int = 16) -> None:
        self.first = first
        self._frozen = _frozen(path)
        self.adapters: Any = torch.nn.ParameterDict()
        for layer in range(first, LAYERS):
            for part, (takes, gives) in PARTS.items():
                start = torch.randn(takes, rank) / math.sqrt(takes)
                self.adapters[f"{layer}-{part}-a"] = torch.nn.Parameter(start)
                self.adapters[f"{layer}-{part}-b"] = torch.nn.Parameter(torch.zeros(rank, gives))
        self.verdict = torch.nn.Parameter(torch.zeros(WIDTH))
        # Likelihoods of whole texts are too sure of themselves; how much is learnt as well.
        self.sharpness = torch.nn.Parameter(torch.tensor(SHARPNESS))

    def scores(self, told: Told) -> torch.Tensor:
        """Return how well each branch goes with its stem, all things taken together."""
        return told.likelihoods * self.sharpness + told.verdicts

    def read(self, trees: Sequence[Tree]) -> list[Told]:
        """Return what is told of the branches of each tree."""
        layout = arranged(trees)
        cos, sin = _rotations(layout.positions)
        hidden = embedding(layout.ids, self._frozen["token_embd"])
        with torch.no_grad():
            for layer in range(self.first):
                hidden = self._layer(layer, hidden, cos, sin, layout.bias)
        for layer in range(self.first, LAYERS):
            hidden = self._layer(layer, hidden, cos, sin, layout.bias)
        flat = hidden.reshape(-1, WIDTH)
        rows = self._norm(flat[layout.rows], "output_norm")
        scores = linear(rows, self._frozen["token_embd"]).float()
        told = -cross_entropy(scores, layout.targets, reduction="none")
        sums = torch.zeros(len(layout.ends)).index_add(0, layout.owners, told)
        verdicts = self._norm(flat[layout.ends], "output_norm").float() @ self.verdict
        counts = [len(t.branches) for t in trees]
        return [Told(*t) for t in zip(sums.split(counts), verdicts.split(counts), strict=True)]

    def _norm(self, values: torch.Tensor, name: str) -> torch.Tensor:
        return rms_norm(values, (WIDTH,), self._frozen[name], EPSILON)

    def _linear(self, layer: int, part: str, values: torch.Tensor) -> torch.Tensor:
        out = linear(values, self._frozen[f"{layer}.{part}"])
        if layer < self.first:
            return out
        small = values @ self.adapters[f"{layer}-{part}-a"].bfloat16()
        return out + small @ (self.adapters[f"{layer}-{part}-b"] * SCALE).bfloat16()

    def _layer(
        self,
        layer: int,
        hidden: torch.Tensor,
        cos: torch.Tensor,
        sin: torch.Tensor,
        bias: torch.Tensor,
    ) -> torch.Tensor:
        rows, length, _ = hidden.shape
        joined = self._linear(layer, "qkv", self._norm(hidden, f"blk.{layer}.attn_norm"))
        sizes = [HEADS * HEAD, KEYS * HEAD, KEYS * HEAD]
        asked, keys, values = (
            part.view(rows, length, -1, HEAD).transpose(1, 2) for part in joined.split(sizes, -1)
        )
        asked, keys = _turned(asked, cos, sin), _turned(keys, cos, sin)
        grouped = asked.reshape(rows, KEYS, GROUP * length, HEAD)
        # Written out: the library's fused attention is slow backwards on a CPU.
        scores = (grouped @ keys.transpose(-1, -2)).view(rows, KEYS, GROUP, length, length)
        shares = (scores * HEAD**-0.5 + bias[:, None, None]).softmax(-1)
        seen = shares.view(rows, KEYS, GROUP * length, length) @ values
        seen = seen.view(rows, HEADS, length, HEAD).transpose(1, 2).reshape(rows, length, -1)
        hidden = hidden + self._linear(layer, "o", seen)
        both = self._linear(layer, "gu", self._norm(hidden, f"blk.{layer}.ffn_norm"))
        gate, up = both.split([HIDDEN, HIDDEN], -1)
        return hidden + self._linear(layer, "d", silu(gate) * up)


def arranged(trees: Sequence[Tree]) -> Layout:
    """Lay trees out as rows; each branch stands as if it followed its stem at once."""
    length = max(len(t.stem) + sum(map(len, t.branches)) for t in trees)
    # Few widths: the library prepares each product anew for each shape.
    length = -(-length // STEP) * STEP
    ids, positions = (torch.zeros((len(trees), length), dtype=torch.long) for _ in range(2))
    parts = torch.full((len(trees), length), -1)
    rows: list[int] = []
    targets: list[int] = []
    owners: list[int] = []
    ends: list[int] = []
    for n, (stem, branches) in enumerate(trees):
        at, first = 0, n * length
        for number, tokens in enumerate([stem, *branches]):
            here, start = slice(at, at + len(tokens)), len(stem) if number else 0
            ids[n, here] = torch.tensor(tokens)
            positions[n, here] = torch.arange(start, start + len(tokens))
            parts[n, here] = number
            if number:
                rows += [first + len(stem) - 1, *range(first + at, first + at + len(tokens) - 1)]
                targets += tokens
                owners += [len(ends)] * len(tokens)
                ends.append(first + at + len(tokens) - 1)
            at += len(tokens)
    same = parts[:, :, None] == parts[:, None, :]
    of_stem = (parts[:, None, :] == 0) & (parts[:, :, None] > 0)
    seen = (same | of_stem) & (positions[:, None, :] <= positions[:, :, None])
    seen |= torch.eye(length, dtype=torch.bool)
    bias = torch.zeros(seen.shape, dtype=torch.bfloat16).masked_fill(~seen, -1e4)
    return Layout(ids, positions, bias, *map(torch.tensor, (rows, targets, owners, ends)))


def _rotations(positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    turns = positions[..., None].float() / BASE ** (torch.arange(0, HEAD, 2).float() / HEAD)
    both = torch.cat([turns, turns], -1)[:, None]
    return both.cos().bfloat16(), both.sin().bfloat16()


def _turned(values: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    first, second = values.chunk(2, -1)
    return values * cos + torch.cat([-second, first], -1) * sin


def _frozen(path: Path) -> dict[str, torch.Tensor]:
    tensors = {t.name.removesuffix(".weight"): t for t in GGUFReader(path).tensors}

    def read(name: str) -> torch.Tensor:
        values = dequantize(tensors[name].data, tensors[name].tensor_type)
        return torch.tensor(turned(name.rpartition(".")[2], values)).bfloat16()

    found = {name: read(name) for name in ("token_embd", "output_norm")}
    for layer in range(LAYERS):
        for norm in (f"blk.{layer}.attn_norm", f"blk.{layer}.ffn_norm"):
            found[norm] = read(norm)
        for part, names in SOURCES.items():
            found[f"{layer}.{part}"] = torch.cat([read(f"blk.{layer}.{n}") for n in names])
    return found
