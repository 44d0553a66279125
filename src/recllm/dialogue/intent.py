"""The move that a message makes, from its fixed phrases and from what was read in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from recllm.dialogue.moves import (
    Move,
    asks_for_sure,
    is_fresh,
    is_lost,
    is_vague,
    read_move,
    says_goodbye,
    says_thanks,
    sounds_like_wish,
)
from recllm.dialogue.questions import Question, is_interrogative
from recllm.dialogue.references import Reference, superlative
from recllm.dialogue.stances import WORDINGS, Stances
from recllm.dialogue.wishes import Wishes, wish_text
from recllm.text import sentences, words
from recllm.types import Schema, Session

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
_SHORT = 8
"""Words up to which a message with "thanks" in it says just that."""


_EXTREME = re.compile(r"\b(?:\w+est|most|least)\b", re.IGNORECASE)


class Read(NamedTuple):
    """What was read in a message, as far as its move depends on it."""

    message: str
    wishes: Wishes
    stances: Stances
    question: Question | None
    references: Sequence[Reference]
    session: Session
    schema: Schema

    @property
    def content(self) -> bool:
        """Whether the message wishes anything."""
        return self.wishes.any or bool(self.stances.similar)


def decide_move(read: Read) -> Move:
    """Return the move: a phrase that settles it, a question, a wish, or the best guess."""
    move = read_move(read.message)
    settled = _settled(read, move)
    if settled is not None:
        return settled
    asked = _asked(read)
    if asked is not None and move in (
        None, Move.ACCEPT, Move.REJECT, Move.SMALL_TALK, Move.HELP, Move.CATALOG,
    ):  # fmt: skip
        return asked
    if read.content and (move is None or move in _CHATTY | {Move.MORE, Move.WHY}):
        return Move.WISH
    if move is Move.REJECT and read.wishes.any and not read.references:
        return Move.REJECT if read.session.slate else Move.WISH
    if move in (Move.REJECT, Move.WHY) and not read.session.slate:
        return Move.WISH if read.stances.seen or read.content else Move.REMARK
    return move or _unmarked(read)


def _settled(read: Read, move: Move | None) -> Move | None:
    """Return the move where fixed phrases alone decide, whatever else is named."""
    chat = not asks_for_sure(read.message) and not read.wishes.where
    if move in (Move.SMALL_TALK, Move.HELP) and chat and len(sentences(read.message)) == 1:
        return move  # "My cat died" wishes for no films about cats.
    if move is Move.WHY and (read.session.slate or read.stances.about):
        return move
    if move in (Move.OFF_TOPIC, Move.CATALOG) and not read.references:
        return move
    if read.wishes.order:
        return Move.WISH
    short = len(words(read.message)) <= _SHORT and not is_interrogative(read.message)
    if short and chat and not read.content:
        if says_goodbye(read.message):
            return Move.BYE
        if says_thanks(read.message) and move is not Move.REJECT:
            return Move.THANK
    return None


def _asked(read: Read) -> Move | None:
    """Return QUESTION or COMPARE where the message asks about items rather than for some."""
    if WORDINGS["have"].search(read.message) or read.stances.similar:
        return None
    if _compares(read) and not _asks_of_the_extreme(read):
        return Move.COMPARE
    if not read.stances.about or read.stances.seen or read.stances.rejected:
        return None
    if read.question is not None:
        return Move.QUESTION
    if is_interrogative(read.message) and not read.wishes.any:
        return Move.QUESTION
    return None


def _asks_of_the_extreme(read: Read) -> bool:
    """Whether "the shortest" is only the item that something else is asked of."""
    pointed = [r for r in read.references if r.how == "superlative"]
    asked = read.question is not None and bool(read.question.field) and not read.question.where
    return len(pointed) == 1 and asked and not WORDINGS["which"].search(read.message)


def _compares(read: Read) -> bool:
    """Whether the message asks which of several items is the longest, oldest, ..."""
    last = read.session.turns[-1].mentioned if read.session.turns else ()
    several = bool(read.session.slate) or len(read.stances.about) > 1 or len(last) > 1
    compared = superlative(read.message, read.schema) is not None
    plain = not read.wishes.concepts and all(c.relative for c in read.wishes.where)
    if compared and several and plain and not asks_for_sure(read.message):
        alone = len(words(read.message)) <= 3 and _EXTREME.search(read.message)
        which = WORDINGS["which"].search(read.message) or alone
        if which or any(r.how == "superlative" for r in read.references):
            return True
    named = len(read.stances.about) > 1 or any(r.how == "superlative" for r in read.references)
    return bool(WORDINGS["which"].search(read.message)) and named


def _unmarked(read: Read) -> Move:
    """Judge a message that no fixed phrase and no literal wish settles."""
    message, stances = read.message, read.stances
    if stances.rejected or stances.seen:
        return Move.REJECT if read.session.slate else Move.WISH
    if stances.liked:
        return Move.WISH
    if stances.about:
        about = (read.references or len(words(message)) < 8) and not asks_for_sure(message)
        return Move.QUESTION if about else Move.WISH
    if is_fresh(message) and len(words(wish_text(message))) <= 3:
        return Move.VAGUE
    if is_lost(message) or (is_vague(message) and not wish_text(message).strip()):
        return Move.VAGUE
    if is_interrogative(message) and _asks_without_name(message):
        return Move.QUESTION
    content = [w for w in words(wish_text(message)) if len(w) > 2]
    if not content:
        return Move.VAGUE if sounds_like_wish(message) else Move.REMARK
    if sounds_like_wish(message) or (len(content) <= 6 and not is_interrogative(message)):
        return Move.WISH
    return Move.REMARK


def _asks_without_name(message: str) -> bool:
    """Whether the message is a question that names nothing ("who directed it?" at the start)."""
    return bool(re.match(r"^\W*(?:who|when|where|how long|how much)\b", message, re.IGNORECASE))
