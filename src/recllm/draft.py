"""What a turn gathers while it runs, and the finished turn made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from recllm.dialogue.known import Known
from recllm.dialogue.manager import DialogueManager
from recllm.dialogue.moves import Move
from recllm.dialogue.plan import Plan
from recllm.dialogue.query import literal_decision
from recllm.dialogue.reading import Reading
from recllm.dialogue.transcript import decision_lines
from recllm.events import Text
from recllm.llm.tracing import TracingLLM
from recllm.profiles.remembering import Recalled
from recllm.trust import Trust
from recllm.types import Act, Decision, Found, Item, Session, Slate, State, Trace, Turn


@dataclass
class Draft:
    """What a turn gathers while it runs; ``at`` is when the message came."""

    session: Session
    message: str
    manager: DialogueManager | None
    llm: TracingLLM | None
    reading: Reading
    state: State
    known: dict[str, Item]
    noted: tuple[str, ...]
    plan: Plan
    recalled: Recalled = field(default_factory=Recalled)
    profile: Known = field(default_factory=Known)
    decision: Decision | None = None
    found: Found = field(default_factory=Found)
    slate: Slate | None = None
    reply: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    trace: Trace = field(default_factory=Trace)
    seconds: dict[str, float] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


def finished(draft: Draft, trust: Trust, *, remember: bool = False) -> Turn:
    """Return the turn that the draft has become, with its state and its trace.

    ``remember`` says that facts may be read in it, unless the conversation is incognito.
    """
    searched = draft.trace.query is not None
    act = Act.RECOMMEND if searched else draft.plan.act
    if draft.decision and not searched and trust.act:
        act = Act.ANSWER if draft.plan.act is Act.ANSWER else draft.decision.act
    decision = draft.decision or literal_decision(draft.state, draft.reading)
    if searched and not decision.request:
        # What the model said instead was dropped: it must not stand in later prompts.
        decision = literal_decision(draft.state, draft.reading)
    lines = decision_lines(decision if searched else decision.model_copy(update={"request": ""}))
    found = draft.found.candidates
    trace = draft.trace.model_copy(
        update={
            "calls": tuple(draft.llm.calls) if draft.llm else (),
            "noted": draft.noted,
            "ways": _by_way(draft.found),
            "scores": {c.item.id: round(c.score, 5) for c in found[:20]},
            "dropped": tuple(draft.dropped),
            "notes": tuple(draft.notes),
            "facts": draft.profile.sentences,
            "seconds": {k: round(v, 4) for k, v in draft.seconds.items()},
        }
    )
    mentioned = {i.id: i for i in draft.plan.items}
    mentioned |= {i: draft.known[i] for i in draft.reading.about if i in draft.known}
    return Turn(
        message=draft.message,
        reply="".join(draft.reply).strip(),
        act=act,
        lines=lines,
        slate=draft.slate,
        mentioned=tuple(mentioned.values()),
        state=_after(draft),
        trace=trace,
        remember=remember and not draft.session.incognito,
        at=draft.at,
    )


def said(draft: Draft, text: str) -> Text:
    """Put a space between sentences, and remember what was said."""
    joined = f" {text}" if draft.reply and not draft.reply[-1].endswith(" ") else text
    draft.reply.append(joined)
    return Text(text=joined)


def wants_search(draft: Draft) -> bool:
    """Whether to search: the model's act if one decided and said something, else code's plan."""
    if draft.decision and draft.reply:
        return draft.decision.act is Act.RECOMMEND
    if draft.decision and draft.decision.act is Act.RECOMMEND:
        return True
    return draft.plan.act is Act.RECOMMEND


def without(state: State, found: Found) -> State:
    """Take out of the state the conditions that were given up."""
    kept = tuple(c for c in state.where if c not in found.relaxed)
    return state.model_copy(update={"where": kept})


def _after(draft: Draft) -> State:
    """Return the state after the turn: what was shown, and what is in focus now."""
    # The user was told what was given up: it does not come back by itself.
    state = without(draft.state, draft.found)
    if draft.slate:
        ids = [r.item.id for r in draft.slate.items]
        shown = tuple(dict.fromkeys((*state.shown, *ids)))
        return state.model_copy(update={"shown": shown, "focus": ids[0] if len(ids) == 1 else ""})
    if len(draft.plan.items) == 1 or (draft.plan.items and draft.reading.move is Move.COMPARE):
        return state.model_copy(update={"focus": draft.plan.items[0].id})
    return state


def _by_way(found: Found) -> dict[str, tuple[str, ...]]:
    ways: dict[str, list[tuple[int, str]]] = {}
    for candidate in found.candidates:
        for way, rank in candidate.ranks.items():
            ways.setdefault(way, []).append((rank, candidate.item.id))
    return {way: tuple(i for _, i in sorted(ranked)[:20]) for way, ranked in ways.items()}
