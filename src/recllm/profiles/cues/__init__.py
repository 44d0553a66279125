"""The English wordings of profiles: see :mod:`recllm.cuefiles` for their format."""

from __future__ import annotations

import re

from recllm.cuefiles import patterns


def cues(name: str) -> dict[str, re.Pattern[str]]:
    """Return the patterns of the file ``name`` by section, in the file's order.

    Raises:
        FileNotFoundError: the package has no such file.
    """
    return patterns(__name__, name)
