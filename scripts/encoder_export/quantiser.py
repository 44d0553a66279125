"""The model in int8: a graph rewritten node by node."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from encoder_export.original import Floats

ALPHA = 0.6  # share of an outlier that smoothing moves from activation to weight
GELU_MINIMUM = 0.17  # gelu(x) >= -0.17: added, so that its activations use all of uint8
SCALARS: dict[str, Any] = {
    "one": np.float32(1),
    "zero": np.uint8(0),
    "middle": np.uint8(128),
    "level_full": np.float32(1 / 255),
    "level_half": np.float32(1 / 127),
    "axis": np.array([-1]),
}


class Quantiser:
    """Rewrites a graph; see the docstring of ``scripts/export_encoder.py`` for the scheme.

    Args:
        model: The model in fp32.
        maxima: Of :func:`encoder_export.calibration.calibrate`; if None, only the table of words is
            quantised.
    """

    def __init__(self, model: onnx.ModelProto, maxima: dict[str, Floats] | None) -> None:
        self.model = copy.deepcopy(model)
        self.graph = self.model.graph
        self.maxima = maxima or {}
        self.constants = {c.name: numpy_helper.to_array(c) for c in self.graph.initializer}
        self.inputs = weight_inputs(self.graph)
        self.makers = {o: node.op_type for node in self.graph.node for o in node.output}
        self.nodes: list[onnx.NodeProto] = []
        self.ready: dict[str, Floats] = {}

    def run(self) -> onnx.ModelProto:
        """Return the quantised model."""
        self.constants |= {name: np.asarray(value) for name, value in SCALARS.items()}
        for node in self.graph.node:
            if node.op_type == "Gather" and node.input[0] in self.constants:
                self.words(node)
            elif self.maxima and is_weighted(node, self.constants):
                self.product(node)
            else:
                self.nodes.append(node)
        del self.graph.initializer[:], self.graph.node[:]
        self.graph.node.extend(self.nodes)
        used = {name for node in self.nodes for name in node.input}
        self.graph.initializer.extend(
            numpy_helper.from_array(np.asarray(v), k)
            for k, v in self.constants.items()
            if k in used
        )
        self.model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        return self.model

    def add(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Append a node named after its output."""
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def words(self, node: onnx.NodeProto) -> None:
        """Look words up in an int8 table with a scale for each."""
        table, ids, out = self.constants.pop(node.input[0]), node.input[1], node.output[0]
        scale = np.abs(table).max(axis=1, keepdims=True) / 127
        self.constants["words"] = np.rint(table / scale).astype(np.int8)
        self.constants["words_scale"] = scale.astype(np.float32)
        rows = self.add("Gather", ["words", ids], "words_int8")
        rows = self.add("Cast", [rows], "words_float", to=onnx.TensorProto.FLOAT)
        scales = self.add("Gather", ["words_scale", ids], "words_factor")
        self.add("Mul", [rows, scales], out)

    def product(self, node: onnx.NodeProto) -> None:
        """Replace ``MatMul`` by its int8 form, scaled by token and by output channel."""
        x, name, out = node.input[0], node.input[1], node.output[0]
        if x not in self.ready:
            self.activation(x)
        weight = self.constants.pop(name) * self.ready[x][:, None]
        whole, scale = whole_weights(weight)
        self.constants |= {f"{name}_int8": whole, f"{name}_scale": scale}
        shifted = self.makers.get(x) == "Gelu"
        if shifted:
            self.compensate(out, self.constants[f"{x}_shift"] @ (whole * scale))
        inputs = [f"{x}_uint8", f"{name}_int8", "one", f"{name}_scale"]
        inputs.append("zero" if shifted else "middle")
        domain = "com.microsoft"
        self.add("MatMulIntegerToFloat", inputs, f"{out}_raw", domain=domain)
        self.add("Mul", [f"{out}_raw", f"{x}_step"], out)

    def activation(self, x: str) -> None:
        """Quantise the rows of ``x``, smoothed, each with a scale of its own."""
        smoothing = self.smoothing(x)
        self.ready[x] = smoothing
        self.constants[f"{x}_inverse"] = 1 / smoothing
        smooth = self.add("Mul", [x, f"{x}_inverse"], f"{x}_smooth")
        shifted = self.makers.get(x) == "Gelu"
        if shifted:
            self.constants[f"{x}_shift"] = np.float32(GELU_MINIMUM) / smoothing
            size = smooth = self.add("Add", [smooth, f"{x}_shift"], f"{x}_positive")
        else:
            size = self.add("Abs", [smooth], f"{x}_size")
        zero, level = ("zero", "level_full") if shifted else ("middle", "level_half")
        top = self.add("ReduceMax", [size, "axis"], f"{x}_top", keepdims=1)
        step = self.add("Mul", [top, level], f"{x}_step")
        ratio = self.add("Div", [smooth, step], f"{x}_ratio")
        self.add("QuantizeLinear", [ratio, "one", zero], f"{x}_uint8")

    def smoothing(self, x: str) -> Floats:
        """Return the factor by which each channel of ``x`` is divided (SmoothQuant)."""
        weights = [np.abs(self.constants[name]).max(axis=1) for name in self.inputs[x]]
        largest = np.maximum(np.max(weights, axis=0), 1e-5)
        factor = np.maximum(self.maxima[x], 1e-5) ** ALPHA / largest ** (1 - ALPHA)
        return np.asarray(factor / np.exp(np.log(factor).mean()), dtype=np.float32)

    def compensate(self, out: str, surplus: Floats) -> None:
        """Subtract from the bias after ``out`` what the shift of the activation added."""
        adds = [n for n in self.graph.node if n.op_type == "Add" and out in n.input]
        (bias,) = [name for name in adds[0].input if name in self.constants]
        self.constants[bias] = (self.constants[bias] - surplus).astype(np.float32)


def whole_weights(weight: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Round a weight [input, output] to int8, with one scale for each output.

    The scale keeps the sum of neighbours of one sign within 127 before rounding, 128 after it:
    255 * 128 < 2**15. That costs about half a bit; 7-bit weights, the usual way, cost a whole.
    """
    pairs = weight.reshape(-1, 2, weight.shape[1])
    sums = np.maximum(np.maximum(pairs, 0).sum(axis=1), np.maximum(-pairs, 0).sum(axis=1))
    scale = np.asarray(sums.max(axis=0) / 127, dtype=np.float32)
    return np.rint(weight / scale).astype(np.int8), scale


def is_weighted(node: onnx.NodeProto, constants: Any) -> bool:
    """Tell whether ``node`` multiplies by a stored weight (not attention's own products)."""
    return bool(node.op_type == "MatMul" and node.input[1] in constants)


def weight_inputs(graph: onnx.GraphProto) -> dict[str, list[str]]:
    """Map each activation to the weights that it is multiplied by."""
    constants = {c.name for c in graph.initializer}
    found: dict[str, list[str]] = {}
    for node in graph.node:
        if is_weighted(node, constants):
            found.setdefault(node.input[0], []).append(node.input[1])
    return found
