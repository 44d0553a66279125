"""What is learnt of a catalogue and kept beside its table: vectors of concepts, factors, graphs.

An artifact is one file of a kind ("concepts"). It is written durably under a new name and becomes
the served one with the pointer (:mod:`recllm.catalog.manifest`), so that a run may be killed at
any moment. Indexing again keeps it: whoever reads it says in it what it was learnt from (such as
:attr:`recllm.catalog.index.Catalog.state`) and decides whether it still fits.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path

from recllm.catalog.manifest import (
    Manifest,
    catalog_path,
    lock,
    read_manifest,
    write_durably,
    write_manifest,
)
from recllm.errors import CatalogError

PREFIX = "artifact-"
_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}")


async def attach(
    directory: Path, name: str, kind: str, data: bytes, *, suffix: str = ".npz"
) -> Path:
    """Make ``data`` the artifact ``kind`` of the catalogue ``name``, in place of the last one.

    Catalogues that are open keep what they opened.

    Args:
        directory: where the catalogues are.
        name: the catalogue.
        kind: what it is, in a-z, 0-9 and "-".
        data: the whole file.
        suffix: says the format to people who look into the folder.

    Raises:
        UnknownCatalogError: there is no such catalogue.
        BusyCatalogError: another process is writing it.
        CatalogError: ``kind`` cannot be a name.
    """
    return await asyncio.to_thread(_attach, directory, name, kind, data, suffix)


def artifact_path(path: Path, manifest: Manifest, kind: str) -> Path | None:
    """Return the file of the artifact ``kind`` of a catalogue at ``path``, None without one."""
    file = path / Path(manifest.artifacts.get(kind, "")).name
    return file if kind in manifest.artifacts and file.is_file() else None


def sweep(path: Path, states: Iterable[Manifest | None], kind: str = "") -> None:
    """Delete the artifacts (of ``kind``, or all) that none of ``states`` names."""
    keep = {file for state in states if state for file in state.artifacts.values()}
    for file in path.glob(f"{PREFIX}{kind or '*'}-*"):
        # Of "co" the files are "artifact-co-7.npz", and those of "co-engagement" are not.
        mine = not kind or re.match(r"\d+\.", file.name.removeprefix(f"{PREFIX}{kind}-"))
        if mine and file.name not in keep:
            file.unlink(missing_ok=True)


def _attach(directory: Path, name: str, kind: str, data: bytes, suffix: str) -> Path:
    if not _KIND.fullmatch(kind):
        raise CatalogError(
            f"{kind!r} cannot be the kind of an artifact: use up to 32 of a-z, 0-9 and -"
        )
    with lock(directory, name):
        before = read_manifest(directory, name)
        generation = before.generation + 1
        file = f"{PREFIX}{kind}-{generation}{suffix}"
        path = catalog_path(directory, name)
        write_durably(path / file, data)
        artifacts = {**before.artifacts, kind: file}
        now = before.model_copy(update={"artifacts": artifacts, "generation": generation})
        write_manifest(directory, now)
        sweep(path, (now, before), kind)
    return path / file
