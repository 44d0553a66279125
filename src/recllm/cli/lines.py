"""What the person types, line by line: edited in a terminal, read as it comes from a pipe."""

from __future__ import annotations

import asyncio
import codecs
import io
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

PROMPT = "> "


class Interrupted(Exception):
    """Ctrl-C was pressed while a line was being typed."""


class Lines(Protocol):
    """Where messages come from."""

    async def read(self) -> str | None:
        """Return the next line without its end, or None when there are no more.

        Raises:
            Interrupted: Ctrl-C was pressed in the middle of the line.
        """
        ...


def open_lines(history: Path | None, completions: Sequence[str], *, plain: bool = False) -> Lines:
    """Return a line editor where both ends are a terminal, else a plain reader.

    Args:
        history: the file of the lines typed in earlier chats; None: they are not kept.
        completions: the commands that the Tab key completes.
        plain: read plainly even in a terminal.
    """
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if interactive and not plain and os.environ.get("TERM") not in (None, "", "dumb"):
        return EditedLines(history, completions)
    try:
        descriptor = sys.stdin.fileno()
    except (io.UnsupportedOperation, AttributeError):
        return GivenLines()
    return PlainLines(descriptor, PROMPT if interactive else "")


class EditedLines:
    """Lines of a terminal, with editing, history (Up, Ctrl-R) and completion of commands."""

    def __init__(self, history: Path | None, completions: Sequence[str]) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import WordCompleter
        from prompt_toolkit.formatted_text import FormattedText

        self._session: PromptSession[str] = PromptSession(
            FormattedText([("bold", PROMPT)]),
            history=_history(history),
            completer=WordCompleter(list(completions), sentence=True),
            complete_while_typing=False,
        )

    async def read(self) -> str | None:
        """Return the next line, or None after Ctrl-D."""
        try:
            return await self._session.prompt_async()
        except EOFError:
            return None
        except KeyboardInterrupt:
            raise Interrupted from None


def _history(path: Path | None) -> Any:
    """Keep what is typed in ``path``, for its owner only; in memory where that cannot be."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    if path is None:
        return InMemoryHistory()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600))
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))


class PlainLines:
    """Lines of a pipe or of a terminal without editing, read beside the event loop.

    The thread is a daemon and reads the descriptor itself, so that it can neither keep the
    process alive nor hold a lock of ``sys.stdin`` when the process ends.
    """

    def __init__(self, descriptor: int, prompt: str = "") -> None:
        self._descriptor, self._prompt = descriptor, prompt
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._started = False

    async def read(self) -> str | None:
        """Return the next line, or None at the end of the input."""
        if not self._started:
            self._started = True
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._pump, args=(loop,), daemon=True).start()
        if self._prompt:
            print(self._prompt, end="", flush=True)
        return await self._queue.get()

    def _pump(self, loop: asyncio.AbstractEventLoop) -> None:
        for line in chain(_lines(self._descriptor), (None,)):
            try:
                loop.call_soon_threadsafe(self._queue.put_nowait, line)
            except RuntimeError:  # the loop has been closed: nobody is listening any more
                return


def _lines(descriptor: int) -> Iterator[str]:
    decode = codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode
    rest = ""
    while True:
        try:
            raw = os.read(descriptor, 65536)
        except OSError:
            raw = b""
        rest += decode(raw, final=not raw)
        *whole, rest = rest.split("\n")
        yield from (line.rstrip("\r") for line in whole)
        if not raw:
            if rest:
                yield rest
            return


class GivenLines:
    """Lines of a ``sys.stdin`` that is no file."""

    async def read(self) -> str | None:
        """Return the next line, or None at the end of the input."""
        line = sys.stdin.buffer.readline()
        return line.decode("utf-8", "replace").rstrip("\r\n") if line else None
