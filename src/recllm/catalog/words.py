"""Search by words (BM25): in the table's own index, or in the files of a large catalogue.

Both cut a text in the same way: words in lower case without accents, English stems, without words
such as "the". The table's takes 3 to 5 ms at a million items, Tantivy's files one.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from lancedb.query import MatchQuery
from lancedb.table import AsyncTable

from recllm.catalog.columns import SEARCH
from recllm.catalog.lookup import Places
from recllm.catalog.numbering import ROW, Numbering

if TYPE_CHECKING:
    import tantivy

_TEXT, _PLACE, _TOKENS = "text", "place", "english"
_LONGEST_WORD = 40
_WRITER_BYTES = 256_000_000


class Matches(NamedTuple):
    """Where the rows that match best stand, the best first, and their scores."""

    places: Places
    scores: npt.NDArray[np.float32]


class Words(Protocol):
    """Finds the rows whose words match a text best."""

    async def best(self, text: str, limit: int) -> Matches:
        """Return at most ``limit`` rows; any text is safe: it is matched, not read as syntax."""
        ...


class TableWords:
    """Asks the index of words that the table has."""

    def __init__(self, table: AsyncTable, numbering: Numbering) -> None:
        self._table, self._numbering = table, numbering

    async def best(self, text: str, limit: int) -> Matches:
        """Return at most ``limit`` rows."""
        # Any: the checker does not see the defaults that lancedb's dataclass has. All rows are in
        # the index, which is brought up to date whenever some are written.
        match: Any = MatchQuery
        query: Any = self._table.query().nearest_to_text(match(text.replace("\0", " "), SEARCH))
        query = query.fast_search().select(["_score"]).with_row_id().limit(limit)
        rows = await query.to_arrow()
        return Matches(self._numbering.of_rows(rows[ROW].to_numpy()), rows["_score"].to_numpy())


class FileWords:
    """Asks the files that :class:`WordsWriter` wrote.

    Args:
        path: their folder; it may be deleted while it is open.

    Raises:
        OSError: they cannot be read.
        ValueError: they are damaged.
    """

    def __init__(self, path: Path) -> None:
        import tantivy

        if not path.is_dir():
            raise FileNotFoundError(f"no such folder: {path}")
        index = tantivy.Index.open(str(path))
        index.config_reader("manual")
        self._schema, self._searcher = index.schema, index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    async def best(self, text: str, limit: int) -> Matches:
        """Return at most ``limit`` rows."""
        return await asyncio.to_thread(self._best, text, limit)

    def _best(self, text: str, limit: int) -> Matches:
        import tantivy

        words = dict.fromkeys(_analyzer().analyze(text))
        terms = [tantivy.Query.term_query(self._schema, _TEXT, word, "freq") for word in words]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        hits = self._searcher.search(query, limit, count=False).hits if terms else []
        places = self._searcher.fast_field_values(_PLACE, [address for _, address in hits])
        scores = np.fromiter((score for score, _ in hits), dtype=np.float32, count=len(hits))
        return Matches(np.asarray(places, dtype=np.intp), scores)


class WordsWriter:
    """Writes the words of all rows, in order, to a folder that appears in one step.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        import tantivy

        self._path, self._part = path, path.with_name(f"{path.name}.part")
        shutil.rmtree(self._part, ignore_errors=True)
        self._part.mkdir()
        index = tantivy.Index(_schema(), path=str(self._part), reuse=False)
        index.register_tokenizer(_TOKENS, _analyzer())
        self._writer = index.writer(_WRITER_BYTES, os.cpu_count() or 1)
        self._count = 0

    def add(self, texts: Iterable[str]) -> None:
        """Add the next rows."""
        import tantivy

        for text in texts:
            document = tantivy.Document()
            document.add_text(_TEXT, text)
            document.add_unsigned(_PLACE, self._count)
            self._writer.add_document(document)
            self._count += 1

    def close(self) -> None:
        """Finish: the folder is there."""
        self._writer.commit()
        self._writer.wait_merging_threads()
        shutil.rmtree(self._path, ignore_errors=True)
        os.replace(self._part, self._path)


@cache
def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_TEXT, stored=False, tokenizer_name=_TOKENS, index_option="freq")
    builder.add_unsigned_field(_PLACE, fast=True)
    return builder.build()


@cache
def _analyzer() -> tantivy.TextAnalyzer:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    steps = (
        Filter.remove_long(_LONGEST_WORD),
        Filter.lowercase(),
        Filter.stemmer("english"),
        Filter.stopword("english"),
        Filter.ascii_fold(),
    )
    builder = TextAnalyzerBuilder(Tokenizer.simple())
    for step in steps:
        builder = builder.filter(step)
    return builder.build()
