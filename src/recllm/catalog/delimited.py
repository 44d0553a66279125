"""CSV and TSV as rows: any delimiter, quoted line breaks, ragged rows, huge fields."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from recllm.catalog.rows import BadRow, Read, Row
from recllm.errors import SourceError

LONGEST_FIELD = 1_000_000
"""Characters of a field; a longer one is no catalogue text but a fault of the file."""
_DELIMITERS = ",;\t|"
_SNIFFED = 64_000


def read(path: Path, encoding: str, *, tabs: bool) -> Iterator[Read]:
    """Read the delimited file at ``path``; the first row names the columns."""
    # The reader's own limit ends it for good; a field over ours is refused row by row.
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding=encoding, newline="") as file:
        delimiter = "\t" if tabs else _delimiter(file.read(_SNIFFED))
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter)
        names = _header(next(reader, []), path)
        yield from _rows(reader, names)


def _rows(reader: Iterator[list[str]], names: list[str]) -> Iterator[Read]:
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(line=line, reason=f"not valid CSV: {error}")
            continue
        if any(cells):
            yield _row(line, cells, names)


def _row(line: int, cells: list[str], names: list[str]) -> Read:
    longest = max(map(len, cells))
    if longest > LONGEST_FIELD:
        name = names[min(next(i for i, c in enumerate(cells) if len(c) == longest), len(names) - 1)]
        reason = f"column {name!r} has {longest:,} characters; at most {LONGEST_FIELD:,} are read"
        return BadRow(line=line, reason=reason)
    extra = [c for c in cells[len(names) :] if c.strip()]
    if extra or len(cells) < len(names):
        reason = f"{len(cells)} cells, but the header names {len(names)} columns"
        return BadRow(line=line, reason=f"{reason}; is a quote or delimiter missing?")
    if any("\0" in c for c in cells):
        return BadRow(line=line, reason="has a NUL byte, which no text has")
    return Row(line, dict(zip(names, cells, strict=False)))


def _header(cells: list[str], path: Path) -> list[str]:
    """Return the columns' names: none empty, none twice."""
    if not any(c.strip() for c in cells):
        raise SourceError(f"{str(path)!r} has no header: its first line must name the columns")
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        base = name = " ".join(cell.split()) or f"column {number}"
        again = 2
        while name in names:
            name, again = f"{base} {again}", again + 1
        names.append(name)
    return names


def _delimiter(start: str) -> str:
    """Return the delimiter of which the first line has most outside quotes."""
    first = next((line for line in start.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=lambda d: (outside.count(d), d == ","))
