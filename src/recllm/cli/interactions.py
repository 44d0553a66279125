"""The part of ``recllm index`` that reads who took to which item."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from recllm.catalog.interactions import Columns
from recllm.errors import SourceError
from recllm.retrieval.learn import InteractionReport, Source
from recllm.text import shorten

InteractionsOption = Annotated[
    Path | None,
    typer.Option(
        help="A file of who took to which item (columns: user, item, rating or event), to be "
        "learnt from.",
        show_default=False,
    ),
]
ColumnsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--interaction-column",
        help="PART=COLUMN of that file, PART one of user, item, rating, time; may be repeated.",
    ),
]
LikeFromOption = Annotated[
    float | None,
    typer.Option(
        help="The least rating that means that somebody liked an item.",
        show_default="each user's own mean",
    ),
]


def source_of(
    path: Path | None, columns: Sequence[str] | None, like_from: float | None, strict: bool
) -> Source | None:
    """Return the file that the flags speak of, None without one.

    Raises:
        SourceError: a flag is not PART=COLUMN, or there is no file that it could speak of.
    """
    if path is None:
        if columns or like_from is not None:
            raise SourceError("--interaction-column and --like-from need --interactions FILE")
        return None
    pairs = [one.partition("=") for one in columns or ()]
    wrong = next((one for one, pair in zip(columns or (), pairs, strict=True) if not pair[2]), None)
    if wrong is not None:
        raise SourceError(f"--interaction-column {wrong!r} is not PART=COLUMN, such as user=UserID")
    return Source(path, {p: c for p, _, c in pairs}, like_from=like_from, strict=strict)


def print_columns(columns: Columns) -> None:
    """Tell a person which column of the file is what."""
    told = [f"user {columns.user!r}", f"item {columns.item!r}"]
    told.append(f"rating {columns.rating!r}" if columns.rating else "no rating: each row counts")
    Console(highlight=False).print(escape(f"Interactions: {', '.join(told)}"))


def print_interactions(report: InteractionReport) -> None:
    """Tell a person what was read, what was kept and what was not."""
    console = Console(highlight=False)
    print_columns(report.columns)
    if report.unchanged:
        console.print("  the same as before: nothing was learnt anew")
    console.print(
        f"  {report.rows:,} rows of {report.users:,} users; {report.known_items:,} of "
        f"{report.items:,} items are known by {report.matched}; {report.liked:,} rows count as "
        "liked"
    )
    if report.unknown_items:
        some = ", ".join(shorten(" ".join(name.split()), 40) for name in report.unknown)
        console.print(
            escape(
                f"  {report.unknown_rows:,} rows of {report.unknown_items:,} unknown items were "
                f"left out: {some}" + (", …" if report.unknown_items > len(report.unknown) else "")
            )
        )
    if report.bad:
        console.print(f"  {report.bad:,} bad rows were left out:")
        for row in report.bad_rows:
            console.print(f"    line {row.line}: {escape(row.reason)}")
        if report.bad > len(report.bad_rows):
            console.print(f"    and {report.bad - len(report.bad_rows):,} more")
