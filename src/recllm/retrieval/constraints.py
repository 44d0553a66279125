"""Hard conditions: executed as filters, and given up in a stated order when nothing passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recllm.catalog.filters import compile_filter
from recllm.catalog.index import Catalog
from recllm.protocols import Retriever
from recllm.retrieval.telling import telling
from recllm.types import Candidate, Constraint, Found, Item, Op, Query, Role, Schema

_ORDER = (
    Role.POPULARITY,
    Role.RATING,
    Role.TAG,
    Role.OTHER,
    Role.LENGTH,
    Role.DURATION,
    Role.YEAR,
    Role.PRICE,
    Role.LANGUAGE,
    Role.COUNTRY,
    Role.GENRE,
    Role.PERFORMER,
    Role.CREATOR,
)
"""What is given up first; what was said last goes last. A refusal is never given up."""


async def search(retriever: Retriever, query: Query, schema: Schema) -> Found:
    """Retrieve under all conditions; if nothing passes, under as many as possible.

    One condition at a time is tried first, in the order of :data:`_ORDER`, then more and more of
    them together. What was given up is returned, so that the user can be told; so is what a way
    that failed has to say.
    """
    with telling() as told:
        found = await _search(retriever, query, schema)
    return found.model_copy(update={"notes": tuple(told)})


async def _search(retriever: Retriever, query: Query, schema: Schema) -> Found:
    candidates = await retriever.retrieve(query)
    if candidates:
        return Found(candidates=candidates)
    for dropped in _relaxations(query, schema):
        kept = tuple(c for c in query.where if c not in dropped)
        candidates = await retriever.retrieve(query.model_copy(update={"where": kept}))
        if candidates:
            return Found(candidates=candidates, relaxed=dropped)
    return Found()


def executed(query: Query, schema: Schema) -> tuple[str, int]:
    """Return the condition to search under, and how many to ask for so that enough are left.

    What the query excludes is left out of the answer afterwards, by :func:`ranked`: it is another
    list in every turn, and with it each condition would be a new one, whose rows the catalogue
    cannot remember (10 ms at 10,000 items).
    """
    return compile_filter(query.where, (), schema), query.limit + len(query.exclude)


def ranked(found: Iterable[tuple[Item, float]], query: Query, way: str) -> tuple[Candidate, ...]:
    """Return what is not excluded, at most ``query.limit``, with its rank in this ``way``."""
    excluded = frozenset(query.exclude)
    kept = [(item, score) for item, score in found if item.id not in excluded][: query.limit]
    return tuple(
        candidate_of(item, score, {way: n}, {way: score})
        for n, (item, score) in enumerate(kept, start=1)
    )


def candidate_of(
    item: Item, score: float, ranks: dict[str, int], scores: dict[str, float]
) -> Candidate:
    """Return a candidate of parts that are known to be right.

    A turn makes a thousand of them; to validate each again took half of the time of a fusion.
    """
    made = Candidate.__new__(Candidate)
    values = {"item": item, "score": score, "ranks": ranks, "scores": scores}
    # What ``model_construct`` does, without what it does for fields that are not given.
    object.__setattr__(made, "__dict__", values)
    object.__setattr__(made, "__pydantic_fields_set__", _FIELDS)
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


_FIELDS = set(Candidate.model_fields)


async def passing(
    scored: Iterable[tuple[str, float]], query: Query, catalog: Catalog
) -> list[tuple[Item, float]]:
    """Return the first items of ``scored`` that exist and satisfy the conditions of ``query``.

    For ways that score ids by themselves. Only what is returned is read.
    """
    scores = dict(scored)
    where = compile_filter(query.where, (), catalog.schema)
    kept = (await catalog.satisfying(tuple(scores), where))[: query.limit]
    return [(item, scores[i]) for i, item in (await catalog.items(kept)).items()]


def _relaxations(query: Query, schema: Schema) -> Iterator[tuple[Constraint, ...]]:
    groups: dict[str, tuple[Constraint, ...]] = {}
    for constraint in query.where:
        if constraint.op is not Op.NE:
            key = f"{constraint.attribute} {constraint.words}"
            groups[key] = (*groups.get(key, ()), constraint)
    ordered = sorted(groups.values(), key=lambda g: (g[0] in query.latest, _place(g[0], schema)))
    yield from ordered
    for count in range(2, len(ordered) + 1):
        yield tuple(c for group in ordered[:count] for c in group)


def _place(constraint: Constraint, schema: Schema) -> int:
    attribute = schema.get(constraint.attribute)
    return _ORDER.index(attribute.role) if attribute else 0
