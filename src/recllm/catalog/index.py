"""A catalogue that can be searched: words, vectors, conditions and ids over one table."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import lancedb
import numpy as np
import numpy.typing as npt

from recllm.catalog.artifacts import artifact_path
from recllm.catalog.columns import FLAT_LIMIT
from recllm.catalog.manifest import Manifest, catalog_path, read_manifest
from recllm.catalog.resident import Resident
from recllm.catalog.stored import Found, Stored
from recllm.catalog.vocabulary import Vocabulary
from recllm.errors import CatalogError
from recllm.types import Item, Schema

LONGEST_QUERY = 2000
"""Characters of a text that BM25 is asked for; a person's wish is shorter."""


class Hit(NamedTuple):
    """A found item; a higher ``score`` is better, within one way of searching."""

    item: Item
    score: float


class Catalog:
    """One state of a catalogue, opened for reading; later indexing does not change it.

    Get one from :meth:`open`. All its methods may run concurrently.
    """

    def __init__(
        self,
        manifest: Manifest,
        vocabulary: Vocabulary,
        rows: Resident | Stored,
        path: Path,
    ) -> None:
        self._manifest, self._rows, self._path = manifest, rows, path
        self.vocabulary = vocabulary

    @classmethod
    async def open(cls, directory: Path, name: str) -> Catalog:
        """Open the catalogue ``name`` of ``directory`` in the state served now.

        Raises:
            UnknownCatalogError: there is none of that name.
            CatalogError: it is damaged.
        """
        manifest = read_manifest(directory, name)
        path = catalog_path(directory, name)
        try:
            text = await asyncio.to_thread((path / manifest.vocabulary).read_text, "utf-8")
            vocabulary = Vocabulary.model_validate_json(text)
            connection = await lancedb.connect_async(path)
            table = await connection.open_table(manifest.table)
            await table.checkout(manifest.version)
            rows: Resident | Stored = Stored(table, manifest.dimension)
            if manifest.size <= FLAT_LIMIT:
                rows = await Resident.load(table, manifest.dimension, manifest.columns)
        except (OSError, ValueError, RuntimeError) as error:
            raise CatalogError(
                f"catalogue {name!r} is damaged ({error}); remove it with "
                f"'recllm catalog remove {name}' and index it again"
            ) from error
        return cls(manifest, vocabulary, rows, path)

    @property
    def name(self) -> str:
        """What the catalogue is called."""
        return self._manifest.name

    @property
    def schema(self) -> Schema:
        """Its typed attributes and its noun."""
        return self._manifest.columns

    @property
    def size(self) -> int:
        """How many items it has."""
        return self._manifest.size

    @property
    def encoder_name(self) -> str:
        """The encoder that made its vectors; queries must be encoded by the same."""
        return self._manifest.encoder

    @property
    def state(self) -> str:
        """Names the stored items and vectors: the same as long as they are."""
        return f"{self._manifest.table}@{self._manifest.version}"

    def artifact(self, kind: str) -> Path | None:
        """Return the file of what was learnt of it under the name ``kind``, None without one."""
        return artifact_path(self._path, self._manifest, kind)

    async def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """Return the items of ``ids`` in that order, without those that do not exist."""
        found = await self._rows.items(ids)
        return {i: found[i] for i in ids if i in found}

    async def vectors(self, ids: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the vectors of ``ids``, a row for each in order.

        Raises:
            CatalogError: an id does not exist.
        """
        found = await self._rows.vectors(ids)
        missing = [i for i in ids if i not in found]
        if missing:
            raise CatalogError(
                f"no item {missing[0]!r} in catalogue {self.name!r}; see its items with "
                f"'recllm catalog show {self.name}'"
            )
        empty = np.zeros((0, self._manifest.dimension), dtype=np.float32)
        return np.vstack([empty, *(found[i] for i in ids)])

    async def search_text(self, text: str, *, where: str = "", limit: int = 100) -> list[Hit]:
        """Return the items whose words match ``text`` best (BM25), those of ``where`` only.

        Any text is safe: it is matched as words, not read as query syntax. Words in no item, and
        words such as "the", match nothing.
        """
        if not text.strip() or limit < 1:
            return []
        return await self._hits(await self._rows.matching(text[:LONGEST_QUERY], where, limit))

    async def search_vector(
        self, vector: npt.ArrayLike, *, where: str = "", limit: int = 100
    ) -> list[Hit]:
        """Return the items nearest to ``vector`` by cosine, those of ``where`` only.

        Raises:
            CatalogError: the vector's length is not that of the catalogue's encoder.
        """
        wanted = np.asarray(vector, dtype=np.float32).ravel()
        if wanted.size != self._manifest.dimension:
            raise CatalogError(
                f"a vector of length {wanted.size} cannot be searched in catalogue "
                f"{self.name!r}, made with {self.encoder_name!r} of {self._manifest.dimension}; "
                "index it again with the encoder in use"
            )
        if limit < 1 or not np.isfinite(wanted).all() or not wanted.any():
            return []
        return await self._hits(await self._rows.nearest(wanted, where, limit))

    async def scan(self, *, where: str = "", limit: int = 100) -> list[Item]:
        """Return items of ``where`` without a search: popular first, else in a fixed shuffle."""
        if limit < 1:
            return []
        ids = await self._rows.scan(where, limit)
        return list((await self.items(ids)).values())

    async def count(self, where: str = "") -> int:
        """Return how many items satisfy ``where``; all for ""."""
        return await self._rows.count(where)

    async def _hits(self, found: Found) -> list[Hit]:
        items = await self._rows.items([i for i, _ in found])
        return [Hit(items[i], float(score)) for i, score in found if i in items]
