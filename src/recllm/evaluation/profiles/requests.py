"""Written preferences and requests that they bear on without a word in common: read."""

from __future__ import annotations

import json
from pathlib import Path

from recllm.errors import EvaluationError
from recllm.evaluation.profiles.prefeval import Example

ROUNDS = ("first request", "second request")
STATED = "stated"
"""The form of dialogue in which a preference is said outright."""


def load_requests(path: Path) -> dict[str, list[Example]]:
    """Read the file, a preference with its requests a line; return the examples of each round.

    What is remembered of the preference is the profile's sentence; its sort of thing is the topic.

    Raises:
        EvaluationError: the file is missing or not as expected; the message names the line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise EvaluationError(f"{str(path)!r} cannot be read: {error}") from error
    found: dict[str, list[Example]] = {name: [] for name in ROUNDS}
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            for name, asked in zip(ROUNDS, row["asked"], strict=True):
                said: dict[str, tuple[str, ...]] = {STATED: (str(row["said"]),)}
                found[name].append(Example(row["sort"], row["fact"], str(asked), (), said))
        except (KeyError, TypeError, ValueError) as error:
            raise EvaluationError(f"{str(path)!r}, line {number}: {error!r}") from error
    return found
