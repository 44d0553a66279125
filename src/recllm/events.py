"""The events of a streamed turn, in the order in which they come."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from recllm.types import Query, Slate, Turn, Value


class Deciding(Value):
    """The message was received and is being understood."""

    type: Literal["deciding"] = "deciding"


class Searching(Value):
    """Retrieval has begun with this query."""

    type: Literal["searching"] = "searching"
    query: Query


class SlateReady(Value):
    """The items to show; comes before the reply's text is finished."""

    type: Literal["slate"] = "slate"
    slate: Slate


class Text(Value):
    """A piece of the reply; the pieces joined are the turn's reply."""

    type: Literal["text"] = "text"
    text: str


class TurnDone(Value):
    """The finished turn, already stored."""

    type: Literal["turn"] = "turn"
    turn: Turn


Event: TypeAlias = Annotated[
    Deciding | Searching | SlateReady | Text | TurnDone, Field(discriminator="type")
]
