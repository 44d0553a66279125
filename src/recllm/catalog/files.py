"""The files of a large catalogue, beside its vocabulary: what a search needs, mapped into memory.

They hold the rows of one state in the order of the table. A small catalogue has none: the same is
read from its table into memory when it is opened.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from lancedb.table import AsyncTable

from recllm.catalog.arrays import read_arrays, write_arrays
from recllm.catalog.codes import encoded, read_codes
from recllm.catalog.columns import PAYLOAD, SEARCH, VECTOR, column_names
from recllm.catalog.columns_held import HeldColumns, held
from recllm.catalog.nearest import ByCodes
from recllm.catalog.numbering import COLUMNS, Numbering, numbered
from recllm.catalog.payloads import SCHEMA as PAYLOADS
from recllm.catalog.payloads import Payloads
from recllm.catalog.words import FileWords, WordsWriter
from recllm.types import Schema


class Files(NamedTuple):
    """Where the files of a state lie."""

    payloads: Path
    vectors: Path
    arrays: Path
    codes: Path
    words: Path

    @classmethod
    def beside(cls, vocabulary: Path) -> Files:
        """Return the files of the state that has this vocabulary."""
        return cls(*(vocabulary.with_suffix(f".{name}") for name in cls._fields))

    def exist(self) -> bool:
        """Whether all of them are there."""
        return all(path.exists() for path in self)


class Opened(NamedTuple):
    """The files of a state, mapped."""

    payloads: Payloads
    numbering: Numbering
    held: HeldColumns
    vectors: ByCodes
    words: FileWords


def open_files(files: Files, schema: Schema) -> Opened:
    """Map ``files``, made with ``schema``.

    Raises:
        OSError: one cannot be read.
        ValueError: one is damaged, or they do not belong together.
    """
    arrays = read_arrays(files.arrays)
    try:
        numbering = Numbering(arrays)
        columns = HeldColumns(arrays, schema, len(numbering))
    except KeyError as error:
        raise ValueError(f"{files.arrays.name} lacks {error}") from error
    size, codes = len(numbering), read_codes(files.codes)
    vectors = _mapped(files.vectors, (size, codes.dimension))
    words = FileWords(files.words)
    for path, found in ((files.words, len(words)), (files.codes, len(codes))):
        if found != size:
            raise ValueError(f"{path.name} has {found} of {size} rows")
    nearest = ByCodes(vectors, codes)
    return Opened(Payloads.open(files.payloads), numbering, columns, nearest, words)


def _mapped(path: Path, shape: tuple[int, int]) -> npt.NDArray[Any]:
    try:
        found: npt.NDArray[Any] = np.load(path, mmap_mode="r")
    except EOFError as error:
        raise ValueError(f"{path.name} is empty") from error
    if found.shape != shape:
        raise ValueError(f"{path.name} is of shape {found.shape}, not {shape}")
    return found


async def write_files(files: Files, table: AsyncTable, schema: Schema) -> None:
    """Write the files of the state that ``table`` is in, each in one step.

    Args:
        files: where they go.
        table: the rows.
        schema: their typed columns.
    """
    rows = await _copy(files, table, [*COLUMNS, *column_names(schema).values()])
    arrays = await asyncio.to_thread(lambda: numbered(rows) | held(rows, schema))
    await asyncio.to_thread(write_arrays, files.arrays, arrays)
    await asyncio.to_thread(_write_codes, files)


def _write_codes(files: Files) -> None:
    encoded(np.load(files.vectors, mmap_mode="r")).write(files.codes)


async def _copy(files: Files, table: AsyncTable, columns: list[str]) -> pa.Table:
    """Write items, vectors and words of all rows, and return the other ``columns`` of them."""
    size = await table.count_rows()
    dimension = (await table.schema()).field(VECTOR).type.list_size
    paths = [_part(path) for path in (files.payloads, files.vectors)]
    vectors = np.lib.format.open_memmap(paths[1], "w+", np.dtype(np.float16), (size, dimension))
    batches, done, words = [], 0, WordsWriter(files.words)
    with paths[0].open("wb") as file:
        with pa.ipc.new_file(file, PAYLOADS) as writer:
            query = table.query().select([PAYLOAD, VECTOR, SEARCH, *columns]).with_row_id()
            async for batch in await query.to_batches():
                items = batch[PAYLOAD].cast(pa.large_string())
                writer.write_batch(pa.record_batch([items], schema=PAYLOADS))
                flat = batch[VECTOR].flatten().to_numpy(zero_copy_only=False)
                vectors[done : done + len(batch)] = flat.reshape(-1, dimension)
                await asyncio.to_thread(words.add, batch[SEARCH].to_pylist())
                done += len(batch)
                batches.append(batch.drop_columns([PAYLOAD, VECTOR, SEARCH]))
        file.flush()
        os.fsync(file.fileno())
    vectors.flush()
    await asyncio.to_thread(words.close)
    for unfinished, path in zip(paths, (files.payloads, files.vectors), strict=True):
        os.replace(unfinished, path)
    return pa.Table.from_batches(batches)


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")
