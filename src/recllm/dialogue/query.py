"""From the state to a query, and from a model's decision into the state."""

from __future__ import annotations

from collections.abc import Sequence

from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.moves import Move
from recllm.dialogue.reading import Reading
from recllm.dialogue.state import combine
from recllm.dialogue.where import resolve_where
from recllm.trust import Trust
from recllm.types import (
    Act,
    ChatMessage,
    Concept,
    Constraint,
    Decision,
    Query,
    Session,
    Slate,
    State,
)

REMEMBERED_TURNS = 8
"""How many earlier exchanges retrieval is told of; the state holds what lasts longer."""


def build_query(
    state: State,
    reading: Reading,
    decision: Decision | None,
    trust: Trust,
    conversation: Sequence[ChatMessage] = (),
) -> Query:
    """Return what to ask retrieval: the user's own words always, the model's beside them."""
    request, concepts = "", state.concepts
    titles: tuple[str, ...] = ()
    if decision and trust.query:
        request, titles = decision.request, decision.titles
        known = {(c.text.lower()) for c in concepts}
        concepts += tuple(c for c in decision.concepts if c.text.lower() not in known)
    return Query(
        text=state.wants,
        request=request,
        concepts=concepts,
        titles=titles,
        where=state.where,
        similar_to=state.similar_to,
        latest=reading.wishes.where,
        order=reading.wishes.order,
        conversation=tuple(conversation),
        liked=state.liked,
        rejected=state.rejected,
        exclude=tuple(
            dict.fromkeys((*state.rejected, *state.seen, *state.shown, *state.similar_to))
        ),
    )


def spoken(session: Session, message: str) -> tuple[ChatMessage, ...]:
    """Return the last exchanges of ``session`` and ``message`` behind them, oldest first."""
    said = [
        one
        for turn in session.turns[-REMEMBERED_TURNS:]
        for one in (
            ChatMessage(role="user", content=turn.message),
            ChatMessage(role="assistant", content=turn.reply),
        )
    ]
    return (*said, ChatMessage(role="user", content=message))


def literal_decision(state: State, reading: Reading) -> Decision:
    """Write code's own decision in the protocol, so that every turn has the same transcript."""
    return Decision(
        act=Act.RECOMMEND,
        wants=state.wants,
        request=state.wants or reading.text or "anything",
        concepts=tuple(Concept(text=c.text, sign=c.sign) for c in state.concepts[:8]),
        where=tuple(where_text(c) for c in state.where),
    )


def where_text(constraint: Constraint) -> str:
    """Write a condition as the protocol does."""
    values = " | ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in constraint.values)
    return f"{constraint.attribute} {constraint.op.value} {values}"


def model_where(decision: Decision, lexicon: Lexicon) -> tuple[Constraint, ...]:
    """Return the model's conditions that the catalogue can execute."""
    found = (resolve_where(line, lexicon) for line in decision.where)
    return tuple(dict.fromkeys(c for c in found if c is not None))


def with_model(
    state: State,
    reading: Reading,
    decision: Decision,
    where: Sequence[Constraint],
    trust: Trust,
    slate: Slate | None = None,
) -> State:
    """Merge what a model decided into the state, as far as it is trusted.

    Conditions that the rules read in this very message stand; those from earlier turns stand
    only if the model repeats them, so that it can drop what no longer holds. Its own are added
    where the rules read nothing on that column. Its ``Like`` and ``Unlike`` lines are numbers of
    ``slate``, the last one shown; others are ignored.
    """
    if not trust.state:
        return state
    liked, rejected = (_numbered(slate, numbers) for numbers in (decision.like, decision.unlike))
    changes: dict[str, object] = {
        "liked": tuple(dict.fromkeys((*state.liked, *liked))),
        "rejected": tuple(dict.fromkeys((*state.rejected, *rejected))),
    }
    if decision.wants and reading.move is not Move.QUESTION:
        changes["wants"] = decision.wants[:300]
    if decision.act is Act.RECOMMEND and where:
        changes["where"] = combine(reading.wishes.where, where, state.where)
    return state.model_copy(update=changes)


def _numbered(slate: Slate | None, numbers: Sequence[int]) -> list[str]:
    """Return the ids of the slate's items of these numbers, from 1."""
    items = slate.items if slate else ()
    return [items[n - 1].item.id for n in numbers if 0 < n <= len(items)]
