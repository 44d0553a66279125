"""The embedded model's weights as ONNX Runtime takes them, from the file that llama.cpp runs.

The file stays what it is: its blocks of 32 weights in 4 bits, each with a scale and a least value,
are packed in the other order and not rounded anew. What was tuned comes beside them, as products
of low rank (LoRA, Hu et al., 2021), from a small file of this project.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

LAYERS, WIDTH, HIDDEN, VOCABULARY = 30, 576, 1536, 49_152
HEADS, KEYS, HEAD = 9, 3, 64
"""Heads of the queries, of the keys and values, and the width of each."""
BASE = 100_000.0
"""Of the rotary positions."""
BLOCK = 32
PARTS = {
    "qkv": (WIDTH, (HEADS + 2 * KEYS) * HEAD),
    "o": (HEADS * HEAD, WIDTH),
    "gu": (WIDTH, 2 * HIDDEN),
    "d": (HIDDEN, WIDTH),
}
"""The linear maps of a layer, what they take and give: queries, keys and values are one."""
SOURCES = {
    "qkv": ("attn_q", "attn_k", "attn_v"),
    "o": ("attn_output",),
    "gu": ("ffn_gate", "ffn_up"),
    "d": ("ffn_down",),
}
"""The tensors of the file that make up each."""
_TURNED = {"attn_q": HEADS, "attn_k": KEYS}
"""The heads of what llama.cpp has in another order."""

Arrays = dict[str, npt.NDArray[Any]]
Bytes = npt.NDArray[np.uint8]
Number = TypeVar("Number", bound=np.generic)


def read_weights(path: Path) -> Arrays:
    """Return the weights in the GGUF file at ``path`` by the names that the graph has for them.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds another model, or is damaged.
    """
    from gguf import GGUFReader

    tensors = {t.name: t for t in GGUFReader(path).tensors}
    try:
        found = _embedding(tensors["token_embd.weight"])
        found["norm"] = _plain(tensors["output_norm.weight"])
        for layer in range(LAYERS):
            for norm in ("attn_norm", "ffn_norm"):
                found[f"{layer}.{norm}"] = _plain(tensors[f"blk.{layer}.{norm}.weight"])
            for part, names in SOURCES.items():
                blocks = {n: _blocks(tensors[f"blk.{layer}.{n}.weight"], "Q4_1") for n in names}
                rows = np.concatenate([turned(n, b) for n, b in blocks.items()])
                found |= _linear(f"{layer}.{part}", rows)
    except KeyError as error:
        raise ValueError(f"it has no tensor {error}") from None
    return found


def _plain(tensor: Any) -> npt.NDArray[np.float32]:
    values = np.asarray(tensor.data, dtype=np.float32)
    if values.shape != (WIDTH,):
        raise ValueError(f"the tensor {tensor.name} has the shape {values.shape}")
    return values


def turned(name: str, rows: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return the rows of the tensor ``name`` of a layer, heads in the order of the paper.

    llama.cpp pairs neighbouring dimensions of a head where the model as published pairs halves.
    """
    heads = _TURNED.get(name)
    if heads is None:
        return rows
    return rows.reshape(heads, -1, 2, rows.shape[-1]).swapaxes(1, 2).reshape(rows.shape)


def _blocks(tensor: Any, kind: str) -> Bytes:
    found = tensor.tensor_type.name
    if found != kind:
        raise ValueError(f"the tensor {tensor.name} is of type {found}, not {kind}")
    return np.asarray(tensor.data, dtype=np.uint8)


def _linear(name: str, rows: Bytes) -> Arrays:
    """Return what ``MatMulNBits`` takes for a linear map: codes, scales and zero points."""
    blocks = rows.reshape(len(rows), -1, 4 + BLOCK // 2)
    scale, least = np.moveaxis(blocks[..., :4].copy().view(np.float16).astype(np.float32), -1, 0)
    scale = np.where(scale == 0, np.float32(1e-8), scale)
    halves = blocks[..., 4:]
    # The file has the first half of a block in the low bits, the graph every other weight.
    codes = np.concatenate([halves & 15, halves >> 4], axis=-1)
    packed = codes[..., ::2] | codes[..., 1::2] << 4
    return {
        f"{name}.codes": packed,
        f"{name}.scales": scale.reshape(-1),
        f"{name}.zeros": (-least / scale).reshape(-1),
    }


def _embedding(tensor: Any) -> Arrays:
    """Return the vectors of the tokens, in 8 bits with a scale for each block (Q8_0)."""
    blocks = _blocks(tensor, "Q8_0").reshape(VOCABULARY, -1, 2 + BLOCK)
    scales = blocks[..., :2].copy().view(np.float16)[..., 0].astype(np.float32)
    codes = (blocks[..., 2:].copy().view(np.int8).astype(np.int16) + 128).astype(np.uint8)
    return {"tokens": codes, "tokens.scales": scales}
