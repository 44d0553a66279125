"""A LoRA adapter in GGUF, small enough to write by hand: one layer's query matrix."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

WIDTH, RANK, ALIGNMENT = 576, 4, 32


def write_adapter(path: Path, strength: float) -> None:
    """Write an adapter for SmolLM2-135M; with strength 0 it changes nothing."""
    noise = np.random.default_rng(0)
    tensors = {
        "blk.0.attn_q.weight.lora_a": noise.normal(size=(RANK, WIDTH)),
        "blk.0.attn_q.weight.lora_b": noise.normal(size=(WIDTH, RANK)) * strength,
    }
    fields = {"general.type": "adapter", "general.architecture": "llama", "adapter.type": "lora"}
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(fields) + 1)
    for name, value in fields.items():
        head += text(name) + struct.pack("<I", 8) + text(value)
    head += text("adapter.lora.alpha") + struct.pack("<If", 6, RANK)
    data = b""
    for name, tensor in tensors.items():
        rows, columns = tensor.shape
        head += text(name) + struct.pack("<IQQIQ", 2, columns, rows, 0, len(data))
        data += padded(tensor.astype("<f4").tobytes())
    path.write_bytes(padded(head) + data)


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % ALIGNMENT)
