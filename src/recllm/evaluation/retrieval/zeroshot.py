"""ReDial as He et al. test language models on it (CIKM 2023, "LLMs as Zero-Shot CRS").

The protocol "filtered, new items": messages of the recommender with at least one film; all before
is context; one row for each target; what was named before does not count and is not ranked. Items
are matched by name without the year (:func:`matched_name`), as in the authors' code, so that the
4,778 targets are 490 repeated and 4,288 new ones. The candidates are 6,281 items.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from recllm.evaluation.retrieval.files import fields, find, read_json, read_jsonl
from recllm.evaluation.retrieval.redial_films import SCHEMA, Record, make_item, read_records
from recllm.evaluation.retrieval.redial_train import Films, Link, read_training
from recllm.evaluation.retrieval.titles import Linker, Places, from_dbpedia, read_title
from recllm.evaluation.retrieval.values import (
    Coverage,
    Dataset,
    Instance,
    Mention,
    Speaker,
)
from recllm.text import normalise
from recllm.types import ChatMessage, Item

NAME = "redial-zeroshot"
TEST = ("redial/zeroshot_test.jsonl", "data/redial/test.jsonl", "test.jsonl")
ENTITIES = ("redial/zeroshot_entity2id.json", "data/redial/entity2id.json", "entity2id.json")
CANDIDATES = ("redial/zeroshot_item_ids.json", "data/redial/item_ids.json", "item_ids.json")


def matched_name(resource: str) -> str:
    """Return what He et al. match by: the resource's name without brackets and hyphens."""
    text = resource.split("/")[-1]
    for sign in "_->":
        text = text.replace(sign, " ")
    return " ".join(re.sub(r"\([^()]*\)", "", text).split())


def load_zeroshot(directory: Path) -> Dataset:
    """Load the test file, the candidates and the training parts.

    Raises:
        EvaluationError: a file is missing or not as expected.
    """
    test = find(directory, TEST, NAME)
    resources = {str(v): str(k) for k, v in read_json(find(directory, ENTITIES, NAME)).items()}
    candidates = [str(i) for i in read_json(find(directory, CANDIDATES, NAME))]
    films = Films.read(directory)
    titles = {i: from_dbpedia(resources[i]) for i in candidates}
    linker = Linker({i: read_title(t) for i, t in titles.items()})
    records = _linked(read_records(directory, films), linker)
    items = tuple(_item(i, titles[i], records.get(i, [])) for i in candidates)
    links: dict[str, str | None] = {}

    def link(number: str, title: str) -> str | None:
        if title not in links:
            links[title] = linker(title)
        return links[title]

    rows = _Rows({i: matched_name(r) for i, r in resources.items()}, candidates)
    places = Places([*titles.items(), *((i, r.title) for i, rs in records.items() for r in rs)])
    instances = []
    for number, row in enumerate(read_jsonl(test)):
        with fields(test, number + 1):
            instances.append(rows.instance(number, row, places))
    return Dataset(
        name=NAME,
        items=items,
        schema=SCHEMA,
        instances=tuple(instances),
        train=read_training(directory, films, link),
        keys={i: matched_name(resources[i]) for i in candidates},
        coverage=_coverage(items, films, link),
    )


def _linked(records: list[Record], linker: Linker) -> dict[str, list[Record]]:
    """Return the records of each item; what has only a number is found by that number."""
    titles = {r.number: r.title for r in records if r.title}
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        title = record.title or titles.get(record.number, "")
        item = linker(title) if title else None
        if item:
            found[item].append(record._replace(title=title))
    return found


def _item(name: str, own: str, records: list[Record]) -> Item:
    """Make an item of the year in its own title, else of the one that people named most.

    Records of films of that name of other years are left out.
    """
    named = [r for r in records if read_title(r.title).year]
    best = max(named, key=lambda r: r.named, default=None)
    title = best.title if best and not read_title(own).year else own
    year = read_title(title).year
    same = [r for r in records if _near(read_title(r.title).year, year)]
    return make_item(name, title, same)


def _near(year: int | None, wanted: int | None) -> bool:
    return year is None or wanted is None or abs(year - wanted) <= 1


class _Rows:
    """Makes instances of the rows of the test file."""

    def __init__(self, names: dict[str, str], candidates: list[str]) -> None:
        self._names, self._candidates = names, frozenset(candidates)
        self._called: dict[str, list[str]] = defaultdict(list)
        for item in candidates:
            self._called[names[item]].append(item)

    def instance(self, number: int, row: dict[str, Any], places: Places) -> Instance:
        """Read one row; ``number`` is the ``idx`` of the authors' result files."""
        before = dict.fromkeys(str(e) for e in row["prev_entity"])
        conversation = speakers([str(text) for text in row["context"]])
        mentioned = mentions([e for e in before if e in self._candidates], conversation, places)
        names = dict.fromkeys(self._names[e] for e in before)
        return Instance(
            id=str(number),
            dialogue=str(row["dialog_id"]),
            conversation=conversation,
            mentioned=mentioned,
            targets=tuple(str(t) for t in row["rec"]),
            seen=tuple(i for name in names for i in self._called.get(name, ())),
        )


def speakers(texts: list[str]) -> tuple[ChatMessage, ...]:
    """Tell who said what: the two take turns, and the person looking for something spoke last."""
    count = len(texts)
    roles: list[Speaker] = ["assistant" if (count - n) % 2 == 0 else "user" for n in range(count)]
    return tuple(
        ChatMessage(role=role, content=text)
        for role, text in zip(roles, texts, strict=True)
        if text.strip()
    )


def mentions(
    items: list[str], conversation: tuple[ChatMessage, ...], places: Places
) -> tuple[Mention, ...]:
    """Find where ``items`` are named; those that are not found are taken as named first."""
    found: list[tuple[int, int, Mention]] = []
    said = [normalise(m.content) for m in conversation]
    for item in items:
        before = len(found)
        for turn, (message, text) in enumerate(zip(conversation, said, strict=True)):
            place = places.find(item, text)
            if place >= 0:
                role: Speaker = "user" if message.role == "user" else "assistant"
                found.append((turn, place, Mention(item, role)))
        if len(found) == before:
            found.append((-1, 0, Mention(item, "user")))
    return tuple(m for _, _, m in sorted(found, key=lambda f: f[:2]))


def _coverage(items: tuple[Item, ...], films: Films, link: Link) -> tuple[Coverage, ...]:
    linked = {n: link(n, t) for n, t in films.titles.items()}
    named = sum(films.named[n] for n, item in linked.items() if item)
    counts = {
        "films of ReDial linked": (sum(map(bool, linked.values())), len(linked)),
        "mentions of films linked": (named, sum(films.named.values())),
        "items with a plot": (sum(bool(i.text) for i in items), len(items)),
        "items with genres": (sum("genres" in i.attributes for i in items), len(items)),
    }
    return tuple(Coverage(what=w, linked=n, total=total) for w, (n, total) in counts.items())
