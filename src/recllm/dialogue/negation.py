"""Which stretches of a message are negated: cue words, their scope, and what only looks like it."""

from __future__ import annotations

import re
from typing import NamedTuple

_CUE = re.compile(
    r"\b(?:no more|no|not|nothing|never|none|without|except(?: for)?|excluding|anything but|avoid|skip|"
    r"hate|hates|hated|dislike|dislikes|can['’]?t stand|cannot stand|can['’]?t bear|can['’]?t take|"
    r"don['’]?t|doesn['’]?t|didn['’]?t|do not|does not|isn['’]?t|aren['’]?t|wasn['’]?t|won['’]?t|wouldn['’]?t|"
    r"less|fewer|enough|tired of|sick of|fed up with|bored of|bored with|rather than|instead of|"
    r"other than|apart from|minus|leave out|drop the|drop|lose the|scared of|afraid of|too much|too many|"
    r"nor|neither|over(?:dose|load) of)\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"\b(?:not (?:bad|sure|only|just|necessarily|too bad|really sure|picky|fussy|kidding|least)|"
    r"no (?:problem|idea|worries|preference|matter|clue|rush|thanks?|thank you|doubt|longer than|more than|less than|"
    r"later than|earlier than|older than|newer than|one)|"
    r"nothing against|why not|don['’]?t (?:mind|care|know|worry|remember|have|forget|think i)|do not (?:mind|care|know)|"
    r"doesn['’]?t (?:matter|have to|need to)|didn['’]?t know|can['’]?t (?:wait|decide|get enough|remember)|never (?:mind|seen|heard|watched|read|tried)|"
    r"not (?:over|under|more than|less than|longer than|shorter than|older than|before|after|below|above|yet|exceeding)|"
    r"less than|fewer than|enough time|if not|or not|whether or not|didn['’]?t (?:see|watch|read|hear)|haven['’]?t|hasn['’]?t|"
    r"wouldn['’]?t mind|don['’]?t you|isn['’]?t (?:it|there|that)|aren['’]?t (?:there|they|you)|doesn['’]?t it|didn['’]?t it)\b",
    re.IGNORECASE,
)
_BOUNDARY = re.compile(
    r"[.;:!?\n(]|\bbut\b|\bjust\b|\binstead\b(?! of)|\brather\b(?! than)|(?<!want )(?<!like )(?<!need )\bsomething\b|"
    r"\bonly\b|\bplease\b|\bbecause\b|\bi (?:want|like|love|need|prefer|enjoy)\b|\bi['’]d\b|\bmore of\b|\bgive me\b|\bshow me\b|"
    r"\blet['’]?s\b|\bthough\b|\balthough\b|\bhowever\b|\bhow about\b|\bwhat about\b|\bdo like\b|\bdoes like\b|\bwhich\b(?= i)",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^\W*(?:films?|movies?|books?|talks?|stuff|things?|ones?|scenes?)?\s*"
    r"(?:isn['’]?t|is not|aren['’]?t|are not|ain['’]?t) (?:really )?(?:my|for me|what|his|her|our)|"
    r"^\W*(?:films?|movies?|books?|talks?|stuff|ones?)?\s*(?:bores?|annoys?|scares?|bothers?|upsets?) (?:me|us|him|her)|"
    r"^\W*(?:films?|movies?|books?|stuff)?\s*(?:gives?|give) (?:me|us|him|her) (?:nightmares|headaches)|"
    r"^\W*(?:is|are) (?:out|off the table|a no|boring|not ok(?:ay)?|not allowed)\b|^-free\b",
    re.IGNORECASE,
)


class Stretch(NamedTuple):
    """Offsets of a negated stretch of the message."""

    start: int
    end: int


def negated_stretches(message: str) -> list[Stretch]:
    """Return the scopes of the negation cues in ``message``.

    A scope runs from its cue to the end of the clause. A comma ends it too, unless a list goes
    on behind it ("nothing sad, scary or violent").
    """
    harmless = [m.span() for m in _HARMLESS.finditer(message)]
    stretches: list[Stretch] = []
    for cue in _CUE.finditer(message):
        if any(a <= cue.start() < b for a, b in harmless):
            continue
        boundary = _BOUNDARY.search(message, cue.end())
        end = boundary.start() if boundary else len(message)
        stretches.append(Stretch(cue.start(), _cut_at_comma(message, cue.end(), end)))
    return stretches


def is_negated(message: str, start: int, end: int, stretches: list[Stretch]) -> bool:
    """Whether ``message[start:end]`` stands in the scope of a negation, before or behind it."""
    if any(s.start <= start < s.end for s in stretches):
        return True
    return bool(_AFTER.search(message[end : end + 60]))


def _cut_at_comma(message: str, start: int, end: int) -> int:
    comma = message.find(",", start, end)
    if comma < 0:
        return end
    rest = message[comma:end]
    goes_on = re.match(
        r",\s*(?:no|not|nor|or)\b|(?:,\s*[\w-]+(?: [\w-]+)?){1,4},?\s*(?:or|nor)\b", rest
    )
    return end if goes_on else comma
