"""What code would do with a message: its act and, where it is no recommendation, its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from recllm.dialogue import answers, phrases
from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.moves import Move
from recllm.dialogue.reading import Reading, asks_for_title
from recllm.dialogue.unknown import nothing_but
from recllm.types import Act, Item, Op, Role, Session, State


class Plan(NamedTuple):
    """The act; wordings of the reply if it needs no search; the items spoken about."""

    act: Act
    replies: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


def make_plan(
    reading: Reading,
    session: Session,
    state: State,
    lexicon: Lexicon,
    known: dict[str, Item],
    size: int,
) -> Plan:
    """Plan the turn by rules alone.

    Args:
        reading: what was read in the message.
        session: the conversation before it.
        state: the state merged with the reading.
        lexicon: the catalogue's columns and words.
        known: all items shown or named, by id.
        size: how many items the catalogue holds.
    """
    slate = [r.item for r in session.slate.items] if session.slate else []
    about = tuple(known[i] for i in reading.about if i in known)
    move = reading.move
    if reading.missing and not reading.about:
        return Plan(Act.ASK, (phrases.no_such_number(slate, lexicon.schema),))
    if move in (Move.WHY, Move.QUESTION, Move.COMPARE, Move.CATALOG):
        return _answer(reading, session, lexicon, about or tuple(slate), bool(about), size)
    if move is Move.ACCEPT:
        chosen = about or tuple(known[i] for i in (state.focus,) if i in known)
        return Plan(Act.CHAT, phrases.accept([i.title for i in chosen]), chosen)
    if move is Move.VAGUE and not _asked_before(session) and not _has_wish(state):
        return Plan(Act.ASK, phrases.ask(lexicon.schema, options(lexicon)))
    if reading.unknown and asks_for_title(reading):
        return Plan(Act.ANSWER, (phrases.not_here(reading.unknown),))
    unheard = reading.unknown and not _has_wish(state, reading)
    if unheard and nothing_but(reading.message, reading.unknown) and not session.slate:
        return Plan(Act.ASK, (phrases.ask_about(reading.unknown, lexicon.schema),))
    if move in (Move.VAGUE, Move.WISH, Move.REJECT, Move.MORE, Move.SURPRISE):
        return Plan(Act.RECOMMEND, items=about)
    if move is Move.REMARK and reading.lacking:
        return Plan(Act.ANSWER, (phrases.caveats((), reading.lacking),))
    return Plan(Act.CHAT, _small_talk(move, reading.message, lexicon, size))


def _asked_before(session: Session) -> bool:
    return bool(session.turns) and session.turns[-1].act is Act.ASK


def _has_wish(state: State, reading: Reading | None = None) -> bool:
    """Whether anything is wished; words that are only ``reading``'s own do not count."""
    words = state.wants and not (reading and reading.text and state.wants == reading.text)
    return bool(words or state.where or state.concepts or state.similar_to)


def _answer(
    reading: Reading,
    session: Session,
    lexicon: Lexicon,
    items: tuple[Item, ...],
    pointed: bool,
    size: int,
) -> Plan:
    if reading.move is Move.CATALOG:
        return Plan(Act.ANSWER, (_counted(reading, session, lexicon, size),))
    if reading.unknown and not pointed:
        return Plan(Act.ANSWER, (phrases.not_here(reading.unknown),))
    last = session.turns[-1].mentioned if session.turns else ()
    if not items and not (reading.move is Move.COMPARE and len(last) > 1):
        noun = lexicon.schema.noun
        return Plan(Act.ASK, (f"Which {noun} do you mean? Give me its title.",))
    if reading.move is Move.WHY:
        return Plan(Act.ANSWER, (answers.why(items, session),), items[:3])
    if reading.move is Move.COMPARE:
        compared = _compared(items if pointed else (), session)
        told, best = answers.compare(compared, reading.message, lexicon)
        # All are spoken about; the answer to the question is in focus.
        rest = tuple(i for i in compared if best and i.id != best.id)
        return Plan(Act.ANSWER, (told,), (best, *rest) if best else compared)
    spoken = items if pointed else items[:1]
    return Plan(
        Act.ANSWER, (answers.answer(reading.question, spoken, reading.message, lexicon),), spoken
    )


def _counted(reading: Reading, session: Session, lexicon: Lexicon, size: int) -> str:
    """Count items; "his" and "those" are the creator asked for before."""
    columns = {a.name for a in lexicon.schema.having(Role.CREATOR)}
    asked = [c for c in session.state.where if c.attribute in columns and c.op is Op.EQ]
    message = reading.message
    if asked and re.search(r"\b(?:his|her|hers|their|they|he|she)\b", message):
        message += f" by {asked[-1].values[0]}"
    return answers.about_catalog(message, size, lexicon)


def _compared(named: tuple[Item, ...], session: Session) -> tuple[Item, ...]:
    """Return what to compare: what is named, what was compared just before, or the slate."""
    last = session.turns[-1] if session.turns else None
    if len(named) > 1:
        return named
    if last and last.act is Act.ANSWER and len(last.mentioned) > 1:
        return last.mentioned
    return _slate_items(session) or named


def _slate_items(session: Session) -> tuple[Item, ...]:
    return tuple(r.item for r in session.slate.items) if session.slate else ()


def options(lexicon: Lexicon) -> list[str]:
    """Return a few of the catalogue's most frequent genres or tags, in lower case."""
    for attribute in lexicon.schema.having(Role.GENRE, Role.TAG):
        values = list(lexicon.vocabulary.values(attribute.name))
        if len(values) > 2:
            return [v.lower() for v in values[:4]]
    return []


def _examples(lexicon: Lexicon) -> Sequence[str]:
    noun = lexicon.schema.noun
    told = [f"“{phrases.article(o)} {noun}”" for o in options(lexicon)[1:2]]
    if lexicon.schema.having(Role.DURATION):
        told.append("“something short”")
    return told


def _small_talk(move: Move, message: str, lexicon: Lexicon, size: int) -> tuple[str, ...]:
    a_noun = phrases.article(lexicon.schema.noun)
    if move is Move.GREET:
        return (phrases.greet(lexicon.schema, size, _examples(lexicon)),)
    if move is Move.HELP:
        return (phrases.HELP,)
    if move is Move.SMALL_TALK:
        return phrases.small_talk(message)
    said = {
        Move.UNSAY: phrases.UNSAID,
        Move.THANK: phrases.THANKS,
        Move.BYE: phrases.BYE,
        Move.INSULT: phrases.INSULT,
        Move.ACKNOWLEDGE: phrases.ACKNOWLEDGE,
        Move.OFF_TOPIC: phrases.OFF_TOPIC,
    }.get(move, phrases.REMARK)
    return tuple(s.replace("{a_noun}", a_noun) for s in said)
