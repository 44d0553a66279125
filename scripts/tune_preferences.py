"""Tune the encoder that tells what bears on a request, and make its precedents.

Both are what ``recllm.profiles.precedents`` uses: the folder ``src/recllm/models/preferences``.
Requirements as for ``scripts/export_encoder.py``, and this project itself. Three steps, each of
which starts from what the one before has written::

    python scripts/tune_preferences.py tune        # the weights: 10 minutes an epoch on 2 cores
    python scripts/tune_preferences.py export      # ONNX, int8
    python scripts/tune_preferences.py precedents  # the written requests, and what each part counts

What is learnt from is ``training/preferences.jsonl``: every eighth preference of a topic is held
back (``held``) from the tuning; the parts are weighed, and the figures printed are measured, on
those.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from encoder_export.encoding import THREADS
from export_encoder import export
from preference_tuning.examples import Example, read_examples
from preference_tuning.fitting import fit, shares, trials, usual_cosines, written
from preference_tuning.tuning import Tower, tune
from recllm.encoder import MiniLMEncoder
from recllm.packed import pack
from recllm.profiles.matching import Vectors
from recllm.profiles.precedents import FILE, SHIPPED, digest_of
from recllm.vector_cache import VectorCache
from whole_files import replacing

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLES = REPOSITORY / "training" / "preferences.jsonl"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("step", choices=("tune", "export", "precedents"))
    parser.add_argument("--examples", type=Path, default=EXAMPLES, help="what is learnt from")
    parser.add_argument("--weights", type=Path, default=Path("preferences.pt"), help="PyTorch's")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="folder of the model")
    parser.add_argument("--start", type=Path, help="weights to go on from; all-MiniLM-L6-v2's")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=5e-5, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Do one step."""
    options = arguments()
    torch.set_num_threads(THREADS)
    examples = read_examples(options.examples)
    if options.step == "tune":
        tune_weights(options, [e for e in examples if not e.held])
    elif options.step == "export":
        export(options.out, options.weights)
    else:
        make_precedents(options, examples)


def tune_weights(options: argparse.Namespace, examples: Sequence[Example]) -> None:
    """Tune, and keep the weights every hundred steps."""
    tower = Tower(options.start)

    def report(step: int, steps: int, loss: float) -> None:
        print(f"\rstep {step} of {steps}, loss {loss:.3f}", end="", file=sys.stderr, flush=True)
        if step % 100 == 0 or step == steps:
            tower.save(options.weights)

    tune(tower, examples, options.epochs, options.rate, options.seed, report)


def make_precedents(options: argparse.Namespace, examples: Sequence[Example]) -> None:
    """Weigh the parts on what was held back, then write all examples and print the figures."""
    encoder = VectorCache(MiniLMEncoder(options.out), size=10**6)

    def encode(texts: Sequence[str]) -> Vectors:
        return asyncio.run(encoder.encode(texts))

    def plain(texts: Sequence[str]) -> Vectors:
        return asyncio.run(MiniLMEncoder().encode(texts))

    known = [e for e in examples if not e.held]
    held = [e for e in examples if e.held]
    tried = trials(written(known, encode), known, held, encode, options.seed)
    weights = fit(tried, usual_cosines(held, known, plain, options.seed))
    every = written(examples, encode)
    meta = {"encoder": digest_of(encoder), "weights": weights._asdict()}
    with replacing(options.out / FILE) as unfinished:
        unfinished.write_bytes(pack(meta, **every._asdict()))
    figures = {"requests": len(tried), **shares(tried, weights), "weights": weights._asdict()}
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
