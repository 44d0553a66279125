"""The toy films in a real index, and recommenders over them: indexed once for all tests."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from recllm.catalog.index import Catalog
from recllm.catalog.vocabulary import Vocabulary
from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.reading import Reading, read, title_ids
from recllm.encoder import HashEncoder
from recllm.events import Event, TurnDone
from recllm.llm.scripted import Reply, ScriptedLLM
from recllm.memory_store import MemoryStore
from recllm.protocols import LLM, Retriever, Store
from recllm.ranking.code import CodeRanker
from recllm.ranking.grounding import Grounder
from recllm.ranking.model import ListwiseRanker
from recllm.recommender import Limits, Recommender
from recllm.retrieval.browse import BrowseRetriever
from recllm.retrieval.concepts import ConceptRetriever
from recllm.retrieval.dual_encoder import DualEncoderRetriever
from recllm.retrieval.fusion import FusionRetriever
from recllm.retrieval.lexical import LexicalRetriever
from recllm.testing import toy as shipped
from recllm.testing.toy import toy_catalog, toy_films
from recllm.text import normalise
from recllm.trust import trust_level
from recllm.types import (
    Act,
    Bucket,
    Candidate,
    Constraint,
    Item,
    LLMRequest,
    Op,
    Recommendation,
    Session,
    Slate,
    State,
    Turn,
)

SCHEMA = shipped.SCHEMA
ENCODER = HashEncoder()
FILMS: dict[str, Item] = {film.id: film for film in toy_films()}


@cache
def lexicon() -> Lexicon:
    """What is known of the toy catalogue's words, without an index."""
    return Lexicon.of(SCHEMA, Vocabulary.build(SCHEMA, toy_films()))


@cache
def home() -> Path:
    """A folder with the indexed toy catalogue in ``catalogs``, removed at exit."""
    folder = TemporaryDirectory(prefix="recllm-toy-")
    atexit.register(folder.cleanup)
    path = Path(folder.name)
    # In a thread of its own: the caller may be running an event loop.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(toy_catalog(path / "catalogs", ENCODER))).result()
    return path


async def catalog() -> Catalog:
    """Open the toy catalogue."""
    return await Catalog.open(home() / "catalogs", "toy")


def retriever(opened: Catalog) -> FusionRetriever:
    """All three ways fused, as ``build`` puts them together."""
    ways: list[Retriever] = [
        LexicalRetriever(opened),
        DualEncoderRetriever(opened, ENCODER),
        ConceptRetriever(opened, ENCODER, words_alone=False),
        BrowseRetriever(opened),
    ]
    return FusionRetriever(ways)


async def recommender(
    llm: LLM | None = None,
    trust: str = "general",
    *,
    store: Store | None = None,
    limits: Limits | None = None,
    **changes: Any,
) -> Recommender:
    """A recommender over the toy films; without a model, all is done by code."""
    opened = await catalog()
    fallback = CodeRanker(opened)
    grounder = Grounder(opened.schema, opened.vocabulary)

    def listwise(model: LLM) -> ListwiseRanker:
        return ListwiseRanker(model, fallback, grounder, opened.schema, 0, 30)

    parts: dict[str, Any] = {
        "retriever": retriever(opened),
        "store": store or MemoryStore(),
        "fallback": fallback,
        "llm": llm,
        "ranker": listwise,
        "trust": trust_level(trust if llm else "none"),
        "limits": limits,
    }
    return Recommender(opened, **(parts | changes))


def new_session(name: str = "s") -> Session:
    """An empty session over the toy films."""
    return Session(id=name, user="ann", catalog="toy")


def slate(*ids: str, relaxed: tuple[Constraint, ...] = ()) -> Slate:
    """A slate of these films, all good fits, explained by their texts."""
    picks = tuple(
        Recommendation(item=FILMS[i], bucket=Bucket.GOOD, score=0.7, explanation=FILMS[i].text)
        for i in ids
    )
    return Slate(items=picks, relaxed=relaxed)


def after(*ids: str, message: str = "something good", state: State | None = None) -> Session:
    """A session in which ``message`` was answered with a slate of these films."""
    state = (state or State()).model_copy(update={"shown": ids})
    turn = Turn(
        message=message,
        reply="Here you are.",
        act=Act.RECOMMEND,
        lines=(f"Request: {message}",),
        slate=slate(*ids),
        state=state,
    )
    return new_session().then(turn)


def read_message(message: str, session: Session | None = None) -> Reading:
    """Read ``message`` as a turn does."""
    named = {i: FILMS[i] for i in title_ids(message, lexicon())}
    return read(message, session or new_session(), lexicon(), named)


def candidates(*ids: str) -> tuple[Candidate, ...]:
    """Candidates in this order, with the scores of a fused search."""
    return tuple(
        Candidate(item=FILMS[i], score=1 / (60 + n), ranks={"bm25": n})
        for n, i in enumerate(ids, start=1)
    )


def where(attribute: str, op: str, *values: str | float, words: str = "") -> Constraint:
    """A condition in short."""
    return Constraint(attribute=attribute, op=Op(op), values=values, words=words)


def written(constraints: Sequence[Constraint]) -> list[str]:
    """Conditions as plain text, for comparing: ``year >= 1990``."""
    return [f"{c.attribute} {c.op.value} {_values(c)}" for c in constraints]


def _values(constraint: Constraint) -> str:
    return " | ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in constraint.values)


# ── Models ───────────────────────────────────────────────────────────────────────────────────

DECIDED = "Wants: something scary in space\nRequest: scary film in space\nConcepts: +scary, +space"
RANKED = "[1] good fit | It fits.\n[2] fair fit | It is close."
RESPONDED = "Response: I would start with the first one. Shall I look for others?"


def model(decide: Reply = DECIDED, rank: Reply = RANKED, respond: Reply = RESPONDED) -> ScriptedLLM:
    """A model that says the same in each stage, again and again, or fails there."""
    said = {"decide": decide, "rank": rank, "respond": respond}

    def reply(request: LLMRequest) -> str:
        answer = said[request.stage]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, str) else answer(request)

    return ScriptedLLM([reply], repeat=True)


async def events(talker: Recommender, session: Session, message: str) -> list[Event]:
    """All events of one turn."""
    return [event async for event in talker.stream(session, message)]


def told(happened: Sequence[Event]) -> Turn:
    """The finished turn among the events."""
    return next(e.turn for e in happened if isinstance(e, TurnDone))


def known_titles(text: str) -> set[str]:
    """The toy films whose titles, of two words or more, stand in ``text``."""
    padded = f" {normalise(text)} "
    long = [f for f in FILMS.values() if len(normalise(f.title).split()) > 1]
    return {f.id for f in long if f" {normalise(f.title)} " in padded}
