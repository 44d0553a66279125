"""Where a catalogue lies on disk, and the pointer that says which state of it is served.

    catalogs/
      films.lock                held by the one process that writes
      films/
        current.json            the pointer: a Manifest
        vocabulary-3.json       its titles and names
        artifact-KIND-4.npz     what was learnt of it
        vocabulary-3.titles     the titles, if there are many, and for as many
        vocabulary-3.*          items, vectors, arrays (recllm.catalog.files)
        items-1.lance/          the table; the pointer names the version of it

A writer prepares everything under new names and Lance versions, then replaces the pointer in one
step. Whatever happens before that step, the earlier state goes on serving; readers that have it
open keep it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import Field, ValidationError

from recllm.errors import BusyCatalogError, CatalogError, UnknownCatalogError
from recllm.types import Schema, Value

FORMAT = 1
POINTER = "current.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Manifest(Value):
    """What the pointer says: the served table and version, and how to read it.

    ``artifacts`` maps a kind to its file (:mod:`recllm.catalog.artifacts`).
    """

    format: int = FORMAT
    name: str
    table: str
    version: int
    vocabulary: str
    columns: Schema
    size: int
    encoder: str
    dimension: int
    document_version: int
    source: str = ""
    updated: datetime = Field(default_factory=lambda: datetime.now(UTC))
    generation: int = 1
    artifacts: dict[str, str] = Field(default_factory=dict)


def check_name(name: str) -> str:
    """Return ``name`` if a catalogue may be called so."""
    if not _NAME.fullmatch(name):
        raise CatalogError(
            f"{name!r} cannot be a catalogue's name: use up to 64 of a-z, 0-9, - and _, "
            "beginning with a letter or digit"
        )
    return name


def catalog_path(directory: Path, name: str) -> Path:
    """Return the directory of the catalogue ``name``."""
    return directory / check_name(name)


def titles_path(vocabulary: Path) -> Path:
    """Return where the titles of a large catalogue lie, beside its vocabulary."""
    return vocabulary.with_suffix(".titles")


def read_manifest(directory: Path, name: str) -> Manifest:
    """Return the served state of the catalogue ``name``.

    Raises:
        UnknownCatalogError: there is none of that name.
        CatalogError: it is damaged, or another version of RecLLM wrote it.
    """
    pointer = catalog_path(directory, name) / POINTER
    remedy = f"recllm index SOURCE --catalog {name}"
    try:
        raw = json.loads(pointer.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        known = ", ".join(m.name for m in list_catalogs(directory)) or "none yet"
        raise UnknownCatalogError(
            f"no catalogue {name!r} in {directory} (there: {known}); make it with: {remedy}"
        ) from None
    except (OSError, ValueError) as error:
        raise CatalogError(
            f"catalogue {name!r} cannot be read ({error}); index it again: {remedy}"
        ) from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise CatalogError(
            f"catalogue {name!r} was written by another version of RecLLM; remove it with "
            f"'recllm catalog remove {name}' and index it again: {remedy}"
        )
    try:
        return Manifest.model_validate(raw)
    except ValidationError as error:
        raise CatalogError(
            f"catalogue {name!r} is damaged ({error.error_count()} fields of {pointer} are not "
            f"valid); remove it with 'recllm catalog remove {name}' and index it again: {remedy}"
        ) from error


def find_manifest(directory: Path, name: str) -> Manifest | None:
    """Return the served state of the catalogue ``name``, None where there is none yet."""
    try:
        return read_manifest(directory, name)
    except UnknownCatalogError:
        return None


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Make ``manifest`` the served state: the one step at which a catalogue changes."""
    pointer = catalog_path(directory, manifest.name) / POINTER
    write_durably(pointer, manifest.model_dump_json(indent=1))


def write_durably(path: Path, content: str | bytes) -> None:
    """Replace the file at ``path`` in one step, so that no reader sees half of it."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def list_catalogs(directory: Path) -> list[Manifest]:
    """Return the catalogues in ``directory`` that can be read, by name."""
    found = []
    for pointer in sorted(directory.glob(f"*/{POINTER}")):
        try:
            found.append(read_manifest(directory, pointer.parent.name))
        except CatalogError:
            continue
    return found


def remove_catalog(directory: Path, name: str) -> None:
    """Delete the catalogue ``name``, damaged ones included.

    Raises:
        UnknownCatalogError: there is none of that name.
        BusyCatalogError: a process is writing it.
    """
    path = catalog_path(directory, name)
    if not path.is_dir():
        read_manifest(directory, name)
    with lock(directory, name):
        # Without its pointer it is gone for every reader, even if the rest takes time.
        (path / POINTER).unlink(missing_ok=True)
        shutil.rmtree(path)


@contextmanager
def lock(directory: Path, name: str) -> Iterator[None]:
    """Hold the right to write the catalogue ``name``; the system frees it if the process dies.

    Raises:
        BusyCatalogError: another process, or another task of this one, holds it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    guard = FileLock(directory / f"{check_name(name)}.lock", is_singleton=False)
    holder = directory / f"{name}.lock.json"
    try:
        guard.acquire(timeout=0)
    except Timeout:
        raise BusyCatalogError(
            f"catalogue {name!r} is being written by {_holder(holder)}; wait until it is done, "
            "or stop it and try again"
        ) from None
    try:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        who = {"process": os.getpid(), "host": socket.gethostname(), "since": now}
        holder.write_text(json.dumps(who), "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        guard.release()


def _holder(path: Path) -> str:
    try:
        who = json.loads(path.read_text("utf-8"))
        return f"process {who['process']} on {who['host']} since {who['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
