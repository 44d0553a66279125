"""Your own labelled conversations over your own catalogue.

A JSONL file, one recommending turn a line::

    {"dialogue": "s1",
     "conversation": [{"role": "user", "content": "Something like Alien, but funny"}],
     "mentioned": [{"item": "alien-1979", "role": "user"}],
     "targets": ["dark-star-1974"]}

``conversation`` is what was said before the turn, ``mentioned`` the ids of the items named or shown
in it, oldest first (a plain id is one that the person named), ``targets`` the ids that the person
took to in the turn. ``"part": "train"`` marks lines for the baselines to learn from; ``dialogue``
groups the turns of one conversation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recllm.catalog.index import Catalog
from recllm.errors import EvaluationError
from recllm.evaluation.retrieval.files import fields, read_jsonl
from recllm.evaluation.retrieval.values import Dataset, Instance, Mention, Training
from recllm.types import ChatMessage

NAME = "own"
_PARTS = ("test", "train")


async def load_own(path: Path, catalog: Catalog) -> Dataset:
    """Load the labelled turns of ``path`` over the items of ``catalog``.

    Raises:
        EvaluationError: the file is not as expected, or names an item that is not there.
    """
    items = tuple(await catalog.scan(limit=catalog.size))
    known = frozenset(i.id for i in items)
    parts: dict[str, list[Instance]] = {part: [] for part in _PARTS}
    for number, row in enumerate(read_jsonl(path), start=1):
        with fields(path, number):
            instance = _instance(number, row)
            parts[_PARTS[_PARTS.index(row.get("part", "test"))]].append(instance)
        _check(instance, known, path, number, catalog.name)
    if not parts["test"]:
        raise EvaluationError(f"{str(path)!r} has no turn to measure on; see 'own' in the docs")
    return Dataset(
        name=f"{NAME}-{catalog.name}",
        items=items,
        schema=catalog.schema,
        instances=tuple(parts["test"]),
        train=Training(instances=tuple(parts["train"])),
    )


def _instance(number: int, row: dict[str, Any]) -> Instance:
    mentioned = tuple(_mention(m) for m in row.get("mentioned", ()))
    targets = tuple(dict.fromkeys(str(t) for t in row["targets"]))
    return Instance(
        id=str(number),
        dialogue=str(row.get("dialogue", number)),
        conversation=tuple(ChatMessage.model_validate(m) for m in row["conversation"]),
        mentioned=mentioned,
        targets=targets,
        seen=tuple(dict.fromkeys(m.item for m in mentioned)),
    )


def _mention(given: Any) -> Mention:
    if isinstance(given, str):
        return Mention(given, "user")
    return Mention(str(given["item"]), "assistant" if given["role"] == "assistant" else "user")


def _check(instance: Instance, known: frozenset[str], path: Path, number: int, name: str) -> None:
    for item in (*instance.targets, *(m.item for m in instance.mentioned)):
        if item not in known:
            raise EvaluationError(
                f"row {number} of {str(path)!r} names the item {item!r}, which is not in catalogue "
                f"{name!r}; 'recllm catalog show {name}' shows its items"
            )
