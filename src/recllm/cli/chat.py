"""``recllm chat``: a conversation in the terminal."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from recllm.cli.options import (
    BaseURLOption,
    CatalogOption,
    IncognitoOption,
    LLMOption,
    ModelOption,
    ResumeOption,
    SlateSizeOption,
    TrustOption,
    UserOption,
    WaysOption,
)
from recllm.cli.screen import Screen


def chat_command(
    catalog: CatalogOption = None,
    user: UserOption = "default",
    resume: ResumeOption = False,
    incognito: IncognitoOption = False,
    llm: LLMOption = None,
    base_url: BaseURLOption = None,
    model: ModelOption = None,
    trust: TrustOption = None,
    slate_size: SlateSizeOption = None,
    ways: WaysOption = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="No colours, no spinner, no line editing.")
    ] = False,
) -> None:
    """Talk about a catalogue: say what you feel like, get a few suggestions, push back.

    Messages are read from the terminal, or one per line from a pipe.
    """
    flags = {
        "catalog": catalog,
        "llm": llm,
        "base_url": base_url,
        "model": model,
        "trust": trust,
        "slate_size": slate_size,
        "ways": ways,
    }
    place = {"resume": resume, "incognito": incognito}
    asyncio.run(_chat(user, place, plain, flags))


async def _chat(user: str, place: dict[str, Any], plain: bool, flags: dict[str, Any]) -> None:
    screen = Screen(plain=plain)
    screen.busy("starting…")
    # Imported here: they take a second, which --help need not wait for.
    from recllm.cli import session as sessions
    from recllm.cli.commands import NAMES
    from recllm.cli.conversation import Conversation
    from recllm.cli.lines import open_lines
    from recllm.cli.remembered import INCOGNITO
    from recllm.cli.welcome import welcome, welcome_back

    screen.idle()
    async with sessions.opened(**flags) as opened:
        session = await sessions.session_for(opened, user, **place)
        if session.turns:
            welcome_back(screen, session)
        else:
            if place["resume"]:
                screen.line("There is no earlier session to resume, so this is a new one.")
            await welcome(screen, opened.recommender)
        if session.incognito:
            screen.line(INCOGNITO, style="dim")
        history = None if session.incognito else opened.settings.home / "history"
        lines = open_lines(history, NAMES, plain=plain)
        conversation = Conversation(opened.recommender, session, screen, lines)
        await conversation.run()
        kept = conversation.session.turns and not conversation.session.incognito
        if kept and screen.lively:
            screen.line("Goodbye. “recllm chat --resume” goes on from here.", style="dim")
