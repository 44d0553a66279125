"""``recllm profile``: what is remembered of a person, in that person's own hands."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from recllm.cli.index import make_encoder
from recllm.cli.screen import one_line, well_formed
from recllm.config import Settings, load_settings
from recllm.errors import StoreError
from recllm.facts import Fact, FactKind, Scope
from recllm.profiles.control import ProfileControl, Tidied, read_exported

app = typer.Typer(help="Show and change what is remembered of a person.", no_args_is_help=True)
Answer = TypeVar("Answer")

User = Annotated[str, typer.Option("--user", "-u", help="Whose profile.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
KindOption = Annotated[
    FactKind | None,
    typer.Option("--kind", help="What the sentence says.", show_default="told by its words"),
]
Which = Annotated[
    str, typer.Argument(help="The fact's number in 'profile show', or its id.", show_default=False)
]


@app.command("show")
def show_command(
    user: User = "default",
    history: Annotated[
        bool, typer.Option("--history", help="Show what no longer holds too, and why.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is remembered of a person, numbered."""

    async def show(control: ProfileControl) -> tuple[Fact, ...]:
        return await control.history(user) if history else (await control.show(user)).facts

    facts = _run(show)
    if as_json:
        _print({"user": user, "facts": [data_of(f) for f in facts]})
    elif facts:
        for line in lines_of(facts, numbered=not history):
            typer.echo(line)
    else:
        typer.echo(f"Nothing is remembered of {user!r}.")


@app.command("add")
def add_command(
    text: Annotated[str, typer.Argument(help="One plain sentence.", show_default=False)],
    user: User = "default",
    kind: KindOption = None,
    about: Annotated[
        str, typer.Option(help="Whom it is about, if it is somebody else, such as 'my nephew'.")
    ] = "",
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The last day on which it holds.", show_default="for good"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Remember a sentence: yours win over what is read in conversations."""
    expires = until.replace(hour=23, minute=59, second=59, tzinfo=UTC) if until else None
    words = well_formed(text)

    async def add(control: ProfileControl) -> Fact:
        return await control.add(user, words, kind=kind, about=well_formed(about), expires=expires)

    fact = _run(add)
    _print(data_of(fact)) if as_json else typer.echo(f"Remembered: {one_line(fact.text)}")


@app.command("edit")
def edit_command(
    which: Which,
    text: Annotated[str, typer.Argument(help="What it should say.", show_default=False)],
    user: User = "default",
    kind: KindOption = None,
    as_json: AsJson = False,
) -> None:
    """Put another sentence in the place of a fact."""
    words = well_formed(text)
    fact = _run(lambda control: control.edit(user, which, words, kind=kind))
    _print(data_of(fact)) if as_json else typer.echo(f"Changed to: {one_line(fact.text)}")


@app.command("forget")
def forget_command(
    which: Annotated[
        list[str],
        typer.Argument(help="Numbers in 'profile show', or ids.", show_default=False),
    ],
    user: User = "default",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete facts for good, with what they had replaced."""

    async def find(control: ProfileControl) -> list[Fact]:
        return [await control.find(user, one) for one in which]

    facts = list({f.id: f for f in _run(find)}.values())
    if not yes:
        for fact in facts:
            typer.echo(f"  {one_line(fact.text)}")
        typer.confirm(f"Forget {_count(len(facts))} of {user!r}?", abort=True)
    # By their ids: the numbers may have moved while the person thought.
    gone = _run(lambda control: control.forget(user, [f.id for f in facts]))
    if as_json:
        _print({"user": user, "forgotten": [data_of(f) for f in gone]})
    else:
        typer.echo(f"Forgot {_count(len(gone))}.")


@app.command("tidy")
def tidy_command(
    user: User = "default",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a long profile shorter without changing what it says; the history keeps all of it."""

    async def tidy(control: ProfileControl) -> Tidied:
        return await control.tidy(user, make_encoder(), dry_run=dry_run)

    tidied = _run(tidy)
    if as_json:
        _print({"user": user, "dry_run": dry_run, **tidied.model_dump(mode="json")})
        return
    for fact in tidied.made:
        typer.echo(f"  {one_line(fact.text)}")
    verb = "would stand" if dry_run else "now stand"
    if tidied.ended:
        place = f"{len(tidied.made)} of them in place of {len(tidied.ended)}"
        typer.echo(f"{_count(tidied.after)} {verb} for {_count(tidied.before)}, {place}.")
    else:
        typer.echo(f"Nothing to tidy in {_count(tidied.before)} of {user!r}.")


@app.command("export")
def export_command(
    user: User = "default",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file to write.", show_default="standard output"),
    ] = None,
) -> None:
    """Write all that is remembered of a person as JSON, the history included."""
    exported = _run(lambda control: control.export(user))
    text = exported.model_dump_json(indent=2) + "\n"
    if output is None:
        sys.stdout.write(text)
        return
    output.write_text(text, "utf-8")
    output.chmod(0o600)
    typer.echo(f"Wrote {_count(len(exported.facts))} to {output}.")


@app.command("import")
def import_command(
    source: Annotated[
        Path,
        typer.Argument(
            help="An exported profile, or a CSV, JSON Lines or Parquet table of items with "
            "ratings or likes.",
            show_default=False,
        ),
    ],
    user: User = "default",
    catalog: Annotated[
        str | None,
        typer.Option(help="The catalogue that a table's items are of.", show_default="configured"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add an exported profile, or make a starting profile of liked and rated items."""
    settings = load_settings(catalog=catalog)
    if source.suffix.lower() == ".json" and _is_export(source):
        exported = read_exported(source.read_text("utf-8-sig"))
        added = _run(lambda control: control.restore(user, exported), settings)
        told: dict[str, Any] = {"user": user, "added": added}
        sentence = f"Added {_count(added)} to the profile of {user!r}."
    else:
        told, sentence = asyncio.run(_import_ratings(source, user, settings))
    _print(told) if as_json else typer.echo(sentence)


@app.command("erase")
def erase_command(user: User, yes: Yes = False, as_json: AsJson = False) -> None:
    """Delete all that is kept of a person: facts, history and the texts of conversations."""
    settings = load_settings()
    if not yes:
        typer.confirm(
            f"Delete all facts, their history and all conversations of {user!r}?", abort=True
        )
    erased = _run(lambda control: control.erase(user), settings)
    # The lines typed in chats do not say who typed them.
    (settings.home / "history").unlink(missing_ok=True)
    if as_json:
        _print({"user": user, "facts": erased.facts, "sessions": erased.sessions})
        return
    conversations = "1 conversation" if erased.sessions == 1 else f"{erased.sessions} conversations"
    typer.echo(
        f"Erased {_count(erased.facts)} and {conversations} of {user!r}, and the list of lines "
        "typed in chats on this machine."
    )


# ── In words ─────────────────────────────────────────────────────────────────────────────────


def lines_of(facts: tuple[Fact, ...], *, numbered: bool = True) -> list[str]:
    """Write facts as lines for a person: the sentence, and what limits or ended it."""
    wide = len(str(len(facts)))
    return [
        f"{f'{n:>{wide}}. ' if numbered else ''}{one_line(fact.text)}{_aside(fact)}"
        for n, fact in enumerate(facts, 1)
    ]


def _aside(fact: Fact) -> str:
    told = [fact.kind.value]
    if fact.scope is Scope.OTHER:
        told.append(f"about {one_line(fact.about) or 'somebody else'}")
    if fact.scope is Scope.CONVERSATION:
        told.append("for one conversation")
    if fact.expires:
        told.append(f"until {fact.expires.date().isoformat()}")
    told.append({"edited": "written by you"}.get(fact.origin.value, fact.origin.value))
    if fact.ended:
        told.append(f"{fact.status.value}: {one_line(fact.reason)}")
    said = f" “{one_line(fact.evidence)}”" if fact.evidence else ""
    return f" ({', '.join(told)}){said}"


def data_of(fact: Fact) -> dict[str, Any]:
    """Return the part of a fact that scripts can rely on."""
    return dict(fact.model_dump(mode="json"))


def _count(number: int) -> str:
    return "1 fact" if number == 1 else f"{number} facts"


def _print(data: dict[str, Any]) -> None:
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


# ── At work ──────────────────────────────────────────────────────────────────────────────────


def _run(
    work: Callable[[ProfileControl], Awaitable[Answer]], settings: Settings | None = None
) -> Answer:
    """Do ``work`` with the configured database."""

    async def run() -> Answer:
        from recllm.build import database_url
        from recllm.profiles.store import SQLProfileStore
        from recllm.store import SessionStore

        url = database_url(settings or load_settings())
        profiles, sessions = SQLProfileStore(url), SessionStore(url)
        try:
            return await work(ProfileControl(profiles, sessions))
        finally:
            await profiles.close()
            await sessions.close()

    return asyncio.run(run())


def _is_export(source: Path) -> bool:
    try:
        start = source.read_text("utf-8-sig")
        found = json.loads(start)
    except FileNotFoundError:
        raise StoreError(f"There is no file {str(source)!r}: check the path.") from None
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "facts" in found


async def _import_ratings(
    source: Path, user: str, settings: Settings
) -> tuple[dict[str, Any], str]:
    from recllm.build import database_url
    from recllm.catalog.index import Catalog
    from recllm.catalog.sources import read_rows
    from recllm.cli.session import prepare_demo
    from recllm.profiles.imported import import_ratings
    from recllm.profiles.store import SQLProfileStore

    await prepare_demo(settings)
    catalog = await Catalog.open(settings.home / "catalogs", settings.catalog)
    found = await import_ratings(read_rows(source), catalog)
    store = SQLProfileStore(database_url(settings))
    try:
        before = await store.load(user)
        after = await store.apply(user, found.changes)
    finally:
        await store.close()
    added = len(after) - len(before)
    told = {
        "user": user,
        "added": added,
        "items": len(found.rated),
        "unknown": list(found.unknown),
    }
    noun = catalog.schema.noun
    sentence = f"Read {len(found.rated)} rated {noun}s; added {_count(added)} to {user!r}."
    if found.unknown:
        some = ", ".join(repr(one_line(n)[:40]) for n in found.unknown[:5])
        sentence += f" Not in the catalogue: {len(found.unknown)}, such as {some}."
    return told, sentence
