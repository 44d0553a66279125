"""What the evaluation commands share: where their files lie, and where results go."""

from __future__ import annotations

import sys
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[3]


def folder_of(name: Path) -> Path:
    """Return the folder ``name`` of the repository: the current directory's, or this file's."""
    here = Path.cwd() / name
    return here if here.is_dir() else _REPOSITORY / name


def only_json(text: str, file: Path | None) -> bool:
    """Write ``text`` to ``file``; return whether "-" had it printed, so that nothing else is."""
    if file is not None and str(file) == "-":
        sys.stdout.write(f"{text}\n")
        return True
    if file is not None:
        file.write_text(text, "utf-8")
    return False
