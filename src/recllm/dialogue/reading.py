"""One message read literally: the move it makes and everything that rules can take from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from recllm.catalog.vocabulary import names_of
from recllm.dialogue.counts import read_count
from recllm.dialogue.intent import Read, decide_move
from recllm.dialogue.lacking import Lack, read_lacking
from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.mentions import TitleMention, find_titles
from recllm.dialogue.moves import Move, given_up, is_fresh, wants_somebody_else
from recllm.dialogue.questions import Question, is_yes_or_no, read_question
from recllm.dialogue.references import Reference, find_references
from recllm.dialogue.stances import WORDINGS, Stances, read_stances
from recllm.dialogue.unknown import nothing_but, unknown_names
from recllm.dialogue.wishes import Wishes, read_extreme, read_wishes, wish_text
from recllm.types import Attribute, Constraint, Item, Op, Role, Session

_QUOTED = re.compile(r"[\"“«](?=[^\"”»]*[A-Z])[^\"”»]+\s[^\"”»]+[\"”»]")


class Reading(NamedTuple):
    """What rules read in one message. Ids are of items of the catalogue.

    ``given_up`` are columns whose conditions go, ``how_many`` are the items asked for (0: it is
    not said), ``lacking`` are conditions that the catalogue has no column for.
    """

    message: str
    move: Move
    wishes: Wishes
    text: str
    about: tuple[str, ...] = ()
    similar_to: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    question: Question | None = None
    fresh: bool = False
    given_up: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    missing: bool = False
    how_many: int = 0
    lacking: tuple[Lack, ...] = ()

    @property
    def noted(self) -> tuple[str, ...]:
        """What was read, in lines for the trace and the model's prompt."""
        lines = [f"move: {self.move.value}"]
        lines += [f"where: {c.attribute} {c.op.value} {_join(c.values)}" for c in self.wishes.where]
        lines += [f"concept: {'+' if c.sign > 0 else '-'}{c.text}" for c in self.wishes.concepts]
        for name in ("about", "similar_to", "liked", "rejected", "seen", "unknown"):
            if getattr(self, name):
                lines.append(f"{name.replace('_', ' ')}: {', '.join(getattr(self, name))}")
        lines += [f"not recorded: {lack.what} ({lack.words})" for lack in self.lacking]
        if self.how_many:
            lines.append(f"items asked for: {self.how_many}")
        return tuple(lines)


def _join(values: Sequence[object]) -> str:
    return " | ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in values)


def title_ids(message: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the ids of all items whose titles ``message`` names (to be fetched before reading)."""
    return tuple(i for m in find_titles(message, lexicon.vocabulary) for i in m.ids)


def read(message: str, session: Session, lexicon: Lexicon, named: dict[str, Item]) -> Reading:
    """Read ``message`` in the light of the conversation.

    Args:
        message: what the person said.
        session: the conversation so far.
        lexicon: the catalogue's columns and words.
        named: the items of :func:`title_ids`, fetched from the catalogue.
    """
    slate = [r.item for r in session.slate.items] if session.slate else []
    known = session.items() | named
    titles = find_titles(message, lexicon.vocabulary)
    references = find_references(message, slate, known.get(session.state.focus), lexicon.schema)
    missing = any(r.how == "missing" for r in references)
    references = [r for r in references if r.ids and not _inside(r, titles)]
    references = [r for r in references if not _takes_up(r, titles)]
    extreme = read_extreme(message, lexicon)
    if extreme:
        references = [r for r in references if r.end <= extreme.start or r.start >= extreme.end]
    stances = _with_subject(read_stances(message, titles, references, session), message, session)
    base = _base(message, stances, references, session, known, slate)
    taken = [(m.start, m.end) for m in titles]
    taken += [(r.start, r.end) for r in references if r.how in ("described", "superlative")]
    # The words of a name in quotation marks are no wishes of their own.
    taken += [m.span() for m in _QUOTED.finditer(message)]
    wishes = read_wishes(message, lexicon, base, taken, _context(session, lexicon))
    if wants_somebody_else(message):
        wishes = wishes._replace(where=(*wishes.where, *_not_them(session, lexicon)))
    question = read_question(message, lexicon, wishes.where)
    move = decide_move(
        Read(message, wishes, stances, question, references, session, lexicon.schema)
    )
    waived = given_up(message, lexicon.schema)
    understood = [*taken, *_cuts(references), *wishes.figures]
    return Reading(
        message=message,
        move=move,
        wishes=wishes,
        text=wish_text(message, understood),
        about=stances.about,
        similar_to=stances.similar,
        liked=stances.liked,
        rejected=_rejected(move, stances, references, slate),
        seen=stances.seen,
        question=question,
        fresh=is_fresh(message) and not waived,
        given_up=waived,
        unknown=unknown_names(message, titles, lexicon),
        missing=missing,
        how_many=read_count(message, understood) or int(bool(extreme and extreme.one)),
        lacking=read_lacking(message, lexicon, understood),
    )


def _context(session: Session, lexicon: Lexicon) -> Attribute | None:
    """Return the column of the last figure that holds, which "under 15" goes on about."""
    figures = [c for c in session.state.where if c.op not in (Op.EQ, Op.NE)]
    return lexicon.schema.get(figures[-1].attribute) if figures else None


def _with_subject(stances: Stances, message: str, session: Session) -> Stances:
    """Say what "it" is in "is it longer than the second?": the item in focus, or the first."""
    if not stances.than or stances.about or not is_yes_or_no(message):
        return stances
    first = session.slate.items[0].item.id if session.slate else ""
    subject = session.state.focus or first
    return stances._replace(about=(subject,)) if subject else stances


def _not_them(session: Session, lexicon: Lexicon) -> tuple[Constraint, ...]:
    """Refuse the creators asked for before, or those of the item in focus or at the head."""
    columns = [a.name for a in lexicon.schema.having(Role.CREATOR)]
    asked = [c for c in session.state.where if c.attribute in columns and c.op is Op.EQ]
    if asked:
        return tuple(c.model_copy(update={"op": Op.NE, "words": f"not {c.words}"}) for c in asked)
    slate = session.slate.items if session.slate else ()
    item = session.items().get(session.state.focus) or next((r.item for r in slate), None)
    names = names_of(item, columns[0]) if item and columns else ()
    if not names:
        return ()
    return (Constraint(attribute=columns[0], op=Op.NE, values=names, words="somebody else"),)


def _inside(reference: Reference, titles: Sequence[TitleMention]) -> bool:
    return any(t.start < reference.end and reference.start < t.end for t in titles)


def _takes_up(reference: Reference, titles: Sequence[TitleMention]) -> bool:
    """Whether "those" means titles named just before it in the message, not the slate."""
    return reference.how in ("all", "that") and any(t.end <= reference.start for t in titles)


def _cuts(references: Sequence[Reference]) -> list[tuple[int, int]]:
    return [(r.start, r.end) for r in references]


def _base(
    message: str,
    stances: Stances,
    references: Sequence[Reference],
    session: Session,
    known: dict[str, Item],
    slate: Sequence[Item],
) -> list[Item]:
    """Choose what "shorter" compares with: named items, else the focus, else the whole slate."""
    named = [i for i in (*stances.than, *stances.similar, *stances.about) if i in known]
    everything = any(r.how == "all" for r in references)
    if named and not everything:
        return [known[named[0]]]
    focus = known.get(session.state.focus)
    if focus and not everything and re.search(r"\b(?:but|it|that|this)\b", message, re.I):
        return [focus]
    return list(slate)


def _rejected(
    move: Move, stances: Stances, references: Sequence[Reference], slate: Sequence[Item]
) -> tuple[str, ...]:
    if move is not Move.REJECT:
        return stances.rejected
    pointed = tuple(i for r in references for i in r.ids if r.how != "that")
    if stances.seen:
        return stances.rejected
    if not pointed and any(r.how == "that" for r in references) and len(slate) == 1:
        pointed = (slate[0].id,)
    return tuple(dict.fromkeys((*stances.rejected, *(pointed or (i.id for i in slate)))))


def asks_for_title(reading: Reading) -> bool:
    """Whether the message asks if the catalogue has a certain title, and wishes nothing else."""
    asked = WORDINGS["have"].search(reading.message)
    return bool(asked) and (not reading.wishes.any or nothing_but(reading.message, reading.unknown))
