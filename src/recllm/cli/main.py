"""The command ``recllm``: finds the command asked for, and says errors as sentences."""

from __future__ import annotations

import copy
import importlib
import os
import sys
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from recllm.errors import RecLLMError


class Lazy(NamedTuple):
    """A command that is imported when it is asked for: its module, the name there, and a line."""

    module: str
    name: str
    help: str


COMMANDS = {
    "chat": Lazy("chat", "chat_command", "Talk about a catalogue and get suggestions."),
    "ask": Lazy("ask", "ask_command", "Say one thing and get one answer, for scripts."),
    "index": Lazy("index", "index_command", "Make a catalogue of a file, or bring it up to date."),
    "catalog": Lazy("catalog", "app", "List, show and remove catalogues."),
    "profile": Lazy("profiles", "app", "Show and change what is remembered of a person."),
    "models": Lazy("models", "app", "Install and list the embedded language models."),
    "doctor": Lazy("doctor", "doctor_command", "Check what is configured and whether it works."),
    "evaluate": Lazy("evaluate", "app", "Measure how well conversations go."),
}


class LazyGroup(TyperGroup):
    """A group whose list of commands costs no import, so that ``recllm --help`` is fast."""

    outline = False

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, lazy in COMMANDS.items():
            self.commands[name] = TyperCommand(name, help=lazy.help)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command, imported unless only its line of help is wanted."""
        if self.outline or cmd_name not in COMMANDS:
            return self.commands.get(cmd_name)
        return _load(cmd_name, COMMANDS[cmd_name])

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help of the whole program without importing the commands."""
        outline = copy.copy(self)
        outline.outline = True
        TyperGroup.format_help(outline, ctx, formatter)


def _load(name: str, lazy: Lazy) -> Any:
    found = getattr(importlib.import_module(f"recllm.cli.{lazy.module}"), lazy.name)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False)
        alone.command(name)(found)
        found = alone
    return typer.main.get_command(found)


app = typer.Typer(
    cls=LazyGroup,
    name="recllm",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"recllm {version('recllm')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_version),
    ] = False,
) -> None:
    """Find things in a catalogue by talking: say what you feel like, get a few with reasons."""


def run() -> None:
    """Run the command line; errors raised on purpose end it with a sentence and status 1."""
    try:
        app()
    except RecLLMError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        _complain(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _complain(error: OSError) -> None:
    """Say what the system refused, and keep Python from saying it again when it flushes."""
    about = f"{error.filename!r}: " if error.filename else ""
    why = error.strerror or error
    print(f"Error: {about}{why}. Check the path, the rights and the free space.", file=sys.stderr)
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
