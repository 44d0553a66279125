"""The data sets by name; a new one is one line here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from recllm.errors import EvaluationError
from recllm.evaluation.retrieval.ievalm import load_ievalm
from recllm.evaluation.retrieval.opendialkg import load_leaky, load_opendialkg
from recllm.evaluation.retrieval.values import Dataset
from recllm.evaluation.retrieval.zeroshot import load_zeroshot

DATASETS: dict[str, Callable[[Path], Dataset]] = {
    "redial-zeroshot": load_zeroshot,
    "redial-ievalm": load_ievalm,
    "opendialkg": load_opendialkg,
    "opendialkg-leaky": load_leaky,
}


def load_dataset(name: str, directory: Path) -> Dataset:
    """Load the data set ``name`` from the files of ``directory``.

    Raises:
        EvaluationError: there is no such data set, or a file is missing or not as expected.
    """
    if name not in DATASETS:
        raise EvaluationError(f"there is no data set {name!r}; use one of {', '.join(DATASETS)}")
    return DATASETS[name](directory)
