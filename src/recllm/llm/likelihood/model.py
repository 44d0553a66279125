"""The embedded model, tuned, asked how well one text goes with another.

How likely the one is after the other tells it, and a verdict does, read off its last token.
llama.cpp's server tells neither of what it reads. So the same weights are run by ONNX Runtime here,
with the adapters of ``models/likelihood``; how these are made: ``scripts/tune_likelihood.py``.
"""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recllm.errors import EncoderError
from recllm.inference import open_session
from recllm.llm.likelihood.weights import BASE, HEAD, KEYS, LAYERS, Arrays, read_weights
from recllm.packed import unpack
from recllm.text import encodable

SHIPPED = Path(__file__).parents[2] / "models" / "likelihood"
GRAPH, ADAPTERS, TOKENIZER = "graph.onnx", "adapters.npz", "tokenizer.json"
_READ = 400
"""Characters of a text that are read."""
_BATCH = 32
"""Texts read together: the scores of a batch have a column for each of 49,152 tokens."""
_KEPT = 256
"""Texts whose keys and values are kept, the last used: half a megabyte each."""

_HIDDEN = -1e9

Floats = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]


class _Model(NamedTuple):
    tokenizer: Any
    session: Any
    before: str
    between: str
    after: str
    sharpness: float
    """What a log probability counts beside the verdict."""


class _Read(NamedTuple):
    """A text that was read: all but its last token as keys and values, and that token."""

    past: Halves
    last: int

    @property
    def length(self) -> int:
        """Tokens of the past."""
        return int(self.past.shape[2])


class LikelihoodModel:
    """Tells how well a text goes with others; the weights are read at the first use.

    Args:
        weights: the embedded model's file.
        directory: the folder of the graph and the adapters; the shipped one if None.
    """

    def __init__(self, weights: Path, directory: Path | None = None) -> None:
        self._weights = weights
        self._directory = directory or SHIPPED
        self._lock = threading.Lock()
        self._model: _Model | None = None
        self._kept: OrderedDict[str, _Read] = OrderedDict()

    async def bearing(self, text: str, known: Sequence[str]) -> Floats:
        """Return how well ``text`` goes with each of ``known``, to be compared among these.

        Args:
            text: a request.
            known: facts about the person who asks, one sentence each.

        Returns:
            The natural logarithm of the whole text's probability from somebody who said so, by
            ``sharpness``, and the verdict; one number for each of ``known``.

        Raises:
            EncoderError: the weights or the adapters are missing or damaged.
        """
        return await asyncio.to_thread(self._bearing, text, list(known))

    def _bearing(self, text: str, known: list[str]) -> Floats:
        model = self._load()
        said = _tokens(model, [f"{text[:_READ]}{model.after}"])[0]
        found = np.zeros(len(known), dtype=np.float32)
        for at in range(0, len(known), _BATCH):
            some = known[at : at + _BATCH]
            told, verdicts = _told(model.session, self._read(model, some), said)
            found[at : at + len(some)] = model.sharpness * told + verdicts
        return found

    def _read(self, model: _Model, known: Sequence[str]) -> list[_Read]:
        """Return the texts as read, most of them in an earlier turn."""
        texts = [f"{model.before}{k[:_READ]}{model.between}" for k in known]
        with self._lock:
            reads = {t: self._kept[t] for t in texts if t in self._kept}
        new = [t for t in dict.fromkeys(texts) if t not in reads]
        if new:
            rows = _tokens(model, new)
            pasts = _pasts(model.session, [tokens[:-1] for tokens in rows])
            for text, tokens, past in zip(new, rows, pasts, strict=True):
                reads[text] = _Read(past, tokens[-1])
        with self._lock:
            for text in texts:
                self._kept[text] = reads[text]
                self._kept.move_to_end(text)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return [reads[text] for text in texts]

    def _load(self) -> _Model:
        with self._lock:
            if self._model is None:
                try:
                    self._model = self._opened()
                except Exception as error:  # those of onnxruntime and tokenizers have no base
                    raise self._broken(error) from error
            return self._model

    def _opened(self) -> _Model:
        from tokenizers import Tokenizer

        meta, arrays = self._adapters()
        given = read_weights(self._weights) | arrays
        return _Model(
            Tokenizer.from_file(str(self._directory / TOKENIZER)),
            open_session(self._directory / GRAPH, weights=given),
            str(meta["before"]),
            str(meta["between"]),
            str(meta["after"]),
            float(meta["sharpness"]),
        )

    def _adapters(self) -> tuple[dict[str, Any], Arrays]:
        path = self._directory / ADAPTERS
        meta = unpack(path).meta
        names = [str(name) for name in meta["arrays"]]
        arrays = unpack(path, *names).arrays
        return meta, {name: array.astype(np.float32) for name, array in arrays.items()}

    def _broken(self, cause: object) -> EncoderError:
        return EncoderError(
            f"The model that tells how likely a request is cannot be used ({cause}): it needs the "
            f"weights {str(self._weights)!r} and the folder {str(self._directory)!r}; reinstall "
            "recllm, and get the weights again with `recllm models install`."
        )


def _tokens(model: _Model, texts: Sequence[str]) -> list[list[int]]:
    return [e.ids for e in model.tokenizer.encode_batch([encodable(t) for t in texts])]


def _pasts(session: Any, rows: Sequence[Sequence[int]]) -> list[Halves]:
    """Return the keys and values of rows of tokens, each ``(60, 3, length, 64)``."""
    count, length = len(rows), max(map(len, rows))
    ids = np.zeros((count, length), dtype=np.int64)
    for n, row in enumerate(rows):
        ids[n, : len(row)] = row  # what comes after a row's end changes nothing before it
    nothing = np.zeros((2 * LAYERS, count, KEYS, 0, HEAD), dtype=np.float32)
    hidden = np.triu(np.full((length, length), _HIDDEN, dtype=np.float32), 1)
    mask = np.broadcast_to(hidden, (count, 1, length, length))
    first = np.zeros(1, dtype=np.int64)
    inputs = {"ids": ids, "past": nothing, "mask": mask}
    inputs |= dict.fromkeys(("chosen", "targets", "ends"), first)
    positions = _rotations(np.broadcast_to(np.arange(length), ids.shape))
    (present,) = session.run(["present"], inputs | positions)
    return [
        np.ascontiguousarray(present[:, n, :, : len(row)], dtype=np.float16)
        for n, row in enumerate(rows)
    ]


def _told(session: Any, reads: Sequence[_Read], said: Sequence[int]) -> tuple[Floats, Floats]:
    """Return the log probability of ``said`` after each of ``reads``, and the verdicts."""
    count, length = len(reads), len(said) + 1
    longest = max(r.length for r in reads)
    past = np.zeros((2 * LAYERS, count, KEYS, longest, HEAD), dtype=np.float32)
    mask = np.zeros((count, 1, length, longest + length), dtype=np.float32)
    mask[..., longest:] = np.triu(np.full((length, length), _HIDDEN, dtype=np.float32), 1)
    for n, read in enumerate(reads):
        past[:, n, :, : read.length] = read.past
        mask[n, :, :, read.length : longest] = _HIDDEN
    ids = np.array([[r.last, *said] for r in reads], dtype=np.int64)
    places = np.arange(count * length).reshape(count, length)
    inputs = {"ids": ids, "past": past, "mask": mask}
    inputs |= {"chosen": places[:, :-1].ravel(), "ends": places[:, -1]}
    inputs["targets"] = np.tile(np.array(said, dtype=np.int64), count)
    starts = np.array([r.length for r in reads])[:, None]
    positions = _rotations(starts + np.arange(length))
    told, verdicts = session.run(["logprobs", "verdicts"], inputs | positions)
    return told.reshape(count, -1).sum(axis=1), verdicts


def _rotations(positions: npt.NDArray[np.integer]) -> dict[str, Floats]:
    """Return the rotations of tokens by their positions, ``(rows, tokens)``."""
    turns = positions[:, None, :, None] / BASE ** (np.arange(0, HEAD, 2) / HEAD)
    both = np.concatenate([turns, turns], axis=-1)
    return {"cos": np.cos(both).astype(np.float32), "sin": np.sin(both).astype(np.float32)}
