"""``/profile``: what this conversation has established, in sentences a person can check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from recllm.cli.render import names
from recllm.cli.screen import one_line
from recllm.dialogue.phrases import condition_in_words, plural
from recllm.text import listing, normalise
from recllm.types import Constraint, Item, Schema, State

HOW_TO_CHANGE = (
    "To change any of it, say so (“any length is fine”, “I liked number 2”, “start over”), or "
    "begin anew with /new. It is used in this conversation only."
)


def known_ids(state: State) -> tuple[str, ...]:
    """Return the ids of all items that :func:`sentences` names."""
    groups = (state.similar_to, state.liked, state.rejected, state.seen, (state.focus,))
    return tuple(dict.fromkeys(i for group in groups for i in group if i))


def sentences(state: State, items: Mapping[str, Item], schema: Schema) -> Iterator[str]:
    """Yield what ``state`` holds of the user's wishes and tastes.

    Args:
        state: the state after the last turn.
        items: the items of :func:`known_ids`.
        schema: the catalogue's columns.
    """
    if state.wants:
        yield f"In your words: “{one_line(state.wants)}”."
    for sign, words in ((1, "You want"), (-1, "You do not want")):
        wishes = [one_line(c.text) for c in state.concepts if c.sign == sign]
        if wishes:
            yield f"{words}: {listing(list(dict.fromkeys(wishes)))}."
    if state.where:
        conditions = listing([_condition(c, schema) for c in state.where])
        yield f"Conditions for every {schema.noun}: {conditions}."
    stances = (
        ("You look for something like", state.similar_to),
        ("You liked", state.liked),
        ("You turned down", state.rejected),
        ("You know already", state.seen),
        ("You were speaking of", (state.focus,) if state.focus else ()),
    )
    for words, ids in stances:
        if ids:
            yield f"{words} {_named(ids, items)}."
    if state.shown:
        count = len(state.shown)
        noun = schema.noun if count == 1 else plural(schema.noun)
        yield f"{count} {noun} shown so far, which will not be suggested again unasked."


def _named(ids: Sequence[str], items: Mapping[str, Item]) -> str:
    return names([items.get(i, Item(id=i, title=i)) for i in ids])


def _condition(constraint: Constraint, schema: Schema) -> str:
    plain = one_line(condition_in_words(constraint.model_copy(update={"words": ""}), schema))
    if normalise(constraint.words) in normalise(plain):
        return plain
    return f"{plain} (you said “{one_line(constraint.words)}”)"
