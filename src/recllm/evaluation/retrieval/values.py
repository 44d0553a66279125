"""What a retrieval data set is made of: items, instances to rank for, and parts to learn from.

How to use a data set::

    from recllm.evaluation.retrieval.datasets import load_dataset

    dataset = load_dataset("redial-zeroshot", directory)
    dataset.items             # recllm Items; their ids are used everywhere below
    dataset.instances         # to measure on, never to learn from
    dataset.train.instances   # the same form, from training dialogues whose text is known
    dataset.train.dialogues   # all training dialogues: who named what, what was liked

An :class:`Instance` of the training part has the ``dialogue`` of the :class:`Dialogue` that it was
cut from, so that counts over ``train.dialogues`` can leave its own dialogue out: otherwise a
feature made of them knows the answer in training and not in the test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from recllm.types import ChatMessage, Item, Schema, Value

Speaker = Literal["user", "assistant"]


class Mention(NamedTuple):
    """An item that was named, and by whom."""

    item: str
    role: Speaker


class Instance(Value):
    """One recommending turn: what was said and named before it, and what was recommended in it.

    Attributes:
        id: where it stands in its file.
        dialogue: the dialogue that it was cut from.
        conversation: what was said before, the newest last.
        mentioned: the items named before, oldest first; an item named again is there again.
        entities: what else was named (people, genres), oldest first, where the file says so.
        targets: the items recommended in this turn, in the order of the file.
        seen: ids that do not count as a recommendation under the condition "new".
        exclude: ids that must not be ranked: those of ``seen`` under the condition "new".
    """

    id: str
    dialogue: str
    conversation: tuple[ChatMessage, ...] = ()
    mentioned: tuple[Mention, ...] = ()
    entities: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The items named before, each once, the last named first."""
        return tuple(dict.fromkeys(m.item for m in reversed(self.mentioned)))

    @property
    def last_said(self) -> str:
        """The last message of the person who looks for something."""
        said = (m.content for m in reversed(self.conversation) if m.role == "user")
        return next(said, "")


class Label(Value):
    """What the two people said of an item afterwards; None is "did not say"."""

    item: str
    suggested: bool | None = None
    seen: bool | None = None
    liked: bool | None = None


class Dialogue(Value):
    """A training dialogue. ``conversation`` is empty where only the mentions are known."""

    id: str
    conversation: tuple[ChatMessage, ...] = ()
    mentioned: tuple[Mention, ...] = ()
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True)
class Training:
    """What may be learned from."""

    instances: tuple[Instance, ...] = ()
    dialogues: tuple[Dialogue, ...] = ()


class Coverage(Value):
    """How much of a file could be linked to the items of the data set."""

    what: str
    linked: int
    total: int


@dataclass(frozen=True)
class Dataset:
    """A frozen data set. ``keys`` maps ids to what they are matched by, where that is not the id.

    Two items of one key are the same for the metrics (the remakes of He et al. 2023, who match by
    name without the year); a key counts at its first place in a ranking.
    """

    name: str
    items: tuple[Item, ...]
    schema: Schema
    instances: tuple[Instance, ...]
    train: Training = Training()
    keys: Mapping[str, str] = field(default_factory=dict)
    coverage: tuple[Coverage, ...] = ()

    def key(self, item: str) -> str:
        """Return what ``item`` is matched by."""
        return self.keys.get(item, item)
