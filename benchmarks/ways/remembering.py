"""An encoder that keeps what it has encoded, so that a second run is quick."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from recllm.protocols import Encoder
from recllm.retrieval.context import Vector


class Remembering:
    """An encoder that keeps every vector, in a file if there is a folder for it."""

    def __init__(self, encoder: Encoder, folder: Path | None = None) -> None:
        self._encoder, self._folder = encoder, folder
        self._known: dict[str, Vector] = {}

    @property
    def name(self) -> str:
        """The encoder's."""
        return self._encoder.name

    @property
    def dimension(self) -> int:
        """The encoder's."""
        return self._encoder.dimension

    async def encode(self, texts: Sequence[str]) -> Vector:
        """Return the vectors, those of before from memory."""
        new = sorted({t for t in texts if t not in self._known}, key=len)
        if new:
            vectors = await self._encoder.encode(new)
            self._known.update(zip(new, vectors, strict=True))
        return np.array([self._known[t] for t in texts]).reshape(-1, self.dimension)

    async def stored(self, texts: Sequence[str]) -> Vector:
        """Return the vectors of ``texts`` and keep them in a file for the next run."""
        digest = hashlib.sha256("\0".join([self.name, *texts]).encode()).hexdigest()[:16]
        path = self._folder / f"{digest}.npy" if self._folder else None
        if path and path.is_file():
            found: Vector = np.load(path)
            self._known.update(zip(texts, found, strict=True))
            return found
        found = await self.encode(texts)
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, found)
        return found
