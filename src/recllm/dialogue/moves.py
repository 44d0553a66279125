"""What kind of move a message makes, as far as fixed phrases tell: a greeting, a refusal, ..."""

from __future__ import annotations

import re
from enum import StrEnum

from recllm.dialogue.cues import cues
from recllm.types import Role, Schema
from recllm.unsaid import takes_back


class Move(StrEnum):
    """The moves that code recognises, in the order of trying; WISH looks for something."""

    UNSAY = "unsay"
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
    if takes_back(message):
        return Move.UNSAY
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


def says_thanks(message: str) -> bool:
    """Whether the message has a word of thanks in it."""
    return bool(_WORDINGS["thanks"].search(message))


def says_goodbye(message: str) -> bool:
    """Whether the message has a goodbye in it."""
    return bool(_WORDINGS["goodbye"].search(message))


def opens_anew(message: str) -> bool:
    """Whether the message begins with what is sought: "and a film where ..."."""
    return bool(_WORDINGS["opening"].search(message))


def names_subject(message: str) -> bool:
    """Whether the message says of what kind or on what matter items should be."""
    return bool(_WORDINGS["subject"].search(message))


def wants_somebody_else(message: str) -> bool:
    """Whether the message asks for another creator than before."""
    return bool(_WORDINGS["somebody else"].search(message))


_GIVEN_UP: dict[str, tuple[Role, ...]] = {
    "given up year": (Role.YEAR,),
    "given up length": (Role.DURATION, Role.LENGTH),
    "given up performer": (Role.PERFORMER,),
    "given up creator": (Role.CREATOR,),
    "given up country": (Role.COUNTRY, Role.LANGUAGE),
    "given up genre": (Role.GENRE,),
    "given up price": (Role.PRICE,),
    "given up rating": (Role.RATING,),
}


def given_up(message: str, schema: Schema) -> tuple[str, ...]:
    """Return the columns whose conditions the message gives up ("any year", "forget the style")."""
    found = [roles for section, roles in _GIVEN_UP.items() if _WORDINGS[section].search(message)]
    names = [a.name for roles in found for a in schema.having(*roles)]
    names += [a.name for a in schema.attributes if _waived(message, a.name)]
    return tuple(dict.fromkeys(names))


def _waived(message: str, column: str) -> bool:
    called = re.escape(column.replace("_", " ")).rstrip("s")
    return any(
        _WORDINGS["waived"].search(message[: match.start()])
        for match in re.finditer(rf"\b{called}s?\b", message, re.IGNORECASE)
    )
