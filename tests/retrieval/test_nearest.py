"""The nearest to a bound: extremes under conditions, and misses that are told."""

from __future__ import annotations

from tests import toy

from recllm.catalog.vocabulary import figure_of
from recllm.retrieval.constraints import search
from recllm.retrieval.nearest import nearest
from recllm.types import Constraint, Op, Query


async def found(size: int, **changes: object) -> list[str]:
    catalog = await toy.catalog()
    retriever = toy.retriever(catalog)
    query = Query(text="", **changes)
    first = await search(retriever, query, catalog.schema)
    narrowed = await nearest(retriever, query, first, catalog, size)
    return sorted(c.item.id for c in narrowed.candidates)


def by_figure(column: str, highest: bool, size: int) -> list[str]:
    attribute = toy.SCHEMA.get(column)
    assert attribute is not None
    films = [f for f in toy.FILMS.values() if figure_of(f, attribute) is not None]
    ordered = sorted(films, key=lambda f: figure_of(f, attribute) or 0.0, reverse=highest)
    return [f.id for f in ordered[:size]]


async def test_an_order_takes_the_first_of_the_catalogue() -> None:
    assert await found(2, order="year") == sorted(by_figure("year", False, 2))
    assert await found(2, order="-runtime") == sorted(by_figure("runtime", True, 2))


async def test_what_is_excluded_is_passed_over() -> None:
    (oldest,) = by_figure("year", False, 1)
    assert oldest not in await found(1, order="year", exclude=(oldest,))


async def test_the_closest_miss_is_what_a_bound_that_nothing_meets_finds() -> None:
    bound = Constraint(attribute="runtime", op=Op.LT, values=(1.0,), words="under a minute")
    assert await found(1, where=(bound,)) == by_figure("runtime", False, 1)


async def test_an_order_on_an_unknown_column_changes_nothing() -> None:
    assert len(await found(1, order="weight")) > 1


async def test_the_miss_is_told_with_its_figure() -> None:
    recommender = await toy.recommender()
    session = await recommender.reply(toy.new_session(), "a horror film under 20 minutes")
    turn = session.turns[-1]
    assert turn.slate is not None
    assert turn.slate.relaxed
    shown = [r.item.attributes["runtime"] for r in turn.slate.items]
    assert f"with {min(float(str(v)) for v in shown):g} minutes" in turn.reply


async def test_a_slate_is_as_long_as_was_asked_for() -> None:
    recommender = await toy.recommender()
    session = await recommender.reply(toy.new_session(), "give me two comedies")
    assert session.slate is not None
    assert len(session.slate.items) == 2
