"""Arrays and what is to be said of them in one file, mapped: how what was learnt is kept.

The file is an uncompressed .npz whose member ``meta`` is JSON: nothing in it runs when it is read.
"""

from __future__ import annotations

import io
import json
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

_META = "meta"
_MOST_DIMENSIONS = 2
# Besides its own errors NumPy lets through those of the parser that reads an array's header.
DAMAGE = (
    *(OSError, ValueError, LookupError, TypeError, AttributeError, SyntaxError, EOFError),
    *(NotImplementedError, OverflowError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, tokenize.TokenError, struct.error),
)
"""What :func:`unpack`, and looking at what it returns, raises where a file is damaged."""


class Packed(NamedTuple):
    """What a file holds."""

    meta: dict[str, Any]
    arrays: dict[str, npt.NDArray[Any]]


def pack(meta: Mapping[str, Any], **arrays: npt.NDArray[Any]) -> bytes:
    """Return the content of a file that holds ``meta``, which JSON can hold, and ``arrays``."""
    file = io.BytesIO()
    said = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)
    members: dict[str, Any] = {_META: said}
    members |= {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    np.savez(file, **members)
    return file.getvalue()


def unpack(path: Path, *names: str) -> Packed:
    """Return what the file at ``path`` says, and the arrays of these ``names``.

    The arrays stay on disk until they are looked at, and what is wrong may only then show.
    """
    with zipfile.ZipFile(path) as archive:
        parts = {i.filename: i for i in archive.infolist()}
    meta = json.loads(_mapped(path, parts[f"{_META}.npy"]).tobytes())
    if not isinstance(meta, dict):
        raise ValueError("it does not say what it is")
    return Packed(meta, {name: _mapped(path, parts[f"{name}.npy"]) for name in names})


def _mapped(path: Path, part: zipfile.ZipInfo) -> npt.NDArray[Any]:
    """Return an array of an uncompressed archive without reading it whole."""
    if part.compress_type != zipfile.ZIP_STORED:
        raise ValueError("an array is compressed")
    with path.open("rb") as file:
        file.seek(part.header_offset + 26)
        name, extra = np.frombuffer(file.read(4), dtype="<u2")
        file.seek(part.header_offset + 30 + int(name) + int(extra))
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            raise ValueError(f"an array of version {version}")
        shape, columns_first, dtype = np.lib.format.read_array_header_1_0(file)
        if dtype.hasobject or columns_first or not 1 <= len(shape) <= _MOST_DIMENSIONS:
            raise ValueError("not an array of numbers")
        if 0 in shape:
            return np.zeros(shape, dtype)
        return np.memmap(path, dtype, "r", file.tell(), shape)
