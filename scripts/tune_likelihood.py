"""Tune the embedded model to tell how likely a request is from whom a fact is true of.

What comes of it is what ``recllm.llm.likelihood`` uses, ``src/recllm/models/likelihood``.
Requirements as for ``scripts/export_encoder.py``, ``gguf``, and this project itself; the model's
weights are those that ``recllm models install`` has fetched. Three steps::

    python scripts/tune_likelihood.py tune     # the adapters: 2.4 s a step on 2 cores
    python scripts/tune_likelihood.py measure  # on preferences that were held back
    python scripts/tune_likelihood.py export   # what the package ships

What is learnt from is ``training/preferences.jsonl``, less what is held back there. An interrupted
run goes on where it was last saved (every 100 steps).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from pathlib import Path

import numpy as np
import torch

from encoder_export.encoding import THREADS
from likelihood_tuning.graph import build_graph
from likelihood_tuning.groups import Groups
from likelihood_tuning.llama import SCALE, Llama
from likelihood_tuning.texts import AFTER, BEFORE, BETWEEN, Texts, read_tokenizer
from likelihood_tuning.tuning import Tuner, recall_at
from preference_tuning.examples import read_examples, topics_of
from recllm.encoder import MiniLMEncoder
from recllm.llm.embedded import installed
from recllm.llm.likelihood.model import ADAPTERS, GRAPH, SHIPPED, TOKENIZER
from recllm.packed import pack
from recllm.profiles.precedents import SHIPPED as ENCODER
from whole_files import replacing

EXAMPLES = Path(__file__).resolve().parents[1] / "training" / "preferences.jsonl"
FIRST, RANK = 10, 16


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("step", choices=("tune", "measure", "export"))
    parser.add_argument("--examples", type=Path, default=EXAMPLES, help="what is learnt from")
    parser.add_argument("--model", type=Path, help="GGUF file; the installed one")
    parser.add_argument("--adapters", type=Path, default=Path("likelihood.pt"), help="PyTorch's")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="folder of what is shipped")
    parser.add_argument("--steps", type=int, default=1600, help="of two groups of preferences")
    parser.add_argument("--rate", type=float, default=3e-4, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Do one step."""
    options = arguments()
    torch.set_num_threads(THREADS)
    torch.manual_seed(options.seed)
    path = options.model or installed()
    if path is None:
        sys.exit(
            "The embedded model is not there: fetch it with `recllm models install`, or "
            "name --model."
        )
    tokenizer = read_tokenizer(path)
    texts = Texts(tokenizer)
    tuner = Tuner(Llama(path, FIRST, RANK), texts, options.rate)
    if options.adapters.is_file():
        tuner.load(options.adapters)
    elif options.step != "tune":
        sys.exit(f"There are no adapters in {str(options.adapters)!r}: make them with `tune`.")
    random.seed(f"{options.seed} {tuner.step}")  # what is gone on with is not the same again
    if options.step == "tune":
        tune(options, tuner)
    elif options.step == "measure":
        measure(options, tuner.model, texts)
    else:
        export(options.out, tuner.model)
        (options.out / TOKENIZER).write_text(tokenizer.to_str(), "utf-8")


def tune(options: argparse.Namespace, tuner: Tuner) -> None:
    """Tune, and keep what there is every hundred steps."""
    examples = [e for e in read_examples(options.examples) if not e.held]
    texts = list(dict.fromkeys(t for e in examples for t in (e.preference, *e.requests)))
    print(f"reading {len(texts)} texts", file=sys.stderr, flush=True)
    rows = asyncio.run(MiniLMEncoder(ENCODER).encode(texts))
    vectors = dict(zip(texts, rows, strict=True))

    def report(step: int, loss: float) -> None:
        said = f"\rstep {step} of {options.steps}, loss {loss:.3f} "
        print(said, end="", file=sys.stderr, flush=True)
        if step % 100 == 0 or step == options.steps:
            tuner.save(options.adapters)

    tuner.tune(Groups(examples, vectors), options.steps, report)


def measure(options: argparse.Namespace, model: Llama, texts: Texts) -> None:
    """Print the recall among the first 40 held back preferences of each topic."""
    held = [e for e in read_examples(options.examples) if e.held]
    found: dict[int, list[bool]] = {1: [], 5: [], 10: []}
    for topic in topics_of(held).values():
        for cut, hits in recall_at(model, texts, topic[:40], 8, tuple(found)).items():
            found[cut] += hits
    print(json.dumps({f"@{cut}": round(100 * float(np.mean(h)), 1) for cut, h in found.items()}))


def export(out: Path, model: Llama) -> None:
    """Write the graph, and the adapters in half precision."""
    arrays = {}
    for key, values in model.adapters.items():
        layer, part, side = key.split("-")
        scaled = values.detach() * (SCALE if side == "b" else 1.0)
        arrays[f"{layer}.{part}.{side}"] = scaled.numpy().astype(np.float16)
    arrays["verdict"] = model.verdict.detach().numpy().astype(np.float16)
    texts = {"before": BEFORE, "between": BETWEEN, "after": AFTER}
    meta = {"arrays": list(arrays), **texts, "sharpness": float(model.sharpness.detach())}
    out.mkdir(parents=True, exist_ok=True)
    for name, content in (
        (ADAPTERS, pack(meta, **arrays)),
        (GRAPH, build_graph(FIRST, RANK).SerializeToString()),
    ):
        with replacing(out / name) as unfinished:
            unfinished.write_bytes(content)


if __name__ == "__main__":
    main()
