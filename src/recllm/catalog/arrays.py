"""Named arrays of any lengths in one file that is mapped into memory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa


def write_arrays(path: Path, arrays: Mapping[str, pa.Array]) -> None:
    """Write ``arrays`` to ``path`` in one step: a table of one row, whose cells they are."""
    write_table(path, pa.table({name: _cell(array) for name, array in arrays.items()}))


def write_table(path: Path, table: pa.Table) -> None:
    """Write ``table`` to ``path`` in one step, so that no reader sees half of it."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def read_arrays(path: Path) -> dict[str, pa.Array]:
    """Map the arrays at ``path``, which may be replaced or deleted while they are open.

    Raises:
        OSError: it cannot be read.
        ValueError: it is damaged.
    """
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    return {name: table[name].chunk(0).values for name in table.column_names}


def _cell(array: pa.Array) -> pa.Array:
    offsets = pa.array([0, len(array)], pa.int64())
    return pa.LargeListArray.from_arrays(offsets, array)
