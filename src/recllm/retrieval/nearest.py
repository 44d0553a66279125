"""What comes nearest to a bound: the cheapest, the newest, or the closest miss of a condition."""

from __future__ import annotations

from collections.abc import Sequence

from recllm.catalog.filters import compile_filter
from recllm.catalog.index import Catalog
from recllm.catalog.vocabulary import figure_of
from recllm.protocols import Retriever
from recllm.types import Attribute, Constraint, Found, Item, Kind, Op, Query, Recommendation, Schema

_STEPS = 40
"""Halvings of a column's range: enough to tell any two figures apart that people write."""
_MOST = 500
"""Items of one figure that are looked at: of a thousand beers of 5 %, any are the nearest."""
_ORDERED = (Kind.NUMBER, Kind.DATE)


async def nearest(
    retriever: Retriever, query: Query, found: Found, catalog: Catalog, size: int
) -> Found:
    """Narrow ``found`` to the ``size`` items that an order or a missed bound asks for first.

    An order ("the cheapest") is followed among what passes. Where one condition on a figure had
    to be given up, the nearest to its bound are taken, so that they can be told. Otherwise
    ``found`` is returned as it is.
    """
    kept = tuple(c for c in query.where if c not in found.relaxed)
    if not found.candidates:
        return found
    if query.order:
        column = catalog.schema.get(query.order.removeprefix("-"))
        chosen = await _first(catalog, kept, column, query.order[0] == "-", query.exclude, size)
    else:
        column, chosen = await _beyond(catalog, kept, found.relaxed, query.exclude, size)
    if column is None or not chosen:
        return found
    figures = [f for i in chosen if (f := figure_of(i, column)) is not None]
    bounds = (_bound(column, Op.GE, min(figures)), _bound(column, Op.LE, max(figures)))
    candidates = await retriever.retrieve(query.model_copy(update={"where": (*kept, *bounds)}))
    ids = {i.id for i in chosen}
    narrowed = tuple(c for c in candidates if c.item.id in ids)
    return found.model_copy(update={"candidates": narrowed}) if narrowed else found


def in_order(
    items: Sequence[Recommendation], order: str, schema: Schema
) -> tuple[Recommendation, ...]:
    """Sort a slate by a column; what has no figure there comes last."""
    column, sign = schema.get(order.removeprefix("-")), -1 if order.startswith("-") else 1

    def key(recommendation: Recommendation) -> tuple[bool, float]:
        figure = figure_of(recommendation.item, column) if column else None
        return figure is None, sign * (figure or 0.0)

    return tuple(sorted(items, key=key))


async def _beyond(
    catalog: Catalog,
    kept: tuple[Constraint, ...],
    relaxed: Sequence[Constraint],
    exclude: Sequence[str],
    size: int,
) -> tuple[Attribute | None, list[Item]]:
    """Return the items nearest to the bounds of the one column that ``relaxed`` is about."""
    column = catalog.schema.get(relaxed[0].attribute) if relaxed else None
    figures = [c for c in relaxed if c.op not in (Op.EQ, Op.NE)]
    one = len({c.attribute for c in relaxed}) == 1 and len(figures) == len(relaxed)
    if column is None or column.kind not in _ORDERED or not one:
        return None, []
    found: dict[str, Item] = {}
    for condition in figures:
        over = condition.op in (Op.LT, Op.LE)
        # What misses "under 80" is 80 or more, and the nearest of it the lowest.
        missed = _bound(column, Op.GE if over else Op.LE, float(condition.values[0]))
        where = (*kept, missed)
        items = await _first(catalog, where, column, not over, exclude, size)
        found |= {i.id: i for i in items}
    bounds = [float(c.values[0]) for c in figures]

    def miss(item: Item) -> float:
        figure = figure_of(item, column)
        return min(abs(figure - b) for b in bounds) if figure is not None else float("inf")

    return column, sorted(found.values(), key=miss)[:size]


async def _first(
    catalog: Catalog,
    where: tuple[Constraint, ...],
    column: Attribute | None,
    highest: bool,
    exclude: Sequence[str],
    size: int,
) -> list[Item]:
    """Return the ``size`` items of ``where`` with the lowest or highest figures in ``column``.

    The bound that holds for enough items is found by halving the column's range, counting: a
    catalogue of any size is asked the same few questions.
    """
    ranges = catalog.vocabulary.ranges.get(column.name) if column else None
    if column is None or not ranges:
        return []
    wanted = size + len(exclude)
    low, high = (ranges[-1], ranges[0]) if highest else (ranges[0], ranges[-1])
    op = Op.GE if highest else Op.LE
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if column.kind is Kind.DATE:
            middle = float(round(middle))
        if await _count(catalog, (*where, _bound(column, op, middle))) >= wanted:
            high = middle
        else:
            low = middle
        if column.kind is Kind.DATE and abs(high - low) <= 1:
            break
    condition = compile_filter((*where, _bound(column, op, high)), (), catalog.schema)
    items = await catalog.scan(where=condition, limit=wanted + _MOST)
    free = [i for i in items if i.id not in exclude and figure_of(i, column) is not None]
    sign = -1 if highest else 1
    return sorted(free, key=lambda i: sign * (figure_of(i, column) or 0.0))[:size]


async def _count(catalog: Catalog, where: tuple[Constraint, ...]) -> int:
    return await catalog.count(compile_filter(where, (), catalog.schema))


def _bound(column: Attribute, op: Op, value: float) -> Constraint:
    return Constraint(attribute=column.name, op=op, values=(value,))
