"""A ranking model's answers read defensively: buckets, explanations, repairs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from recllm.types import Bucket

VALUE = {Bucket.EXCELLENT: 1.0, Bucket.GOOD: 0.7, Bucket.FAIR: 0.4, Bucket.POOR: 0.1}
"""The score that each bucket stands for, in [0, 1]."""

_LINE = re.compile(
    r"^[\s*>(\[-]*(?<!-)(?P<number>\d{1,3})[\s\]).:|*(\[-]*(?P<bucket>excellent|good|fair|poor)"
    r"(?:[ _-]?fit)?\b[\s|:–—*)\]-]*(?P<text>.*)$",
    re.IGNORECASE | re.ASCII,
)
_ONE = re.compile(
    r"(?P<bucket>excellent|good|fair|poor)(?:[ _-]?fit)?\b[\s|:–—*-]*(?P<text>.*)",
    re.IGNORECASE | re.DOTALL,
)


class Judgement(NamedTuple):
    """A bucket and the words for it."""

    bucket: Bucket
    text: str


def parse_list(answer: str, count: int) -> dict[int, Judgement]:
    """Read list-wise judgements by candidate number (from 1), in the model's order.

    Unknown numbers are ignored; of repeated ones the first counts; missing ones are absent.
    """
    found: dict[int, Judgement] = {}
    for line in answer.splitlines():
        match = _LINE.match(line)
        if match and 1 <= int(match["number"]) <= count:
            found.setdefault(int(match["number"]), _judgement(match))
    return found


def parse_one(answer: str) -> Judgement | None:
    """Read a point-wise judgement, or None if there is no bucket in it."""
    match = _ONE.search(answer)
    return _judgement(match) if match else None


def _judgement(match: re.Match[str]) -> Judgement:
    bucket = Bucket(f"{match['bucket'].lower()} fit")
    return Judgement(bucket, " ".join(match["text"].split()).strip(" \"'|"))


def expected_value(first_token: Mapping[str, float]) -> float | None:
    """Return the expected score under the probabilities of an answer's first token.

    Args:
        first_token: natural-log probabilities of the most probable first tokens.
    """
    weights: dict[Bucket, float] = {}
    for token, logprob in first_token.items():
        text = token.strip().lower()
        for bucket in Bucket:
            if text and bucket.value.startswith(text):
                weights[bucket] = weights.get(bucket, 0.0) + math.exp(logprob)
    total = sum(weights.values())
    return sum(VALUE[b] * w for b, w in weights.items()) / total if total else None


def order_of(judged: Mapping[int, Judgement]) -> list[int]:
    """Order candidates by bucket, then by the model's own order."""
    place: Sequence[int] = list(judged)
    return sorted(place, key=lambda n: (-VALUE[judged[n].bucket], place.index(n)))
