"""JSON Lines and JSON documents as rows; schema.org objects are flattened into plain columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from recllm.catalog import schemaorg
from recllm.catalog.delimited import LONGEST_FIELD
from recllm.catalog.rows import NESTED, BadRow, Read, Row
from recllm.errors import SourceError

LONGEST_LINE = 16_000_000
"""Characters of a JSON line that are parsed at all."""
_LISTS = ("@graph", "itemListElement", "items", "data", "results", "records", "rows")


def read(path: Path, encoding: str, *, whole: bool) -> Iterator[Read]:
    """Read JSON Lines, or with ``whole`` one document (unless that turns out to be lines)."""
    if whole:
        document = _document(path, encoding)
        if document is not None:
            for number, value in enumerate(_objects(document), 1):
                yield _row(number, value)
            return
    with path.open(encoding=encoding) as file:
        for line, text in _lines(file):
            if text.strip():
                yield from _parsed(line, text)


def _lines(file: TextIO) -> Iterator[tuple[int, str]]:
    """Yield each line with its number; of an endless line only the start, never all of it."""
    number = 0
    while text := file.readline(LONGEST_LINE):
        number += 1
        long = len(text) == LONGEST_LINE and not text.endswith("\n")
        while long and (rest := file.readline(LONGEST_LINE)) and not rest.endswith("\n"):
            pass
        yield number, text


def _parsed(line: int, text: str) -> Iterator[Read]:
    if len(text) >= LONGEST_LINE:
        yield BadRow(line=line, reason=f"the line is longer than {LONGEST_LINE:,} characters")
        return
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield BadRow(line=line, reason=f"not valid JSON: {_short(error)}")
        return
    # A line may itself be a JSON-LD graph; anything else is one row.
    for one in _objects(value) if _is_graph(value) else [value]:
        yield _row(line, one)


def _short(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.colno}"
    return str(error)[:200]


def _row(line: int, value: object) -> Read:
    if not isinstance(value, dict):
        kind = type(value).__name__
        return BadRow(line=line, reason=f"a row must be a JSON object, this is a {kind}")
    if schemaorg.is_node(value):
        value = schemaorg.flatten(value)
    for name, cell in value.items():
        if isinstance(cell, str) and len(cell) > LONGEST_FIELD:
            reason = f"column {name!r} has {len(cell):,} characters; at most {LONGEST_FIELD:,} are"
            return BadRow(line=line, reason=f"{reason} read")
    return Row(line, _plain(value))


def _plain(value: dict[str, object]) -> dict[str, object]:
    """Lift the fields of plain nested objects one level: {"size": {"x": 1}} is "size.x"."""
    out: dict[str, object] = {}
    for name, cell in value.items():
        if isinstance(cell, dict) and cell:
            out |= {f"{name}{NESTED}{inner}": v for inner, v in cell.items()}
        else:
            out[name] = cell
    return out


def _document(path: Path, encoding: str) -> object:
    """Return the JSON document in the file, None if it holds JSON Lines."""
    text = path.read_text(encoding)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        first = next((line for line in text.splitlines() if line.strip()), "")
        if _is_object(first):
            return None
        raise SourceError(
            f"{str(path)!r} is not valid JSON: {error}; if it holds one object a line, "
            "use --format jsonl"
        ) from None


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _is_graph(value: object) -> bool:
    if isinstance(value, list):
        return True
    return isinstance(value, dict) and ("@graph" in value or "itemListElement" in value)


def _objects(value: object) -> Iterator[object]:
    """Yield the rows of a document: a list's members, or those of a wrapper around a list."""
    if isinstance(value, list):
        for one in value:
            yield from _objects(one) if _is_graph(one) else [one]
        return
    if isinstance(value, dict):
        for key in _LISTS:
            if isinstance(value.get(key), list):
                yield from (schemaorg.list_item(one) for one in value[key])
                return
    yield value
