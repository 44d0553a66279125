"""A suite's result for people: tables of shares, and the turns that failed."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from recllm.evaluation.scenario_run import ConversationResult, SuiteResult, Tally, TurnResult


def summary(result: SuiteResult) -> RenderableType:
    """Return the tables of a result: by check, by kind of conversation, by catalogue."""
    kinds = _table("By kind of conversation", result.by_kind)
    catalogs = _table("By catalogue", result.by_catalog)
    return Group(_table("By check", result.by_check), kinds, catalogs, Text(_line(result)))


def failures(result: SuiteResult) -> Iterator[RenderableType]:
    """Yield each turn that failed a check: what was said, answered, shown, and what was wrong."""
    for conversation in result.conversations:
        for number, turn in enumerate(conversation.turns, 1):
            if turn.failed:
                yield _failure(conversation, number, turn)


def _table(title: str, tallies: dict[str, Tally]) -> Table:
    table = Table(title=title, title_justify="left", box=None, min_width=60)
    table.add_column("")
    for head in ("passed", "failed", "skipped", "share"):
        table.add_column(head, justify="right")
    for name, tally in tallies.items():
        style = "" if not tally.failed else "yellow" if tally.share >= 0.8 else "red"
        counts = (str(tally.passed), str(tally.failed), str(tally.skipped))
        table.add_row(name, *counts, f"{tally.share:.1%}", style=style)
    return table


def _line(result: SuiteResult) -> str:
    turns = sum(len(c.turns) for c in result.conversations)
    return (
        f"\n{len(result.conversations)} conversations, {turns} turns, "
        f"{result.clean} conversations without a failure, {result.seconds:.0f} s\n"
        f"expectations {_share(result.expectations)}, grounding {_share(result.grounding)}"
    )


def _share(tally: Tally) -> str:
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    return f"{tally.share:.1%} ({tally.passed} of {tally.passed + tally.failed}{skipped})"


def _failure(conversation: ConversationResult, number: int, turn: TurnResult) -> RenderableType:
    lines = [
        f"[bold]{escape(conversation.name)}[/bold], turn {number} ({conversation.catalog})",
        f"  user   {escape(turn.say)}",
        f"  {turn.act or 'error':<6} {escape(turn.reply)}",
    ]
    if turn.slate:
        lines.append(f"  slate  {escape(' | '.join(turn.slate))}")
    lines += [
        f"  [red]{'grounding: ' if c.grounding else ''}{c.kind}[/red]: {escape(c.detail)}"
        for c in turn.failed
    ]
    return Text.from_markup("\n".join(lines))
