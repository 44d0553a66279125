"""The model in fp32, from PyTorch to ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnx
import torch

from encoder_export.original import load_bert, tokens

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


def export_fp32(tokenizer: Any, weights: Path | None = None) -> onnx.ModelProto:
    """Export the model in fp32 with dynamic batch and length."""
    module: Any = Sentence(load_bert("eager", weights))
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
