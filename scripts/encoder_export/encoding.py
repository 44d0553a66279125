"""Texts to vectors, by PyTorch and by an ONNX model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch

from encoder_export.original import Floats, Ints, load_bert, pool, tokens

BATCH, THREADS = 32, 2

Embed = Callable[[Sequence[str]], Floats]


def open_session(model: bytes) -> Any:
    """Open a model on two threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def batched(tokenizer: Any, forward: Callable[[Ints, Ints], Floats], size: int = BATCH) -> Embed:
    """Make a function that encodes texts in batches of like length."""

    def embed(texts: Sequence[str]) -> Floats:
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        vectors = np.empty((len(texts), 384), dtype=np.float32)
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            vectors[rows] = forward(*tokens(tokenizer, [texts[i] for i in rows]))
        return vectors

    return embed


def torch_forward(weights: Path | None = None) -> Callable[[Ints, Ints], Floats]:
    """Return the reference: transformers' own BertModel in fp32."""
    bert = load_bert("sdpa", weights)

    def forward(ids: Ints, mask: Ints) -> Floats:
        with torch.inference_mode():
            kept = torch.from_numpy(mask)
            hidden = bert(input_ids=torch.from_numpy(ids), attention_mask=kept).last_hidden_state
            return np.asarray(pool(hidden, kept).numpy())

    return forward


def onnx_forward(model: bytes) -> Callable[[Ints, Ints], Floats]:
    """Return the forward pass of an ONNX model."""
    session = open_session(model)

    def forward(ids: Ints, mask: Ints) -> Floats:
        return np.asarray(session.run(None, {"input_ids": ids, "attention_mask": mask})[0])

    return forward
