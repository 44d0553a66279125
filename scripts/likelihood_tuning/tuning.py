"""The embedded model tuned: a request is likelier from whom it bears on than from others."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from likelihood_tuning.llama import Llama, Tree
from likelihood_tuning.texts import Texts
from preference_tuning.examples import Example, Pair
from whole_files import replacing

GROUPS, WARM, DECAY, CLIP = 2, 60, 0.01, 1.0
WRITING = 0.05
"""What the likelihood of the requests themselves counts beside telling them apart."""
_SHARPNESS_RATE, _VERDICT_RATE = 3e-3, 1.5e-3
_CHUNK = 8

Report = Callable[[int, float], None]


class Tuner:
    """The model with the state of its tuning, which may be interrupted and gone on with.

    Args:
        model: what is tuned.
        texts: puts facts and requests to it.
        rate: the highest learning rate; it falls to 0 with the steps.
    """

    def __init__(self, model: Llama, texts: Texts, rate: float) -> None:
        self.model, self._texts, self._rate = model, texts, rate
        self._tuned = list(model.adapters.parameters())
        groups = [
            {"params": self._tuned, "weight_decay": DECAY},
            {"params": [model.sharpness]},
            {"params": [model.verdict], "weight_decay": DECAY},
        ]
        self._optimiser = torch.optim.AdamW(groups, lr=rate)
        self.step = 0

    def tune(self, groups: Iterable[list[Pair]], steps: int, report: Report) -> None:
        """Tune until so many ``steps`` have been taken, those before an interruption included.

        Args:
            groups: a request of each is told from those of the rest.
            steps: of two groups.
            report: is told the step and the loss.
        """
        source = iter(groups)
        while self.step < steps:
            rate = min(1.0, (self.step + 1) / WARM) * (1 - self.step / steps)
            rates = (self._rate, _SHARPNESS_RATE, _VERDICT_RATE)
            for group, highest in zip(self._optimiser.param_groups, rates, strict=True):
                group["lr"] = highest * rate
            loss = self._loss(list(islice(source, GROUPS)))
            self._optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._tuned, CLIP)
            self._optimiser.step()
            self.step += 1
            report(self.step, loss.item())

    def _loss(self, groups: Sequence[Sequence[Pair]]) -> torch.Tensor:
        asked = [[self._texts.request(request) for _, request in group] for group in groups]
        trees = [
            Tree(self._texts.fact(fact), requests)
            for group, requests in zip(groups, asked, strict=True)
            for fact, _ in group
        ]
        told = iter(self.model.read(trees))
        losses = []
        for requests in asked:
            rows = [next(told) for _ in requests]
            scores = torch.stack([self.model.scores(row) for row in rows]).T
            apart = cross_entropy(scores, torch.arange(len(requests)))
            own = torch.stack([row.likelihoods[n] for n, row in enumerate(rows)])
            written = -own.sum() / sum(map(len, requests))
            losses.append(apart + WRITING * written)
        return torch.stack(losses).mean()

    def save(self, path: Path) -> None:
        """Write the adapters and the state; an interrupted write leaves the old file."""
        state = {
            "adapters": self.model.adapters.state_dict(), "verdict": self.model.verdict.data,
            "sharpness": self.model.sharpness.data, "optimiser": self._optimiser.state_dict(),
            "step": self.step,
        }  # fmt: skip
        with replacing(path) as unfinished:
            torch.save(state, unfinished)

    def load(self, path: Path) -> None:
        """Go on from what :meth:`save` has written."""
        state: dict[str, Any] = torch.load(path, weights_only=True)
        self.model.adapters.load_state_dict(state["adapters"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.model.sharpness.data = state["sharpness"]
        self.model.verdict.data = state["verdict"]
        self.step = int(state["step"])


def recall_at(
    model: Llama, texts: Texts, topic: Sequence[Example], requests: int, cuts: Sequence[int]
) -> dict[int, list[bool]]:
    """Tell for some requests whether their own preference is among the first of its topic.

    Args:
        model: ranks.
        texts: puts facts and requests to it.
        topic: preferences, each with its requests.
        requests: so many of them are drawn at most.
        cuts: numbers of first places.
    """
    pairs = [(n, r) for n, e in enumerate(topic) for r in e.requests]
    pairs = random.sample(pairs, min(requests, len(pairs)))
    asked = [texts.request(r) for _, r in pairs]
    facts = [texts.fact(e.preference) for e in topic]
    found: dict[int, list[bool]] = {cut: [] for cut in cuts}
    with torch.no_grad():
        columns = [
            model.scores(model.read([Tree(fact, asked[at : at + _CHUNK])])[0])
            for fact in facts
            for at in range(0, len(asked), _CHUNK)
        ]
    told = torch.cat(columns).view(len(facts), len(asked))
    for column, (own, _) in zip(told.T, pairs, strict=True):
        place = int((column > column[own]).sum())
        for cut in cuts:
            found[cut].append(place < cut and not math.isnan(float(column[own])))
    return found
