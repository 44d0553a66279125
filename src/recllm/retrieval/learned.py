"""Learned fusion: gradient-boosted trees over what each way says of a candidate.

The trees (Friedman 2001; fitted by LightGBM, Ke et al. 2017) are asked whether a candidate was
taken up, given the scores and ranks of the ways and a few facts of the item. They are learnt with
``recllm evaluate retrieval --learn`` and kept beside the catalogue as text; nothing is executed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recllm.catalog.index import Catalog
from recllm.errors import CatalogError, ConfigError
from recllm.protocols import Encoder
from recllm.retrieval import coengagement, neighbours
from recllm.retrieval.fusion_features import NAMES, FusionFeatures
from recllm.retrieval.tuned_weights import Floats
from recllm.types import Candidate, Query

KIND = "fusion"
"""The kind of the artifact that holds the trees."""
ROUNDS = 150
PARAMETERS = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
"""Chosen on training conversations of ReDial, where more or larger trees gained nothing."""
_MOST_BYTES = 64 << 20


def fit(
    features: Floats, taken: npt.NDArray[np.bool_], *, seed: int = 0, rounds: int = ROUNDS
) -> str:
    """Fit trees that tell what is taken up, and return them as text.

    Args:
        features: rows of :class:`~recllm.retrieval.fusion_features.FusionFeatures`.
        taken: whether each candidate was taken up.
        seed: of the drawing of rows and columns.
        rounds: how many trees.

    Raises:
        CatalogError: no candidate was taken up, or all were.
        ConfigError: LightGBM is not installed.
    """
    if taken.all() or not taken.any():
        raise CatalogError(
            f"of {len(taken)} candidates {int(taken.sum())} were taken up: a fusion is learnt from "
            "both; give more labelled conversations"
        )
    lightgbm = _lightgbm()
    names = [name.replace(" ", "_") for name in NAMES]
    data = lightgbm.Dataset(features, taken.astype(np.int8), feature_name=names)
    trees = lightgbm.train({**PARAMETERS, "seed": seed}, data, num_boost_round=rounds)
    return str(trees.model_to_string())


def predict(trees: str, features: Floats) -> Floats:
    """Return the log-odds of each row of ``features`` under the trees of :func:`fit`."""
    if not len(features):
        return np.zeros(0, dtype=np.float32)
    return np.asarray(_lightgbm().Booster(model_str=trees).predict(features, raw_score=True))


def learned_scorer(catalog: Catalog, encoder: Encoder) -> LearnedScorer | None:
    """Return the scorer that was learnt for ``catalog``, None if there is none."""
    path = catalog.artifact(KIND)
    if path is None:
        return None
    near = catalog.artifact(coengagement.KIND)
    counts = neighbours.counts(neighbours.load(near)) if near else {}
    return LearnedScorer(FusionFeatures(catalog, encoder, counts), path)


class LearnedScorer:
    """Scores candidates by learnt trees; a :class:`recllm.protocols.Scorer`.

    Args:
        features: describes candidates.
        trees: what :func:`fit` returned, or the file of it.
    """

    def __init__(self, features: FusionFeatures, trees: str | Path) -> None:
        self._features = features
        self._source = trees

    async def score(self, query: Query, candidates: Sequence[Candidate]) -> Sequence[float]:
        """Return the log-odds that each candidate is taken up.

        Raises:
            CatalogError: the trees are damaged, or learnt with other features.
            ConfigError: LightGBM is not installed.
        """
        if not candidates:
            return []
        described = await self._features.describe(query, candidates)
        scores = await asyncio.to_thread(lambda: self._trees.predict(described, raw_score=True))
        return [float(s) for s in scores]

    @cached_property
    def _trees(self) -> Any:
        lightgbm = _lightgbm()
        try:
            text = self._source if isinstance(self._source, str) else _read(self._source)
            trees = lightgbm.Booster(model_str=text)
        except (OSError, ValueError, lightgbm.basic.LightGBMError) as error:
            raise CatalogError(
                f"the learned fusion is damaged ({error}); learn it again with "
                "'recllm evaluate retrieval --learn', or set fusion to 'rrf'"
            ) from error
        if trees.feature_name() != [name.replace(" ", "_") for name in NAMES]:
            raise CatalogError(
                "the learned fusion goes by other features than this version has; learn it again "
                "with 'recllm evaluate retrieval --learn', or set fusion to 'rrf'"
            )
        return trees


def _read(path: Path) -> str:
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError("the file is too large")
    return path.read_text("utf-8")


def _lightgbm() -> Any:
    try:
        import lightgbm
    except (ImportError, OSError) as error:
        raise ConfigError(
            f"a learned fusion needs LightGBM, which cannot be loaded ({error}): pip install "
            "'recllm[learn]' (and on Debian apt install libgomp1), or set fusion to 'rrf'"
        ) from error
    return lightgbm
