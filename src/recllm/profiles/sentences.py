"""What somebody says of himself, written as a plain sentence about him ("Does not like jazz.")."""

from __future__ import annotations

import re

_PERSONS = {
    "i": "they", "me": "them", "my": "their", "mine": "theirs", "myself": "themselves",
    "we": "they", "us": "them", "our": "their", "ours": "theirs", "ourselves": "themselves",
    "am": "are", "i'm": "they are", "i've": "they have", "i'd": "they would", "i'll": "they will",
    "we're": "they are", "we'll": "they will", "we'd": "they would", "we've": "they have",
}  # fmt: skip
_PERSON = re.compile(
    r"\b(?:(?:i|we)['’](?:m|ve|d|ll|re)|i|me|my|mine|myself|we|us|our|ours|ourselves|am)\b",
    re.IGNORECASE,
)
_IRREGULAR = {
    "am": "is", "are": "is", "have": "has", "do": "does", "go": "goes", "cannot": "cannot",
    "can": "can", "must": "must", "may": "may", "would": "would", "will": "will", "was": "was",
    "were": "was", "did": "did", "used": "used", "never": "never",
}  # fmt: skip
_PAST = frozenset(
    [
        "bought",
        "saw",
        "read",
        "went",
        "gave",
        "got",
        "grew",
        "sold",
        "quit",
        "came",
        "made",
        "took",
        "found",
        "left",
        "became",
        "began",
        "ate",
        "drank",
        "wrote",
        "sang",
        "had",
    ]
)
_ADVERB = re.compile(
    r"(?:\w+ly|always|never|often|also|just|still|quite|very|so|rather|only|sometimes|not|now|"
    r"already)$",
    re.IGNORECASE,
)
_CONTRACTIONS = (
    (re.compile(r"\bcan(?:['’]?t| not)\b", re.IGNORECASE), "cannot"),
    (re.compile(r"\bwon['’]?t\b", re.IGNORECASE), "will not"),
    (
        re.compile(r"\b(do|does|did|is|are|was|have|has|could|would|should)n['’]?t\b", re.I),
        r"\1 not",
    ),
)


def expanded(predicate: str) -> str:
    """Write out the contractions of a predicate ("don't" as "do not")."""
    for pattern, whole in _CONTRACTIONS:
        predicate = pattern.sub(whole, predicate)
    return predicate


def third_person(verb: str) -> str:
    """Return the third person of a verb in the first; past forms stay.

    >>> third_person("watch"), third_person("carry"), third_person("have")
    ('watches', 'carries', 'has')
    """
    low = verb.lower()
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if low in _PAST or low.endswith("ed"):
        return low
    if re.search(r"(?:s|x|z|ch|sh|o)$", low):
        return f"{low}es"
    if re.search(r"[^aeiou]y$", low):
        return f"{low[:-1]}ies"
    return f"{low}s"


def first_person(verb: str) -> str:
    """Return the first person of a verb in the third ("hates" as "hate")."""
    low = verb.lower()
    known = {"is": "am", "has": "have", "does": "do", "goes": "go", "was": "was", "plays": "play"}
    if low in known:
        return known[low]
    if low.endswith("ies") and len(low) > 4:
        return f"{low[:-3]}y"
    if re.search(r"(?:ss|x|z|ch|sh)es$", low):
        return low[:-2]
    return low[:-1] if low.endswith("s") and not low.endswith("ss") else low


def of_somebody(text: str) -> str:
    """Put the first person of ``text`` into the third ("because I hate sand": "they hate")."""
    return _PERSON.sub(_in_third, text)


def _in_third(match: re.Match[str]) -> str:
    said = match.group()
    return _PERSONS.get(said.lower().replace("’", "'"), said)


def sentence(predicate: str) -> str:
    """Write a first-person predicate as a sentence without a subject.

    >>> sentence("do not like jazz because I find it too loud")
    'Does not like jazz because they find it too loud.'
    """
    words = predicate.split()
    at = 0
    while at < len(words) - 1 and _ADVERB.match(words[at]):
        at += 1
    head = [w.lower() for w in words[:at]]
    if words:
        head.append(third_person(words[at]))
    return _finished(" ".join([*head, of_somebody(" ".join(words[at + 1 :]))]))


def about_another(who: str, predicate: str) -> str:
    """Write what is said of somebody else ("Their sister hates spinach.")."""
    named = re.sub(r"^(?:my|our|the|an?|his|her)\s+", "", who.strip(), flags=re.IGNORECASE)
    return _finished(f"their {named} {of_somebody(predicate)}")


def _finished(text: str) -> str:
    text = " ".join(text.split()).strip(" ,;:.!?-–—")
    return f"{text[:1].upper()}{text[1:]}." if text else ""
