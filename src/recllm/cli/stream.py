"""One turn on the screen, event by event: a spinner, the slate, the text as it is written."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from recllm.cli.render import show_slate
from recllm.cli.screen import Screen
from recllm.events import Event, Searching, SlateReady, Text, TurnDone
from recllm.recommender import Recommender
from recllm.types import Session, Turn


async def show_turn(
    screen: Screen, recommender: Recommender, session: Session, message: str
) -> Turn | None:
    """Let ``recommender`` answer ``message`` and show the answer as it comes.

    Returns:
        The stored turn.

    Raises:
        RecLLMError: the turn failed.
    """
    events = cast("AsyncGenerator[Event]", recommender.stream(session, message))
    turn: Turn | None = None
    screen.busy("thinking…")
    try:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, TurnDone):
                    turn = event.turn
                else:
                    _show(screen, recommender, event)
    finally:
        screen.idle()
        screen.end()
    return turn


def model_errors(turn: Turn) -> list[str]:
    """Return why the language model failed in ``turn``, each reason once.

    A failed choice of wording is left to the trace: nothing was lost by it.
    """
    failed = (c.error for c in turn.trace.calls if c.error and c.stage != "wording")
    return list(dict.fromkeys(failed))


def _show(screen: Screen, recommender: Recommender, event: Event) -> None:
    if isinstance(event, Searching):
        screen.end()
        screen.busy("searching…")
    elif isinstance(event, SlateReady):
        screen.idle()
        screen.end()
        show_slate(screen, event.slate, recommender.catalog.schema)
        screen.busy("writing…")
    elif isinstance(event, Text) and event.text:
        screen.idle()
        screen.piece(event.text)
