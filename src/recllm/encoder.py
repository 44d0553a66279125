"""Text to vectors of unit length.

:class:`MiniLMEncoder` is the sentence encoder that the package ships (ONNX, int8, no PyTorch);
:class:`HashEncoder` needs no model and is for tests and examples. Both are
:class:`recllm.protocols.Encoder`, and neither knows what the vectors are used for.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import zlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recllm.errors import EncoderError
from recllm.inference import open_session
from recllm.text import encodable, words

SHIPPED = Path(__file__).parent / "models" / "minilm"
PROJECTION = "context.npy"
MAX_TOKENS = 256
BATCH = 32
_MAX_CHARACTERS = 16_384  # far beyond MAX_TOKENS of any language: keeps a huge text cheap
_PAD = 0

Vectors = npt.NDArray[np.float32]


class _Model(NamedTuple):
    """A loaded model: the tokenizer and the ONNX session, both safe to share by threads."""

    tokenizer: Any
    session: Any

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Encode one batch, padded to its longest text."""
        rows = [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]
        ids = np.full((len(rows), max(map(len, rows))), _PAD, dtype=np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        (vectors,) = self.session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(vectors, dtype=np.float32)


class MiniLMEncoder:
    """all-MiniLM-L6-v2 run by onnxruntime; the model is loaded at the first use.

    Args:
        directory: A folder with ``model.onnx`` and ``tokenizer.json``, as written by
            ``scripts/export_encoder.py``; the shipped model if None.
        threads: Threads of one inference; onnxruntime's choice (one per core) if None.
    """

    def __init__(self, directory: Path | None = None, threads: int | None = None) -> None:
        self._directory = directory or SHIPPED
        self._threads = threads
        self._lock = threading.Lock()
        self._model: _Model | None = None

    @cached_property
    def name(self) -> str:
        """The folder and a digest of the weights, so that other weights have another name."""
        digest = hashlib.sha256(self._file("model.onnx").read_bytes()).hexdigest()
        return f"{self._directory.name}-{digest[:8]}"

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return 384

    @cached_property
    def projection(self) -> Vectors | None:
        """The context side's matrix, ``context.npy`` of the folder, None if it has none.

        Text vectors of a conversation, as rows, times it are in the space of the items.

        Raises:
            EncoderError: It is no finite matrix of shape ``(384, 384)``.
        """
        path = self._directory / PROJECTION
        if not path.is_file():
            return None
        try:
            found = np.asarray(np.load(path, allow_pickle=False), dtype=np.float32)
        except (OSError, ValueError, EOFError) as error:
            raise self._broken(error) from error
        if found.shape != (self.dimension, self.dimension) or not np.isfinite(found).all():
            raise self._broken(f"{PROJECTION} of shape {found.shape}, or not finite")
        return found

    async def encode(self, texts: Sequence[str]) -> Vectors:
        """Return an array of shape ``(len(texts), 384)``, rows L2-normalised, in order.

        Raises:
            EncoderError: The model is missing or broken.
        """
        return await asyncio.to_thread(self._encode, [_clean(text) for text in texts])

    def _encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return vectors
        model = self._load()
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            vectors[rows] = model.embed([texts[i] for i in rows])
        return vectors

    def _load(self) -> _Model:
        with self._lock:
            if self._model is None:
                self._model = self._open()
            return self._model

    def _open(self) -> _Model:
        from tokenizers import Tokenizer

        model, vocabulary = self._file("model.onnx"), self._file("tokenizer.json")
        try:
            tokenizer = Tokenizer.from_file(str(vocabulary))
            session = open_session(model, self._threads)
        except Exception as error:  # both libraries raise classes of their own, or Exception
            raise self._broken(error) from error
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        self._check(session)
        return _Model(tokenizer, session)

    def _check(self, session: Any) -> None:
        inputs = {node.name for node in session.get_inputs()}
        outputs = {node.name: node.shape[-1] for node in session.get_outputs()}
        if inputs != {"input_ids", "attention_mask"} or outputs != {"embedding": self.dimension}:
            raise self._broken(f"inputs {sorted(inputs)}, outputs {outputs}")

    def _file(self, name: str) -> Path:
        path = self._directory / name
        if not path.is_file():
            raise EncoderError(
                f"The encoder's file {str(path)!r} is missing: reinstall recllm, "
                "or write one with scripts/export_encoder.py."
            )
        return path

    def _broken(self, reason: object) -> EncoderError:
        return EncoderError(
            f"The encoder in {str(self._directory)!r} cannot be used ({reason}): reinstall recllm "
            "and onnxruntime, or export it anew with scripts/export_encoder.py."
        )


class HashEncoder:
    """Hashed words and character trigrams: no model, the same vectors everywhere.

    Texts that share words, or parts of words, are near; meaning is not seen. A fake for tests
    and examples.

    Args:
        dimension: Length of the vectors.
    """

    def __init__(self, dimension: int = 64) -> None:
        if dimension < 1:
            raise EncoderError(f"The dimension {dimension!r} is not positive: give 1 or more.")
        self._dimension = dimension

    @property
    def name(self) -> str:
        """Names the way of hashing."""
        return f"hash-{self._dimension}"

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self._dimension

    async def encode(self, texts: Sequence[str]) -> Vectors:
        """Return an array of shape ``(len(texts), dimension)``, rows L2-normalised, in order."""
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for feature, weight in _features(_clean(text)):
                code = zlib.crc32(feature.encode())
                row[(code >> 1) % self._dimension] += weight if code & 1 else -weight
            if not row.any():  # no words, or features that cancel out
                row[0] = 1.0
            row /= np.linalg.norm(row)
        return vectors


def _features(text: str) -> Iterator[tuple[str, float]]:
    for word in words(text):
        yield word, 1.0
        padded = f"<{word}>"
        for start in range(len(padded) - 2):
            yield f"#{padded[start : start + 3]}", 0.5


def _clean(text: str) -> str:
    """Cut what no model reads, and replace lone surrogates, which have no UTF-8."""
    return encodable(text[:_MAX_CHARACTERS])
