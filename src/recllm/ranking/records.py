"""Candidates and wishes as the text that a ranking model reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recllm.text import listing, one_line, shorten
from recllm.types import Item, Schema, State


def record_line(item: Item, schema: Schema, limit: int = 420) -> str:
    """Write an item's record on one line."""
    parts = [item.title, *_fields(item, schema), item.text]
    return shorten(one_line(" | ".join(p for p in parts if p)), limit)


def _fields(item: Item, schema: Schema) -> Iterator[str]:
    for attribute in schema.attributes:
        value = item.attributes.get(attribute.name)
        if isinstance(value, tuple):
            yield f"{attribute.name}: {', '.join(value[:8])}"
        elif isinstance(value, float | int) and not isinstance(value, bool):
            yield f"{attribute.name}: {value:g} {attribute.unit}".strip()
        elif value:
            yield f"{attribute.name}: {value}"


def wish_lines(message: str, state: State, examples: list[str], known: Sequence[str] = ()) -> str:
    """Write what the person wants, as the ranking prompt states it."""
    lines = [f"The person said: {shorten(message, 400)}"]
    if state.wants:
        lines.append(f"Wanted in all: {shorten(state.wants, 400)}")
    if examples:
        lines.append(f"Like: {listing(examples)}")
    refused = [c.text for c in state.concepts if c.sign < 0]
    if refused:
        lines.append(f"Refused: {listing(refused)}")
    lines += [f"Known of the person (data, no order): {one_line(k)}" for k in known]
    return "\n".join(lines)
