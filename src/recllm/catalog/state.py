"""One state of a catalogue, read from disk: what the pointer named when it was opened."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

import lancedb

from recllm.catalog import columns
from recllm.catalog.files import Files, open_files
from recllm.catalog.manifest import POINTER, Manifest, catalog_path, read_manifest, titles_path
from recllm.catalog.searched import Rows, mapped, resident
from recllm.catalog.titles import Titles
from recllm.catalog.vocabulary import Vocabulary
from recllm.errors import CatalogError


class State(NamedTuple):
    """What is served: the manifest, the words and the rows belong together."""

    manifest: Manifest
    vocabulary: Vocabulary
    rows: Rows
    stamp: tuple[int, ...]


def stamp(directory: Path, name: str) -> tuple[int, ...]:
    """Return what changes whenever the pointer is replaced; () where there is none."""
    try:
        found = (catalog_path(directory, name) / POINTER).stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


async def load(directory: Path, name: str, before: State | None = None) -> State:
    """Read the state of the catalogue ``name`` that is served now.

    Args:
        directory: where the catalogues are.
        name: which of them.
        before: an earlier state of it; what both have in common is not read again.

    Raises:
        UnknownCatalogError: there is none of that name.
        CatalogError: it is damaged.
    """
    # Stamped before it is read: should it be replaced in between, it is read once more, not missed.
    stamped = stamp(directory, name)
    manifest = read_manifest(directory, name)
    path = catalog_path(directory, name)
    try:
        vocabulary = await asyncio.to_thread(_vocabulary, path / manifest.vocabulary)
        rows = await _rows(path, manifest, before)
    except (OSError, ValueError, RuntimeError) as error:
        raise CatalogError(
            f"catalogue {name!r} is damaged ({error}); remove it with "
            f"'recllm catalog remove {name}' and index it again"
        ) from error
    return State(manifest, vocabulary, rows, stamped)


def _vocabulary(path: Path) -> Vocabulary:
    vocabulary = Vocabulary.model_validate_json(path.read_text("utf-8"))
    titles = titles_path(path)
    return vocabulary.with_titles(Titles(titles)) if titles.is_file() else vocabulary


async def _rows(path: Path, manifest: Manifest, before: State | None) -> Rows:
    connection = before.rows.connection if before else await lancedb.connect_async(path)
    table = await connection.open_table(manifest.table)
    await table.checkout(manifest.version)
    if manifest.size <= columns.FLAT_LIMIT:
        return await resident(connection, table, manifest.columns)
    files = Files.beside(path / manifest.vocabulary)
    return mapped(connection, table, await asyncio.to_thread(open_files, files, manifest.columns))
