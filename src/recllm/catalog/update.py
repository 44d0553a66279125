"""From items to a served catalogue: what changed is encoded and written, nothing else.

Everything is prepared beside the served state and becomes it in one step at the end
(:mod:`recllm.catalog.manifest`), so that a run may be killed at any moment.
"""

from __future__ import annotations

import asyncio
import errno
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
from lancedb.table import AsyncTable

from recllm.catalog import columns, writer
from recllm.catalog.artifacts import sweep
from recllm.catalog.columns import content_hash, to_table
from recllm.catalog.document import DOCUMENT_VERSION, document
from recllm.catalog.files import Files, write_files
from recllm.catalog.manifest import (
    Manifest,
    catalog_path,
    find_manifest,
    lock,
    titles_path,
    write_durably,
    write_manifest,
)
from recllm.catalog.plan import IndexReport, Plan, Progress, compare, read_all, refuse
from recllm.catalog.rows import Converted
from recllm.catalog.titles import write_titles
from recllm.catalog.vocabulary import Vocabulary
from recllm.errors import CatalogError
from recllm.protocols import Encoder
from recllm.types import Item, Schema

ENCODED_AT_ONCE = 256
WRITTEN_AT_ONCE = 4096
_STEPS = 3
"""Of the stage "index": the table's indexes, the vocabulary, the files of a large catalogue."""


async def index_source(
    directory: Path,
    name: str,
    rows: Iterable[Converted],
    schema: Schema,
    encoder: Encoder,
    *,
    source: str = "",
    strict: bool = False,
    progress: Progress = lambda stage, done, total: None,
) -> IndexReport:
    """Make the catalogue ``name`` hold exactly the items of ``rows``.

    Args:
        directory: where the catalogues are.
        name: the catalogue, made if there is none.
        rows: the items, and the rows that could not be read; consumed in another thread.
        schema: the typed attributes of the items.
        encoder: makes the vectors; another one than before encodes everything anew.
        source: where the rows come from, for people to read.
        strict: refuse a source with bad rows instead of leaving them out.
        progress: is told how far it is.

    Raises:
        SourceError: there is not one item, or ``strict`` and a bad row.
        BusyCatalogError: another process is writing the catalogue.
        CatalogError: the disk is full; the earlier state is still served.
    """
    started = time.monotonic()
    with lock(directory, name), _disk_full(name):
        read = await asyncio.to_thread(read_all, rows, progress)
        refuse(read, source or name, strict)
        path = catalog_path(directory, name)
        before = find_manifest(directory, name)
        served = await writer.open_at(path, before) if before else None
        known = await writer.known_rows(served) if served else {}
        plan, report = compare(name, read, known, before, schema, encoder)
        if plan.anew or plan.write or plan.delete or _lacks_files(path, before):
            update = _Update(path, name, schema, encoder, read.payloads, progress)
            encoded = await update.run(plan, before, served, source)
            report = report.model_copy(update={"encoded": encoded})
    return report.model_copy(update={"seconds": round(time.monotonic() - started, 3)})


class _Update:
    """One run's writing: everything but the last step is invisible to readers."""

    def __init__(
        self,
        path: Path,
        name: str,
        schema: Schema,
        encoder: Encoder,
        payloads: dict[str, str],
        progress: Progress,
    ) -> None:
        self._path, self._name, self._schema = path, name, schema
        self._encoder, self._payloads, self._progress = encoder, payloads, progress
        self._encoded = 0

    async def run(
        self, plan: Plan, before: Manifest | None, served: AsyncTable | None, source: str
    ) -> int:
        """Carry ``plan`` out and return how many texts were encoded."""
        self._path.mkdir(parents=True, exist_ok=True)
        generation = before.generation + 1 if before else 1
        name = before.table if before and not plan.anew else f"items-{generation}"
        try:
            table = await self._prepare(name, plan, served)
        except BaseException:
            # Of a run that is killed the next one clears this away.
            if before is None or name != before.table:
                writer.drop(self._path, name)
            raise
        manifest = Manifest(
            name=self._name,
            table=name,
            version=await table.version(),
            vocabulary=f"vocabulary-{generation}.json",
            columns=self._schema,
            size=len(self._payloads),
            encoder=self._encoder.name,
            dimension=self._encoder.dimension,
            document_version=DOCUMENT_VERSION,
            source=source,
            generation=generation,
            artifacts=before.artifacts if before else {},
        )
        vocabulary = self._path / manifest.vocabulary
        await asyncio.to_thread(self._write_vocabulary, vocabulary)
        self._progress("index", 2, _STEPS)
        if manifest.size > columns.FLAT_LIMIT:
            await write_files(Files.beside(vocabulary), table, self._schema)
        write_manifest(self._path.parent, manifest)
        _sweep(self._path, manifest, before)
        self._progress("index", _STEPS, _STEPS)
        return self._encoded

    async def _prepare(self, name: str, plan: Plan, served: AsyncTable | None) -> AsyncTable:
        table = served
        if table is None or plan.anew:
            table = await writer.create(self._path, name, self._schema, self._encoder.dimension)
        await writer.delete(table, plan.delete)
        await self._write(table, plan, served)
        self._progress("index", 0, _STEPS)
        await writer.index(table)
        self._progress("index", 1, _STEPS)
        return table

    async def _write(self, table: AsyncTable, plan: Plan, served: AsyncTable | None) -> None:
        for start in range(0, len(plan.write), WRITTEN_AT_ONCE):
            ids = plan.write[start : start + WRITTEN_AT_ONCE]
            items = [Item.model_validate_json(self._payloads[i]) for i in ids]
            documents = [document(i, self._schema) for i in items]
            pairs = zip(ids, documents, strict=True)
            same = {i for i, d in pairs if plan.reusable.get(i) == content_hash(d)}
            vectors = await writer.stored_vectors(served, same) if served else {}
            still = [vectors.get(i) for i in ids]
            matrix = await self._encode(documents, still, start, len(plan.write))
            rows = await asyncio.to_thread(to_table, items, documents, matrix, self._schema)
            await writer.put(table, rows, plan.anew)

    async def _encode(
        self,
        documents: Sequence[str],
        still: Sequence[npt.NDArray[np.float32] | None],
        done: int,
        total: int,
    ) -> npt.NDArray[np.float32]:
        matrix = np.zeros((len(documents), self._encoder.dimension), dtype=np.float32)
        for at, vector in enumerate(still):
            if vector is not None:
                matrix[at] = vector
        missing = [at for at, vector in enumerate(still) if vector is None]
        for start in range(0, len(missing), ENCODED_AT_ONCE):
            chunk = missing[start : start + ENCODED_AT_ONCE]
            matrix[chunk] = await self._encoder.encode([documents[i] for i in chunk])
            self._encoded += len(chunk)
            self._progress("encode", done + chunk[-1] + 1, total)
        self._progress("encode", done + len(documents), total)
        return matrix

    def _write_vocabulary(self, path: Path) -> None:
        items = (Item.model_validate_json(p) for p in self._payloads.values())
        vocabulary = Vocabulary.build(self._schema, items)
        if len(self._payloads) > columns.FLAT_LIMIT:
            write_titles(titles_path(path), vocabulary.titles)
            vocabulary = vocabulary.apart()
        write_durably(path, vocabulary.model_dump_json())


def _lacks_files(path: Path, manifest: Manifest | None) -> bool:
    """Whether a large catalogue lacks the files that are searched, as one of an earlier version."""
    if manifest is None or manifest.size <= columns.FLAT_LIMIT:
        return False
    return not Files.beside(path / manifest.vocabulary).exist()


def _sweep(path: Path, now: Manifest, before: Manifest | None) -> None:
    """Delete what neither this state nor the one before it needs: readers may still hold that."""
    kept = [m for m in (now, before) if m]
    keep = {m.table for m in kept} | {Path(m.vocabulary).stem for m in kept}
    for table in path.glob("items-*.lance"):
        if table.stem not in keep:
            writer.drop(path, table.stem)
    sweep(path, (now, before))
    for vocabulary in path.glob("vocabulary-*.*"):
        if vocabulary.name.partition(".")[0] not in keep:
            if vocabulary.is_dir():
                shutil.rmtree(vocabulary, ignore_errors=True)
            else:
                vocabulary.unlink(missing_ok=True)


@contextmanager
def _disk_full(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:
        # Lance reports a full disk as text inside its own error.
        full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        if not full and "No space left" not in str(error):
            raise
        raise CatalogError(
            f"the disk is full, catalogue {name!r} was not changed and its earlier state, if "
            "any, is still served; free some space and run the command again"
        ) from error
