"""Files as rows, read lazily: JSON Lines, JSON-LD, CSV, TSV and Parquet."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from recllm.catalog import delimited, jsonrows, parquet
from recllm.catalog.rows import Read
from recllm.errors import SourceError

FORMATS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".jsonld": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
"""File extensions and the format that each stands for."""


def read_rows(path: Path, *, format: str = "", encoding: str = "") -> Iterator[Read]:
    """Read ``path`` row by row; what cannot be read comes as a ``BadRow`` with its line.

    Args:
        path: the file.
        format: one of the values of ``FORMATS``; "" goes by the extension.
        encoding: of text files; "" means UTF-8, with or without a byte-order mark.

    Raises:
        SourceError: there is no such file, it is empty, or its format or encoding is not known.
    """
    form = file_format(path, format)
    if form == "parquet":
        yield from parquet.read(path)
        return
    codec = _codec(path, encoding)
    try:
        if form in ("csv", "tsv"):
            yield from delimited.read(path, codec, tabs=form == "tsv")
        else:
            yield from jsonrows.read(path, codec, whole=form == "json")
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, error, codec) from None


def file_format(path: Path, format: str = "") -> str:
    """Return the format of ``path``, after checking that it is a file with something in it.

    Raises:
        SourceError: it is not, or its format is not known.
    """
    known = ", ".join(dict.fromkeys(FORMATS.values()))
    if format and format not in FORMATS.values():
        raise SourceError(f"unknown format {format!r}: use one of {known}")
    _check_file(path)
    found = format or FORMATS.get(path.suffix.lower(), "")
    if not found:
        raise SourceError(
            f"the format of {str(path)!r} cannot be told from its extension {path.suffix!r}: "
            f"name it with --format ({known})"
        )
    return found


def _check_file(path: Path) -> None:
    if path.is_dir():
        inside = sorted(p.name for p in path.iterdir() if p.suffix.lower() in FORMATS)
        hint = f"name a file in it, such as {inside[0]!r}" if inside else "name a file"
        raise SourceError(f"{str(path)!r} is a directory: {hint}")
    try:
        if path.stat().st_size == 0:
            raise SourceError(f"{str(path)!r} is empty: it needs at least one row")
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise SourceError(
            f"no file {str(path)!r}: check the path (the current directory is {str(Path.cwd())!r})"
        ) from None
    except OSError as error:
        raise SourceError(f"{str(path)!r} cannot be read: {error.strerror}") from error


def _codec(path: Path, encoding: str) -> str:
    if encoding:
        try:
            return codecs.lookup(encoding).name
        except LookupError:
            raise SourceError(
                f"unknown encoding {encoding!r}: try utf-8, utf-16, cp1252 or latin-1"
            ) from None
    with path.open("rb") as file:
        start = file.read(4000)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.count(0) > len(start) / 10:
        raise SourceError(
            f"{str(path)!r} is not UTF-8 text: it is binary, or UTF-16 without a byte-order "
            "mark; export it as UTF-8 CSV, or name its encoding, such as --encoding utf-16-le"
        )
    return "utf-8-sig"


def _wrong_encoding(path: Path, error: UnicodeDecodeError, codec: str) -> SourceError:
    """Say which byte is wrong, where it is in the file, and what to try."""
    line, byte = _find_byte(path, codec)
    found = f"byte 0x{byte:02x}" if byte is not None else f"byte 0x{error.object[error.start]:02x}"
    at = f" in line {line}" if line else ""
    return SourceError(
        f"{str(path)!r} is not {codec.removesuffix('-sig')}: {found}{at}; save it as UTF-8, or "
        "name its encoding, for Western text often --encoding cp1252"
    )


def _find_byte(path: Path, codec: str) -> tuple[int, int | None]:
    # Only UTF-8 can be checked line by line: no other character contains its line end.
    if not codec.startswith("utf-8"):
        return 0, None
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return number, line[error.start]
    return 0, None
