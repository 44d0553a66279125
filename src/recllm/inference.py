"""How ONNX Runtime is opened here, on the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def open_session(
    model: Path, threads: int | None = None, weights: Mapping[str, npt.NDArray[Any]] | None = None
) -> Any:
    """Return a session for the graph in the file ``model``.

    Args:
        model: an ONNX file.
        threads: threads of one inference; one per core if None.
        weights: what the graph has no values for itself, by its names.

    Raises:
        Exception: the file or the weights are not as they should be; ONNX Runtime's errors have no
            class of their own.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.log_severity_level = 3
    # Threads that spin while they wait halve the throughput of a machine that is shared.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if weights:
        whole = [np.ascontiguousarray(w) for w in weights.values()]
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(w) for w in whole]
        options.add_external_initializers(list(weights), values)
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
