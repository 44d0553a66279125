"""``recllm ask``: one message, one answer, for scripts."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recllm.cli.options import (
    BaseURLOption,
    CatalogOption,
    IncognitoOption,
    LLMOption,
    ModelOption,
    ResumeOption,
    SlateSizeOption,
    TrustOption,
    UserOption,
    WaysOption,
)
from recllm.cli.screen import Screen, well_formed
from recllm.errors import RecLLMError

if TYPE_CHECKING:
    from recllm.types import Session, Turn


def ask_command(
    text: Annotated[
        str, typer.Argument(help="What to say; - reads it from standard input.", show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON (see docs/cli.md).")] = False,
    trace: Annotated[
        bool, typer.Option("--trace", help="With --json, add how the answer came about.")
    ] = False,
    catalog: CatalogOption = None,
    user: UserOption = "default",
    session: Annotated[
        str,
        typer.Option(
            help="Continue the session of this id, or begin one.", show_default="a new id"
        ),
    ] = "",
    resume: ResumeOption = False,
    incognito: IncognitoOption = False,
    llm: LLMOption = None,
    base_url: BaseURLOption = None,
    model: ModelOption = None,
    trust: TrustOption = None,
    slate_size: SlateSizeOption = None,
    ways: WaysOption = None,
) -> None:
    """Say TEXT and print the answer: what is suggested, and why."""
    if session and resume:
        raise typer.BadParameter("give either --session or --resume", param_hint="--session")
    message = well_formed(_standard_input() if text == "-" else text).strip()
    if not message:
        raise typer.BadParameter("there is nothing to say", param_hint="TEXT")
    flags = {
        "catalog": catalog,
        "llm": llm,
        "base_url": base_url,
        "model": model,
        "trust": trust,
        "slate_size": slate_size,
        "ways": ways,
    }
    place = {"resume": resume, "session_id": session, "incognito": incognito}
    output = "json and trace" if as_json and trace else "json" if as_json else "text"
    asyncio.run(_ask(message, user, place, flags, output))


def _standard_input() -> str:
    buffer = getattr(sys.stdin, "buffer", None)
    raw = buffer.read() if buffer else sys.stdin.read().encode()
    return str(raw.decode("utf-8-sig", "replace"))


async def _ask(
    message: str, user: str, place: dict[str, Any], flags: dict[str, Any], output: str
) -> None:
    # Imported here: they take a second, which --help need not wait for.
    from recllm.cli import session as sessions
    from recllm.cli.stream import model_errors, show_turn

    async with sessions.opened(**flags) as opened:
        session = await sessions.session_for(opened, user, **place)
        if output == "text":
            turn = await show_turn(Screen(), opened.recommender, session, message)
            for error in model_errors(turn) if turn else ():
                typer.echo(f"The language model failed: {error}", err=True)
            return
        longer = await opened.recommender.reply(session, message)
        if len(longer.turns) == len(session.turns):
            raise RecLLMError("The recommender gave no answer: try again, or run recllm doctor.")
        said = as_data(longer, longer.turns[-1], trace=output.endswith("trace"))
        typer.echo(json.dumps(said, indent=2, ensure_ascii=False))


def as_data(session: Session, turn: Turn, *, trace: bool = False) -> dict[str, Any]:
    """Return what ``--json`` prints: the part of a turn that scripts can rely on."""
    whole = json.loads(turn.model_dump_json())
    slate = whole["slate"] or {"items": [], "relaxed": []}
    data = {
        "session": session.id,
        "user": session.user,
        "catalog": session.catalog,
        "message": turn.message,
        "act": turn.act.value,
        "reply": turn.reply,
        "slate": [_shown(n, one) for n, one in enumerate(slate["items"], 1)],
        "relaxed": slate["relaxed"],
        "notes": whole["trace"]["notes"],
    }
    return data | {"trace": whole["trace"]} if trace else data


def _shown(number: int, shown: dict[str, Any]) -> dict[str, Any]:
    item = shown["item"]
    return {
        "number": number,
        "id": item["id"],
        "title": item["title"],
        "url": item["url"],
        "bucket": shown["bucket"],
        "score": shown["score"],
        "explanation": shown["explanation"],
        "attributes": {name: _plain(value) for name, value in item["attributes"].items()},
    }


def _plain(value: object) -> object:
    """Write a whole number as one: 1979, not 1979.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
