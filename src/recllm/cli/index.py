"""``recllm index``: a file into a catalogue."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from recllm.build import choose_encoder, learn
from recllm.catalog.ingest import ingest, look, name_for
from recllm.catalog.manifest import check_name
from recllm.catalog.mapping import Column, Mapping, Overrides, Reading
from recllm.catalog.plan import IndexReport
from recllm.catalog.plan import Progress as Told
from recllm.catalog.sources import FORMATS
from recllm.cli.interactions import (
    ColumnsOption,
    InteractionsOption,
    LikeFromOption,
    print_columns,
    print_interactions,
    source_of,
)
from recllm.config import load_settings
from recllm.encoder import MiniLMEncoder
from recllm.errors import SourceError
from recllm.protocols import Encoder
from recllm.retrieval.learn import Source, columns_of, learn_interactions
from recllm.text import shorten
from recllm.types import Item, Kind, Role

Choice = TypeVar("Choice", Kind, Role)
_STAGES = {
    "read": "Reading",
    "encode": "Encoding",
    "index": "Indexing",
    "interactions": "Reading who liked what",
    "learn": "Learning",
}


def index_command(
    source: Annotated[
        Path, typer.Argument(help="A JSONL, JSON-LD, CSV, TSV or Parquet file.", show_default=False)
    ],
    catalog: Annotated[
        str, typer.Option(help="The catalogue to make or update.", show_default="the file's name")
    ] = "",
    title: Annotated[str, typer.Option(help="The column of the titles.")] = "",
    id: Annotated[str, typer.Option(help="The column of the ids.")] = "",
    text: Annotated[
        list[str] | None, typer.Option(help="A column of description; may be repeated.")
    ] = None,
    type: Annotated[
        list[str] | None,
        typer.Option(help=f"COLUMN=KIND, KIND one of {', '.join(Kind)}; may be repeated."),
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(help=f"COLUMN=ROLE, ROLE one of {', '.join(Role)}; may be repeated."),
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option(help="A column to leave out; may be repeated.")
    ] = None,
    url: Annotated[str, typer.Option(help="The column of the web addresses.")] = "",
    image: Annotated[str, typer.Option(help="The column of the images.")] = "",
    noun: Annotated[str, typer.Option(help='What one item is called, such as "film".')] = "",
    encoding: Annotated[str, typer.Option(help="The file's encoding, if it is not UTF-8.")] = "",
    format: Annotated[
        str,
        typer.Option(
            help=f"One of {', '.join(dict.fromkeys(FORMATS.values()))}.",
            show_default="by the extension",
        ),
    ] = "",
    interactions: InteractionsOption = None,
    interaction_column: ColumnsOption = None,
    like_from: LikeFromOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse a file with bad rows.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show how the columns are understood, and stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Make a catalogue of SOURCE, or bring it up to date: only what changed is done again."""
    name = check_name(catalog or name_for(source) or "catalog")
    overrides = Overrides(
        title=title,
        id=id,
        text=tuple(text or ()),
        url=url,
        image=image,
        types=_pairs(type, Kind, "--type"),
        roles=_pairs(role, Role, "--role"),
        skip=tuple(skip or ()),
        noun=noun,
    )
    engaged = source_of(interactions, interaction_column, like_from, strict)
    asyncio.run(
        _run(source, name, overrides, (format, encoding), engaged, strict, dry_run, as_json)
    )


async def _run(
    source: Path,
    name: str,
    overrides: Overrides,
    form: tuple[str, str],
    engaged: Source | None,
    strict: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    format, encoding = form
    mapping, example = await look(source, format=format, encoding=encoding, overrides=overrides)
    if not as_json:
        Console().print(mapping_table(mapping, example, name))
    if dry_run:
        columns = columns_of(engaged) if engaged is not None else None
        if as_json:
            data = mapping.model_dump(mode="json")
            data |= {"interactions": columns.model_dump(mode="json")} if columns else {}
            typer.echo(json.dumps(data, indent=2))
        elif columns:
            print_columns(columns)
        return
    settings, learnt = load_settings(), None
    chosen = settings.encoder or settings.embeddings_model
    encoder = await choose_encoder(settings) if chosen else make_encoder()
    catalogs = settings.home / "catalogs"
    with _progress() as told:
        report = await ingest(
            source,
            catalogs,
            name,
            encoder,
            mapping=mapping,
            format=format,
            encoding=encoding,
            strict=strict,
            progress=told,
        )
        await learn(catalogs, name, encoder, told)
        if engaged is not None:
            learnt = await learn_interactions(catalogs, name, engaged, told)
    if as_json:
        data = report.model_dump(mode="json")
        data |= {"interactions": learnt.model_dump(mode="json")} if learnt else {}
        typer.echo(json.dumps(data, indent=2))
    else:
        _print_report(report)
        if learnt is not None:
            print_interactions(learnt)
        typer.echo(f"Talk about it: recllm chat --catalog {report.name}")


def make_encoder() -> Encoder:
    """Return the encoder that catalogues are made with if no other is configured."""
    return MiniLMEncoder()


def _pairs(given: list[str] | None, choices: type[Choice], flag: str) -> dict[str, Choice]:
    """Read COLUMN=CHOICE; the column's own name may have an equals sign."""
    pairs: dict[str, Choice] = {}
    for one in given or ():
        column, _, value = one.rpartition("=")
        if not column or value.lower() not in list(choices):
            raise SourceError(
                f"{flag} {one!r} is not COLUMN=VALUE with one of {', '.join(choices)}"
            )
        pairs[column] = choices(value.lower())
    return pairs


def mapping_table(mapping: Mapping, example: Item | None, name: str) -> Table:
    """Return how each column is understood, for a person to check."""
    table = Table(
        title=f"Catalogue {name!r}: each row is a {mapping.noun}", title_justify="left", box=None
    )
    for head in ("Column", "Becomes", "As", "Example"):
        table.add_column(head, overflow="fold", style="dim" if head == "Example" else "")
    shown = example or Item(id="", title="")
    made = "" if mapping.id else f"made of {', '.join(mapping.id_parts)}"
    fields = [("id", mapping.id or "-", shown.id), ("title", mapping.title, shown.title)]
    fields += [("text", c, shown.text if not n else "") for n, c in enumerate(mapping.text)]
    fields += [("url", mapping.url, shown.url), ("image", mapping.image, shown.image)]
    for field, column, value in fields:
        if column:
            kind = made if field == "id" else ""
            table.add_row(escape(column), field, escape(kind), _short(value))
    for attribute in mapping.columns:
        value = _cell(shown.attributes.get(attribute.attribute.name))
        table.add_row(escape(attribute.source), attribute.attribute.name, _as(attribute), value)
    for dropped in mapping.dropped:
        table.add_row(escape(dropped.source), "-", escape(f"left out: {dropped.reason}"), "")
    return table


def _as(column: Column) -> str:
    attribute = column.attribute
    parts = [attribute.kind.value]
    parts += [attribute.role.value] if attribute.role != Role.OTHER else []
    parts += [attribute.unit] if attribute.unit else []
    plain = column.reading in (Reading.PLAIN, Reading.YEAR, Reading.MINUTES)
    parts += [] if plain else [column.reading.value]
    parts += [f"cut at {column.separator!r}"] if column.separator else []
    return escape(", ".join(parts))


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, tuple):
        return _short("; ".join(value))
    return "" if value is None else _short(str(value))


def _short(text: str) -> str:
    return escape(shorten(" ".join(text.split()), 48))


@contextmanager
def _progress() -> Iterator[Told]:
    """Draw a bar for each stage on standard error."""
    columns = (TextColumn("{task.description:<9}"), BarColumn(), TextColumn("{task.completed:.0f}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        tasks = {s: bars.add_task(d, total=None, visible=False) for s, d in _STAGES.items()}

        def told(stage: str, done: int, total: int | None) -> None:
            bars.update(tasks[stage], completed=done, total=total, visible=True)

        yield told


def _print_report(report: IndexReport) -> None:
    console = Console(highlight=False)
    counts = ("added", "updated", "removed", "unchanged")
    said = ", ".join(f"{getattr(report, c):,} {c}" for c in counts)
    console.print(f"{report.name}: {report.size:,} items ({said}) in {report.seconds:.1f} s")
    if report.bad:
        console.print(f"{report.bad:,} bad rows were left out:")
        for row in report.bad_rows:
            console.print(f"  line {row.line}: {escape(row.reason)}")
        if report.bad > len(report.bad_rows):
            console.print(f"  and {report.bad - len(report.bad_rows):,} more")
