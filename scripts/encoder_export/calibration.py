"""How large activations become on real texts, which the quantiser smooths them by."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper

from encoder_export.encoding import open_session
from encoder_export.original import Floats, tokens
from encoder_export.quantiser import weight_inputs


def calibrate(model: onnx.ModelProto, tokenizer: Any, texts: Sequence[str]) -> dict[str, Floats]:
    """Return the largest magnitude of each channel of each activation, over real tokens."""
    probe = copy.deepcopy(model)
    names = list(weight_inputs(model.graph))
    probe.graph.output.extend(
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
    )
    session = open_session(probe.SerializeToString())
    maxima = {name: np.zeros(1, dtype=np.float32) for name in names}
    for start in range(0, len(texts), 16):
        ids, mask = tokens(tokenizer, texts[start : start + 16])
        values = session.run(names, {"input_ids": ids, "attention_mask": mask})
        for name, value in zip(names, values, strict=True):
            largest = np.abs(value[mask.astype(bool)]).max(axis=0)
            maxima[name] = np.maximum(maxima[name], largest)
    return maxima
