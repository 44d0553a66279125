"""Parquet as rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recllm.catalog.rows import Read, Row
from recllm.errors import SourceError

_BATCH = 1000


def read(path: Path) -> Iterator[Read]:
    """Read the Parquet file at ``path``, a batch at a time; lines are row numbers."""
    try:
        with pq.ParquetFile(path) as file:
            line = 0
            for batch in file.iter_batches(_BATCH):
                for values in batch.to_pylist():
                    line += 1
                    yield Row(line, values)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            f"{str(path)!r} cannot be read as Parquet: {error}; if it is another format, name "
            "it with --format"
        ) from error
