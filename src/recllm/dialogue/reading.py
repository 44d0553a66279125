"""One message read literally: the move it makes and everything that rules can take from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from recllm.dialogue.cues import cues
from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.mentions import TitleMention, find_titles
from recllm.dialogue.moves import (
    Move,
    asks_for_sure,
    is_fresh,
    is_lost,
    is_vague,
    read_move,
    sounds_like_wish,
)
from recllm.dialogue.questions import Question, is_interrogative, read_question
from recllm.dialogue.references import Reference, find_references
from recllm.dialogue.wishes import Wishes, read_wishes, wish_text
from recllm.text import words
from recllm.types import Item, Session

_WORDINGS = cues("stances")

_CHATTY = {
    Move.GREET,
    Move.THANK,
    Move.BYE,
    Move.HELP,
    Move.SMALL_TALK,
    Move.INSULT,
    Move.ACCEPT,
    Move.SURPRISE,
}
_UNKNOWN_TITLE = re.compile(
    r"[\"“«]([^\"”»]{2,60})[\"”»]|\b(?:like|seen|watched|loved|liked|enjoyed|directed|wrote|about|called|to|have|got|find|watch|read|hated)\s+((?:[A-Z0-9][\w'’.-]*)(?:\s+(?:of|the|and|in|a|to|[A-Z0-9][\w'’.-]*)){0,6})"
)


class Reading(NamedTuple):
    """What rules read in one message. Ids are of items of the catalogue."""

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
    unknown: tuple[str, ...] = ()
    missing: bool = False

    @property
    def noted(self) -> tuple[str, ...]:
        """What was read, in lines for the trace and the model's prompt."""
        lines = [f"move: {self.move.value}"]
        lines += [f"where: {c.attribute} {c.op.value} {_join(c.values)}" for c in self.wishes.where]
        lines += [f"concept: {'+' if c.sign > 0 else '-'}{c.text}" for c in self.wishes.concepts]
        for name in ("about", "similar_to", "liked", "rejected", "seen", "unknown"):
            if getattr(self, name):
                lines.append(f"{name.replace('_', ' ')}: {', '.join(getattr(self, name))}")
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
    stances = _stances(message, titles, references, session)
    base = _base(message, stances, references, session, known, slate)
    taken = [(m.start, m.end) for m in titles]
    taken += [(r.start, r.end) for r in references if r.how in ("described", "superlative")]
    wishes = read_wishes(message, lexicon, base, taken)
    question = read_question(message, lexicon)
    move = _move(message, wishes, stances, question, references, session)
    return Reading(
        message=message,
        move=move,
        wishes=wishes,
        text=wish_text(message, [*taken, *_cuts(references), *wishes.figures]),
        about=stances.about,
        similar_to=stances.similar,
        liked=stances.liked,
        rejected=_rejected(move, stances, references, slate),
        seen=stances.seen,
        question=question,
        fresh=is_fresh(message),
        unknown=_unknown(message, titles, lexicon),
        missing=missing,
    )


class _Stances(NamedTuple):
    about: tuple[str, ...]
    similar: tuple[str, ...]
    liked: tuple[str, ...]
    rejected: tuple[str, ...]
    seen: tuple[str, ...]


def _inside(reference: Reference, titles: Sequence[TitleMention]) -> bool:
    return any(t.start < reference.end and reference.start < t.end for t in titles)


def _takes_up(reference: Reference, titles: Sequence[TitleMention]) -> bool:
    """Whether "those" means titles named just before it in the message, not the slate."""
    return reference.how in ("all", "that") and any(t.end <= reference.start for t in titles)


def _cuts(references: Sequence[Reference]) -> list[tuple[int, int]]:
    return [(r.start, r.end) for r in references]


def _clause(message: str, start: int, end: int) -> tuple[str, str]:
    """Return the words of the clause before and behind ``message[start:end]``."""
    before = re.split(r"[.;!?]|,? but |, (?:and )?(?=i\b)", message[:start])[-1]
    after = re.split(r"[.;!?,]| but ", message[end:])[0]
    return before, after


def _stances(
    message: str,
    titles: Sequence[TitleMention],
    references: Sequence[Reference],
    session: Session,
) -> _Stances:
    """Sort what is named into liked, rejected, seen, similar and merely spoken about."""
    sorted_ids: dict[str, list[str]] = {
        "about": [],
        "similar": [],
        "liked": [],
        "rejected": [],
        "seen": [],
    }
    mentions = [(_best(t.ids, session), t.start, t.end) for t in titles]
    mentions += [(r.ids, r.start, r.end) for r in references]
    for ids, start, end in mentions:
        before, after = _clause(message, start, end)
        for name in _stance(before, after, message):
            sorted_ids[name] += ids
    return _Stances(*(tuple(dict.fromkeys(sorted_ids[f])) for f in _Stances._fields))


def _best(ids: tuple[str, ...], session: Session) -> tuple[str, ...]:
    """Of several items of one title, prefer the one already spoken about."""
    known = [i for i in ids if i in session.items()]
    return tuple(known[:1]) or ids[:1]


def _stance(before: str, after: str, message: str) -> tuple[str, ...]:
    told = _WORDINGS["told"].search(before)
    question = is_interrogative(message) and not _WORDINGS["similar"].search(before) and not told
    if re.search(r"\bthan\s*$", before) or (question and not _WORDINGS["seen"].search(before)):
        return ("about",)
    if _WORDINGS["disliked"].search(before) or _WORDINGS["disliked"].search(after):
        return ("about", "rejected")
    if _WORDINGS["not yet"].search(before):
        return ("about",)
    seen = _WORDINGS["seen"].search(before) or _WORDINGS["seen"].search(after)
    fond = _WORDINGS["liked"].search(after) or re.search(
        r"\b(?:loved|liked|love|enjoyed|adored?|favou?rites?)\b", before, re.I
    )
    if seen or fond:
        return (
            *(("seen",) if seen or "loved" in before else ()),
            *(("liked", "similar") if fond else ()),
            "about",
        )
    if _WORDINGS["similar"].search(before):
        return ("similar", "about")
    return ("about",)


def _base(
    message: str,
    stances: _Stances,
    references: Sequence[Reference],
    session: Session,
    known: dict[str, Item],
    slate: Sequence[Item],
) -> list[Item]:
    """Choose what "shorter" compares with: named items, else the focus, else the whole slate."""
    named = [i for i in (*stances.similar, *stances.about) if i in known]
    everything = any(r.how == "all" for r in references)
    if named and not everything:
        return [known[named[0]]]
    focus = known.get(session.state.focus)
    if focus and not everything and re.search(r"\b(?:but|it|that|this)\b", message, re.I):
        return [focus]
    return list(slate)


def _rejected(
    move: Move, stances: _Stances, references: Sequence[Reference], slate: Sequence[Item]
) -> tuple[str, ...]:
    if move is not Move.REJECT:
        return stances.rejected
    pointed = tuple(i for r in references for i in r.ids if r.how != "that")
    if stances.seen:
        return stances.rejected
    if not pointed and any(r.how == "that" for r in references) and len(slate) == 1:
        pointed = (slate[0].id,)
    return tuple(dict.fromkeys((*stances.rejected, *(pointed or (i.id for i in slate)))))


def _move(
    message: str,
    wishes: Wishes,
    stances: _Stances,
    question: Question | None,
    references: Sequence[Reference],
    session: Session,
) -> Move:
    move = read_move(message)
    content = wishes.any or bool(stances.similar)
    if move is Move.SMALL_TALK and not asks_for_sure(message):
        return move  # "My cat died" wishes for no films about cats.
    if move is Move.WHY and (session.slate or stances.about):
        return move
    asked = _asked(message, wishes, stances, question, references)
    if asked is not None and move in (None, Move.ACCEPT, Move.REJECT, Move.SMALL_TALK, Move.HELP):
        return asked
    if content and (move is None or move in _CHATTY | {Move.MORE, Move.CATALOG, Move.WHY}):
        return Move.WISH
    if move is Move.REJECT and wishes.any and not references:
        return Move.WISH if not session.slate else Move.REJECT
    if move is not None:
        return Move.REMARK if move in (Move.REJECT, Move.WHY) and not session.slate else move
    return _unmarked(message, stances, references, session)


def _asked(
    message: str,
    wishes: Wishes,
    stances: _Stances,
    question: Question | None,
    references: Sequence[Reference],
) -> Move | None:
    """Return QUESTION or COMPARE where the message asks about items rather than for some."""
    if _WORDINGS["have"].search(message) or stances.similar:
        return None
    if _WORDINGS["which"].search(message) and (
        len(references) > 1 or any(r.how == "superlative" for r in references)
    ):
        return Move.COMPARE
    pointed = bool(stances.about)
    if question is not None and pointed and not stances.seen:
        return Move.QUESTION
    if pointed and is_interrogative(message) and not wishes.any and not stances.seen:
        return Move.QUESTION
    return None


def _unmarked(
    message: str, stances: _Stances, references: Sequence[Reference], session: Session
) -> Move:
    """Judge a message that no fixed phrase and no literal wish settles."""
    if stances.rejected or stances.seen:
        return Move.REJECT if session.slate else Move.WISH
    if stances.liked:
        return Move.WISH
    if stances.about:
        return Move.QUESTION if references or len(words(message)) < 8 else Move.WISH
    if is_lost(message) or (is_vague(message) and not wish_text(message).strip()):
        return Move.VAGUE
    content = [w for w in words(wish_text(message)) if len(w) > 2]
    if is_interrogative(message) and read_question_alone(message):
        return Move.QUESTION
    if not content:
        return Move.VAGUE if sounds_like_wish(message) else Move.REMARK
    if sounds_like_wish(message) or (len(content) <= 6 and not is_interrogative(message)):
        return Move.WISH
    return Move.REMARK


def read_question_alone(message: str) -> bool:
    """Whether the message is a question that names nothing ("who directed it?" at the start)."""
    return bool(re.match(r"^\W*(?:who|when|where|how long|how much)\b", message, re.IGNORECASE))


def _unknown(message: str, titles: Sequence[TitleMention], lexicon: Lexicon) -> tuple[str, ...]:
    """Find names written as titles that the catalogue does not hold."""
    found = []
    for match in _UNKNOWN_TITLE.finditer(message):
        name = (match.group(1) or match.group(2)).strip(" .,!?'’")
        start = match.start(1) if match.group(1) else match.start(2)
        overlapping = any(t.start < start + len(name) and start < t.end for t in titles)
        people = read_wishes(name, lexicon, (), ()).any
        if name and not overlapping and not people and name not in {"I", "A", "The"}:
            found.append(name)
    return tuple(found)


def asks_for_title(reading: Reading) -> bool:
    """Whether the message asks if the catalogue has a certain title, and wishes nothing else."""
    return bool(_WORDINGS["have"].search(reading.message)) and not reading.wishes.any
