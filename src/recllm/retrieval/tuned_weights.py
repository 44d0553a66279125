"""The weights of a tuned dual encoder: from a context's features to a score for each item.

The simplest encoder that can be tuned: the text encoder stays as it is, and a linear layer on top
of it is fitted to labelled conversations in closed form, by ridge regression from the features of a
context to the items that were taken up in it (Hoerl and Kennard 1970; as a retriever it is the
linear case of the generalized dual encoder of RecLLM, section 4.1: the item tower is a vector for
each item that has a label). A minute for ten thousand conversations, without a GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recllm.errors import CatalogError
from recllm.packed import DAMAGE, pack, unpack

KIND = "tuned-encoder"
"""The kind of the artifact that holds the weights."""
RIDGE = 80.0
"""Penalty; chosen on training conversations of ReDial, where 30 to 120 were alike."""
FORMAT = 1
_STORED = np.float16
"""Half of the space, and no difference in what is found."""
_MOST_BYTES = 2 << 30

Floats = npt.NDArray[np.float32]


_ARRAYS = ("middle", "usual", "weights", "bias")


class TunedWeights(NamedTuple):
    """Weights of shape ``(features, items)`` for contexts of which ``middle`` was taken off.

    ``bias`` is how often each item was taken up, ``usual`` the middle of the vectors of the items.
    """

    ids: list[str]
    middle: Floats
    usual: Floats
    weights: Floats
    bias: Floats
    encoder: str

    def scores(self, context: Floats) -> Floats:
        """Return a score for each of ``ids``, given the features of a context."""
        return np.asarray((context - self.middle) @ self.weights + self.bias)


def fit(
    contexts: Floats,
    targets: Sequence[Sequence[str]],
    usual: Floats,
    encoder: str,
    ridge: float = RIDGE,
) -> TunedWeights:
    """Fit weights to labelled contexts.

    Args:
        contexts: features, a row for each context.
        targets: the items taken up in each; a context counts once, however many there are.
        usual: the middle of the vectors of the items, which the features were made with.
        encoder: the name of the encoder that the features were made with.
        ridge: penalty of the weights.

    Raises:
        CatalogError: there is nothing to learn from.
    """
    from scipy.sparse import csr_array

    ids = sorted({i for some in targets for i in some})
    if not ids or len(contexts) != len(targets):
        raise CatalogError(
            f"{len(contexts)} contexts with {len(ids)} items taken up cannot be learnt from; give "
            "labelled conversations over this catalogue"
        )
    places = {item: n for n, item in enumerate(ids)}
    pairs = [(row, places[i], 1 / len(some)) for row, some in enumerate(targets) for i in some]
    rows, columns, values = zip(*pairs, strict=True)
    taken = csr_array(
        (np.asarray(values, dtype=np.float32), (rows, columns)), shape=(len(contexts), len(ids))
    )
    middle = contexts.mean(axis=0)
    centred = np.asarray(contexts - middle, dtype=np.float32)
    penalty = ridge * np.eye(centred.shape[1], dtype=np.float32)
    both = np.asarray((taken.T @ centred).T)
    weights = np.linalg.solve(centred.T @ centred + penalty, both)
    bias = np.asarray(taken.sum(axis=0)).ravel() / len(contexts)
    return TunedWeights(
        ids,
        np.asarray(middle, dtype=np.float32),
        np.asarray(usual, dtype=np.float32),
        # As they are stored, so that what was fitted and what is loaded score alike.
        weights.astype(_STORED).astype(np.float32),
        bias.astype(np.float32),
        encoder,
    )


# ── The file ─────────────────────────────────────────────────────────────────────────────────


def to_bytes(found: TunedWeights) -> bytes:
    """Return ``found`` as the content of a file."""
    meta = {"format": FORMAT, "encoder": found.encoder, "ids": found.ids}
    arrays = {name: getattr(found, name) for name in _ARRAYS}
    return pack(meta, **arrays | {"weights": found.weights.astype(_STORED)})


def load(path: Path, encoder: str) -> TunedWeights:
    """Return what :func:`to_bytes` wrote.

    Raises:
        CatalogError: the file is damaged, of another version, or made with another encoder.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too large")
        meta, parts = unpack(path, *_ARRAYS)
        # Half floats have no products in hardware: a tenth of the speed.
        arrays = {name: part.astype(np.float32) for name, part in parts.items()}
        found = TunedWeights(
            ids=[str(i) for i in meta["ids"]], encoder=str(meta["encoder"]), **arrays
        )
        _check(found, meta.get("format"))
    except DAMAGE as error:
        raise CatalogError(
            f"the tuned weights in {str(path)!r} are damaged ({error}); learn them again with "
            "'recllm evaluate retrieval --learn'"
        ) from error
    if found.encoder != encoder:
        raise CatalogError(
            f"the tuned weights in {str(path)!r} were made with the encoder {found.encoder!r}, not "
            f"with {encoder!r}; learn them again with 'recllm evaluate retrieval --learn'"
        )
    return found


def _check(found: TunedWeights, version: object) -> None:
    if version != FORMAT:
        raise ValueError(f"version {version!r}, not {FORMAT}")
    shapes = (found.middle.shape[0], len(found.ids))
    if found.weights.shape != shapes or found.bias.shape != (len(found.ids),):
        raise ValueError("the parts do not belong together")
    if found.middle.ndim != 1 or found.usual.shape[0] * 2 != found.middle.shape[0]:
        raise ValueError("the features do not belong to an encoder")
    if not all(np.isfinite(part).all() for part in found[1:5]):
        raise ValueError("a weight is not a number")
