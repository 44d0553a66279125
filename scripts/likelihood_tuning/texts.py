"""How a fact and a request are put to the model, in tokens."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tokenizers import Tokenizer

BEFORE, BETWEEN, AFTER = 'I told you: "', '"\nI asked you: "', '"'
_LONGEST = 64


class Texts:
    """Tokens of facts and of requests.

    Args:
        tokenizer: the model's.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer

    def fact(self, text: str) -> list[int]:
        """Return what comes before a request from somebody who said ``text``."""
        return self._tokens(BEFORE + text + BETWEEN)

    def request(self, text: str) -> list[int]:
        """Return a request."""
        return self._tokens(text + AFTER)[:_LONGEST]

    def _tokens(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text).ids)


def read_tokenizer(path: Path) -> Tokenizer:
    """Return the tokenizer that a GGUF file holds."""
    from transformers import AutoTokenizer

    with TemporaryDirectory() as folder:
        AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name).save_pretrained(folder)
        tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
