"""What a run has to do: everything that was read, compared with what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias

from recllm.catalog.columns import content_hash
from recllm.catalog.document import DOCUMENT_VERSION
from recllm.catalog.manifest import Manifest
from recllm.catalog.rows import BadRow, Converted
from recllm.catalog.writer import Known
from recllm.errors import SourceError
from recllm.protocols import Encoder
from recllm.types import Schema, Value

Progress: TypeAlias = Callable[[str, int, int | None], None]
"""Told the stage ("read", "encode", "index"), how much of it is done and of how much, if known.

It may be called from another thread.
"""

SHOWN_BAD_ROWS = 20


class IndexReport(Value):
    """What a run did. ``bad_rows`` are the first of ``bad``; ``encoded`` counts texts encoded."""

    name: str
    size: int
    added: int = 0
    updated: int = 0
    removed: int = 0
    unchanged: int = 0
    encoded: int = 0
    bad: int = 0
    bad_rows: tuple[BadRow, ...] = ()
    seconds: float = 0.0


class Source(NamedTuple):
    """All that was read: items as JSON by id (a million items must fit), and what was refused."""

    payloads: dict[str, str]
    bad: int
    bad_rows: tuple[BadRow, ...]


class Plan(NamedTuple):
    """What is to be done. ``reusable`` has the hashes of the texts whose vectors are stored."""

    write: list[str]
    delete: list[str]
    reusable: dict[str, str]
    anew: bool


def read_all(rows: Iterable[Converted], progress: Progress) -> Source:
    """Read ``rows`` to the end; of two of one id the first counts, the other is a bad row."""
    payloads: dict[str, str] = {}
    lines: dict[str, int] = {}
    bad_rows: list[BadRow] = []
    bad = 0
    for count, row in enumerate(rows, 1):
        if not isinstance(row, BadRow) and row.item.id in lines:
            reason = f"the id {row.item.id!r} was taken by line {lines[row.item.id]}"
            row = BadRow(line=row.line, reason=reason)
        if isinstance(row, BadRow):
            bad += 1
            bad_rows += [row] if bad <= SHOWN_BAD_ROWS else []
        else:
            lines[row.item.id] = row.line
            payloads[row.item.id] = row.item.model_dump_json()
        if count % 500 == 0:
            progress("read", count, None)
    progress("read", len(payloads) + bad, len(payloads) + bad)
    return Source(payloads, bad, tuple(bad_rows))


def refuse(read: Source, source: str, strict: bool) -> None:
    """Refuse a source without items or, if ``strict``, with bad rows.

    Raises:
        SourceError: it is refused.
    """
    first = f"; line {read.bad_rows[0].line}: {read.bad_rows[0].reason}" if read.bad_rows else ""
    if not read.payloads:
        raise SourceError(
            f"{source!r} has no item to index ({read.bad} bad rows{first}); "
            "a catalogue needs at least one row with a title"
        )
    if strict and read.bad:
        raise SourceError(
            f"{source!r} has {read.bad} bad rows{first}; "
            "mend them, or index without --strict to leave them out"
        )


def compare(
    name: str,
    read: Source,
    known: dict[str, Known],
    before: Manifest | None,
    schema: Schema,
    encoder: Encoder,
) -> tuple[Plan, IndexReport]:
    """Return what is to be done to make the catalogue hold what was read, and its counts."""
    same_encoder = before is not None and (before.encoder, before.dimension) == (
        encoder.name,
        encoder.dimension,
    )
    kept = before is not None and before.document_version == DOCUMENT_VERSION and same_encoder
    anew = not kept or before is None or before.columns != schema
    added = [i for i in read.payloads if i not in known]
    shared = [i for i in read.payloads if i in known]
    updated = [i for i in shared if content_hash(read.payloads[i]) != known[i].content]
    removed = [i for i in known if i not in read.payloads]
    plan = Plan(
        write=list(read.payloads) if anew else added + updated,
        delete=[] if anew else removed,
        reusable={i: known[i].text for i in shared} if same_encoder else {},
        anew=anew,
    )
    return plan, IndexReport(
        name=name,
        size=len(read.payloads),
        added=len(added),
        updated=len(updated),
        removed=len(removed),
        unchanged=len(shared) - len(updated),
        bad=read.bad,
        bad_rows=read.bad_rows,
    )
