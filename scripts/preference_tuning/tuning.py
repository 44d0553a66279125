"""The encoder tuned: a request comes near to the preference that bears on it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from encoder_export.original import load_bert, load_tokenizer, pool, tokens
from preference_tuning.examples import Example, batches
from whole_files import replacing

TEMPERATURE, WARM, DECAY, CLIP = 0.05, 0.1, 0.01, 1.0
_LONGEST, _STEP = 64, 8

Report = Callable[[int, int, float], None]


class Tower:
    """The encoder in PyTorch, with its tokenizer.

    Args:
        weights: a file written by :meth:`save`; the untuned weights if None.
    """

    def __init__(self, weights: Path | None = None) -> None:
        self.bert: Any = load_bert("sdpa")
        if weights:
            self.bert.load_state_dict(torch.load(weights, weights_only=True))
        self._tokenizer = load_tokenizer()
        self._tokenizer.enable_truncation(_LONGEST)

    def __call__(self, texts: Sequence[str]) -> torch.Tensor:
        """Return a vector of unit length for each text."""
        # Few widths: the library prepares each product anew for each shape.
        ids, kept = map(torch.from_numpy, tokens(self._tokenizer, texts, _STEP))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = self.bert(input_ids=ids, attention_mask=kept).last_hidden_state
        return pool(hidden, kept)

    def save(self, path: Path) -> None:
        """Write the weights; an interrupted write leaves the old file."""
        with replacing(path) as unfinished:
            torch.save(self.bert.state_dict(), unfinished)


def tune(
    tower: Tower, examples: Sequence[Example], epochs: int, rate: float, seed: int, report: Report
) -> None:
    """Tune all weights: cross-entropy both ways among the pairs of a batch.

    Args:
        tower: what is tuned.
        examples: two topics make a batch, 64 preferences of each with one request.
        epochs: every request comes once in each.
        rate: the highest learning rate, after a tenth of the steps; it then falls to 0.
        seed: of the order and the dropout.
        report: is told the step, the number of steps and the loss.
    """
    random.seed(seed)
    torch.manual_seed(seed)
    steps = epochs * sum(1 for _ in batches(examples, 64, 2))
    weights = list(tower.bert.parameters())
    optimiser = torch.optim.AdamW(weights, lr=rate, weight_decay=DECAY)
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1.0, (s + 1) / (WARM * steps)) * max(0.0, 1 - s / steps)
    )
    tower.bert.train()
    step = 0
    for _ in range(epochs):
        for pairs in batches(examples, 64, 2):
            facts, asked = tower([p for p, _ in pairs]), tower([r for _, r in pairs])
            scores, own = asked @ facts.T / TEMPERATURE, torch.arange(len(pairs))
            loss = (cross_entropy(scores, own) + cross_entropy(scores.T, own)) / 2
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, CLIP)
            optimiser.step()
            rates.step()
            step += 1
            report(step, steps, loss.item())
