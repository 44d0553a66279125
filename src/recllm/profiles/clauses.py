"""A message cut into the clauses in which its writer states something outright.

Questions, hypotheticals, irony, quoted and reported speech, orders and pasted text are left out:
what they say is not what the person says of himself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from recllm.profiles.cues import cues

LONGEST = 2_000
"""Characters of a message that is still talk; longer ones are pasted text."""

_WORDINGS = cues("clauses")
_SENTENCE = re.compile(r"[^.!?…\n]*(?:[.!?…]+(?!\s|$|[\"'”’)])[^.!?…\n]*)*[.!?…]*[\"'”’)]*")
_FORGET = cues("change")["forget"]
_HIDDEN = "\0"


class Clause(NamedTuple):
    """A clause: its words behind the opening phrases, its offsets, and how sure its writer is.

    ``sentence`` are the offsets of the sentence that it stands in.
    """

    text: str
    start: int
    end: int
    sentence: tuple[int, int]
    hedged: bool = False


def read_clauses(message: str) -> list[Clause]:
    """Return the clauses of ``message`` that state something, in its order."""
    if len(message) > LONGEST or _WORDINGS["machine"].search(message):
        return []
    shown = _without_quotes(message)
    if _WORDINGS["orders"].search(shown) or _WORDINGS["sarcasm"].search(shown):
        return []
    found: list[Clause] = []
    for sentence in _SENTENCE.finditer(shown):
        if sentence.group().strip():
            found += _stated(shown, *sentence.span())
    return found


def _without_quotes(message: str) -> str:
    """Hide what is quoted from somebody; a quoted name ("I love 'Alien'") stays."""

    def hide(match: re.Match[str]) -> str:
        said = _WORDINGS["quoting"].search(message[max(0, match.start() - 60) : match.start()])
        first_person = re.search(r"\b(?:i|i['’]m|we|my|me)\b", match.group(), re.IGNORECASE)
        return _HIDDEN * len(match.group()) if said or first_person else match.group()

    return _WORDINGS["quote"].sub(hide, message)


def _stated(shown: str, start: int, end: int) -> Iterator[Clause]:
    sentence = shown[start:end]
    if _WORDINGS["sarcasm"].search(sentence):
        return
    hypothetical = _WORDINGS["hypothetical"].search(sentence)
    limit = start + hypothetical.start() if hypothetical else end
    parts = list(_parts(shown, start, end))
    asked = sentence.rstrip().endswith("?")
    for number, (first, last) in enumerate(parts):
        text = shown[first:last].strip(" \t,.!")
        is_last = number == len(parts) - 1
        if last > limit or _HIDDEN in text or (asked and is_last):
            continue
        clause, hedged = _opened(text)
        if clause and not _WORDINGS["question"].search(clause):
            yield Clause(clause, first, last, (start, end), hedged)


def _parts(shown: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the offsets of the clauses of ``shown[start:end]`` without the words between."""
    for cut in _WORDINGS["cut"].finditer(shown, start, end):
        if cut.start() > start:
            yield start, cut.start()
        start = cut.end()
    if start < end:
        yield start, end


def _opened(text: str) -> tuple[str, bool]:
    """Strip the phrases that open a clause; say whether one of them makes it less sure."""
    hedged = False
    for _ in range(4):
        rest = _WORDINGS["lead"].sub("", text, count=1)
        rest = _WORDINGS["avow"].sub("", rest, count=1)
        milder = _WORDINGS["hedge"].sub("", rest, count=1)
        hedged = hedged or milder != rest
        if _WORDINGS["reported"].match(milder):
            return "", False
        if milder == text:
            break
        text = milder
    return text.strip(), hedged or bool(_WORDINGS["weak"].search(text[:40]))


def read_requests_to_forget(message: str) -> list[str]:
    """Return what ``message`` asks to forget, in its own words; what is quoted asks nothing."""
    if len(message) > LONGEST or _WORDINGS["machine"].search(message):
        return []
    shown = _without_quotes(message)
    if _WORDINGS["orders"].search(shown):
        return []
    found = []
    for sentence in _SENTENCE.finditer(shown):
        text = _WORDINGS["lead"].sub("", sentence.group().strip(), count=1)
        asked = _FORGET.match(text)
        if asked and not text.endswith("?"):
            found.append(asked["what"] or asked["what2"])
    return found
