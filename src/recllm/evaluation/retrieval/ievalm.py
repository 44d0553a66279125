"""ReDial as iEvaLM tests recommenders on it offline (Wang et al., EMNLP 2023, "Original").

Every message of the recommender that names a film is an instance; items are matched by their whole
name, year included. 4,499 targets, of which 463 were named before and 4,036 are new; 6,576 items.
Its own training file is not published with it; the training parts of ReDial are used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recllm.evaluation.retrieval.files import fields, find, read_json, read_jsonl
from recllm.evaluation.retrieval.redial_films import SCHEMA, Record, make_item, read_records
from recllm.evaluation.retrieval.redial_train import Films, read_training
from recllm.evaluation.retrieval.titles import Linker, Places, read_title
from recllm.evaluation.retrieval.values import Coverage, Dataset, Instance
from recllm.evaluation.retrieval.zeroshot import mentions, speakers

NAME = "redial-ievalm"
TEST = (
    "redial/ievalm_test_processed.jsonl",
    "data/redial_eval/test_data_processed.jsonl",
    "test_data_processed.jsonl",
)
DETAILS = ("redial/ievalm_id2info.json", "data/redial/id2info.json", "id2info.json")


def load_ievalm(directory: Path) -> Dataset:
    """Load the test file, the items and the training parts; ids are the items' names.

    Raises:
        EvaluationError: a file is missing or not as expected.
    """
    test = find(directory, TEST, NAME)
    details = dict(read_json(find(directory, DETAILS, NAME)))
    names = {number: str(info["name"]) for number, info in details.items()}
    films = Films.read(directory)
    records: dict[str, list[Record]] = {}
    for record in read_records(directory, films):
        if record.number in names:
            records.setdefault(names[record.number], []).append(record)
    items = tuple(make_item(n, n, rs) for n, rs in records.items())
    linker = Linker({i.id: read_title(i.id) for i in items})
    by_name = {" ".join(name.split()): name for name in records}

    def link(number: str, title: str) -> str | None:
        return names.get(number) or by_name.get(" ".join(title.split())) or linker(title)

    places = Places((i.id, i.id) for i in items)
    instances = []
    for number, row in enumerate(read_jsonl(test)):
        with fields(test, number + 1):
            instances.append(instance_of(number, row, frozenset(records), places))
    linked = sum(bool(link(n, t)) for n, t in films.titles.items())
    return Dataset(
        name=NAME,
        items=items,
        schema=SCHEMA,
        instances=tuple(instances),
        train=read_training(directory, films, link),
        coverage=(Coverage(what="films of ReDial linked", linked=linked, total=len(films.titles)),),
    )


def instance_of(
    number: int, row: dict[str, Any], items: frozenset[str], places: Places
) -> Instance:
    """Read a row of iEvaLM's processed files, whose entities and targets are names."""
    conversation = speakers([str(text) for text in row["context"]])
    entities = [str(e) for e in row["entity"]]
    named = list(dict.fromkeys(e for e in entities if e in items))
    return Instance(
        id=str(number),
        dialogue=str(row["dialog_id"]),
        conversation=conversation,
        mentioned=mentions(named, conversation, places),
        entities=tuple(e for e in entities if e not in items),
        targets=tuple(str(t) for t in row["rec"]),
        seen=tuple(named),
    )
