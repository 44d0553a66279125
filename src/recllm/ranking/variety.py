"""A slate with variety: not five items of one creator unless that is what was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from recllm.catalog.vocabulary import names_of
from recllm.ranking.evidence import Checks
from recllm.types import Candidate, Op, Role, Schema, State

Row = tuple[Candidate, Checks, float]


def spread(rows: Sequence[Row], state: State, schema: Schema, size: int) -> list[Row]:
    """Choose the best ``size`` rows, each creator once as long as there are others.

    What the user refused is taken only if nothing else is left, and then not at all if that
    leaves at least one item.
    """
    allowed = [row for row in rows if not row[1].refused]
    creators = [a.name for a in schema.having(Role.CREATOR)]
    asked = any(c.attribute in creators and c.op is Op.EQ for c in state.where)
    if asked or not creators:
        return allowed[:size]
    chosen: list[Row] = []
    later: list[Row] = []
    used: set[str] = set()
    for row in allowed:
        names = set(names_of(row[0].item, creators[0]))
        (later if names & used else chosen).append(row)
        if len(chosen) == size:
            break
        used |= names
    return (chosen + later)[:size]
