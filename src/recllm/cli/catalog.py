"""``recllm catalog``: which catalogues there are, what is in one, and away with it."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recllm.catalog.index import Catalog
from recllm.catalog.manifest import Manifest, list_catalogs, read_manifest, remove_catalog
from recllm.config import load_settings
from recllm.services.description import Description
from recllm.services.load import find_service, list_services
from recllm.services.requests import lacking
from recllm.text import shorten
from recllm.types import Attribute, Item

app = typer.Typer(help="List, show and remove catalogues.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
_EXAMPLES = 3
_NAMES = 6


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the catalogues, and the services that can be searched live."""
    directory = _directory()
    found = list_catalogs(directory)
    if as_json:
        typer.echo(json.dumps([_summary(m) for m in found], indent=2))
    elif found:
        Console().print(_table(found))
    else:
        typer.echo(f"No catalogue in {directory} yet. Make one: recllm index SOURCE")
    if not as_json:
        _tell_services()


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(help="The catalogue.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Show what a catalogue holds: its attributes, their frequent values, and some items."""
    directory = _directory()
    service = find_service(name, load_settings().home / "services")
    if service is not None and all(m.name != name for m in list_catalogs(directory)):
        _show_service(service, as_json)
        return
    manifest = read_manifest(directory, name)
    catalog, items = asyncio.run(_open(directory, name))
    if as_json:
        shown = _summary(manifest) | {
            "attributes": [a.model_dump(mode="json") for a in catalog.schema.attributes],
            "examples": [i.model_dump(mode="json") for i in items],
        }
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    console = Console(highlight=False)
    console.print(_table([manifest]))
    console.print()
    console.print(_attributes(catalog))
    console.print()
    for item in items:
        console.print(f"{escape(item.title)}: [dim]{escape(shorten(item.text, 160))}[/dim]")


@app.command("remove")
def remove_command(
    name: Annotated[str, typer.Argument(help="The catalogue.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a catalogue; its source file is not touched."""
    directory = _directory()
    if not yes:
        size = read_manifest(directory, name).size
        typer.confirm(f"Delete the catalogue {name!r} with {size:,} items?", abort=True)
    remove_catalog(directory, name)
    typer.echo(f"Removed the catalogue {name!r}.")


def _show_service(service: Description, as_json: bool) -> None:
    """Show a service that is talked over live: it has no items of its own."""
    missing = lacking(service, os.environ)
    schema = service.schema_of_items
    if as_json:
        attributes = [a.model_dump(mode="json") for a in schema.attributes]
        said = {"name": service.name, "title": service.title, "needs": missing}
        typer.echo(json.dumps(said | {"live": True, "attributes": attributes}, indent=2))
        return
    console = Console(highlight=False)
    console.print(escape(f"{service.title}: searched live, nothing of it is stored."))
    for a in schema.attributes:
        console.print(escape(f"  {a.name} ({a.kind.value}{f', {a.unit}' if a.unit else ''})"))
    if missing:
        console.print(escape(f"It needs {', '.join(missing)} in the environment."))
    console.print(f"Talk over it: recllm chat --catalog {service.name}")


def _tell_services() -> None:
    """Name the services that can be talked over live, and what they need."""
    for service in list_services(load_settings().home / "services"):
        missing = lacking(service, os.environ)
        needs = f" (needs {', '.join(missing)})" if missing else ""
        typer.echo(f"Live: recllm chat --catalog {service.name}, over {service.title}{needs}")


def _directory() -> Path:
    return load_settings().home / "catalogs"


async def _open(directory: Path, name: str) -> tuple[Catalog, list[Item]]:
    catalog = await Catalog.open(directory, name)
    return catalog, await catalog.scan(limit=_EXAMPLES)


def _summary(manifest: Manifest) -> dict[str, object]:
    return {
        "name": manifest.name,
        "noun": manifest.columns.noun,
        "items": manifest.size,
        "updated": manifest.updated.isoformat(timespec="seconds"),
        "encoder": manifest.encoder,
        "source": manifest.source,
    }


def _table(manifests: list[Manifest]) -> Table:
    table = Table(box=None)
    for head in ("Catalogue", "Items", "Updated", "Encoder", "Source"):
        table.add_column(head, justify="right" if head == "Items" else "left", overflow="fold")
    for m in manifests:
        when = m.updated.astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(m.name, f"{m.size:,}", when, m.encoder, escape(m.source))
    return table


def _attributes(catalog: Catalog) -> Table:
    table = Table(box=None)
    for head in ("Attribute", "Kind", "Role", "Unit", "Frequent values"):
        table.add_column(head, overflow="fold", style="dim" if head == "Frequent values" else "")
    for a in catalog.schema.attributes:
        role = "" if a.role == "other" else a.role.value
        table.add_row(a.name, a.kind.value, role, a.unit, _frequent(catalog, a))
    return table


def _frequent(catalog: Catalog, attribute: Attribute) -> str:
    values = list(catalog.vocabulary.values(attribute.name).items())[:_NAMES]
    return escape(", ".join(f"{value} ({count})" for value, count in values))
