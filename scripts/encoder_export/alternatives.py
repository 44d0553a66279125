"""The ways of quantising that were not chosen."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path

import onnx
from onnxruntime.quantization import quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer


def alternatives(fp32: onnx.ModelProto, words: onnx.ModelProto) -> dict[str, bytes]:
    """Quantise in the ways that were not chosen, for ``--compare``."""
    made: dict[str, bytes] = {"fp32": fp32.SerializeToString()}
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "before.onnx", Path(folder) / "after.onnx"
        onnx.save(words, before)
        for name, options in {
            "dynamic": {},
            "dynamic per channel": {"per_channel": True},
            "dynamic per channel, 7 bits": {"per_channel": True, "reduce_range": True},
        }.items():
            quantize_dynamic(before, after, op_types_to_quantize=["MatMul"], **options)
            made[name] = after.read_bytes()
    for block in (32, 64):
        quantiser = MatMulNBitsQuantizer(
            copy.deepcopy(words), bits=8, block_size=block, is_symmetric=True, accuracy_level=4
        )
        quantiser.process()
        made[f"MatMulNBits, block {block}"] = quantiser.model.model.SerializeToString()
    return made
