"""The parts of ReDial's training dialogues that can be had, in the form of the test instances.

``train_text_union.jsonl`` has 2,796 dialogues with text and labels,
``train_mentions_resolved.jsonl`` 9,005 dialogues of which only the mentions are known, by role and
in order. Instances are cut as He et al. (CIKM 2023) and UniCRS cut theirs: messages that one person
sends in a row are one, every message of the recommender that names a film is an instance, all
before it is its context.

The original download, ``train_data.jsonl`` of redialdata.github.io, is read in their place if it
is there.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from recllm.evaluation.retrieval.files import fields, find_optional, read_csv, read_jsonl
from recllm.evaluation.retrieval.values import (
    Dialogue,
    Instance,
    Label,
    Mention,
    Speaker,
    Training,
)
from recllm.text import normalise
from recllm.types import ChatMessage

TEXTS = ("redial/train_text_union.jsonl", "train_text_union.jsonl")
MENTIONS = ("redial/train_mentions_resolved.jsonl", "train_mentions_resolved.jsonl")
ORIGINAL = ("redial/train_data.jsonl", "train_data.jsonl")
MOVIES = ("redial/movies_with_mentions.csv", "movies_with_mentions.csv")

Link = Callable[[str, str], str | None]
"""From a film's number and title in ReDial to an item of the data set."""

SAME = 3
"""How many mentions two dialogues must share to be taken for one."""

_POINTED = re.compile(r"@(\d+)")
_QUOTED = re.compile(r'"([^"]{1,120})"')
_ROLES: dict[str, Speaker] = {"seeker": "user", "recommender": "assistant"}
_ANSWERS = {0: False, 1: True}


class Said(NamedTuple):
    """What one person said in a row, and the items named in it."""

    role: Speaker
    text: str
    items: tuple[str, ...]


class Films:
    """ReDial's own list of films: numbers, titles, and how often each was named."""

    def __init__(self, titles: Mapping[str, str], named: Mapping[str, int]) -> None:
        self.titles, self.named = titles, named
        self.numbers = {normalise(title): number for number, title in titles.items()}

    @classmethod
    def read(cls, directory: Path) -> Films:
        """Read ``movies_with_mentions.csv``; without it the films are those of the dialogues."""
        path = find_optional(directory, MOVIES)
        titles, named = {}, {}
        for number, row in enumerate(read_csv(path) if path else (), start=1):
            with fields(path or directory, number):
                titles[row["movieId"]] = " ".join(row["movieName"].split())
                named[row["movieId"]] = int(row["nbMentions"])
        return cls(titles, named)


def read_training(directory: Path, films: Films, link: Link) -> Training:
    """Read what there is of the training dialogues; nothing if no file is there."""
    original = find_optional(directory, ORIGINAL)
    texts = find_optional(directory, TEXTS)
    mentions = find_optional(directory, MENTIONS)
    reader = _Reader(films, link)
    if original:
        told = [*_each(original, reader.original)]
        return _training(told, [])
    told = [*_each(texts, reader.told)] if texts else []
    named = [*_each(mentions, reader.named)] if mentions else []
    return _training(told, named)


def cut(dialogue: str, said: Iterable[Said]) -> Iterator[Instance]:
    """Yield an instance for every message of the recommender that names an item."""
    before: list[Said] = []
    for one in said:
        if one.role == "assistant" and one.items:
            mentioned = tuple(Mention(i, s.role) for s in before for i in s.items)
            yield Instance(
                id=f"{dialogue}:{len(before)}",
                dialogue=dialogue,
                conversation=tuple(ChatMessage(role=s.role, content=s.text) for s in before),
                mentioned=mentioned,
                targets=tuple(dict.fromkeys(one.items)),
                seen=tuple(dict.fromkeys(m.item for m in mentioned)),
            )
        before.append(one)


def merged(said: Iterable[Said]) -> list[Said]:
    """Return the messages with those that one person sent in a row joined."""
    runs: list[Said] = []
    for one in said:
        if runs and runs[-1].role == one.role:
            last = runs.pop()
            one = Said(one.role, f"{last.text} {one.text}".strip(), (*last.items, *one.items))
        runs.append(one)
    return runs


class _Told(NamedTuple):
    """A dialogue whose text is known."""

    dialogue: Dialogue
    said: list[Said]


def _training(told: list[_Told], named: list[Dialogue]) -> Training:
    alias = _aliases(told, named)
    with_text = {alias.get(t.dialogue.id, t.dialogue.id): t for t in told}
    instances = tuple(i for name, t in with_text.items() for i in cut(name, t.said))
    renamed = [t.dialogue.model_copy(update={"id": name}) for name, t in with_text.items()]
    others = [d for d in named if d.id not in with_text]
    return Training(instances, (*renamed, *others))


def _aliases(told: list[_Told], named: list[Dialogue]) -> dict[str, str]:
    """Map dialogues under a number of their own to the one of mentions that is the same.

    Those of the satisfaction annotations have other numbers, and a dialogue counted twice, as a
    stranger's, would give its own targets away. Not all mentions are known by name, so that the
    mentions are a part of what the text names: three or more, by the same people, of one dialogue.
    """
    texts = {t.dialogue.id for t in told}
    known = {d.id for d in named}
    mentions = {d.id: frozenset(d.mentioned) for d in named if d.id not in texts}
    holding: dict[Mention, list[str]] = defaultdict(list)
    for name, held in mentions.items():
        for mention in held:
            holding[mention].append(name)
    same: dict[str, list[str]] = defaultdict(list)
    for one in told:
        said = frozenset(one.dialogue.mentioned)
        if one.dialogue.id not in known:
            shared = Counter(name for m in said for name in holding.get(m, ()))
            found = [n for n, c in shared.items() if c >= SAME and c == len(mentions[n])]
            largest = sorted(found, key=lambda n: (-shared[n], n))[:1]
            for name in largest:
                same[name].append(one.dialogue.id)
    return {others[0]: name for name, others in same.items() if len(others) == 1}


def _each(path: Path, read: Callable[[dict[str, Any]], Any]) -> Iterator[Any]:
    for number, row in enumerate(read_jsonl(path), start=1):
        with fields(path, number):
            yield read(row)


class _Reader:
    """Reads the rows of the three files."""

    def __init__(self, films: Films, link: Link) -> None:
        self._films, self._link = films, link

    def told(self, row: dict[str, Any]) -> _Told:
        """Read a row of ``train_text_union.jsonl``."""
        turns = [(_ROLES[t["role"]], str(t["text"])) for t in row["turns"]]
        return self._dialogue(str(row["conversationId"]), turns, row)

    def original(self, row: dict[str, Any]) -> _Told:
        """Read a row of ReDial as it was published."""
        seeker = row["initiatorWorkerId"]
        turns: list[tuple[Speaker, str]] = [
            ("user" if m["senderWorkerId"] == seeker else "assistant", str(m["text"]))
            for m in row["messages"]
        ]
        return self._dialogue(str(row["conversationId"]), turns, row)

    def named(self, row: dict[str, Any]) -> Dialogue:
        """Read a row of ``train_mentions_resolved.jsonl``."""
        mentioned = []
        for mention in row["mentions"]:
            number, title = mention["movieId"], mention["movieName"]
            item = self._link(str(number), str(title)) if number and title else None
            if item:
                mentioned.append(Mention(item, _ROLES[mention["role"]]))
        return Dialogue(id=str(row["conversationId"]), mentioned=tuple(mentioned))

    def _dialogue(self, name: str, turns: list[tuple[Speaker, str]], row: dict[str, Any]) -> _Told:
        # An empty list stands for an empty object in the published files.
        titles = {str(k): str(v) for k, v in dict(row.get("movieMentions") or {}).items()}
        said = merged(self._said(role, text, titles) for role, text in turns)
        dialogue = Dialogue(
            id=name,
            conversation=tuple(ChatMessage(role=s.role, content=s.text) for s in said),
            mentioned=tuple(Mention(i, s.role) for s in said for i in s.items),
            labels=tuple(self._labels(row, titles)),
        )
        return _Told(dialogue, said)

    def _said(self, role: Speaker, text: str, titles: Mapping[str, str]) -> Said:
        """Return ``text`` with titles for numbers, and the items in it."""
        items: list[str] = []

        def title(match: re.Match[str]) -> str:
            number = match[1]
            known = titles.get(number) or self._films.titles.get(number)
            if not known:
                return match[0]
            items.extend(filter(None, [self._link(number, known)]))
            return " ".join(known.split())

        def quoted(match: re.Match[str]) -> str:
            number = self._films.numbers.get(normalise(match[1]))
            if number is None:
                return match[0]
            items.extend(filter(None, [self._link(number, self._films.titles[number])]))
            return self._films.titles[number]

        text = _POINTED.sub(title, _QUOTED.sub(quoted, text))
        return Said(role, " ".join(text.split()), tuple(items))

    def _labels(self, row: dict[str, Any], titles: Mapping[str, str]) -> Iterator[Label]:
        asked = row.get("initiatorQuestions") or row.get("respondentQuestions") or {}
        for number, answers in dict(asked).items():
            title = titles.get(str(number)) or self._films.titles.get(str(number), "")
            item = self._link(str(number), title) if title else None
            if item:
                given = {k: _ANSWERS.get(answers.get(k)) for k in ("suggested", "seen", "liked")}
                yield Label(item=item, **given)
