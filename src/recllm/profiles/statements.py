"""What one clause states of somebody: the kind of fact, how strongly, and what it is about."""

from __future__ import annotations

import re
from typing import NamedTuple

from recllm.facts import FactKind
from recllm.profiles.cues import cues
from recllm.profiles.sentences import expanded, of_somebody, sentence

KINDS = cues("kinds")
_CLAUSES = cues("clauses")
_ADVERBS = re.compile(rf"^(?:(?:{KINDS['adverb'].pattern})\s+)+", re.IGNORECASE)
_SUBJECT = re.compile(
    r"^(?:(?:my|me) \w+ and (?:i|me)|(?:both )?(?:i|we)(?: both| all)?)"
    r"(?P<c>['’](?:m|ve|d|ll|re))?\s+"
    r"|^(?P<bare>im|ive)\s+",
    re.IGNORECASE,
)
_AUXILIARY = {"m": "am", "ve": "have", "d": "would", "ll": "will", "re": "are"}
_ENDED = re.compile(r"\b(?:any ?more|any longer|no longer)\b", re.IGNORECASE)
_TASTES = (FactKind.LIKE, FactKind.DISLIKE)
_STRONG = re.compile(
    r"\b(?:love|adore|hate|detest|loathe|despise|never|refuse|strictly|absolutely|strongly|always|"
    r"cannot stand|cannot bear|favou?rite|obsessed|passionate|severe\w*|allerg\w+|only)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"^(?:(?:the |other |those other )?"
    r"(?:first|second|third|fourth|fifth|last|other|next|previous|latter|former)"
    r"(?: (?:one|two|ones|option|options|suggestion|choice|film|movie|book|talk|item)s?)?|"
    r"(?:the|this|that|these|those|your|both|all|some|any|each) ?(?:one|ones|options?|ideas?|"
    r"suggestions?|choices?|activities|games|of (?:it|them|these|those)|two|things?|stuff|kinds?)?|"
    r"(?:number|option) \w+|it|them|they|him|her|you|everything|anything|nothing|something|so|to|"
    r"others?|being here|here|there|a lot|much|both|what you \w+|how you \w+)$",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"^(?:it|them|him|her|that|those|these)$", re.IGNORECASE)
_OPTIONS = re.compile(
    r"^(?:and )?(?:the |those |these )?(?:other |rest of the )?"
    r"(?:options?|choices?|suggestions?|ones)"
    r"(?: (?:that )?(?:with|involving|like|such as|including|featuring|focused on|for))?\s*",
    re.IGNORECASE,
)


_THINGS = [
    (re.compile(rf"^(?P<thing>.{{3,120}}?)\s+(?:{KINDS[name].pattern})", re.IGNORECASE), kind)
    for name, kind in (("thing dislike", FactKind.DISLIKE), ("thing like", FactKind.LIKE))
]


_GONE_OFF = re.compile(r"(?:gone off|went off|have gone off|am done with|am over)", re.IGNORECASE)
_REFUSAL = re.compile(r"(?:hate|dislike|detest|avoid|do not mind)\b", re.IGNORECASE)
_NO_THING = re.compile(
    r"(?:i|we|you|he|she|it|my|our|that|this|there|seems?|are|is|have|might|may|tends?|all)\b", re.I
)
_UNFINISHED = re.compile(
    r"\b(?:that|which|who|whose|where|when|not|n['’]t|and|or|never|longer|rarely|hardly|to|someone|"
    r"somebody)$",
    re.IGNORECASE,
)
_OF_THE_SYSTEM = re.compile(
    r"\byou(?:['’]ve| have)? (?:suggest|mention|recommend|said|gave|propos|list|show)",
    re.IGNORECASE,
)
_ORDER = (
    FactKind.CONSTRAINT,
    FactKind.DISLIKE,
    FactKind.GOAL,
    FactKind.LIKE,
    FactKind.POSSESSION,
    FactKind.CONTEXT,
)
"""The order in which the wordings of the kinds are tried."""


class Statement(NamedTuple):
    """What a clause states: a sentence, or what is no longer so (``ended``).

    ``subject`` is what it is about, in the speaker's words; ``withdrawn`` says that the sentence
    held before and does no more.
    """

    text: str
    kind: FactKind
    strength: float
    subject: str
    withdrawn: bool = False


def predicate_of(clause: str, inherited: bool) -> str | None:
    """Return what a clause says of "I" or "we", contractions written out; None if of neither.

    Args:
        clause: a clause without opening phrases.
        inherited: whether the clause before was about its speaker ("I love tea and hate coffee").
    """
    subject = _SUBJECT.match(clause)
    if subject is None:
        opens = re.match(_CLAUSES["verb"].pattern, clause, re.IGNORECASE) if inherited else None
        return expanded(clause) if opens else None
    rest = clause[subject.end() :]
    bare = {"im": "am", "ive": "have"}.get((subject["bare"] or "").lower(), "")
    helper = _AUXILIARY.get((subject["c"] or "")[1:].lower(), bare)
    return expanded(f"{helper} {rest}".strip())


def read_predicate(predicate: str, before: str = "") -> Statement | None:
    """Return what a first-person predicate states, or None if it is nothing lasting.

    Args:
        predicate: as :func:`predicate_of` returns it, without words of time.
        before: what was spoken of before, for "I hate them".
    """
    ended = bool(_ENDED.search(predicate))
    plain = " ".join(_ENDED.sub("", predicate).split()).strip(" ,.")
    core = _ADVERBS.sub("", plain)
    if gone := KINDS["withdrawn"].match(core):
        if _GONE_OFF.match(core):
            return _taste(FactKind.DISLIKE, core, plain, gone.end(), before)
        return _withdrawn(core[gone.end() :])
    denied = re.match(r"(am|are|do|does|did) not (?=\w)", core)
    lost = _denied(denied[1], core[denied.end() :], ended) if denied else None
    if lost or _CLAUSES["passing"].match(core) or KINDS["nothing"].match(core):
        return lost
    for said in dict.fromkeys((core, plain)):  # "always book" says more than "book"
        if stated := _of_kind(said, plain, ended, before):
            return stated
    return None


def _of_kind(core: str, plain: str, ended: bool, before: str) -> Statement | None:
    for kind in _ORDER:
        match = KINDS[kind.value].match(core)
        if match and ended and (kind is not FactKind.DISLIKE or _REFUSAL.match(core)):
            return _withdrawn(core)
        if match:
            return _taste(kind, core, plain, match.end(), before)
    return None


def read_thing(clause: str, before: str = "") -> Statement | None:
    """Return what a clause whose subject is a thing states of its speaker's taste."""
    text = expanded(clause)
    for pattern, kind in _THINGS:
        match = pattern.match(text)
        if match:
            return _of_thing(match, kind, before)
    if favourite := KINDS["favourite"].match(clause):
        least = "least" in favourite.group().lower()[:12]
        kind = FactKind.DISLIKE if least else FactKind.LIKE
        named = f"{'Least f' if least else 'F'}avourite {favourite['slot']}"
        text = f"{named} is {favourite['thing'].strip(' .!')}."
        return Statement(text, kind, 0.9, favourite["thing"])
    if KINDS["body"].match(clause):
        said = of_somebody(text).strip(" ,.!")
        return Statement(f"{said[:1].upper()}{said[1:]}.", FactKind.CONSTRAINT, 0.8, text)
    if goal := KINDS["goal thing"].match(clause):
        aim = re.sub(r"^to ", "", goal["thing"])
        return Statement(f"Wants to {aim.strip(' .!')}.", FactKind.GOAL, 0.7, aim)
    return None


def read_role(clause: str) -> Statement | None:
    """Return who the speaker says he is in passing ("as a vegetarian, ...")."""
    role = KINDS["role"].match(clause)
    if role is None:
        return None
    stated = read_predicate(f"am {role['article']} {role['thing'].strip(' ,')}")
    return stated if stated and stated.kind in (FactKind.CONSTRAINT, FactKind.CONTEXT) else None


def _of_thing(match: re.Match[str], kind: FactKind, before: str) -> Statement | None:
    thing = re.sub(r"^the (?:other )?|,? (?:while|although|though)\b.*| in the other options$", "",
                   _OPTIONS.sub("", match["thing"]), flags=re.IGNORECASE)  # fmt: skip
    thing = _object(thing, before)
    why = match.groupdict().get("why")
    if not thing and why:
        thing = f"anything {why}"
    if not thing or _NO_THING.match(thing) or _UNFINISHED.search(thing):
        return None
    verb = "like" if kind is FactKind.LIKE else "do not like"
    plain = thing[1:2].islower() or thing.startswith("A ")
    lowered = thing[:1].lower() + thing[1:] if plain else thing
    return Statement(sentence(f"{verb} {lowered}"), kind, 0.6, thing)


def _taste(kind: FactKind, core: str, plain: str, end: int, before: str) -> Statement | None:
    said = _object(core[end:], before)
    if kind in _TASTES and not said:
        return None
    if _POINTING.match(core[end:].strip(" ,.!")) and said:
        core = f"{core[:end]} {said}"
    strength = 0.9 if _STRONG.search(plain) else 0.7
    lead = re.match(r"(?:only|never|always)\s", plain, re.IGNORECASE)
    text = sentence(f"{lead.group() if lead and not core.startswith(lead.group()) else ''}{core}")
    return Statement(text, kind, strength, said or core)


def _object(text: str, before: str) -> str:
    """Return what is spoken of; "" where that is only pointed at and nothing was said before."""
    said = text.strip(" ,.!:")
    if _PRONOUN.match(said):
        return before
    return "" if not said or _POINTING.match(said) or _OF_THE_SYSTEM.search(said) else said


def _withdrawn(rest: str) -> Statement:
    subject = rest.strip(" ,.!")
    return Statement("", FactKind.CONTEXT, 0.5, subject, withdrawn=True)


def _denied(helper: str, rest: str, ended: bool) -> Statement | None:
    """Read "am not vegetarian", "do not have a car any more": what is not, or no longer, so."""
    if helper in ("am", "are"):
        positive = f"am {_ADVERBS.sub('', rest)}"
        if KINDS["constraint"].match(positive) or (ended and KINDS["context"].match(positive)):
            return _withdrawn(rest)
        if ended and KINDS["goal"].match(positive):
            return _withdrawn(rest)
        return None
    if not ended:
        return _withdrawn(rest) if re.match(r"(?:mind|hate|dislike)\b", rest, re.I) else None
    if KINDS["like"].match(rest):
        return None
    return _withdrawn(rest)
