"""What each ingredient of a context adds to the dual encoder; prints JSON.

    python benchmarks/towers.py [--set redial|opendialkg] [--dialogues 700] [--cache FOLDER]

The question is the item that the recommender of a training conversation names next, among all
items but those named before. Of ReDial the first four of seven parts of the dialogues ("tune")
are those that the weights were chosen on; the rest ("check") is reported beside them.
docs/dual-encoder.md says what the figures mean. No test file is read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recllm.encoder import MiniLMEncoder
from recllm.evaluation.scenario_catalogs import data_directory
from recllm.protocols import Encoder
from recllm.retrieval.context import WEIGHTS, Vector, Weights
from recllm.retrieval.towers import ContextTower, EncoderTower, EndpointTower
from recllm.types import Item
from ways import dialogues
from ways.dialogues import Conversations, Question
from ways.remembering import Remembering

NOUN = "film"
NONE = WEIGHTS._replace(past=0, said=0, examples=0, liked=0, refused=0)
LADDER: dict[str, Weights] = {
    "last message": NONE,
    "+ earlier messages of the user": NONE._replace(past=WEIGHTS.past),
    "+ messages of the assistant": NONE._replace(past=WEIGHTS.past, said=WEIGHTS.past),
    "+ items named": NONE._replace(past=WEIGHTS.past, examples=WEIGHTS.examples),
    "+ items liked": WEIGHTS._replace(refused=0),
    "all (with items refused)": WEIGHTS,
    "all but earlier messages": WEIGHTS._replace(past=0),
}


class Matrix:
    """The items as a tower sees them."""

    def __init__(self, ids: tuple[str, ...], rows: Vector) -> None:
        self.ids, self.rows = ids, rows
        self.place = {i: n for n, i in enumerate(ids)}

    async def vectors(self, ids: Sequence[str]) -> Vector:
        """Return the rows of ``ids``."""
        return self.rows[[self.place[i] for i in ids]]

    async def scan(self, *, where: str = "", limit: int = 100) -> list[Item]:
        """Return items spread over all of them."""
        step = max(1, len(self.ids) // limit)
        return [Item(id=i, title=i) for i in self.ids[::step][:limit]]


async def recall(tower: ContextTower, items: Matrix, asked: Sequence[Question]) -> dict[str, float]:
    """Return recall@10 and @50 over the questions; one without an answer counts as missed."""
    place, ranks = items.place, []
    for question in asked:
        vector = await tower.encode(question.query)
        if vector is None:
            ranks.append(len(items.ids))
            continue
        scores = items.rows @ vector
        scores[[place[i] for i in question.named]] = -np.inf
        ranks.append(int((scores > scores[place[question.target]]).sum()))
    found = np.array(ranks)
    return {f"recall@{k}": round(float((found < k).mean()), 4) for k in (10, 50)}


async def measure(
    held: Conversations,
    encoder: Encoder,
    folder: Path | None = None,
    dialogues: int = 700,
    transcripts: bool = False,
) -> dict[str, Any]:
    """Return the recall of each rung of the ladder, for both parts of the dialogues."""
    memory = Remembering(encoder, folder)
    items = Matrix(held.ids, await memory.stored(held.documents))
    texts = {m.content for q in held.questions for m in q.query.conversation}
    await memory.stored(sorted(texts))
    bound = dialogues * 4 // 7
    tune = [q for q in held.questions if q.dialogue < bound]
    check = [q for q in held.questions if q.dialogue >= bound]
    towers: dict[str, ContextTower] = {
        label: EncoderTower(memory, items, NOUN, weights) for label, weights in LADDER.items()
    }
    if transcripts:
        towers["one text (transcript)"] = EndpointTower(memory, items, NOUN)
    return {
        label: {
            part: {"n": len(asked), **await recall(tower, items, asked)}
            for part, asked in (("tune", tune), ("check", check))
            if asked
        }
        for label, tower in towers.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the command line asks for and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", choices=dialogues.SETS, default="redial")
    parser.add_argument("--dialogues", type=int, default=700, help="how many are read (700)")
    parser.add_argument("--seed", type=int, default=0, help="which are drawn")
    parser.add_argument("--cache", type=Path, help="a folder for vectors, for the next run")
    parser.add_argument("--transcripts", action="store_true", help="also the context as one text")
    chosen = parser.parse_args(arguments)
    held = dialogues.load(chosen.set, data_directory(), chosen.dialogues, chosen.seed)
    found = asyncio.run(measure(held, MiniLMEncoder(), chosen.cache, chosen.dialogues))
    print(
        json.dumps(
            {"set": chosen.set, "seed": chosen.seed, "items": len(held.ids), **found}, indent=1
        )
    )


if __name__ == "__main__":
    main()
