"""Prompt templates: one file each, read from the package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def template(name: str) -> str:
    """Return the template called ``name``.

    Raises:
        FileNotFoundError: the package has no such template.
    """
    return (files("recllm.prompts") / f"{name}.txt").read_text(encoding="utf-8")
