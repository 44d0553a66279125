"""The English wordings of the dialogue: see :mod:`recllm.cuefiles` for their format."""

from __future__ import annotations

import re

from recllm.cuefiles import patterns
from recllm.cuefiles import wordlist as words_of


def cues(name: str) -> dict[str, re.Pattern[str]]:
    """Return the patterns of the file ``name`` by section, in the file's order.

    Raises:
        FileNotFoundError: the package has no such file.
    """
    return patterns(__name__, name)


def wordlist(name: str) -> frozenset[str]:
    """Return the words of the file ``name``, which holds words and comments only."""
    return words_of(__name__, name)
