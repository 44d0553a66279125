"""The transcript protocol: one renderer, one parser (design: labelled lines, two system calls).

The same transcript is rendered in two styles: ``instruct`` puts rules and worked examples in front,
for general models; ``compact`` has no instructions, for a model tuned on it. A longer conversation
only ever appends, so that a server's prompt cache works from call to call.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from recllm.dialogue.questions import facts
from recllm.errors import ParseError
from recllm.prompts import template
from recllm.text import one_line, shorten
from recllm.types import (
    Act,
    ChatMessage,
    Concept,
    Decision,
    Schema,
    Session,
    Slate,
    Turn,
)

Style = Literal["instruct", "compact"]
STOP = ("\nUser:", "\nSlate:")
"""Where a model that goes on to play the other parts is cut."""

_LABEL = re.compile(
    r"^[\s>*_#`-]*(?P<label>[A-Za-z][A-Za-z ]{0,20})[*_`]*\s*:[*_`]*\s*(?P<text>.*)$"
)
_KNOWN = {"wants", "request", "concepts", "titles", "where", "like", "unlike", "response"}
_MAX_LIST = 20


def render(
    session: Session,
    message: str,
    noted: Sequence[str],
    schema: Schema,
    style: Style,
    known: Sequence[str] = (),
) -> tuple[ChatMessage, ...]:
    """Render the conversation and the new message for a decision.

    Args:
        session: the conversation so far.
        message: what the person says now.
        noted: what code read in it, and the records that bear on it, one line each.
        schema: the catalogue's columns, which the rules name.
        style: which of the two renderings.
        known: sentences of the person's profile that bear on the message.
    """
    messages = [ChatMessage(role="system", content=_system(schema, style))]
    for turn in session.turns:
        messages += _past(turn, schema)
    messages.append(ChatMessage(role="user", content=_user(message, noted, known)))
    return tuple(messages)


def render_slate(
    messages: tuple[ChatMessage, ...], lines: Sequence[str], slate: Slate, schema: Schema
) -> tuple[ChatMessage, ...]:
    """Continue the transcript of :func:`render` with the decision and the engine's slate."""
    return (
        *messages,
        ChatMessage(role="assistant", content="\n".join(lines)),
        ChatMessage(role="user", content=slate_text(slate, schema)),
    )


def slate_text(slate: Slate, schema: Schema) -> str:
    """Write a slate as the lines that the engine adds to the transcript."""
    lines = ["Slate:"]
    for place, chosen in enumerate(slate.items, start=1):
        told = "; ".join(facts(chosen.item, schema))
        head = one_line(f"{chosen.item.title} ({told})")
        lines.append(f"{place}. {head} [{chosen.bucket.value}]")
        lines.append(f"   {shorten(one_line(chosen.explanation), 300)}")
    if slate.relaxed:
        given_up = ", ".join(c.words or c.attribute for c in slate.relaxed)
        lines.append(f"Relaxed: {given_up} (nothing met all conditions; say so)")
    if not slate.items:
        lines.append("(nothing found; say so)")
    return "\n".join(lines)


def decision_lines(decision: Decision) -> tuple[str, ...]:
    """Write a decision in the protocol's own form, the inverse of :func:`parse`."""
    signed = ", ".join(f"{'+' if c.sign > 0 else '-'}{c.text}" for c in decision.concepts)
    fields = {
        "Wants": decision.wants,
        "Request": decision.request,
        "Concepts": signed,
        "Titles": "; ".join(decision.titles),
        "Where": "; ".join(decision.where),
        "Like": ", ".join(map(str, decision.like)),
        "Unlike": ", ".join(map(str, decision.unlike)),
        "Response": decision.response,
    }
    return (*decision.reasoning, *(f"{label}: {text}" for label, text in fields.items() if text))


def parse(text: str) -> Decision:
    """Read a model's lines.

    Unknown labels are kept as reasoning; markdown around labels is ignored; text without any
    label is taken as a response, which is what a model means that forgot the protocol.

    Raises:
        ParseError: there is neither a query nor a response in it.
    """
    fields: dict[str, str] = {}
    reasoning: list[str] = []
    current = ""
    for line in text.replace("\x00", "").splitlines():
        if line.strip().startswith("```"):
            continue
        match = _LABEL.match(line)
        label = match["label"].strip().lower() if match else ""
        if match and label in _KNOWN:
            current = label if label not in fields else ""
            fields.setdefault(label, match["text"].strip())
        elif current == "response" and line.strip():
            fields["response"] = f"{fields['response']} {line.strip()}".strip()
        elif line.strip():
            reasoning.append(line.strip())
    if not fields and reasoning:
        fields, reasoning = {"response": " ".join(reasoning)}, []
    return _decision(fields, reasoning, text)


def _decision(fields: dict[str, str], reasoning: Sequence[str], text: str) -> Decision:
    request, response = fields.get("request", ""), fields.get("response", "")
    if not request and not response:
        raise ParseError(f"no Request and no Response in {shorten(text, 120)!r}")
    act = Act.RECOMMEND
    if not request:
        act = Act.ASK if response.rstrip(" \"'").endswith("?") else Act.CHAT
    return Decision(
        act=act,
        wants=fields.get("wants", ""),
        request=request,
        concepts=_concepts(fields.get("concepts", "")),
        titles=_parts(fields.get("titles", ""), ";"),
        where=_parts(fields.get("where", ""), ";"),
        like=_numbers(fields.get("like", "")),
        unlike=_numbers(fields.get("unlike", "")),
        response="" if request else response,
        reasoning=tuple(reasoning),
    )


def _parts(text: str, separator: str) -> tuple[str, ...]:
    parts = (p.strip(" \t\"'.") for p in text.split(separator))
    empty = {"", "none", "n/a", "-", "any"}
    return tuple(dict.fromkeys(p for p in parts if p.lower() not in empty))[:_MAX_LIST]


def _concepts(text: str) -> tuple[Concept, ...]:
    concepts = []
    for part in _parts(text, ","):
        name = part.lstrip("+-− ").strip()
        if name:
            concepts.append(Concept(text=name, sign=-1 if part[0] in "-−" else 1))
    return tuple(dict.fromkeys(concepts))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(n) for n in re.findall(r"\b\d{1,2}\b", text, re.ASCII)))[
        :_MAX_LIST
    ]


def _system(schema: Schema, style: Style) -> str:
    if style == "compact":
        return template("compact").strip()
    columns = "\n".join(
        f"- {a.name} ({a.kind.value}{f', {a.unit}' if a.unit else ''})" for a in schema.attributes
    )
    return template("instruct").replace("{noun}", schema.noun).replace("{columns}", columns).strip()


def _user(message: str, noted: Sequence[str], known: Sequence[str]) -> str:
    """Write what the person said and what is known; no text of theirs can begin another line."""
    lines = [f"User: {message}", *(f"Noted: {n}" for n in noted)]
    return "\n".join([*lines, *(f"Knows: {one_line(fact)}" for fact in known)])


def _past(turn: Turn, schema: Schema) -> list[ChatMessage]:
    """Render a past turn exactly as it was rendered when it was present."""
    trace = turn.trace
    messages = [ChatMessage(role="user", content=_user(turn.message, trace.noted, trace.facts))]
    if turn.slate is None:
        reply = f"Response: {turn.reply}"
        lines = [line for line in turn.lines if not line.startswith("Response:")]
        messages.append(ChatMessage(role="assistant", content="\n".join([*lines, reply])))
        return messages
    messages = list(render_slate(tuple(messages), turn.lines, turn.slate, schema))
    messages.append(ChatMessage(role="assistant", content=f"Response: {turn.reply}"))
    return messages


def response_start(text: str) -> int | None:
    """Return where the response's words begin in a partly written answer, once that is clear.

    None while lines of a decision are still being written or a query has been.
    """
    lines = text.split("\n")
    offset = 0
    for line in lines:
        match = _LABEL.match(line)
        label = match["label"].strip().lower() if match else ""
        if label == "request":
            return None
        if match and label == "response":
            return offset + match.start("text")
        offset += len(line) + 1
    return None
