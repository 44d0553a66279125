"""Figures of a run: quantiles of times, and what they were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

import numpy as np

Json: TypeAlias = dict[str, Any]
PACKAGES = (
    "recllm",
    "lancedb",
    "numpy",
    "onnxruntime",
    "pydantic",
    "rapidfuzz",
    "sqlalchemy",
    "tokenizers",
    "xllamacpp",
    "bm25s",
)


def spread(seconds: Sequence[float]) -> Json:
    """Return count, median, 95th percentile (interpolated) and maximum, in milliseconds."""
    if not seconds:
        return {"n": 0}
    p50, p95 = np.percentile(seconds, [50, 95])
    return {"n": len(seconds), "p50": ms(p50), "p95": ms(p95), "max": ms(max(seconds))}


def ms(seconds: float) -> float:
    """Return seconds as milliseconds, to a hundredth."""
    return round(1000 * float(seconds), 2)


def over_repeats(repeats: Sequence[Json]) -> Json:
    """Return, for each stage, the least and the median of each figure over ``repeats``."""
    stages = list(dict.fromkeys(stage for r in repeats for stage in r))
    found: Json = {}
    for stage in stages:
        rows = [r[stage] for r in repeats if r.get(stage, {}).get("n")]
        keys = ("p50", "p95", "max") if rows else ()
        found[stage] = {
            "best": {k: min(row[k] for row in rows) for k in keys},
            "median": {k: round(median(row[k] for row in rows), 2) for k in keys},
        }
    return found


def load() -> float | None:
    """Return the average number of processes that wanted a core in the last minute, if known."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def machine() -> Json:
    """Return what the figures depend on; nothing that names this machine or its user."""
    return {
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "cpu": _cpu(),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
    }


def _cpu() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        for line in facts.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
