"""Where the chat writes: a terminal with colours and a spinner, or plain text for a pipe."""

from __future__ import annotations

import os
import re
import sys

from rich.cells import cell_len
from rich.console import Console
from rich.status import Status
from rich.text import Text

WIDEST = 100
"""Columns that text fills at most: longer lines are hard to read."""

# Everything that could move the cursor, set a title or ring; items and replies are data.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def clean(text: str) -> str:
    """Return ``text`` without characters that could command the terminal."""
    return _CONTROL.sub(" ", text).replace("\t", " ")


def one_line(text: str) -> str:
    """Return ``text`` cleaned, on one line."""
    return " ".join(clean(text).split())


def well_formed(text: str) -> str:
    """Return ``text`` with bytes that were no UTF-8 replaced: the shell passes any bytes on."""
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "replace")
    return raw.decode("utf-8", "replace")


class Screen:
    """Writes lines, streamed text and a spinner, as well as the output allows.

    ``plain`` leaves out colours, links and motion even where the terminal could do them.
    """

    def __init__(self, *, plain: bool = False, console: Console | None = None) -> None:
        self.console = console or _console(plain)
        self.plain = plain
        self.lively = self.console.is_terminal and not plain and not self.console.is_dumb_terminal
        self._status: Status | None = None
        self._column = 0
        self._word = ""

    @property
    def width(self) -> int:
        """Columns to fill; 0 where lines are not to be broken because no person sees them."""
        return min(self.console.width, WIDEST) if self.console.is_terminal else 0

    def line(self, text: str | Text = "", style: str = "", indent: int = 0) -> None:
        """Write a paragraph, wrapped with a hanging indent."""
        whole = Text(clean(text), style=style) if isinstance(text, str) else text
        room = max(self.width - indent, 12) if self.width else 0
        lines = whole.wrap(self.console, room) if room else [whole]
        for one in lines:
            one.rstrip()
            self.console.print(Text(" " * indent).append_text(one), soft_wrap=True, highlight=False)

    def busy(self, what: str) -> None:
        """Show a spinner with ``what`` is going on, until something is written."""
        if not self.lively:
            return
        if self._status is None:
            self._status = self.console.status(f"[dim]{what}[/dim]", spinner="dots")
            self._status.start()
        else:
            self._status.update(f"[dim]{what}[/dim]")

    def idle(self) -> None:
        """Take the spinner away."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def piece(self, text: str) -> None:
        """Write a piece of a streamed text; words are kept whole at the end of a line."""
        for part in re.split(r"(\s)", clean(text)):
            if part.isspace():
                self._put_word()
                self._put_space(part)
            else:
                self._word += part

    def end(self) -> None:
        """End the streamed text."""
        self._put_word()
        if self._column:
            self._out("\n")
        self._column = 0

    def _put_word(self) -> None:
        word, self._word = self._word, ""
        size = cell_len(word)
        if self.width and self._column and self._column + size > self.width:
            self._out("\n")
            self._column = 0
        self._out(word)
        self._column += size

    def _put_space(self, space: str) -> None:
        if space == "\n":
            self._out("\n")
            self._column = 0
        elif self._column and not (self.width and self._column + 1 >= self.width):
            self._out(" ")
            self._column += 1

    def _out(self, text: str) -> None:
        if text:
            self.console.file.write(text)
            self.console.file.flush()


def _console(plain: bool) -> Console:
    # A pipe whose encoding lacks a character must lose the character, not the conversation.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    dumb = plain or os.environ.get("TERM") == "dumb"
    return Console(
        no_color=True if plain else None,
        color_system=None if dumb else "auto",
        highlight=False,
        soft_wrap=True,
    )
