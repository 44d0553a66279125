"""The whole stage of retrieval, with all ways that need no language model, in a conversation.

The queries have what a turn gives them: words, a concept of the catalogue, items liked, refused and
named, earlier messages, and items that were shown. The encoder is the shipped one and takes its
time; the vectors of the wishes are then replaced by the synthetic ones, which lie among the items.
"""

from __future__ import annotations

import csv
import gc
import zlib
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import numpy.typing as npt

from indexes.ours import LIMIT, NAME, Ask, fused, timed
from indexes.synthetic import GENRES, Query, part
from indexes.truth import CASES
from indexes.work import Run, Saved, say
from recllm.catalog.index import Catalog
from recllm.encoder import HashEncoder, MiniLMEncoder
from recllm.protocols import Encoder
from recllm.retrieval.concept_learning import learn_concepts
from recllm.retrieval.fusion import FusionRetriever
from recllm.retrieval.learn import Source, learn_interactions
from recllm.retrieval.ways import Parts, make_ways
from recllm.types import ChatMessage, Concept, Constraint
from recllm.types import Query as Wanted
from turns.figures import Json

USERS, LIKES, READ = 20_000, 10, 20_000
"""Interactions: so many users like so many items each, of one topic, among the first items."""
_SHOWN = 9


class Placed:
    """Encodes with ``real``, then puts the vectors of the wishes where they belong."""

    name = "prepared"

    def __init__(self, run: Run, real: Encoder) -> None:
        self.dimension = run.dimension
        self._real = real
        self._wishes = {q.text: q.vector for q in run.asked()}

    async def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the vectors of ``texts``."""
        found = np.array(await self._real.encode(texts))
        for at, text in enumerate(texts):
            found[at] = self._wishes.get(text, found[at])
        return found


async def whole(run: Run, saved: Saved) -> None:
    """Learn what the ways go by, and time the stage under each condition."""
    real: Encoder = MiniLMEncoder()
    encoder = Placed(run, real if real.dimension == run.dimension else HashEncoder(run.dimension))
    if "learning" not in saved:
        saved.put("learning", await _learn(run, encoder))
    catalog = await Catalog.open(run.folder / "catalogs", NAME)
    gc.freeze()  # as the command line does once everything is open
    way = FusionRetriever(make_ways((), Parts(catalog, encoder)))
    for case in CASES:
        if f"ways_{case.name}" not in saved:
            saved.put(f"ways_{case.name}", await _found(run, way, case.where))
        if f"stage_{case.name}" not in saved:
            saved.put(f"stage_{case.name}", await timed(_ask(run, way, case.where), run.asked()))
    if "plain" not in saved:
        plain = fused(catalog, encoder)
        saved.put("plain", await timed(_ask(run, plain, ()), run.asked()))


async def _learn(run: Run, encoder: Placed) -> Json:
    """Return the seconds that concepts and co-engagement take to be learnt."""
    folder = run.folder / "catalogs"
    began, used = perf_counter(), process_time()
    await learn_concepts(folder, NAME, encoder, say)
    concepts = {"seconds": perf_counter() - began, "cpu_seconds": process_time() - used}
    path = run.folder / "interactions.csv"
    _write_interactions(run, path)
    began, used = perf_counter(), process_time()
    await learn_interactions(folder, NAME, Source(path, {}), say)
    likes = {"seconds": perf_counter() - began, "cpu_seconds": process_time() - used}
    found = {"concepts": concepts, "interactions": likes}
    return {k: {n: round(s, 1) for n, s in v.items()} for k, v in found.items()}


def _write_interactions(run: Run, path: Path) -> None:
    rng = np.random.default_rng([run.seed, 5])
    topics = part(run.space, 0, run.seed).topics[: min(READ, run.items)]
    of_topic = [np.flatnonzero(topics == t) for t in np.unique(topics)]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("user", "item"))
        for user in range(USERS):
            items = of_topic[user % len(of_topic)]
            for item in rng.choice(items, min(LIKES, len(items)), replace=False):
                rows.writerow((f"u{user}", f"i{item}"))


def _ask(run: Run, way: FusionRetriever, where: tuple[Constraint, ...]) -> Ask:
    async def ask(query: Query) -> object:
        found = await way.retrieve(wanted(run, query, where))
        if not found:
            raise RuntimeError(f"nothing was found for {query.text!r}")
        return found

    return ask


async def _found(run: Run, way: FusionRetriever, where: tuple[Constraint, ...]) -> dict[str, int]:
    """Return how many candidates each way has for the first query."""
    counts: dict[str, int] = {}
    for candidate in await way.retrieve(wanted(run, run.asked()[0], where)):
        for name in candidate.ranks:
            counts[name] = counts.get(name, 0) + 1
    return counts


def wanted(run: Run, query: Query, where: tuple[Constraint, ...]) -> Wanted:
    """Return what a turn asks retrieval for when somebody says the words of ``query``."""
    number = zlib.crc32(query.text.encode())
    most = min(READ, run.items)
    liked, refused, example, *shown = (f"i{(number * 97 + k) % most}" for k in range(_SHOWN))
    genre = f"genre {number % GENRES}"
    said = ("something good for tonight", "here is what came up", f"more {genre}, please")
    roles = ("user", "assistant", "user")
    messages = [ChatMessage(role=r, content=c) for r, c in zip(roles, said, strict=True)]
    return Wanted(
        text=query.text,
        concepts=(Concept(text=genre, attribute="genres", words=genre),),
        where=where,
        similar_to=(example,),
        exclude=tuple(shown),
        conversation=(*messages, ChatMessage(role="user", content=query.text)),
        liked=(liked,),
        rejected=(refused,),
        limit=LIMIT,
    )
