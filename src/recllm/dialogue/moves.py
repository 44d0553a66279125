"""What kind of move a message makes, as far as fixed phrases tell: a greeting, a refusal, ..."""

from __future__ import annotations

from enum import StrEnum

from recllm.dialogue.cues import cues


class Move(StrEnum):
    """The moves that code recognises, in the order of trying; WISH looks for something."""

    WHY = "why"
    GREET = "greet"
    THANK = "thank"
    BYE = "bye"
    ACCEPT = "accept"
    HELP = "help"
    INSULT = "insult"
    SMALL_TALK = "small talk"
    ACKNOWLEDGE = "acknowledge"
    CATALOG = "catalog"
    SURPRISE = "surprise"
    REJECT = "reject"
    MORE = "more"
    OFF_TOPIC = "off topic"
    QUESTION = "question"
    COMPARE = "compare"
    VAGUE = "a vague request"
    REMARK = "remark"
    WISH = "wish"


_WORDINGS = cues("moves")
_MOVES = tuple((move, _WORDINGS[move.value]) for move in Move if move.value in _WORDINGS)


def read_move(message: str) -> Move | None:
    """Return the move that a fixed phrase makes, or None where the content must tell.

    The moves are tried in the order of :class:`Move`.
    """
    return next((move for move, pattern in _MOVES if pattern.search(message)), None)


def sounds_like_wish(message: str) -> bool:
    """Whether the wording asks for something, whatever that is."""
    return bool(_WORDINGS["wishing"].search(message))


def asks_for_sure(message: str) -> bool:
    """Whether the wording asks for something even amid small talk."""
    return bool(_WORDINGS["asking"].search(message))


def is_vague(message: str) -> bool:
    """Whether the message asks for a recommendation and might carry no wish of its own."""
    return bool(_WORDINGS["vague"].search(message))


def is_lost(message: str) -> bool:
    """Whether the person says that they do not know what they want."""
    return bool(_WORDINGS["lost"].search(message))


def is_fresh(message: str) -> bool:
    """Whether the message drops what was wanted before."""
    return bool(_WORDINGS["fresh"].search(message))


def is_request(message: str) -> bool:
    """Whether the message is a whole request, as opposed to a change of one."""
    return bool(_WORDINGS["request"].search(message))
