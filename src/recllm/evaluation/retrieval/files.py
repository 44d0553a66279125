"""Reading the files of the data sets: as downloaded, and with errors that say what to do."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recllm.errors import EvaluationError

WHERE = "docs/retrieval-evaluation.md says where to get it"


def find(directory: Path, names: tuple[str, ...], dataset: str) -> Path:
    """Return the first of ``names`` that is in ``directory``: its name here, then as downloaded.

    Raises:
        EvaluationError: none is there.
    """
    for name in names:
        if (directory / name).is_file():
            return directory / name
    raise EvaluationError(
        f"the data set {dataset!r} needs {' or '.join(names)}, which is not in "
        f"{str(directory)!r}: set RECLLM_DATA to the folder that has it ({WHERE})"
    )


def find_optional(directory: Path, names: tuple[str, ...]) -> Path | None:
    """Return the first of ``names`` that is in ``directory``, or None."""
    return next((directory / n for n in names if (directory / n).is_file()), None)


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSONL file.

    Raises:
        EvaluationError: it cannot be read, or a line is no JSON object.
    """
    rows = []
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    rows.append(_parsed(line, path, number))
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{str(path)!r} cannot be read: {error}") from error
    return rows


def _parsed(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EvaluationError(
            f"line {number} of {str(path)!r} is not JSON ({error}); download it again"
        ) from error
    if not isinstance(row, dict):
        raise EvaluationError(f"line {number} of {str(path)!r} is not a JSON object: {line[:40]!r}")
    return row


def read_json(path: Path) -> Any:
    """Return the value of a JSON file.

    Raises:
        EvaluationError: it cannot be read or is no JSON.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise EvaluationError(
            f"{str(path)!r} cannot be read as JSON ({error}); download it again"
        ) from error


def read_csv(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file with a header.

    Raises:
        EvaluationError: it cannot be read.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            yield from csv.DictReader(lines)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EvaluationError(f"{str(path)!r} cannot be read: {error}") from error


@contextmanager
def fields(path: Path, number: int) -> Iterator[None]:
    """Turn a missing or odd field into an error that names the file and its row ``number``.

    Raises:
        EvaluationError: the row is not as expected.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise EvaluationError(
            f"row {number} of {str(path)!r} is not as expected "
            f"({type(error).__name__}: {error}); {WHERE}"
        ) from error
