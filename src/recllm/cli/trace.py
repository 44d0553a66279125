"""``/trace``: how a turn came about, readably."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.text import Text

from recllm.cli.screen import Screen, clean, one_line
from recllm.text import shorten
from recllm.types import Call, Concept, Constraint, Item, State, Trace, Turn

_SHOWN = 8
"""Candidates of each way that are listed."""

Named = Callable[[str], str]


def trace_ids(turn: Turn) -> tuple[str, ...]:
    """Return the ids of all items that :func:`show_trace` names."""
    state, query = turn.state, turn.trace.query
    groups = [ids[:_SHOWN] for ids in turn.trace.ways.values()]
    groups += [state.liked, state.rejected, state.seen, state.similar_to, (state.focus,)]
    groups += [query.similar_to] if query else []
    return tuple(dict.fromkeys(i for group in groups for i in group if i))


def show_trace(
    screen: Screen, number: int, turn: Turn, items: Mapping[str, Item], *, prompts: bool = False
) -> None:
    """Write how ``turn`` came about.

    Args:
        screen: where to write.
        number: the turn's place in the session, from 1.
        turn: the turn.
        items: the items of :func:`trace_ids`.
        prompts: show the prompts and answers of the language model in full.
    """

    def named(item_id: str) -> str:
        item = items.get(item_id)
        return one_line(item.title) if item else item_id

    trace = turn.trace
    head = f"Turn {number}, {turn.act.value}: “{shorten(one_line(turn.message), 80)}”"
    screen.line(Text(head, style="bold"))
    _section(screen, "Read", trace.noted)
    _section(screen, "Remembered of the user", trace.facts)
    _section(screen, "State", _state(turn.state, named))
    _section(screen, "Lines", turn.lines)
    _section(screen, "Query", _query(trace, named))
    _section(screen, "Candidates", _ways(trace, named))
    _section(screen, "Search", trace.search)
    _section(screen, "Slate", _slate(turn))
    _section(screen, "Language model", [_call(c) for c in trace.calls] or ["no calls"])
    _section(screen, "Dropped", trace.dropped)
    _section(screen, "The user was told", trace.notes)
    _section(screen, "Time", [_times(trace)])
    if prompts:
        _prompts(screen, trace.calls)


def _section(screen: Screen, title: str, lines: Sequence[str] | Iterator[str]) -> None:
    told = [one_line(line) for line in lines if line]
    if told:
        screen.line(Text(title, style="cyan"), indent=2)
    for line in told:
        screen.line(line, indent=4)


def _state(state: State, named: Named) -> Iterator[str]:
    if state.wants:
        yield f"wants: {state.wants}"
    if state.concepts:
        yield f"concepts: {_signed(state.concepts)}"
    if state.where:
        yield f"where: {_where(state.where)}"
    for field in ("similar_to", "liked", "rejected", "seen"):
        ids = getattr(state, field)
        if ids:
            yield f"{field.replace('_', ' ')}: {', '.join(map(named, ids))}"
    if state.focus:
        yield f"in focus: {named(state.focus)}"
    if state.shown:
        yield f"shown: {len(state.shown)}"


def _query(trace: Trace, named: Named) -> Iterator[str]:
    query = trace.query
    if query is None:
        return
    yield f"text: {query.text}"
    if query.request and query.request != query.text:
        yield f"request: {query.request}"
    if query.concepts:
        yield f"concepts: {_signed(query.concepts)}"
    if query.titles:
        yield f"titles: {'; '.join(query.titles)}"
    if query.where:
        yield f"where: {_where(query.where)}"
    if query.similar_to:
        yield f"similar to: {', '.join(map(named, query.similar_to))}"
    if query.exclude:
        yield f"left out: {len(query.exclude)} shown, turned down or known before"


def _ways(trace: Trace, named: Named) -> Iterator[str]:
    for way, ids in trace.ways.items():
        best = ", ".join(f"{rank} {named(i)}" for rank, i in enumerate(ids[:_SHOWN], 1))
        more = f", … ({len(ids)} kept)" if len(ids) > _SHOWN else ""
        yield f"{way}: {best}{more}"


def _slate(turn: Turn) -> Iterator[str]:
    if turn.slate is None:
        return
    for number, shown in enumerate(turn.slate.items, 1):
        evidence = "; ".join(f"{e.attribute} {e.value}" for e in shown.evidence)
        found = turn.trace.scores.get(shown.item.id)
        fused = f", search score {found:.3f}" if found is not None else ""
        told = f"{number}. {shown.item.title}: {shown.score:.2f} {shown.bucket.value}{fused}"
        yield f"{told} ({evidence})" if evidence else told
    if turn.slate.relaxed:
        yield f"given up: {_where(turn.slate.relaxed)}"


def _signed(concepts: Sequence[Concept]) -> str:
    return ", ".join(f"{'+' if c.sign > 0 else '-'}{c.text}" for c in concepts)


def _where(conditions: Sequence[Constraint]) -> str:
    def told(value: str | float | bool) -> str:
        return f"{value:g}" if isinstance(value, float) else str(value)

    return "; ".join(
        f"{c.attribute} {c.op.value} {' | '.join(map(told, c.values))}" for c in conditions
    )


def _call(call: Call) -> str:
    usage = call.usage
    tokens = f"{usage.prompt_tokens} + {usage.completion_tokens} tokens"
    told = f"{call.stage or 'call'}: {call.model}, {call.seconds:.2f} s, {tokens}"
    told += f", prompt {call.prompt_hash[:12]}"
    return f"{told}, failed: {call.error}" if call.error else told


def _times(trace: Trace) -> str:
    return ", ".join(f"{stage} {_seconds(s)}" for stage, s in trace.seconds.items())


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _prompts(screen: Screen, calls: Sequence[Call]) -> None:
    for call in calls:
        screen.line(Text(f"Prompt of {call.stage or 'call'}", style="cyan"), indent=2)
        for line in _messages(call.prompt):
            screen.line(clean(line), indent=4, style="dim")
        screen.line(Text("Answer", style="cyan"), indent=2)
        for line in (call.answer or call.error or "(nothing)").splitlines():
            screen.line(clean(line), indent=4)


def _messages(prompt: str) -> Iterator[str]:
    """Yield the lines of a prompt, its messages one by one where it is a list of them."""
    try:
        for message in json.loads(prompt):
            yield f"[{message['role']}]"
            yield from str(message["content"]).splitlines()
    except (ValueError, TypeError, KeyError):
        yield from prompt.splitlines()
