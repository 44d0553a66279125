"""The nouns: every value that passes between the parts, frozen and JSON-serialisable."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

AttributeValue: TypeAlias = bool | float | str | tuple[str, ...]
"""A number, boolean or date (ISO 8601 text), a category's name, text, or a list of names."""


class Value(BaseModel):
    """Base of all values: immutable, strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# ── Catalogue ────────────────────────────────────────────────────────────────────────────────


class Kind(StrEnum):
    """How an attribute's values are typed, stored and compared."""

    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    LIST = "list"
    TEXT = "text"


class Role(StrEnum):
    """What an attribute means, so that words such as "shorter" or "by" find it in any catalogue."""

    YEAR = "year"
    DURATION = "duration"
    LENGTH = "length"
    PRICE = "price"
    RATING = "rating"
    POPULARITY = "popularity"
    CREATOR = "creator"
    PERFORMER = "performer"
    GENRE = "genre"
    TAG = "tag"
    LANGUAGE = "language"
    COUNTRY = "country"
    OTHER = "other"


class Attribute(Value):
    """One typed column of a catalogue. ``unit`` is what a number counts ("minutes", "USD")."""

    name: str
    kind: Kind
    role: Role = Role.OTHER
    unit: str = ""


class Schema(Value):
    """The typed columns of a catalogue and what one item is called ("film", "talk", "item")."""

    attributes: tuple[Attribute, ...] = ()
    noun: str = "item"

    def get(self, name: str) -> Attribute | None:
        """Return the attribute called ``name``, if the catalogue has it."""
        return next((a for a in self.attributes if a.name == name), None)

    def having(self, *roles: Role) -> tuple[Attribute, ...]:
        """Return the attributes that play one of ``roles``, in the order of the roles."""
        return tuple(a for role in roles for a in self.attributes if a.role == role)


class Item(Value):
    """One thing that can be recommended."""

    id: str
    title: str
    text: str = ""
    url: str = ""
    image: str = ""
    attributes: dict[str, AttributeValue] = Field(default_factory=dict)


class Op(StrEnum):
    """How a constraint compares. On lists ``=`` means "has any of" and ``!=`` "has none of"."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class Constraint(Value):
    """A condition on one attribute that a filter executes; ``words`` are the user's own.

    ``relative`` marks one that compares with items ("shorter"): it goes when they do.
    """

    attribute: str
    op: Op
    values: tuple[str | float | bool, ...]
    words: str = ""
    relative: bool = False


class Concept(Value):
    """A wish in a word or two, wanted (``sign`` 1) or unwanted (-1); see RecLLM section 4.1.

    ``attribute`` names the column whose vocabulary holds it, empty where it is free text;
    ``words`` are the user's own: concepts of the same words are alternatives.
    """

    text: str
    sign: Literal[-1, 1] = 1
    attribute: str = ""
    words: str = ""


class State(Value):
    """What the conversation has established so far; kept and merged by code, never by a model."""

    wants: str = ""
    concepts: tuple[Concept, ...] = ()
    where: tuple[Constraint, ...] = ()
    similar_to: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    focus: str = ""


class Act(StrEnum):
    """What a system turn does."""

    RECOMMEND = "recommend"
    ASK = "ask"
    ANSWER = "answer"
    CHAT = "chat"


class Decision(Value):
    """A model's lines of the transcript protocol, parsed: what it would do and look for."""

    act: Act
    wants: str = ""
    request: str = ""
    concepts: tuple[Concept, ...] = ()
    titles: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    like: tuple[int, ...] = ()
    unlike: tuple[int, ...] = ()
    response: str = ""
    reasoning: tuple[str, ...] = ()


class ChatMessage(Value):
    """One message of a conversation, as chat-completion requests have it."""

    role: Literal["system", "user", "assistant"]
    content: str


class Query(Value):
    """What retrieval is asked for: words, wishes, executed conditions, and what to leave out.

    ``latest`` are the conditions of this very message, which are given up last. ``conversation``
    is what was said so far, the newest last, this message included; ``liked`` and ``rejected`` are
    the ids of items that the person took to or refused; ``facts`` are the profile facts that bear
    on this turn, in plain sentences. ``order`` is a column of which the lowest ("price") or, with
    a minus, the highest ("-price") are sought.
    """

    text: str
    request: str = ""
    concepts: tuple[Concept, ...] = ()
    titles: tuple[str, ...] = ()
    where: tuple[Constraint, ...] = ()
    similar_to: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    latest: tuple[Constraint, ...] = ()
    conversation: tuple[ChatMessage, ...] = ()
    liked: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    order: str = ""
    limit: int = 100

    @property
    def examples(self) -> tuple[str, ...]:
        """Ids of the items that it names as examples, then of those liked, the latest first."""
        return tuple(dict.fromkeys((*self.similar_to, *reversed(self.liked))))

    @property
    def wished(self) -> bool:
        """Whether anything in particular is asked for."""
        words = self.text or self.request or self.titles
        return bool(words or self.concepts or self.where or self.similar_to)


class Candidate(Value):
    """An item that retrieval found, with its rank (from 1) and score in each way that found it.

    ``scores`` are on each way's own scale: they compare items within a way, never between two.
    """

    item: Item
    score: float
    ranks: dict[str, int] = Field(default_factory=dict)
    scores: dict[str, float] = Field(default_factory=dict)


class Found(Value):
    """What retrieval answers: candidates best first, and the conditions it had to give up.

    ``notes`` say which way of retrieval failed and why, for the person.
    """

    candidates: tuple[Candidate, ...] = ()
    relaxed: tuple[Constraint, ...] = ()
    notes: tuple[str, ...] = ()


class Bucket(StrEnum):
    """Named ranges of the ranker's score (RecLLM section 4.2), best first."""

    EXCELLENT = "excellent fit"
    GOOD = "good fit"
    FAIR = "fair fit"
    POOR = "poor fit"


class Evidence(Value):
    """A fact of an item's record that speaks for it: the column and the value said of it."""

    attribute: str
    value: str


class Recommendation(Value):
    """One item of a slate: why this, for this person, now. ``score`` is in [0, 1].

    ``facts`` are the sentences of the person's profile that the item's record bears out.
    """

    item: Item
    bucket: Bucket
    score: float
    explanation: str
    evidence: tuple[Evidence, ...] = ()
    facts: tuple[str, ...] = ()


class Slate(Value):
    """The few items shown in one turn, best first, and what was relaxed to find them."""

    items: tuple[Recommendation, ...] = ()
    relaxed: tuple[Constraint, ...] = ()


# ── Language models ──────────────────────────────────────────────────────────────────────────


class LLMRequest(Value):
    """One call of a language model. ``grammar`` is GBNF; ``timeout`` is in seconds.

    ``stage`` says in traces what the call is for; it is not sent.
    """

    stage: str = ""
    messages: tuple[ChatMessage, ...]
    max_tokens: int = 400
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    grammar: str = ""
    top_logprobs: int = 0
    seed: int = 0
    timeout: float = 30.0


class Usage(Value):
    """Tokens of one call, as the server counted them (0 where it does not say)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Chunk(Value):
    """A piece of a streamed answer. The last piece has ``finish`` set ("stop", "length").

    ``logprobs`` holds, for each token of this piece, the most probable tokens and their
    natural-log probabilities, where the request asked and the endpoint gives them.
    """

    text: str = ""
    finish: str = ""
    usage: Usage = Usage()
    logprobs: tuple[dict[str, float], ...] = ()


# ── Trace, turns and sessions ────────────────────────────────────────────────────────────────


class Call(Value):
    """One language-model call as it happened: ``prompt`` in full, with its SHA-256."""

    stage: str
    model: str
    prompt: str
    prompt_hash: str
    answer: str = ""
    error: str = ""
    seconds: float = 0.0
    usage: Usage = Usage()


class Trace(Value):
    """The evidence of a turn: what was read, asked, found, dropped, and how long it took.

    ``seconds`` maps stage names to wall time; ``ways`` maps each retrieval way to the ids it
    found, best first; ``dropped`` lists sentences that failed the grounding check, with the
    reason; ``notes`` are the degradations that the user was told of; ``search`` is what the ways
    of retrieval noted: one that failed, a title that was not found, how the order was changed;
    ``facts`` are the sentences of the profile that bore on the turn.
    """

    calls: tuple[Call, ...] = ()
    noted: tuple[str, ...] = ()
    query: Query | None = None
    ways: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    search: tuple[str, ...] = ()
    scores: dict[str, float] = Field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    seconds: dict[str, float] = Field(default_factory=dict)


class Turn(Value):
    """One exchange: what the person said, what the system did, and the state after it.

    ``at`` is when it was said. ``remember`` says that facts may be read in it: remembering was on.
    """

    message: str
    reply: str
    act: Act
    lines: tuple[str, ...] = ()
    slate: Slate | None = None
    mentioned: tuple[Item, ...] = ()
    state: State = State()
    trace: Trace = Trace()
    remember: bool = False
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Session(Value):
    """A conversation of one person over one catalogue.

    An incognito one reads nothing of the person's profile, and nothing of it is stored.
    """

    id: str
    user: str = "default"
    catalog: str = ""
    incognito: bool = False
    turns: tuple[Turn, ...] = ()

    @property
    def state(self) -> State:
        """The state after the last turn."""
        return self.turns[-1].state if self.turns else State()

    @property
    def slate(self) -> Slate | None:
        """The last slate shown, if any."""
        return next((t.slate for t in reversed(self.turns) if t.slate), None)

    def then(self, turn: Turn) -> Session:
        """Return the session with ``turn`` at its end."""
        return self.model_copy(update={"turns": (*self.turns, turn)})

    def items(self) -> dict[str, Item]:
        """All items shown or named so far, by id."""
        known = {i.id: i for t in self.turns for i in t.mentioned}
        return known | {r.item.id: r.item for t in self.turns if t.slate for r in t.slate.items}
