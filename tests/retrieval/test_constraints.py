"""What is given up when nothing passes, and in which order."""

from __future__ import annotations

import pytest
from tests import toy

from recllm.catalog.filters import holds
from recllm.retrieval.constraints import search
from recllm.types import Candidate, Constraint, Query

YEAR = toy.where("year", "<", 1950.0, words="before 1950")
SHORT = toy.where("runtime", "<", 90.0, words="under 90 minutes")
KOREAN = toy.where("countries", "=", "South Korea", words="Korean")
COMEDY = toy.where("genres", "=", "Comedy", words="comedy")
KUBRICK = toy.where("directors", "=", "Stanley Kubrick", words="Kubrick")
NO_DRAMA = toy.where("genres", "!=", "Drama", words="drama")
SPACE = toy.where("tags", "=", "space", words="space")


class Filtering:
    """Returns all toy films that pass, and remembers the conditions it was asked for."""

    name = "filtering"

    def __init__(self) -> None:
        self.asked: list[tuple[Constraint, ...]] = []

    async def retrieve(self, query: Query) -> tuple[Candidate, ...]:
        self.asked.append(query.where)
        return tuple(
            c
            for c in toy.candidates(*toy.FILMS)
            if c.item.id not in query.exclude
            and all(holds(c.item, w, toy.SCHEMA) for w in query.where)
        )


async def relaxed(*where: Constraint) -> tuple[Constraint, ...]:
    """What is given up to find anything."""
    found = await search(Filtering(), Query(text="x", where=where), toy.SCHEMA)
    kept = [w for w in where if w not in found.relaxed]
    assert all(holds(c.item, w, toy.SCHEMA) for c in found.candidates for w in kept)
    return found.relaxed


async def test_what_can_be_met_is_not_relaxed() -> None:
    way = Filtering()
    found = await search(way, Query(text="x", where=(COMEDY, SHORT)), toy.SCHEMA)
    assert found.candidates
    assert found.relaxed == ()
    assert way.asked == [(COMEDY, SHORT)]


CASES = [
    # One alone if that helps, by role: tags before durations before years before countries ...
    ((KUBRICK, SHORT, YEAR), (KUBRICK,)),
    ((KUBRICK, SHORT), (SHORT,)),
    ((KUBRICK, YEAR), (YEAR,)),
    ((KUBRICK, COMEDY), (COMEDY,)),
    ((KUBRICK, KOREAN), (KOREAN,)),
    ((KOREAN, YEAR), (YEAR,)),
    ((KOREAN, SHORT), (SHORT,)),
    ((SPACE, YEAR), (SPACE,)),
    # ... and more together where one is not enough
    ((KUBRICK, KOREAN, YEAR), (YEAR, KOREAN)),
    ((KUBRICK, COMEDY, KOREAN, SPACE, YEAR), (SPACE, YEAR, KOREAN, COMEDY)),
]


@pytest.mark.parametrize(("where", "given_up"), CASES, ids=lambda c: " ".join(w.words for w in c))
async def test_the_order(where: tuple[Constraint, ...], given_up: tuple[Constraint, ...]) -> None:
    assert await relaxed(*where) == given_up


async def test_a_refusal_is_never_given_up() -> None:
    war = toy.where("genres", "=", "War", words="war")
    found = await relaxed(NO_DRAMA, KUBRICK, war)
    assert found
    assert NO_DRAMA not in found


async def test_a_refusal_may_leave_nothing() -> None:
    way = Filtering()
    everything = toy.where("year", "!=", *(float(y) for y in range(1900, 2030)))
    found = await search(way, Query(text="x", where=(everything, COMEDY)), toy.SCHEMA)
    assert (found.candidates, found.relaxed) == ((), ())
    assert all(everything in asked for asked in way.asked)


async def test_both_ends_of_a_range_go_together() -> None:
    low = toy.where("year", ">=", 1940.0, words="the 40s")
    high = toy.where("year", "<=", 1949.0, words="the 40s")
    assert await relaxed(low, high, KUBRICK) == (low, high)


async def test_exclusions_are_never_given_up() -> None:
    way = Filtering()
    query = Query(text="x", where=(KOREAN,), exclude=("parasite",))
    found = await search(way, query, toy.SCHEMA)
    assert found.relaxed == (KOREAN,)
    assert "parasite" not in {c.item.id for c in found.candidates}
