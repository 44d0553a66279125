"""Training conversations as questions: the context so far, and the item recommended next."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from recllm.types import ChatMessage, Query

SETS = ("redial", "opendialkg")
NOTHING_CHOSEN = 10**9
"""Number of the dialogues that no weight was chosen on."""


class Question(NamedTuple):
    """A context, the item that answered it, and the items named so far, which cannot."""

    dialogue: int
    query: Query
    target: str
    named: frozenset[str]


class Conversations(NamedTuple):
    """Questions over a catalogue of ids and documents."""

    ids: tuple[str, ...]
    documents: tuple[str, ...]
    questions: tuple[Question, ...]


def load(name: str, data: Path, dialogues: int, seed: int) -> Conversations:
    """Read the training part of one of :data:`SETS`: some dialogues, drawn by ``seed``.

    Raises:
        FileNotFoundError: the data is not there.
    """
    return {"redial": _redial, "opendialkg": _opendialkg}[name](data, dialogues, seed)


# ── ReDial ───────────────────────────────────────────────────────────────────────────────────


def _redial(data: Path, dialogues: int, seed: int) -> Conversations:
    folder = data / "redial"
    info = json.loads((folder / "ievalm_id2info.json").read_text("utf-8"))
    rows = [r for r in _lines(folder / "train_text_union.jsonl") if r.get("initiatorQuestions")]
    random.Random(seed).shuffle(rows)
    questions = [q for n, row in enumerate(rows[:dialogues]) for q in _asked(n, row, set(info))]
    return Conversations(tuple(info), tuple(map(_film, info.values())), tuple(questions))


def _film(film: dict[str, Any]) -> str:
    people = f"by {', '.join(film['director'][:4])}. with {', '.join(film['star'][:4])}"
    return f"{film['name']}. {', '.join(film['genre'])}. {people}. {film['plot']}"


def _asked(number: int, row: dict[str, Any], known: set[str]) -> Iterator[Question]:
    """Yield a question for every film that the recommender names first."""
    titles = {k: " ".join((v or "").split()) for k, v in row["movieMentions"].items()}
    named: dict[str, str] = {}
    said: list[ChatMessage] = []
    for turn in row["turns"]:
        mentioned = re.findall(r"@(\d+)", turn["text"])
        by_system = turn["role"] == "recommender"
        for film in mentioned if by_system and said else ():
            if film in known and film not in named:
                query = _query(said, named, row["initiatorQuestions"], known)
                yield Question(number, query, film, frozenset(named) & known)
        for film in mentioned:
            named.setdefault(film, turn["role"])
        text = re.sub(r"@(\d+)", lambda m: titles.get(m.group(1), ""), turn["text"])
        _say(said, "assistant" if by_system else "user", " ".join(text.split()))


def _say(said: list[ChatMessage], role: Any, text: str) -> None:
    """Add to what was said; messages of one speaker in a row are one."""
    if said and said[-1].role == role:
        text = f"{said.pop().content}. {text}"
    said.append(ChatMessage(role=role, content=text))


def _query(
    said: list[ChatMessage], named: dict[str, str], answers: dict[str, Any], known: set[str]
) -> Query:
    """Return the context as a turn would have it; who liked what, the seeker filled in later."""
    liked = {f: answers.get(f, {}).get("liked") for f in named if f in known}
    theirs = [f for f in liked if liked[f] == 1 and named[f] == "seeker"]
    ours = [f for f in liked if liked[f] == 1 and named[f] != "seeker"]
    last = next((n for n in range(len(said) - 1, -1, -1) if said[n].role == "user"), None)
    return Query(
        text="" if last is None else said[last].content,
        conversation=tuple(said) if last is None else (*said[:last], *said[last + 1 :], said[last]),
        similar_to=tuple(theirs),
        liked=tuple(ours),
        rejected=tuple(f for f in liked if liked[f] == 0),
    )


# ── OpenDialKG ───────────────────────────────────────────────────────────────────────────────


def _opendialkg(data: Path, dialogues: int, seed: int) -> Conversations:
    folder = data / "opendialkg"
    info = json.loads((folder / "id2info.json").read_text("utf-8"))
    ids = {item["name"]: key for key, item in info.items()}
    rows = list(_lines(folder / "train_processed.jsonl"))
    random.Random(seed).shuffle(rows)
    questions = [q for row in rows for q in _next(row, ids)][:dialogues]
    return Conversations(tuple(info), tuple(map(_work, info.values())), tuple(questions))


def _work(item: dict[str, Any]) -> str:
    def names(column: str, most: int) -> str:
        return ", ".join(list(dict.fromkeys(item.get(column, [])))[:most])

    people = f"by {names('director', 4)}. with {names('actor', 4)}"
    return f"{item['name']} ({item.get('year', '')}). {names('genre', 8)}. {people}"


def _next(row: dict[str, Any], ids: dict[str, str]) -> Iterator[Question]:
    """Yield the question of a row if it asks for something that was not named before."""
    named = [ids[e] for e in dict.fromkeys(row["entity"]) if e in ids]
    target, context = row["rec"][0], row["context"]
    if target not in ids or ids[target] in named or target in " ".join(context) or not context:
        return
    # The message before the answer is the seeker's, and they take turns.
    seeker = len(context) % 2
    roles = ["user" if n % 2 != seeker else "assistant" for n in range(len(context))]
    said = [
        ChatMessage.model_validate({"role": r, "content": t})
        for r, t in zip(roles, context, strict=True)
    ]
    query = Query(text=context[-1], conversation=tuple(said), similar_to=tuple(named))
    yield Question(NOTHING_CHOSEN, query, ids[target], frozenset(named))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
