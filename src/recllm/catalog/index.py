"""A catalogue that can be searched: words, vectors, conditions and ids over one table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recllm.catalog.artifacts import artifact_path
from recllm.catalog.labels import Labels, stream_labels
from recllm.catalog.manifest import Manifest, catalog_path
from recllm.catalog.searched import Hit
from recllm.catalog.state import State, load, stamp
from recllm.catalog.vocabulary import Vocabulary
from recllm.errors import CatalogError
from recllm.types import Item, Schema

__all__ = ["LONGEST_QUERY", "Catalog", "Hit"]

LONGEST_QUERY = 2000
"""Characters of a text that BM25 is asked for; a person's wish is shorter."""


class Catalog:
    """A catalogue opened for reading, in one state until :meth:`refresh` finds a later one.

    Get one from :meth:`open`. All its methods may run concurrently, :meth:`refresh` included: a
    search that has begun ends in the state in which it began.
    """

    def __init__(self, directory: Path, state: State) -> None:
        self._directory, self._state = directory, state
        self._refreshing = False

    @classmethod
    async def open(cls, directory: Path, name: str) -> Catalog:
        """Open the catalogue ``name`` of ``directory`` in the state served now.

        Raises:
            UnknownCatalogError: there is none of that name.
            CatalogError: it is damaged.
        """
        return cls(directory, await load(directory, name))

    async def refresh(self) -> bool:
        """Serve what was indexed since, by this process or another; return whether it changed.

        A few microseconds where nothing changed. The later state is read beside the earlier one,
        which goes on serving, and takes its place in one step; it also goes on where the later one
        is damaged, removed, or made with another encoder, whose vectors cannot be searched with
        those of this one.
        """
        before = self._state
        if self._refreshing or stamp(self._directory, self.name) in ((), before.stamp):
            return False
        self._refreshing = True
        try:
            later = await load(self._directory, self.name, before)
        except CatalogError:
            return False
        finally:
            self._refreshing = False
        if _vectors_of(later.manifest) != _vectors_of(before.manifest):
            return False
        self._state = later
        return later.manifest.generation != before.manifest.generation

    @property
    def vocabulary(self) -> Vocabulary:
        """Its titles and its attributes' values."""
        return self._state.vocabulary

    @property
    def name(self) -> str:
        """What the catalogue is called."""
        return self._state.manifest.name

    @property
    def schema(self) -> Schema:
        """Its typed attributes and its noun."""
        return self._state.manifest.columns

    @property
    def size(self) -> int:
        """How many items it has."""
        return self._state.manifest.size

    @property
    def encoder_name(self) -> str:
        """The encoder that made its vectors; queries must be encoded by the same."""
        return self._state.manifest.encoder

    @property
    def state(self) -> str:
        """Names the stored items and vectors: the same as long as they are."""
        manifest = self._state.manifest
        return f"{manifest.table}@{manifest.version}"

    def artifact(self, kind: str) -> Path | None:
        """Return the file of what was learnt of it under the name ``kind``, None without one."""
        path = catalog_path(self._directory, self.name)
        return artifact_path(path, self._state.manifest, kind)

    def labels(self) -> AsyncIterator[Labels]:
        """Yield all vectors with the names that their items carry, to learn from."""
        return stream_labels(catalog_path(self._directory, self.name), self._state.manifest)

    async def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """Return the items of ``ids`` in that order, without those that do not exist."""
        found = await self._state.rows.items(ids)
        return {i: found[i] for i in ids if i in found}

    async def vectors(self, ids: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the vectors of ``ids``, a row for each in order.

        Raises:
            CatalogError: an id does not exist.
        """
        found = await self._state.rows.vectors(ids)
        missing = [i for i in ids if i not in found]
        if missing:
            raise CatalogError(
                f"no item {missing[0]!r} in catalogue {self.name!r}; see its items with "
                f"'recllm catalog show {self.name}'"
            )
        empty = np.zeros((0, self._state.manifest.dimension), dtype=np.float32)
        return np.vstack([empty, *(found[i] for i in ids)])

    async def search_text(self, text: str, *, where: str = "", limit: int = 100) -> list[Hit]:
        """Return the items whose words match ``text`` best (BM25), those of ``where`` only.

        Any text is safe: it is matched as words, not read as query syntax. Words in no item, and
        words such as "the", match nothing.
        """
        if not text.strip() or limit < 1:
            return []
        return await self._state.rows.matching(text[:LONGEST_QUERY], where, limit)

    async def search_vector(
        self, vector: npt.ArrayLike, *, where: str = "", limit: int = 100
    ) -> list[Hit]:
        """Return the items nearest to ``vector`` by cosine, those of ``where`` only.

        Raises:
            CatalogError: the vector's length is not that of the catalogue's encoder.
        """
        wanted = np.asarray(vector, dtype=np.float32).ravel()
        dimension = self._state.manifest.dimension
        if wanted.size != dimension:
            raise CatalogError(
                f"a vector of length {wanted.size} cannot be searched in catalogue "
                f"{self.name!r}, made with {self.encoder_name!r} of {dimension}; "
                "index it again with the encoder in use"
            )
        if limit < 1 or not np.isfinite(wanted).all() or not wanted.any():
            return []
        return await self._state.rows.nearest(wanted, where, limit)

    async def scan(self, *, where: str = "", limit: int = 100) -> list[Item]:
        """Return items of ``where`` without a search: popular first, else in a fixed shuffle."""
        if limit < 1:
            return []
        return await self._state.rows.scan(where, limit)

    async def satisfying(self, ids: Sequence[str], where: str = "") -> list[str]:
        """Return those of ``ids`` that exist and satisfy ``where``, in that order."""
        return await self._state.rows.satisfying(ids, where)

    async def count(self, where: str = "") -> int:
        """Return how many items satisfy ``where``; all for ""."""
        return await self._state.rows.count(where)


def _vectors_of(manifest: Manifest) -> tuple[str, int]:
    return manifest.encoder, manifest.dimension
