"""OpenDialKG as iEvaLM tests recommenders on it offline (Wang et al., EMNLP 2023).

Its split samples turns, not dialogues: 594 of the 1,188 test turns have their own dialogue in the
training file. ``opendialkg`` leaves those dialogues out of the training part; ``opendialkg-leaky``
is the split as it was published.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recllm.evaluation.retrieval.files import fields, find, read_json, read_jsonl
from recllm.evaluation.retrieval.ievalm import instance_of
from recllm.evaluation.retrieval.titles import Places
from recllm.evaluation.retrieval.values import Coverage, Dataset, Instance, Training
from recllm.types import Attribute, AttributeValue, Item, Kind, Role, Schema

NAME = "opendialkg"
LEAKY = "opendialkg-leaky"
DETAILS = ("opendialkg/id2info.json", "data/opendialkg/id2info.json", "id2info.json")
TEST = ("opendialkg/test_processed.jsonl", "data/opendialkg_eval/test_data_processed.jsonl")
TRAIN = ("opendialkg/train_processed.jsonl", "data/opendialkg_eval/train_data_processed.jsonl")

SCHEMA = Schema(
    attributes=(
        Attribute(name="year", kind=Kind.NUMBER, role=Role.YEAR),
        Attribute(name="genres", kind=Kind.LIST, role=Role.GENRE),
        Attribute(name="directors", kind=Kind.LIST, role=Role.CREATOR),
        Attribute(name="writers", kind=Kind.LIST, role=Role.CREATOR),
        Attribute(name="actors", kind=Kind.LIST, role=Role.PERFORMER),
        Attribute(name="languages", kind=Kind.LIST, role=Role.LANGUAGE),
    ),
    noun="item",
)
_COLUMNS = {
    "genres": "genre",
    "directors": "director",
    "writers": "writer",
    "actors": "actor",
    "languages": "language",
}


def load_opendialkg(directory: Path) -> Dataset:
    """Load the split without the test dialogues in its training part; ids are names.

    Raises:
        EvaluationError: a file is missing or not as expected.
    """
    return _load(directory, NAME, leaky=False)


def load_leaky(directory: Path) -> Dataset:
    """Load the split as it was published.

    Raises:
        EvaluationError: a file is missing or not as expected.
    """
    return _load(directory, LEAKY, leaky=True)


def _load(directory: Path, name: str, *, leaky: bool) -> Dataset:
    infos = dict(read_json(find(directory, DETAILS, name)))
    items = {str(info["name"]): _item(info) for info in infos.values()}
    places = Places((i, i) for i in items)
    known = frozenset(items)
    test = _instances(find(directory, TEST, name), known, places)
    train = _instances(find(directory, TRAIN, name), known, places)
    tested = {i.dialogue for i in test}
    clean = tuple(i for i in train if i.dialogue not in tested)
    shared = tested & {i.dialogue for i in train}
    leaked = sum(i.dialogue in shared for i in test)
    used = train if leaky else clean
    return Dataset(
        name=name,
        items=tuple(items.values()),
        schema=SCHEMA,
        instances=test,
        train=Training(instances=used),
        coverage=(
            Coverage(what="test turns whose dialogue is in train", linked=leaked, total=len(test)),
            Coverage(
                what="train turns used", linked=len(train if leaky else clean), total=len(train)
            ),
        ),
    )


def _instances(path: Path, items: frozenset[str], places: Places) -> tuple[Instance, ...]:
    found = []
    for number, row in enumerate(read_jsonl(path)):
        with fields(path, number + 1):
            found.append(instance_of(number, row, items, places))
    return tuple(found)


def _item(info: dict[str, Any]) -> Item:
    attributes: dict[str, AttributeValue] = {
        column: tuple(dict.fromkeys(str(v) for v in info.get(field) or ()))
        for column, field in _COLUMNS.items()
        if info.get(field)
    }
    year = str(info.get("year") or "")[:4]
    if year.isdecimal():
        attributes["year"] = float(year)
    name = str(info["name"])
    return Item(id=name, title=name, attributes=attributes)
