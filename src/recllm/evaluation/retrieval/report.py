"""The result of an offline evaluation: one value for programs, tables for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from recllm.evaluation.retrieval.bootstrap import Comparison
from recllm.evaluation.retrieval.bounds import Bound
from recllm.evaluation.retrieval.metrics import METRICS
from recllm.evaluation.retrieval.offline import CONDITIONS, Condition, Result
from recllm.evaluation.retrieval.values import Coverage
from recllm.types import Value

_TITLES: dict[Condition, str] = {
    "new": "new: only what was not named before counts, and only that is ranked",
    "all": "all: every target counts, and all may be ranked",
}


class Report(Value):
    """All figures of one run. ``published`` are others' figures, quoted.

    ``out_of_fold`` is how a learned fusion did on the training part, each dialogue ranked by what
    was learnt of the others.
    """

    dataset: str
    part: str
    items: int
    instances: int
    seed: int
    seconds: float
    results: tuple[Result, ...]
    published: tuple[Result, ...] = ()
    out_of_fold: tuple[Result, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    bounds: tuple[Bound, ...] = ()
    coverage: tuple[Coverage, ...] = ()


def render(report: Report) -> RenderableType:
    """Return the tables of ``report``."""
    head = (
        f"{report.dataset} ({report.part} part): {report.instances:,} instances, "
        f"{report.items:,} items, {report.seconds:.0f} s"
    )
    parts: list[RenderableType] = [head]
    parts += [
        f"  {c.what}: {c.linked:,} of {c.total:,} ({c.linked / max(c.total, 1):.1%})"
        for c in report.coverage
    ]
    for condition in CONDITIONS:
        found = (*report.results, *report.out_of_fold)
        rows = [r for r in found if r.condition == condition and not _void(r)]
        quoted = [r for r in report.published if r.condition == condition]
        if rows:
            parts += ["", _figures(condition, rows, quoted)]
    for unit in dict.fromkeys(c.unit for c in report.comparisons):
        parts += ["", _comparisons(unit, [c for c in report.comparisons if c.unit == unit])]
    if report.bounds:
        parts += ["", _bounds(report.bounds)]
    return Group(*parts)


def _void(row: Result) -> bool:
    """Whether a row says nothing: to repeat what was named finds nothing new, by definition."""
    return row.condition == "new" and row.system.startswith("copy")


def _figures(condition: Condition, rows: list[Result], quoted: list[Result]) -> Table:
    count = rows[0].targets
    title = f"{_TITLES[condition]} ({count:,} targets; per cent ± standard error)"
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("")
    names = [n for n in METRICS if any(n in r.figures for r in rows)]
    for name in names:
        table.add_column(name.replace("recall@", "R@").replace("ndcg", "NDCG"), justify="right")
    for row in rows:
        table.add_row(escape(row.system), *(_cell(row, n) for n in names))
    for row in quoted:
        table.add_row(escape(row.system), *(_cell(row, n) for n in names), style="dim")
    return table


def _cell(row: Result, name: str) -> str:
    figure = row.figures.get(name)
    return f"{100 * figure.mean:.2f} ±{100 * figure.error:.2f}" if figure else "-"


def _comparisons(unit: str, rows: list[Comparison]) -> Table:
    title = f"Difference in points, paired bootstrap by {unit} (95 % interval; share of ≤ 0)"
    table = Table(title=title, title_justify="left", box=None)
    for head in ("ours", "theirs", "metric", "targets", "difference", "interval", "p"):
        table.add_column(head, justify="left" if head in ("ours", "theirs") else "right")
    for c in rows:
        interval = f"[{100 * c.low:+.2f}, {100 * c.high:+.2f}]"
        table.add_row(
            escape(c.ours),
            escape(c.theirs),
            c.metric.replace("recall@", "R@"),
            f"{c.targets:,}",
            f"{100 * c.difference:+.2f}",
            escape(interval),
            f"{c.p:.4f}",
        )
    return table


def _bounds(rows: Sequence[Bound]) -> Table:
    title = "Their list and ours interleaved, theirs first: what is certain and what is possible"
    table = Table(title=title, title_justify="left", box=None)
    for head in ("ours", "theirs", "metric", "ours alone", "theirs alone", "at least", "at most"):
        table.add_column(head, justify="left" if head in ("ours", "theirs") else "right")
    for row in rows:
        shares = (row.our_recall, row.their_recall, row.low, row.high)
        table.add_row(
            escape(row.ours),
            escape(row.theirs),
            row.metric.replace("recall@", "R@"),
            *(f"{100 * share:.2f}" for share in shares),
        )
    return table
