"""One turn, and a conversation made of turns. Read this first.

A message is read literally by code, decided on by code or a model, answered at once or searched
for; what is found is ranked and explained, and the reply is checked against the records. How much
of it a model does is said by one :class:`recllm.trust.Trust`. Whatever fails costs quality, never
the turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter

from recllm.dialogue import phrases
from recllm.dialogue.known import FactReader, informed
from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.manager import DialogueManager
from recllm.dialogue.moves import Move
from recllm.dialogue.plan import make_plan
from recllm.dialogue.query import build_query, literal_decision, model_where, spoken, with_model
from recllm.dialogue.reading import read, title_ids
from recllm.dialogue.spelling import respell
from recllm.dialogue.state import merge, state_before
from recllm.dialogue.transcript import Style, decision_lines
from recllm.draft import Draft, finished, said, wants_search, without
from recllm.errors import LLMError, ParseError, RecLLMError
from recllm.events import Deciding, Event, Searching, SlateReady, TurnDone
from recllm.finding import find, of_known_items
from recllm.llm.tracing import TracingLLM
from recllm.profiles.remembering import Memory
from recllm.protocols import LLM, Ranker, Retriever, Store, User
from recllm.ranking.grounding import Grounder, Grounds
from recllm.ranking.remembered import grounded
from recllm.reminding import Reminder
from recllm.retrieval.nearest import in_order
from recllm.services.live import AnyCatalog, LiveCatalog
from recllm.trust import Trust
from recllm.types import Act, Decision, Query, Session, Slate

LONGEST_MESSAGE = 2000
"""Characters of a message that are read; more is cut and the user told."""


@dataclass(frozen=True)
class Limits:
    """Sizes and times of a turn: items of a slate, and seconds for a call and for all calls."""

    slate_size: int = 4
    call_timeout: float = 30.0
    turn_timeout: float = 60.0
    seed: int = 0


class Recommender:
    """Talks with people over one catalogue; one object serves any number of conversations.

    Args:
        catalog: what can be recommended.
        retriever: finds candidates (usually a fusion of several ways).
        ranker: makes the ranker of a turn, given the turn's model (None: by code).
        fallback: ranks when a model is not to, or fails.
        store: where sessions are kept.
        llm: the language model, or None.
        trust: what the model is trusted with.
        style: which rendering of the transcript the model understands.
        limits: sizes and times.
        memory: what people are remembered by; None: nobody is.
    """

    def __init__(
        self,
        catalog: AnyCatalog,
        retriever: Retriever,
        store: Store,
        fallback: Ranker,
        *,
        llm: LLM | None = None,
        ranker: Callable[[LLM], Ranker] | None = None,
        trust: Trust | None = None,
        style: Style = "instruct",
        limits: Limits | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.catalog = catalog
        self.store = store
        self.llm = llm
        self.trust = trust or Trust()
        self.memory = memory
        self._retriever = retriever
        self._fallback = fallback
        self._ranker = ranker
        self._style: Style = style
        self._limits = limits or Limits()
        self._learn_words()

    def _learn_words(self) -> None:
        self._lexicon = Lexicon.of(self.catalog.schema, self.catalog.vocabulary)
        self._grounder = Grounder(self.catalog.schema, self.catalog.vocabulary)
        reader = FactReader(self._lexicon, self.catalog.name)
        self._reminder = Reminder(self.memory, reader, self.catalog) if self.memory else None

    async def reply(self, session: Session, message: str) -> Session:
        """Answer ``message`` and return the longer session: :meth:`stream`, drained."""
        async for event in self.stream(session, message):
            if isinstance(event, TurnDone):
                session = session.then(event.turn)
        return session

    async def stream(self, session: Session, message: str) -> AsyncIterator[Event]:
        """Answer ``message`` event by event; the turn is stored before its :class:`TurnDone`.

        What was indexed since the last turn is found from this one on.
        What it tells of the person is read afterwards, in the background.
        """
        began = perf_counter()
        yield Deciding()
        await self._know(session)
        if await self.catalog.refresh():
            await asyncio.to_thread(self._learn_words)
        draft = await self._read(session, message)
        draft.seconds["read"] = perf_counter() - began
        async for text in self._decide(draft):
            yield said(draft, text)
        draft.seconds["decide"] = perf_counter() - began - draft.seconds["read"]
        if wants_search(draft):
            async for event in self._recommend(draft):
                yield event
        elif not draft.reply:
            async for text in self._speak(draft):
                yield said(draft, text)
        draft.seconds["turn"] = perf_counter() - began
        turn = finished(draft, self.trust, remember=bool(self.memory and self.memory.reads))
        if not session.incognito:
            await self.store.append(session, turn)
            if self.memory:
                self.memory.learn(session, turn)
        yield TurnDone(turn=turn)

    async def warm(self) -> None:
        """Load what is slow to load, so that the first turn does not wait; never fails."""
        starting = getattr(self.llm, "start", None)
        warming = getattr(self._retriever, "warm", None)
        with suppress(RecLLMError):
            if warming is not None:
                await warming()
            else:
                await self._retriever.retrieve(Query(text="hello", limit=1))
            if starting is not None:
                await starting()

    async def close(self) -> None:
        """Finish what is read in the background; release the model, stores and connections."""
        # Reading what was said last may need the model and the store.
        for part in (self.memory, self.llm, self.store, self._retriever):
            closing = getattr(part, "close", None)
            if closing is not None:
                await closing()

    # ── Understanding ────────────────────────────────────────────────────────────────────────

    async def _read(self, session: Session, message: str) -> Draft:
        """Read the message by code and merge it into the state."""
        printed = "".join(c if c.isprintable() else " " for c in message)
        text = " ".join(printed.split())[:LONGEST_MESSAGE].strip()
        # What follows reads the names as the catalogue writes them.
        spelt = respell(text, self._lexicon)
        named = await self.catalog.items(title_ids(spelt, self._lexicon))
        reading = read(spelt, session, self._lexicon, named)
        known = session.items() | named
        if reading.move is Move.UNSAY:
            state = state_before(session)
        else:
            state = merge(session.state, reading, self.catalog.schema)
        plan = make_plan(reading, session, state, self._lexicon, known, self._size)
        llm = TracingLLM(self.llm, self._limits.turn_timeout) if self.llm else None
        manager = self._manager(llm) if llm else None
        noted = reading.noted
        if plan.act is Act.ANSWER:
            noted = (*noted, f"the records say: {plan.replies[0]}")
        draft = Draft(session, text, manager, llm, reading, state, known, noted, plan)
        if self._reminder:
            await self._reminder.before(draft)
        if len(message) > LONGEST_MESSAGE:
            draft.notes.append(f"I read the first {LONGEST_MESSAGE} characters of your message.")
        return draft

    async def _know(self, session: Session) -> None:
        """Let a live catalogue know the items of the session."""
        if not isinstance(self.catalog, LiveCatalog):
            return
        items = session.items()
        known = await self.catalog.items(list(items))
        self.catalog.remember(i for i in items.values() if i.id not in known)

    @property
    def _size(self) -> int:
        """How many items there are; 0 where nobody can know."""
        return 0 if isinstance(self.catalog, LiveCatalog) else self.catalog.size

    def _manager(self, llm: TracingLLM) -> DialogueManager:
        limits = self._limits
        return DialogueManager(
            llm, self._lexicon, self._style, self.trust, limits.seed, limits.call_timeout
        )

    async def _decide(self, draft: Draft) -> AsyncIterator[str]:
        """Let a trusted model decide; yield the checked sentences of an immediate response."""
        if draft.manager is None or not self.trust.decides:
            return
        grounds = self._grounds(draft)
        try:
            async for piece in draft.manager.decide(
                draft.session, draft.message, draft.noted, draft.profile.sentences
            ):
                if isinstance(piece, Decision):
                    draft.decision = piece
                elif self.trust.act and self._holds(draft, piece, grounds):
                    yield piece
        except (LLMError, ParseError) as error:
            self._note_failure(draft, error)
            return
        if draft.decision:
            where = model_where(draft.decision, self._lexicon) if self.trust.state else ()
            draft.state = with_model(
                draft.state, draft.reading, draft.decision, where, self.trust, draft.session.slate
            )

    async def _speak(self, draft: Draft) -> AsyncIterator[str]:
        """Answer without a search, in one of code's wordings."""
        wordings = draft.plan.replies or phrases.REMARK
        yield await self._worded(draft, [wordings])

    async def _worded(self, draft: Draft, options: Sequence[Sequence[str]]) -> str:
        """Return one sentence of each list: the model's choice if it may choose, else in turn."""
        several = any(len(group) > 1 for group in options)
        chosen = ""
        if draft.manager and self.trust.wording and several:
            try:
                chosen = await draft.manager.choose(draft.message, options)
            except LLMError as error:
                # Nothing is lost but a choice of words: the trace says it, the user need not know.
                draft.dropped.append(f"model failed: {error}")
        turn = len(draft.session.turns)
        return " ".join(
            [*draft.notes, chosen or " ".join(phrases.pick(group, turn) for group in options)]
        )

    # ── Recommending ─────────────────────────────────────────────────────────────────────────

    async def _recommend(self, draft: Draft) -> AsyncIterator[Event]:
        """Search, rank, show the slate, then say something about it."""
        if draft.reply:
            draft.reply.append(" ")
        said_so_far = spoken(draft.session, draft.message)
        query = build_query(draft.state, draft.reading, draft.decision, self.trust, said_so_far)
        query = informed(query, draft.profile, draft.reading)
        query = await of_known_items(query, self.catalog)
        yield Searching(query=query)
        began = perf_counter()
        size = draft.reading.how_many or self._limits.slate_size
        draft.found, noted = await find(self._retriever, query, self.catalog, size)
        draft.seconds["search"] = perf_counter() - began
        draft.notes += draft.found.notes
        began = perf_counter()
        if self._reminder:
            await self._reminder.after(draft)
            draft.seconds["remind"] = perf_counter() - began
            began = perf_counter()
        slate = await self._rank(draft)
        draft.seconds["rank"] = perf_counter() - began
        # What was said stands in the turns: kept in each trace too, a session would grow squared.
        traced = query.model_copy(update={"conversation": ()})
        draft.trace = draft.trace.model_copy(update={"query": traced, "search": tuple(noted)})
        if slate.items:
            draft.slate = slate
            yield SlateReady(slate=slate)
        async for text in self._respond(draft, slate):
            yield said(draft, text)

    async def _rank(self, draft: Draft) -> Slate:
        """Rank by the model if it is trusted with that, by code otherwise or if it fails."""
        size = draft.reading.how_many or self._limits.slate_size
        candidates = draft.found.candidates
        state = without(draft.state, draft.found)
        facts = draft.profile.facts
        slate: Slate | None = None
        # A decision that had to be asked for twice has used up the ranker's call.
        may_call = draft.llm is not None and len(draft.llm.calls) < 2
        if candidates and self._ranker and draft.llm and may_call and self.trust.ranking:
            ranker = self._ranker(draft.llm)
            try:
                slate = await ranker.rank(draft.message, state, candidates, size, facts)
            except LLMError as error:
                self._note_failure(draft, error)
            draft.dropped += getattr(ranker, "dropped", [])
        if slate is None:
            slate = await self._fallback.rank(draft.message, state, candidates, size, facts)
        order = draft.reading.wishes.order
        items = in_order(slate.items, order, self.catalog.schema) if order else slate.items
        return Slate(items=items, relaxed=draft.found.relaxed)

    async def _respond(self, draft: Draft, slate: Slate) -> AsyncIterator[str]:
        """Yield the reply over the slate: the model's checked sentences, or code's words."""
        schema = self.catalog.schema
        if not slate.items:
            # Where the search itself failed, that nothing was found says nothing.
            nothing = phrases.nothing_found(schema, len(draft.state.shown))
            yield " ".join([*draft.notes, *([] if draft.found.notes else [nothing])])
            return
        began, told = perf_counter(), False
        # Of a live catalogue nobody knows what is not in it.
        missing = draft.reading.unknown if self._size else ()
        unsure = phrases.caveats(missing, draft.reading.lacking)
        async for sentence in self._model_reply(draft, slate):
            if not told and draft.reading.lacking:
                yield phrases.caveats((), draft.reading.lacking)
            if not told and slate.relaxed:
                yield phrases.relaxed_note(slate, schema).rstrip(":") + "."
            told = True
            yield sentence
        if not told:
            wished = draft.trace.query is not None and draft.trace.query.wished
            options = phrases.over_slate(slate, schema, wished)
            yield f"{unsure} {await self._worded(draft, options)}".strip()
        draft.seconds["respond"] = perf_counter() - began

    async def _model_reply(self, draft: Draft, slate: Slate) -> AsyncIterator[str]:
        if draft.manager is None or not self.trust.reply or draft.notes:
            return
        grounds = self._grounds(draft, slate)
        try:
            async for sentence in draft.manager.respond(
                draft.session,
                draft.message,
                draft.noted,
                self._lines(draft),
                slate,
                draft.profile.sentences,
            ):
                if self._holds(draft, sentence, grounds, slate):
                    yield sentence
        except LLMError as error:
            self._note_failure(draft, error)

    @staticmethod
    def _lines(draft: Draft) -> tuple[str, ...]:
        return decision_lines(draft.decision or literal_decision(draft.state, draft.reading))

    # ── Grounding and bookkeeping ────────────────────────────────────────────────────────────

    def _grounds(self, draft: Draft, slate: Slate | None = None) -> Grounds:
        """Return what may be spoken of: the slate, the conversation, the user's own words."""
        items = [r.item for r in slate.items] if slate else []
        spoken = {i.id: i for i in (*items, *draft.known.values())}
        said = [t.message for t in draft.session.turns] + [draft.message, *draft.noted]
        said += draft.profile.sentences
        if slate:
            said += [phrases.relaxed_note(slate, self.catalog.schema)]
            spoken = {i.id: i for i in (*items, *draft.plan.items)}
        return Grounds(tuple(spoken.values()), " . ".join([*said, str(self._size)]))

    def _holds(
        self, draft: Draft, sentence: str, grounds: Grounds, slate: Slate | None = None
    ) -> bool:
        wrong = self._grounder.violations(sentence, grounds)
        if wrong:
            draft.dropped.append(f"{sentence} [{'; '.join(wrong)}]")
        items = [r.item for r in slate.items] if slate else []
        empty = grounded(sentence, draft.profile.facts, items)[1] if items and not wrong else []
        draft.dropped += empty
        return not wrong and not empty

    def _note_failure(self, draft: Draft, error: Exception) -> None:
        """Remember that a model failed, for the user (once) and for the trace."""
        draft.dropped.append(f"model failed: {error}")
        note = "(The language model did not answer properly, so this comes from search alone.)"
        if note not in draft.notes:
            draft.notes.append(note)


async def converse(recommender: Recommender, user: User, session: Session) -> Session:
    """Let ``user`` talk with ``recommender`` until the user has nothing more to say."""
    while (message := await user.say(session)) is not None:
        session = await recommender.reply(session, message)
    return session
