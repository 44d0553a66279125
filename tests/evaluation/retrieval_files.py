"""Tiny files in the formats of the data sets, made here; films and people are invented."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

RESOURCE = "<http://dbpedia.org/resource/{}>"
ENTITIES = {
    "Moon_Race": 0,
    "Red_Harbour_(film)": 1,
    "Red_Harbour_(2010_film)": 2,
    "Old_Mill": 3,
    "Anna_Actor": 4,
    "Semi-Detached": 5,
}
CANDIDATES = [0, 1, 2, 3, 5]
FILMS = {
    "100": "Moon Race (1999)",
    "101": "Red Harbour (1980)",
    "102": "Red Harbour (2010)",
    "103": "Old Mill  (2001)",
    "104": "Semi-Detached (2005)",
    "105": "Nowhere To Be Found (1990)",
}
LIKED = {"suggested": 0, "seen": 1, "liked": 1}
SUGGESTED = {"suggested": 1, "seen": 0, "liked": 2}


def write(directory: Path) -> Path:
    """Write all files below ``directory`` and return it."""
    _redial(directory / "redial")
    _opendialkg(directory / "opendialkg")
    return directory


def jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write ``rows``, an object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def table(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write ``rows`` as CSV with a header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _redial(folder: Path) -> None:
    jsonl(folder / "zeroshot_test.jsonl", zeroshot_rows())
    entities = {RESOURCE.format(name): number for name, number in ENTITIES.items()}
    (folder / "zeroshot_entity2id.json").write_text(json.dumps(entities), "utf-8")
    (folder / "zeroshot_item_ids.json").write_text(json.dumps(CANDIDATES), "utf-8")
    table(
        folder / "movies_with_mentions.csv",
        [{"movieId": n, "movieName": t, "nbMentions": 5} for n, t in FILMS.items()],
    )
    info = {
        number: {
            "name": " ".join(title.split()),
            "genre": ["drama"],
            "plot": f"About {title.split(' (')[0].lower()}.",
            "director": ["Dora Director"],
            "star": ["Anna Actor"],
        }
        for number, title in FILMS.items()
    }
    (folder / "ievalm_id2info.json").write_text(json.dumps(info), "utf-8")
    jsonl(folder / "ievalm_test_processed.jsonl", ievalm_rows())
    jsonl(folder / "train_text_union.jsonl", told_rows())
    jsonl(folder / "train_mentions_resolved.jsonl", named_rows())


def zeroshot_rows() -> list[dict[str, Any]]:
    """Three turns of two dialogues: five targets, of which a name was said before in two."""
    return [
        {
            "context": ["", "Hi, I liked Moon Race (1999)"],
            "rec": [1, 3],
            "prev_entity": [0, 4],
            "dialog_id": "test_1",
            "is_user": 0,
        },
        {
            "context": ["", "Hi, I liked Moon Race (1999)", "Try Red Harbour (1980)", "What else?"],
            "rec": [2, 5],
            "prev_entity": [0, 4, 1],
            "dialog_id": "test_1",
            "is_user": 0,
        },
        {
            "context": ["Hello", "Hi, Old Mill (2001) was good"],
            "rec": [3],
            "prev_entity": [3],
            "dialog_id": "test_2",
            "is_user": 0,
        },
    ]


def ievalm_rows() -> list[dict[str, Any]]:
    """Two turns of one dialogue, with three targets; one was named before."""
    return [
        {
            "dialog_id": "1",
            "turn_id": 1,
            "context": ["I liked Moon Race (1999)"],
            "entity": ["Moon Race (1999)", "Anna Actor"],
            "rec": ["Red Harbour (1980)", "Old Mill (2001)"],
        },
        {
            "dialog_id": "1",
            "turn_id": 3,
            "context": ["I liked Moon Race (1999)", "Try Red Harbour (1980)", "Why?"],
            "entity": ["Moon Race (1999)", "Anna Actor", "Red Harbour (1980)"],
            "rec": ["Red Harbour (1980)"],
        },
    ]


def told_rows() -> list[dict[str, Any]]:
    """Two training dialogues whose text is known: one by number, one by title."""
    return [
        {
            "source": "a",
            "conversationId": "7",
            "turns": [
                {"role": "seeker", "text": "I loved"},
                {"role": "seeker", "text": "@100 ."},
                {"role": "recommender", "text": "Have you seen @103?"},
                {"role": "seeker", "text": "No"},
                {"role": "recommender", "text": "And @104 or @999"},
            ],
            "movieMentions": {"100": FILMS["100"], "103": FILMS["103"], "104": FILMS["104"]},
            "initiatorQuestions": {"100": LIKED, "103": SUGGESTED},
            "respondentQuestions": {},
        },
        {
            "source": "b",
            "conversationId": "b-1",
            "turns": [
                {"role": "seeker", "text": 'I saw "Moon Race  (1999)" and "Red Harbour (1980)"'},
                {"role": "recommender", "text": 'Then "Old Mill (2001)"'},
            ],
        },
    ]


def named_rows() -> list[dict[str, Any]]:
    """Three training dialogues of mentions: one is also told, one is told under another number."""
    return [
        _named("7", ("seeker", "100"), ("recommender", "103"), ("recommender", "104")),
        _named("8", ("seeker", "100"), ("seeker", "101"), ("recommender", "103")),
        _named("9", ("seeker", "100"), ("recommender", "104")),
    ]


def _named(dialogue: str, *mentions: tuple[str, str]) -> dict[str, Any]:
    known = [{"role": r, "movieId": n, "movieName": FILMS[n]} for r, n in mentions]
    private = {"role": "seeker", "movieId": None, "movieName": None}
    return {"conversationId": dialogue, "mentions": [*known, private]}


def _opendialkg(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = ["Moon Race", "Red Harbour", "Old Mill"]
    info = {
        str(n): {"name": name, "year": "1999", "genre": ["Drama"]} for n, name in enumerate(names)
    }
    (folder / "id2info.json").write_text(json.dumps(info), "utf-8")
    jsonl(folder / "test_processed.jsonl", [_turn(1, ["Anna Actor", "Moon Race"], "Old Mill")])
    train = [
        _turn(1, ["Anna Actor", "Moon Race"], "Old Mill"),
        _turn(2, ["Semi-Detached"], "Red Harbour"),
        _turn(3, ["Moon Race"], "Red Harbour"),
    ]
    jsonl(folder / "train_processed.jsonl", train)


def _turn(dialogue: int, entities: list[str], target: str) -> dict[str, Any]:
    said = [f"Something like {entities[-1]}?"]
    return {
        "dialog_id": dialogue,
        "turn_id": 1,
        "context": said,
        "entity": entities,
        "rec": [target],
    }
