"""The typed state of a conversation, merged turn by turn by code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from recllm.dialogue.moves import Move, is_request, names_subject, opens_anew
from recllm.dialogue.reading import Reading
from recllm.dialogue.wishes import NO_WISHES
from recllm.types import Concept, Constraint, Decision, Op, Role, Schema, Session, State
from recllm.unsaid import taken_back

_ADDS = re.compile(
    r"\b(?:also|as well|still|too|same|make (?:it|that|them)|keep|on top)\b", re.IGNORECASE
)
_KEEPS = re.compile(r"\b(?:instead|these|those|them|than|one of|rather)\b", re.IGNORECASE)
_WISHING = (Move.CATALOG, Move.WISH, Move.REJECT, Move.MORE, Move.SURPRISE, Move.VAGUE, Move.ACCEPT)
_ARTICLE = re.compile(r"^\W*(?:an?|some)\b", re.IGNORECASE)
_OTHER = re.compile(r"\bothers?\b", re.IGNORECASE)
_LONGEST_WISH = 300


def merge(
    state: State, reading: Reading, schema: Schema, decision: Decision | None = None
) -> State:
    """Return the state after ``reading``.

    A change of topic drops wishes and conditions; what was rejected, seen and liked stays. A new
    condition replaces the one it contradicts. A model's ``wants`` line, where there is one,
    replaces the collected words of the user.
    """
    kept = _released(_carry_over(state, reading, schema), reading.wishes.released)
    wants = decision.wants if decision and decision.wants else _wants(kept.wants, reading)
    wishes = reading.wishes if reading.move in _WISHING else NO_WISHES
    where = _merge_where(kept.where, wishes.where)
    focus = reading.about[0] if len(reading.about) == 1 else state.focus
    return State(
        wants=wants,
        concepts=_merge_concepts(kept.concepts, wishes.concepts),
        where=where,
        similar_to=reading.similar_to or kept.similar_to,
        liked=_union(state.liked, reading.liked, without=reading.rejected),
        rejected=_union(state.rejected, reading.rejected, without=reading.liked),
        seen=_union(state.seen, reading.seen),
        shown=state.shown,
        focus=focus,
    )


def state_before(session: Session) -> State:
    """Return the state of ``session`` before what is taken back; what was shown stays shown."""
    place = taken_back([turn.message for turn in session.turns])
    state = session.turns[place - 1].state if place > 0 else State()
    return state.model_copy(update={"shown": session.state.shown})


def _released(state: State, values: Sequence[str]) -> State:
    """Take out what "it doesn't have to be a romance" says is needed no more."""
    where = tuple(c for c in state.where if c.op is Op.NE or not set(c.values) & set(values))
    concepts = tuple(c for c in state.concepts if c.sign < 0 or c.text not in values)
    return state.model_copy(update={"where": where, "concepts": concepts})


def _union(old: Sequence[str], new: Sequence[str], without: Sequence[str] = ()) -> tuple[str, ...]:
    return tuple(i for i in dict.fromkeys((*old, *new)) if i not in without)


def _carry_over(state: State, reading: Reading, schema: Schema) -> State:
    """Return what of the earlier wishes still holds under the new message."""
    if reading.fresh:
        return State()
    if reading.given_up:
        # A refusal is no condition that "any genre" gives up.
        left = tuple(c for c in state.where if c.attribute not in reading.given_up or c.op is Op.NE)
        return state.model_copy(update={"where": left})
    if reading.move is Move.CATALOG and reading.wishes.where:
        # What was counted is what "show me those" means.
        return State(where=tuple(c for c in state.where if c.op is Op.NE))
    if reading.move is not Move.WISH or _ADDS.search(reading.message):
        return state
    count = len(reading.wishes.where) + len(reading.wishes.concepts)
    many = count >= 3 or (count == 2 and bool(_ARTICLE.match(reading.message)))
    if (many or opens_anew(reading.message)) and _whole_request(reading):
        return State(where=tuple(c for c in state.where if c.op is Op.NE))
    subject = _new_subject(reading, schema)
    person = any(_names(c, schema, Role.CREATOR, Role.PERFORMER) for c in reading.wishes.where)
    if (subject or person or reading.similar_to) and _whole_request(reading):
        # What was refused in general stays refused.
        return State(where=tuple(c for c in state.where if c.op is Op.NE))
    if subject or reading.similar_to:
        # A new subject under the old conditions, but for those that compared with the old one.
        kept = tuple(c for c in state.where if not c.relative)
        dropped = (Role.GENRE,) if reading.similar_to else ()
        if _OTHER.search(reading.message):
            dropped = (*dropped, Role.CREATOR, Role.PERFORMER)
        kept = tuple(c for c in kept if not _names(c, schema, *dropped))
        return State(where=kept, concepts=tuple(c for c in state.concepts if c.sign < 0))
    return state.model_copy(update={"similar_to": ()}) if person else state


def _new_subject(reading: Reading, schema: Schema) -> bool:
    """Whether the message names what it should be about: a genre, or a topic after "about"."""
    if any(_names(c, schema, Role.GENRE) for c in reading.wishes.where):
        return True
    wanted = any(c.sign > 0 for c in reading.wishes.concepts)
    # Where there are no genres, a catalogue's tags are its subjects.
    return wanted and (not schema.having(Role.GENRE) or names_subject(reading.message))


def _whole_request(reading: Reading) -> bool:
    """Whether the message is a request of its own rather than a change of the last one."""
    if _KEEPS.search(reading.message) or reading.similar_to:
        return False
    opening = is_request(reading.message[:60]) or opens_anew(reading.message)
    return opening or bool(_ARTICLE.match(reading.message) or reading.how_many)


def _names(constraint: Constraint, schema: Schema, *roles: Role) -> bool:
    return constraint.op is Op.EQ and _role(schema, constraint.attribute) in roles


def _role(schema: Schema, name: str) -> Role:
    attribute = schema.get(name)
    return attribute.role if attribute else Role.OTHER


def _wants(wants: str, reading: Reading) -> str:
    """Collect the user's own wishing words, the newest last, within a bound."""
    if reading.move not in (Move.WISH, Move.REJECT, Move.SURPRISE) or not reading.text:
        return wants
    if reading.move is Move.REJECT and not reading.wishes.any:
        return wants
    joined = f"{wants}; {reading.text}" if wants else reading.text
    while len(joined) > _LONGEST_WISH and "; " in joined:
        joined = joined.split("; ", 1)[1]
    return joined[-_LONGEST_WISH:]


def _merge_where(old: Iterable[Constraint], new: Sequence[Constraint]) -> tuple[Constraint, ...]:
    kept = [c for c in old if not any(_replaces(n, c) for n in new)]
    return tuple(dict.fromkeys((*kept, *new)))


_UPPER = {Op.LT, Op.LE}
_LOWER = {Op.GT, Op.GE}


def _replaces(new: Constraint, old: Constraint) -> bool:
    if new.attribute != old.attribute:
        return False
    if {new.op, old.op} <= _UPPER or {new.op, old.op} <= _LOWER:
        return True
    if {new.op, old.op} <= _UPPER | _LOWER:
        return _disjoint(new, old)
    if new.op is Op.NE and old.op is Op.NE:
        return new.values == old.values
    if new.op is Op.EQ and old.op is Op.EQ:
        return True
    # What was refused and is now wanted, or the other way round.
    overlap = set(new.values) & set(old.values)
    return bool(overlap) or Op.NE not in {new.op, old.op}


def _disjoint(a: Constraint, b: Constraint) -> bool:
    upper, lower = (a, b) if a.op in _UPPER else (b, a)
    gap = float(upper.values[0]) - float(lower.values[0])
    # "Before 2010" and "newer than 2009" leave no year between them.
    return gap < 0 or (gap <= 1 and {a.op, b.op} == {Op.LT, Op.GT})


def _merge_concepts(old: Iterable[Concept], new: Sequence[Concept]) -> tuple[Concept, ...]:
    said = {(c.text, c.attribute) for c in new}
    kept = [c for c in old if (c.text, c.attribute) not in said]
    return tuple(dict.fromkeys((*kept, *new)))


def combine(
    read: Sequence[Constraint], model: Sequence[Constraint], merged: Sequence[Constraint]
) -> tuple[Constraint, ...]:
    """Combine what was read in this message, what a model states, and the state merged by code.

    Refusals are never dropped by a model's silence.
    """
    columns = {c.attribute for c in read}
    stated = {c.attribute for c in model}
    kept = [c for c in merged if c in read or c.op is Op.NE or c.attribute in stated]
    known = {c.attribute for c in kept}
    added = [c for c in model if c.attribute not in columns and c.attribute not in known]
    return tuple(dict.fromkeys((*kept, *added)))
