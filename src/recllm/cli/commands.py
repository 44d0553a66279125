"""What begins with a slash in the chat: turned into a message, or done at once."""

from __future__ import annotations

import difflib
from typing import NamedTuple

from recllm.types import Session

QUIT_WORDS = {"exit", "quit", ":q"}

HELP = {
    "/why N": "why number N was suggested",
    "/more N": "more like number N",
    "/less N": "less like number N",
    "/profile": "what is known of you, here and for later, and how to change it",
    "/trace": "how the last answer came about (/trace prompts shows the model's prompts too)",
    "/new": "begin a new conversation",
    "/help": "this list",
    "/quit": "leave (also Ctrl-D); “recllm chat --resume” continues later",
}
NAMES = tuple(name.split()[0] for name in HELP)

_MESSAGES = {
    "/why": "why did you pick number {}?",
    "/more": "more like number {}",
    "/less": "less like number {}",
}
_SAID_OTHERWISE = {"/exit": "/quit", "/q": "/quit", "/bye": "/quit", "/?": "/help", "/h": "/help"}
_SAID_OTHERWISE |= {"/reset": "/new", "/like": "/more", "/me": "/profile", "/debug": "/trace"}


class Asked(NamedTuple):
    """What a line asks for: a message to send, a command to do, or a complaint to show."""

    message: str = ""
    command: str = ""
    argument: str = ""
    problem: str = ""


def read_line(line: str, session: Session) -> Asked:
    """Return what the typed ``line`` asks for; an empty line asks for nothing."""
    line = line.strip()
    if line.casefold() in QUIT_WORDS:
        return Asked(command="/quit")
    if not line.startswith("/"):
        return Asked(message=line)
    name, _, argument = line.partition(" ")
    name = _SAID_OTHERWISE.get(name.casefold(), name.casefold())
    if name in _MESSAGES:
        return _about_number(name, argument.strip().lstrip("#"), session)
    if name in NAMES:
        return Asked(command=name, argument=argument.strip())
    return Asked(problem=_unknown(name))


def _about_number(name: str, argument: str, session: Session) -> Asked:
    """Turn ``/more 2`` into an ordinary message, if there is a number 2."""
    count = len(session.slate.items) if session.slate else 0
    if not count:
        return Asked(problem="There are no suggestions yet that a number could refer to.")
    if not argument.isdecimal() or not 1 <= int(argument) <= count:
        numbers = "1" if count == 1 else f"1 to {count}"
        return Asked(problem=f"{name} needs a number of the last suggestions: {numbers}.")
    return Asked(message=_MESSAGES[name].format(int(argument)))


def _unknown(name: str) -> str:
    known = [*NAMES, *_SAID_OTHERWISE]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    guess = _SAID_OTHERWISE.get(close[0], close[0]) if close else ""
    hint = f"Did you mean {guess}? " if guess else ""
    return f"There is no command {name[:40]}. {hint}/help lists them all."
