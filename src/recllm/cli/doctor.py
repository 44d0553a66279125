"""``recllm doctor``: what is configured, whether it works, and what to do where it does not."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recllm.cli.checks import Check, run_checks
from recllm.config import load_settings
from recllm.errors import ConfigError

_MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "failed": "[red]✗[/]"}


def doctor_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Check what is configured and whether it works; ends with status 1 if something does not."""
    console = Console(stderr=True)
    with console.status("looking at everything, which may start the language model"):
        checks = asyncio.run(_checks())
    works = all(check.status != "failed" for check in checks)
    if as_json:
        rows = [check.model_dump() for check in checks]
        typer.echo(json.dumps({"works": works, "checks": rows}, indent=2, ensure_ascii=False))
    else:
        Console(highlight=False).print(_table(checks))
    if not works:
        raise typer.Exit(1)


async def _checks() -> list[Check]:
    try:
        settings = load_settings()
    except ConfigError as error:
        return [Check(what="settings", status="failed", found=str(error))]
    return [check async for check in run_checks(settings)]


def _table(checks: list[Check]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        remedy = f"\n→ {check.remedy}" if check.remedy else ""
        table.add_row(_MARKS[check.status], check.what, escape(check.found + remedy))
    return table
