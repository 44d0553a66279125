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
_OWN = (
    (r"\b(?:his|her|their|my)\b", "your"),
    (r"\b(?:himself|herself|themselves|myself)\b", "yourself"),
    (r"\b(?:him|them|me)\b", "you"),
    (r"\bI\b", "you"),
)
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
