"""A fact about a person, said to that person: "Is learning." becomes "you are learning"."""

from __future__ import annotations

import re

_SUBJECT = re.compile(r"^(?:the )?(?:user|person|he|she|they|i)\s+(?=\w)", re.IGNORECASE)
_IRREGULAR = {
    "is": "are",
    "isn't": "aren't",
    "was": "were",
    "has": "have",
    "hasn't": "haven't",
    "does": "do",
    "doesn't": "don't",
    "goes": "go",
    "am": "are",
}
_PLAIN = {
    "are", "have", "do", "were", "can", "cannot", "can't", "could", "will", "would", "must", "may",
    "never", "always", "often", "usually", "mostly", "only", "really", "no", "not",
}  # fmt: skip
_BEFORE_VERB = {"never", "always", "often", "usually", "mostly", "only", "really"}
_ADVERBS = "|".join(sorted(_BEFORE_VERB))
_OWN = (
    (r"\b(?:his|her|their|my)\b", "your"),
    (r"\b(?:himself|herself|themselves|myself)\b", "yourself"),
    (r"\b(?:him|them|me)\b", "you"),
    (r"\bI\b", "you"),
)
_PAST = {
    "liked", "loved", "enjoyed", "disliked", "hated", "turned", "watched", "played", "did", "saw",
}  # fmt: skip
_ABOUT = re.compile(r"^(?:my|his|her|their)\s+", re.IGNORECASE)


def to_you(text: str, about: str = "") -> str:
    """Return the sentence ``text`` of a profile as a clause addressed to its person.

    Args:
        text: a sentence without its subject ("Likes jazz."), or with "The user" or "I".
        about: whom it is about, if it is somebody else ("my nephew").

    Returns:
        A clause without a full stop ("you like jazz"); empty where the sentence is of another
        form, so that it has to be quoted.

    >>> to_you("Is learning the cello.")
    'you are learning the cello'
    >>> to_you("Likes dinosaurs.", "my nephew")
    'your nephew likes dinosaurs'
    """
    plain = " ".join(text.split()).rstrip(" .!;")
    if about:
        return _of_somebody(plain, about)
    if plain.startswith("Their "):
        return " ".join(_mine(plain.split(" "))).replace("Their", "your", 1)
    rest = _SUBJECT.sub("", plain)
    words = rest.split(" ")
    place = 1 if words[0].lower() in _BEFORE_VERB and len(words) > 1 else 0
    verb = _second_person(words[place].lower())
    if not verb:
        return ""
    before = [w.lower() for w in words[:place]]
    return " ".join(["you", *before, verb, *_mine(words[place + 1 :])])


def _of_somebody(plain: str, about: str) -> str:
    who = _ABOUT.sub("your ", " ".join(about.split()))
    if re.match(rf"(?:my|the|his|her|their)?\s*{re.escape(_ABOUT.sub('', about))}\b", plain, re.I):
        return _ABOUT.sub("your ", plain)
    rest = _SUBJECT.sub("", plain)
    return f"{who} {rest[:1].lower()}{rest[1:]}"


def _second_person(verb: str) -> str:
    """Return the verb as it goes with "you"; empty if it is not of the third person."""
    if verb in _PAST:
        return verb
    if verb in _IRREGULAR or verb in _PLAIN:
        return _IRREGULAR.get(verb, verb)
    if not verb.isalpha() or not verb.endswith("s") or verb.endswith("ss") or len(verb) < 4:
        return ""
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    if verb.endswith(("ches", "shes", "sses", "xes", "zes")):
        return verb[:-2]
    return verb[:-1]


def _mine(words: list[str]) -> list[str]:
    text = " ".join(words)
    for pattern, own in _OWN:
        text = re.sub(pattern, own, text)
    return text.split(" ") if text else []


_FIRST_PERSON = (
    (r"^i(?:['’]m| am) not\b", "is not"),
    (r"^i(?:['’]m| am)\b", "is"),
    (r"^i(?:['’]ve| have)\b", "has"),
    (r"^i(?:['’]d| would)\b", "would"),
    (r"^i(?:['’]ll| will)\b", "will"),
    (r"^i (?:do not|don['’]t)\b", "does not"),
    (r"^i (?:cannot|can['’]t)\b", "cannot"),
    (r"^i (?=(?:can|must|could|should|may|might|was|had|did)\b)", ""),
    (r"^i (?=\w+ed\b)", ""),
)


def of_person(text: str) -> str:
    """Return what a person writes of themself as a sentence of a profile.

    >>> of_person("i'm allergic to nuts")
    'Is allergic to nuts.'
    >>> of_person("I love slow films")
    'Loves slow films.'
    """
    plain = " ".join(text.split())
    for pattern, verb in _FIRST_PERSON:
        changed, count = re.subn(pattern, verb, plain, count=1, flags=re.IGNORECASE)
        if count:
            plain = changed
            break
    else:
        match = re.match(rf"^i ((?:(?:{_ADVERBS}) )?)(\w+)(.*)$", plain, re.IGNORECASE)
        if match:
            verb = match[2].lower()
            verb = verb if match[1] and verb.endswith("ed") else _third_person(verb)
            plain = match[1].lower() + verb + match[3]
    plain = plain.strip()
    end = "" if plain[-1:] in ".!?…" else "."
    return f"{plain[:1].upper()}{plain[1:]}{end}" if plain else ""


def _third_person(verb: str) -> str:
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("ch", "sh", "ss", "x", "z", "o")) else f"{verb}s"
