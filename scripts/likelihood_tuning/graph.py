"""The graph that ONNX Runtime runs: SmolLM2-135M with adapters, without its weights.

It takes tokens, a sequence a row, and what was read before them; it returns the log probability of
what comes after chosen ones, the verdict of those at the ends, and what is to be known of all to
read on. The weights are given to it when it is loaded (``recllm.llm.likelihood.weights``), by their
names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from recllm.llm.likelihood.weights import (
    BLOCK,
    HEAD,
    HEADS,
    HIDDEN,
    KEYS,
    LAYERS,
    PARTS,
    VOCABULARY,
    WIDTH,
)

_BLOCKS = WIDTH // BLOCK
_MICROSOFT = "com.microsoft"
_EPSILON = 1e-5


class Graph:
    """Collects the graph's operations; each method adds some and returns their output's name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def add(self, kind: str, *inputs: str, domain: str = "", **attributes: object) -> str:
        """Add an operation with one output."""
        return self.parted(kind, 1, *inputs, domain=domain, **attributes)[0]

    def parted(
        self, kind: str, outputs: int, *inputs: str, domain: str = "", **attributes: object
    ) -> list[str]:
        """Add an operation with several outputs."""
        names = [f"v{len(self.nodes)}.{n}" for n in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return names

    def constant(self, value: Iterable[int] | float) -> str:
        """Add a list of integers, or a number."""
        name = f"c{len(self.initializers)}"
        if isinstance(value, float):
            array: npt.NDArray[Any] = np.array(value, dtype=np.float32)
        else:
            array = np.array(list(value), dtype=np.int64)
        self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def given(self, name: str, shape: tuple[int, ...], kind: int = TensorProto.FLOAT) -> str:
        """Add weights that are given when the graph is loaded."""
        tensor = onnx.TensorProto(name=name, data_type=kind, dims=shape)
        tensor.data_location = onnx.TensorProto.EXTERNAL
        width = 1 if kind == TensorProto.UINT8 else 4
        size = str(int(np.prod(shape)) * width)
        for key, value in (("location", "weights"), ("offset", "0"), ("length", size)):
            tensor.external_data.add(key=key, value=value)
        self.initializers.append(tensor)
        return name

    def norm(self, values: str, name: str) -> str:
        """Add a root mean square norm (Zhang and Sennrich, 2019)."""
        scale = self.given(name, (WIDTH,))
        kind = "SimplifiedLayerNormalization"
        return self.add(kind, values, scale, axis=-1, epsilon=_EPSILON, stash_type=1)

    def linear(self, values: str, name: str, sizes: tuple[int, int], rank: int) -> str:
        """Add a linear map, with its adapter if it has a ``rank``."""
        takes, gives = sizes
        blocks = takes // BLOCK
        codes = self.given(f"{name}.codes", (gives, blocks, BLOCK // 2), TensorProto.UINT8)
        scales = self.given(f"{name}.scales", (gives * blocks,))
        zeros = self.given(f"{name}.zeros", (gives * blocks,))
        out = self._blocks(values, codes, scales, sizes, zeros)
        if rank:
            small = self.add("MatMul", values, self.given(f"{name}.a", (takes, rank)))
            out = self.add(
                "Add", out, self.add("MatMul", small, self.given(f"{name}.b", (rank, gives)))
            )
        return out

    def _blocks(
        self, values: str, codes: str, scales: str, sizes: tuple[int, int], *zeros: str
    ) -> str:
        return self.add(
            "MatMulNBits", values, codes, scales, *zeros, domain=_MICROSOFT,
            K=sizes[0], N=sizes[1], bits=4 if zeros else 8, block_size=BLOCK,
        )  # fmt: skip

    def embed(self) -> str:
        """Add the vectors of the tokens ``ids``."""
        codes = self.given("tokens", (VOCABULARY, _BLOCKS, BLOCK), TensorProto.UINT8)
        scales = self.given("tokens.scales", (VOCABULARY, _BLOCKS))
        picked = self.add("Cast", self.add("Gather", codes, "ids"), to=TensorProto.FLOAT)
        signed = self.add("Sub", picked, self.constant(128.0))
        scale = self.add("Unsqueeze", self.add("Gather", scales, "ids"), self.constant([-1]))
        return self.add("Reshape", self.add("Mul", signed, scale), self.constant([0, 0, WIDTH]))

    def logits(self, values: str) -> str:
        """Add the scores of all tokens; the vectors are those of :meth:`embed`."""
        flat = self.add("Reshape", "tokens.scales", self.constant([-1]))
        return self._blocks(values, "tokens", flat, (WIDTH, VOCABULARY))


class Attention:
    """Self-attention with rotary positions and fewer keys than queries (Llama).

    Keys and values of what was read before (``past``) come first.

    Args:
        graph: where it is added.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        shape = graph.add("Shape", "ids")
        rows = graph.add("Gather", shape, graph.constant([0]))
        length = graph.add("Gather", shape, graph.constant([1]))
        whole = graph.add("Gather", graph.add("Shape", "mask"), graph.constant([3]))

        def sizes(*parts: str | int) -> str:
            names = [p if isinstance(p, str) else graph.constant([p]) for p in parts]
            return graph.add("Concat", *names, axis=0)

        self._queries = sizes(rows, length, HEADS, HEAD)
        self._keys = sizes(rows, length, KEYS, HEAD)
        self._grouped = sizes(rows, KEYS, -1, HEAD)
        self._wide = sizes(rows, HEADS, length, whole)
        self._tall = sizes(rows, KEYS, -1, whole)
        self._heads = sizes(rows, HEADS, length, HEAD)
        self._joined = sizes(rows, length, HEADS * HEAD)
        self._halves = graph.constant([HEAD // 2, HEAD // 2])
        self._parts = graph.constant([HEADS * HEAD, KEYS * HEAD, KEYS * HEAD])
        self._scale = graph.constant(HEAD**-0.5)
        self._past = graph.parted("Split", 2 * LAYERS, "past", axis=0, num_outputs=2 * LAYERS)
        self._present: list[str] = []

    def __call__(self, joined: str) -> str:
        """Add it for queries, keys and values side by side."""
        g = self._graph
        asked, keys, values = g.parted("Split", 3, joined, self._parts, axis=-1)
        asked = g.add("Mul", self._turned(self._by_head(asked, self._queries)), self._scale)
        keys = self._after_past(self._turned(self._by_head(keys, self._keys)))
        values = self._after_past(self._by_head(values, self._keys))
        grouped = g.add("Reshape", asked, self._grouped)
        scores = g.add("MatMul", grouped, g.add("Transpose", keys, perm=[0, 1, 3, 2]))
        scores = g.add("Add", g.add("Reshape", scores, self._wide), "mask")
        shares = g.add("Reshape", g.add("Softmax", scores, axis=-1), self._tall)
        seen = g.add("Reshape", g.add("MatMul", shares, values), self._heads)
        return g.add("Reshape", g.add("Transpose", seen, perm=[0, 2, 1, 3]), self._joined)

    def present(self) -> str:
        """Add the keys and values of all layers so far, to be a past later."""
        return self._graph.add("Concat", *self._present, axis=0)

    def _after_past(self, values: str) -> str:
        g, first = self._graph, self._graph.constant([0])
        self._present.append(g.add("Unsqueeze", values, first))
        past = g.add("Squeeze", self._past[len(self._present) - 1], first)
        return g.add("Concat", past, values, axis=2)

    def _by_head(self, values: str, sizes: str) -> str:
        return self._graph.add(
            "Transpose", self._graph.add("Reshape", values, sizes), perm=[0, 2, 1, 3]
        )

    def _turned(self, values: str) -> str:
        g = self._graph
        first, second = g.parted("Split", 2, values, self._halves, axis=-1)
        crossed = g.add("Concat", g.add("Neg", second), first, axis=-1)
        return g.add("Add", g.add("Mul", values, "cos"), g.add("Mul", crossed, "sin"))


def build_graph(first: int, rank: int) -> onnx.ModelProto:
    """Return the graph.

    Args:
        first: the first layer that has adapters.
        rank: of the adapters.
    """
    g = Graph()
    hidden, attend = g.embed(), Attention(g)
    for layer in range(LAYERS):
        low = rank if layer >= first else 0

        def part(values: str, name: str, layer: int = layer, low: int = low) -> str:
            return g.linear(values, f"{layer}.{name}", PARTS[name], low)

        seen = attend(part(g.norm(hidden, f"{layer}.attn_norm"), "qkv"))
        hidden = g.add("Add", hidden, part(seen, "o"))
        both = part(g.norm(hidden, f"{layer}.ffn_norm"), "gu")
        gate, up = g.parted("Split", 2, both, g.constant([HIDDEN, HIDDEN]), axis=-1)
        open_ = g.add("Mul", gate, g.add("Sigmoid", gate))
        hidden = g.add("Add", hidden, part(g.add("Mul", open_, up), "d"))
    every_row = g.norm(g.add("Reshape", hidden, g.constant([-1, WIDTH])), "norm")
    verdicts = g.add(
        "MatMul", g.add("Gather", every_row, "ends", axis=0), g.given("verdict", (WIDTH,))
    )
    scores = g.logits(g.add("Gather", every_row, "chosen", axis=0))
    every = g.add("ReduceLogSumExp", scores, g.constant([-1]), keepdims=0)
    own = g.add("GatherElements", scores, g.add("Unsqueeze", "targets", g.constant([-1])), axis=1)
    told = g.add("Sub", g.add("Squeeze", own, g.constant([-1])), every)
    outputs = {"logprobs": told, "verdicts": verdicts, "present": attend.present()}
    for name, output in outputs.items():
        g.nodes.append(helper.make_node("Identity", [output], [name]))
    return helper.make_model(
        helper.make_graph(g.nodes, "likelihood", _inputs(), _outputs(), g.initializers),
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(_MICROSOFT, 1)],
        ir_version=9,
    )


_PAST = (2 * LAYERS, "rows", KEYS, "before", HEAD)


def _inputs() -> list[onnx.ValueInfoProto]:
    turns = ("rows", 1, "length", HEAD)
    return [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ("rows", "length")),
        helper.make_tensor_value_info("chosen", TensorProto.INT64, ("told",)),
        helper.make_tensor_value_info("targets", TensorProto.INT64, ("told",)),
        helper.make_tensor_value_info("ends", TensorProto.INT64, ("ended",)),
        helper.make_tensor_value_info("cos", TensorProto.FLOAT, turns),
        helper.make_tensor_value_info("sin", TensorProto.FLOAT, turns),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, ("rows", 1, "length", "seen")),
        helper.make_tensor_value_info("past", TensorProto.FLOAT, _PAST),
    ]


def _outputs() -> list[onnx.ValueInfoProto]:
    present = (2 * LAYERS, "rows", KEYS, "length", HEAD)
    return [
        helper.make_tensor_value_info("logprobs", TensorProto.FLOAT, ("told",)),
        helper.make_tensor_value_info("verdicts", TensorProto.FLOAT, ("ended",)),
        helper.make_tensor_value_info("present", TensorProto.FLOAT, present),
    ]
