"""What each part of the relevance counts, fitted on preferences that nothing was tuned on."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy

from preference_tuning.examples import Example, topics_of
from recllm.profiles.matching import Vectors, centred, unit
from recllm.profiles.precedents import Places, Weights, Written, in_bytes

CANDIDATES, STRANGERS, OTHERS, PENALTY, STEPS = 50, 30, 300, 1e-4, 200

Encode = Callable[[Sequence[str]], Vectors]
Parts = npt.NDArray[np.float64]


def written(examples: Sequence[Example], encode: Encode) -> Written:
    """Encode what was written, for :class:`recllm.profiles.precedents.Precedents`."""
    preferences = encode([e.preference for e in examples])
    requests = encode([r for e in examples for r in e.requests])
    owners = np.repeat(np.arange(len(examples)), [len(e.requests) for e in examples])
    mean = preferences.mean(axis=0)
    apart = in_bytes(unit(preferences - mean))
    some = np.linspace(0, len(examples) - 1, OTHERS).astype(np.int32)
    others, unknown = preferences[some], np.zeros(len(some), dtype=np.float32)
    found = Written(in_bytes(requests), apart, owners.astype(np.int32), mean, others, unknown)
    usual = [found.usual(preferences[[n]], _requests_of(found, [n])) for n in some]
    return found._replace(others_usual=np.concatenate(usual))


class Trial(NamedTuple):
    """A request among the preferences of its topic, and among strangers of other topics.

    Args:
        parts: of the relevance, ``(3, CANDIDATES)``.
        own: the place of its own preference.
        strange: the same parts for preferences of other topics, ``(3, STRANGERS)``.
    """

    parts: Parts
    own: int
    strange: Parts


def trials(
    kept: Written, known: Sequence[Example], held: Sequence[Example], encode: Encode, seed: int
) -> list[Trial]:
    """Return a trial for each request of ``held``.

    Args:
        kept: what was written of ``known``; candidates' own requests are no precedents.
        known: what was tuned on.
        held: what was not.
        encode: the tuned encoder.
        seed: of the strangers drawn.
    """
    draw, found = random.Random(seed), []
    rows = {e.preference: n for n, e in enumerate(known)}
    own_topic = topics_of(known)
    every = [e.preference for e in known]
    for topic, some in topics_of(held).items():
        near = [*some, *own_topic.get(topic, [])][:CANDIDATES]
        without = _requests_of(kept, [rows[e.preference] for e in near if e.preference in rows])
        facts = encode([e.preference for e in near])
        usual = kept.usual(facts, without)
        for place, example in enumerate(near):
            if not example.held:
                break
            drawn = draw.sample(every, STRANGERS)
            theirs = _requests_of(kept, [rows[text] for text in drawn])
            strangers = encode(drawn)
            strange_usual = kept.usual(strangers, np.union1d(without, theirs).astype(np.int32))
            for asked in encode(example.requests):
                parts = kept.parts(asked, facts, usual, without)
                strange = kept.parts(asked, strangers, strange_usual, without)
                found.append(Trial(parts, place, strange))
    return found


def fit(tried: Sequence[Trial], usual: tuple[float, float]) -> Weights:
    """Fit the weights listwise: the own preference's share of the softmax over its topic.

    Args:
        tried: trials of one size.
        usual: mean and deviation that the relevance of strangers is to have, a cosine's.
    """
    size = min(t.parts.shape[1] for t in tried)
    rows = [t for t in tried if t.own < size]
    parts = torch.tensor(np.stack([t.parts[:, :size] for t in rows]))
    own = torch.tensor([t.own for t in rows])
    spread = (parts - parts.mean(2, keepdim=True)).pow(2).mean((0, 2)).sqrt()
    weights = torch.zeros(len(Weights._fields) - 1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=STEPS)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        scores = torch.einsum("p,npc->nc", weights / spread, parts)
        total: torch.Tensor = cross_entropy(scores, own) + PENALTY * (weights**2).sum()
        total.backward()
        return total

    optimiser.step(loss)
    plain = (weights / spread).detach().numpy()
    strange = np.stack([plain @ t.strange for t in rows])
    scale = usual[1] / float(strange.std())
    shift = usual[0] - scale * float(strange.mean())
    direct, ordinary, precedents = (float(w) for w in scale * plain)
    return Weights(direct, ordinary, precedents, shift)


def usual_cosines(
    held: Sequence[Example], known: Sequence[Example], encode: Encode, seed: int
) -> tuple[float, float]:
    """Return mean and deviation of the cosines of requests to preferences of other topics."""
    draw = random.Random(seed)
    some = draw.sample(held, min(len(held), 300))
    strangers = encode([e.preference for e in draw.sample(known, min(len(known), 300))])
    asked = encode([e.requests[0] for e in some])
    cosines = centred(asked, asked) @ centred(strangers, strangers).T
    return float(cosines.mean()), float(cosines.std())


def shares(tried: Sequence[Trial], weights: Weights) -> dict[str, float]:
    """Return the share of requests whose own preference is among the first 1, 5 and 10."""
    ranks = []
    for trial in tried:
        scores = np.array(weights[:-1]) @ trial.parts
        ranks.append(int((scores >= scores[trial.own]).sum()))
    return {f"recall@{cut}": float(np.mean([r <= cut for r in ranks])) for cut in (1, 5, 10)}


def _requests_of(kept: Written, preferences: Sequence[int]) -> Places:
    return np.flatnonzero(np.isin(kept.owners, preferences)).astype(np.int32)
