"""What a search engine is asked: a few words in place of what a person says in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files

from recllm.text import normalise
from recllm.types import Item, Op, Query, Role, Schema

MOST_WORDS = 12
_FILLER = frozenset(
    word
    for line in (files("recllm.retrieval") / "filler.txt").read_text("utf-8").splitlines()
    for word in line.split()
    if not line.startswith("#")
)
_WORD = re.compile(r"[^\W_]+(?:['’+#.&-]*[^\W_]+)*[+#]*", re.UNICODE)
_BRACKETS = re.compile(r"[(\[{|].*")
_TAGS = 3
_SUBJECT = re.compile(r"\babout\b", re.IGNORECASE)
_ADDS = re.compile(r"\W*(?:in|by|with|without|for|from|but|and|also|only|not|no|on)\b", re.I)
"""A wish that begins so adds to the one before it."""


def search_words(query: Query, examples: Sequence[Item], schema: Schema) -> str:
    """Return the words to search for; "" where nothing in particular is wished.

    The model's request if there is one, else the person's latest words, without filler; then wanted
    concepts and makers that they do not hold yet. Where only likeness is wished, the first
    example's tags or title.
    """
    noun = {schema.noun, f"{schema.noun}s"}
    said = [w for w in _WORD.findall(query.request) if _tells(w, noun)] or _latest(query.text, noun)
    makers = {a.name for a in schema.having(Role.CREATOR, Role.PERFORMER)}
    added = [c.words or c.text for c in query.concepts if c.sign > 0]
    added += [
        str(v) for c in query.where if c.attribute in makers and c.op is Op.EQ for v in c.values[:1]
    ]
    for text in added:
        have = f" {normalise(' '.join(said))} "
        if f" {normalise(text)} " not in have:
            said += _WORD.findall(text)
    if not said and examples:
        said = _WORD.findall(_likeness(examples[0], schema))
    return " ".join(said[:MOST_WORDS])


def _latest(text: str, noun: set[str]) -> list[str]:
    """Return the telling words of the last wish, with those before it as long as it only adds.

    An index takes all that was said as alternatives; a search engine looks for all of it at once,
    and for the last three subjects together it finds nothing.
    """
    said: list[str] = []
    for part in reversed(text.split("; ")):
        own = [w for w in _WORD.findall(part) if _tells(w, noun)]
        if said and len(said) + len(own) > MOST_WORDS:
            break
        said = own + said
        if _SUBJECT.search(part) or (len(own) > 1 and not _ADDS.match(part)):
            break
    return said


def _tells(word: str, noun: set[str]) -> bool:
    key = normalise(word)
    return bool(key) and key not in _FILLER and key not in noun


def _likeness(item: Item, schema: Schema) -> str:
    """Return what to search for to find more of ``item``'s kind."""
    for attribute in reversed(schema.having(Role.TAG)):
        value = item.attributes.get(attribute.name)
        if isinstance(value, tuple) and len(value) >= _TAGS:
            return " ".join(value[:_TAGS])
    return _BRACKETS.sub("", item.title) or item.title
