"""The chat itself: lines in, turns out, until the person leaves."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.text import Text

from recllm.cli.commands import HELP, read_line
from recllm.cli.lines import Interrupted, Lines
from recllm.cli.profile import HOW_TO_CHANGE, known_ids, sentences
from recllm.cli.remembered import about_profile
from recllm.cli.screen import Screen, well_formed
from recllm.cli.session import new_session
from recllm.cli.stream import model_errors, show_turn
from recllm.cli.trace import show_trace, trace_ids
from recllm.errors import RecLLMError
from recllm.recommender import Recommender
from recllm.types import Item, Session, Turn

LEAVING_HINT = "(Ctrl-C again, Ctrl-D or /quit leaves.)"


class Conversation:
    """One person at a terminal (or a pipe) and a recommender."""

    def __init__(
        self, recommender: Recommender, session: Session, screen: Screen, lines: Lines
    ) -> None:
        self._recommender = recommender
        self.session = session
        self._screen = screen
        self._lines = lines
        self._failures: set[str] = set()

    async def run(self) -> None:
        """Talk until the person has nothing more to say."""
        # The encoder and a small model start while the person reads and types.
        warming = asyncio.ensure_future(self._recommender.warm())
        try:
            while (message := await self.say(self.session)) is not None:
                await self._answer(message)
        finally:
            warming.cancel()

    async def say(self, session: Session) -> str | None:
        """Return the person's next message, doing commands on the way; None when they leave."""
        interrupted = False
        while True:
            try:
                line = await self._lines.read()
            except Interrupted:
                if interrupted:
                    return None
                interrupted = True
                self._screen.line(LEAVING_HINT, style="dim")
                continue
            interrupted = False
            if line is None:
                return None
            asked = read_line(well_formed(line), self.session)
            if asked.command == "/quit":
                return None
            if asked.problem:
                self._screen.line(asked.problem, style="yellow")
                self._screen.line()
            elif asked.command:
                await self._do(asked.command, asked.argument)
                self._screen.line()
            elif asked.message:
                return asked.message

    async def _answer(self, message: str) -> None:
        """Show one turn; Ctrl-C stops it, an error is told, and the chat goes on."""
        try:
            turn = await self._stoppable(message)
        except RecLLMError as error:
            self._screen.line(Text(f"Error: {error}", style="red"))
        else:
            if turn is not None:
                self.session = self.session.then(turn)
                self._tell_failures(turn)
        self._screen.line()

    def _tell_failures(self, turn: Turn) -> None:
        """Say why the language model failed, each reason once in a chat."""
        for error in model_errors(turn):
            if error not in self._failures:
                self._failures.add(error)
                self._screen.line(f"The language model failed: {error}", style="yellow")

    async def _stoppable(self, message: str) -> Turn | None:
        session = self.session
        showing = show_turn(self._screen, self._recommender, session, message)
        task = asyncio.ensure_future(showing)
        with _interrupts(task) as stopped:
            try:
                return await task
            except asyncio.CancelledError:
                if not stopped:
                    raise
        self._screen.line("(stopped)", style="dim")
        # The turn may have been stored just before it was stopped.
        stored = await self._recommender.store.load(session.id)
        self.session = stored or session
        return None

    async def _do(self, command: str, argument: str) -> None:
        if command == "/help":
            self._help()
        elif command == "/new":
            now = self.session
            self.session = new_session(now.user, now.catalog, incognito=now.incognito)
            self._screen.line("A new conversation: what do you feel like?")
        elif command == "/profile":
            await self._profile(argument)
        elif command == "/trace":
            await self._trace(prompts=argument == "prompts")

    def _help(self) -> None:
        self._screen.line("Say what you feel like, then push back: “more like the second”,")
        self._screen.line("“shorter”, “no horror”, “not that one”, “who made it?”, “why?”.")
        wide = max(map(len, HELP)) + 2
        for name, words in HELP.items():
            line = Text(f"{name:<{wide}}", style="bold").append(words, style="not bold")
            self._screen.line(line, indent=2)

    async def _profile(self, argument: str) -> None:
        if not argument:
            await self._so_far()
        for line in await about_profile(self._recommender, self.session, argument):
            self._screen.line(line)

    async def _so_far(self) -> None:
        state, schema = self.session.state, self._recommender.catalog.schema
        told = list(sentences(state, await self._items(known_ids(state)), schema))
        for sentence in told or ["Nothing yet: you have not said what you like."]:
            self._screen.line(sentence)
        self._screen.line(HOW_TO_CHANGE, style="dim")

    async def _trace(self, *, prompts: bool) -> None:
        if not self.session.turns:
            self._screen.line("There is no turn yet to trace.")
            return
        turn = self.session.turns[-1]
        items = await self._items(trace_ids(turn))
        show_trace(self._screen, len(self.session.turns), turn, items, prompts=prompts)

    async def _items(self, ids: Sequence[str]) -> dict[str, Item]:
        """Return the items, from the conversation or the catalogue."""
        known = self.session.items()
        missing = [i for i in ids if i not in known]
        if missing:
            known |= await self._recommender.catalog.items(missing)
        return known


@contextmanager
def _interrupts(task: asyncio.Task[Turn | None]) -> Iterator[list[int]]:
    """Let Ctrl-C cancel ``task`` instead of the program; the list says whether it did."""
    loop, stopped = asyncio.get_running_loop(), list[int]()

    def stop(number: int, frame: object) -> None:
        stopped.append(number)
        loop.call_soon_threadsafe(task.cancel)

    try:
        before = signal.signal(signal.SIGINT, stop)
    except ValueError:  # only the main thread may: elsewhere Ctrl-C is not ours to handle
        yield stopped
        return
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)
