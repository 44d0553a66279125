"""An encoder that remembers: the same texts are asked for again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recllm.protocols import Encoder

Matrix = npt.NDArray[np.float32]

_LONG, _LISTS = 20, 8
"""From how many texts on a list is kept as a whole, and how many lists."""


class VectorCache:
    """An encoder that keeps vectors by their text, the most recently used ``size`` of them.

    Args:
        encoder: makes the vectors.
        size: how many are kept.
    """

    def __init__(self, encoder: Encoder, size: int = 20_000) -> None:
        self._encoder = encoder
        self._size = size
        self._kept: OrderedDict[str, Matrix] = OrderedDict()
        self._whole: OrderedDict[tuple[str, ...], Matrix] = OrderedDict()

    @classmethod
    def of(cls, encoder: Encoder) -> VectorCache:
        """Return ``encoder`` itself where it remembers already: two would keep everything twice."""
        return encoder if isinstance(encoder, cls) else cls(encoder)

    @property
    def name(self) -> str:
        """The name of the encoder that makes the vectors."""
        return self._encoder.name

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self._encoder.dimension

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Return those of ``texts`` whose vectors are not kept, each once."""
        return [t for t in dict.fromkeys(texts) if t not in self._kept]

    async def encode(self, texts: Sequence[str]) -> Matrix:
        """Return an array of shape ``(len(texts), dimension)``, rows of unit length."""
        key = tuple(texts)
        if (whole := self._whole.get(key)) is not None:
            return whole
        new = self.missing(texts)
        made = dict(zip(new, await self._encoder.encode(new), strict=True)) if new else {}
        rows = [made[t] if t in made else self._kept[t] for t in texts]
        for text in texts:
            self._kept[text] = made[text] if text in made else self._kept[text]
            self._kept.move_to_end(text)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
        stacked = np.array(rows, dtype=np.float32).reshape(len(texts), self._encoder.dimension)
        if len(texts) >= _LONG:  # a profile is asked for again in the next turn
            self._whole[key] = stacked
            while len(self._whole) > _LISTS:
                self._whole.popitem(last=False)
        return stacked
