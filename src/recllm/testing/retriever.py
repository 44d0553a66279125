"""The contract of every :class:`recllm.protocols.Retriever`, as one function to call in a test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from recllm.catalog.filters import holds
from recllm.protocols import Retriever
from recllm.testing.toy import SCHEMA, toy_films
from recllm.types import Candidate, Concept, Constraint, Op, Query

ANSWERS = {
    "a lone miner on the far side of the moon": "moon",
    "a bear in a blue coat is jailed for stealing a pop-up book": "paddington",
    "masterless swordsmen defend farmers for rice": "samurai",
}
"""Queries with a known right answer among the toy films."""
BROAD = "comedy, drama, thriller, horror, action or romance"
"""A query that most of the films answer somehow."""
CONDITIONS = (
    (Constraint(attribute="year", op=Op.GE, values=(1990.0,)),),
    (Constraint(attribute="genres", op=Op.EQ, values=("Comedy", "Romance")),),
    (Constraint(attribute="genres", op=Op.NE, values=("Drama",)),),
    (
        Constraint(attribute="runtime", op=Op.LT, values=(110.0,)),
        Constraint(attribute="countries", op=Op.NE, values=("United States",)),
    ),
)


Asking = Callable[[Query], Query]


async def check_retriever(
    retriever: Retriever, *, words: bool = True, asking: Asking | None = None
) -> None:
    """Check that ``retriever``, made for the toy catalogue, keeps the contract.

    Args:
        retriever: searches the films of :func:`recllm.testing.toy.toy_films`.
        words: whether it searches by words; False for one that lists by conditions alone.
        asking: makes each query one that this way answers, such as by adding titles to it; the
            answers by words are then not asked for.

    Raises:
        AssertionError: the contract is broken; the message says where.
    """
    assert retriever.name, "a way has a name, for the traces"
    if asking is not None:
        retriever, words = _Asked(retriever, asking), False
    if words:
        await _finds_the_right_answer(retriever)
    text = BROAD if words else ""
    await _keeps_to_the_conditions(retriever, text)
    await _leaves_out(retriever, text)
    await _takes_anything(retriever, text)


class _Asked:
    """A way whose queries are changed before it is asked."""

    def __init__(self, way: Retriever, asking: Asking) -> None:
        self.name = way.name
        self._way, self._asking = way, asking

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        """Ask the way the changed query."""
        return await self._way.retrieve(self._asking(query))


async def _ask(retriever: Retriever, query: Query) -> tuple[Candidate, ...]:
    """Ask, and check what holds of every answer."""
    found = await retriever.retrieve(query)
    ids = [c.item.id for c in found]
    films = {f.id: f for f in toy_films()}
    assert len(ids) <= query.limit, f"{len(ids)} candidates, more than {query.limit}"
    assert len(set(ids)) == len(ids), f"a candidate stands twice in {ids}"
    assert not set(ids) & set(query.exclude), f"excluded, and found all the same: {ids}"
    scores = [c.score for c in found]
    assert scores == sorted(scores, reverse=True), f"not best first: {scores}"
    for candidate in found:
        assert candidate.item == films.get(candidate.item.id), "an item as the catalogue has it"
        assert candidate.ranks, "a candidate says in which way it was found, and where"
        assert all(rank >= 1 for rank in candidate.ranks.values()), "ranks count from 1"
        broken = [c for c in query.where if not holds(candidate.item, c, SCHEMA)]
        assert not broken, f"{candidate.item.id!r} does not satisfy {broken}"
    return found


async def _finds_the_right_answer(retriever: Retriever) -> None:
    for text, right in ANSWERS.items():
        for query in (Query(text=text), Query(text="", request=text)):
            found = await _ask(retriever, query)
            first = found[0].item.id if found else "nothing"
            assert first == right, f"{text!r} means {right!r}, not {first!r}"


async def _keeps_to_the_conditions(retriever: Retriever, text: str) -> None:
    for where in CONDITIONS:
        assert await _ask(retriever, Query(text=text, where=where)), f"nothing under {where}"
    nothing = Constraint(attribute="year", op=Op.GT, values=(3000.0,))
    assert await _ask(retriever, Query(text=text, where=(nothing,))) == ()


async def _leaves_out(retriever: Retriever, text: str) -> None:
    first = await _ask(retriever, Query(text=text, limit=5))
    assert len(first) == 5, f"{len(first)} candidates where there are more than 5"
    seen = tuple(c.item.id for c in first)
    again = await _ask(retriever, Query(text=text, limit=5, exclude=(*seen, "no-such-film")))
    assert again, "there are more than five films"
    everything = tuple(film.id for film in toy_films())
    assert await _ask(retriever, Query(text=text, exclude=everything)) == ()


async def _takes_anything(retriever: Retriever, text: str) -> None:
    odd = ("", " ", "?!", "AND OR NOT (", "'; DROP TABLE items --", "電影", "\x00", "love " * 2000)
    queries = [Query(text=t, limit=3) for t in odd]
    queries.append(Query(text=text, similar_to=("moon",), limit=3))
    queries.append(Query(text=text, concepts=(Concept(text="love", sign=-1),), limit=3))
    await asyncio.gather(*(_ask(retriever, query) for query in queries))
