"""The chat in a real (pseudo) terminal: editing, colours, the spinner, Ctrl-C and Ctrl-D."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="needs a pseudo terminal")

HERE = Path(__file__).resolve().parent
PROGRAM = f"""
import sys
sys.path[:0] = [{str(HERE)!r}, {str(HERE.parent / "offline")!r}]
import conftest
from recllm.cli import main, session
session.open_for = conftest.opener(conftest.Scripted)
main.run()
"""
ESCAPES = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>78]|\r")
PATIENCE = 40.0


class Terminal:
    """A program in a terminal of 80 columns, and what it has written."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            # Tests that run in the background inherit a SIGINT that is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) and None,
            env=os.environ | environment,
        )
        os.close(slave)
        self.raw = ""
        self._read_to = 0

    def expect(self, text: str) -> str:
        """Wait until ``text`` is written after what was expected before; return what precedes."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            told = ESCAPES.sub("", self.raw)
            at = told.find(text, self._read_to)
            if at >= 0:
                before, self._read_to = told[self._read_to : at], at + len(text)
                return before
            if not self._more():
                break
        raise AssertionError(f"{text!r} did not come; there was {ESCAPES.sub('', self.raw)!r}")

    def _more(self) -> bool:
        if not select.select([self.master], [], [], PATIENCE)[0]:
            return False
        try:
            read = os.read(self.master, 65536)
        except OSError:  # Linux reports the end of the other side so
            return False
        self.raw += read.decode("utf-8", "replace")
        return bool(read)

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def end(self) -> int:
        """Wait for the program's end and return its status."""
        while self._more():
            pass
        return self.process.wait(PATIENCE)


@pytest.fixture
def terminals(cli_home: Path) -> Iterator[list[Terminal]]:
    """Terminals opened by a test, to be closed after it."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.master)


def start(terminals: list[Terminal], *flags: str, shown: str = "/quit leaves.") -> Terminal:
    environment = {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", "COLUMNS": "80"}
    terminals.append(Terminal(["chat", *flags], environment))
    terminals[-1].expect(shown)
    terminals[-1].expect(">")
    return terminals[-1]


def test_talking_in_a_terminal(terminals: list[Terminal], cli_home: Path) -> None:
    terminal = start(terminals)
    terminal.type("something calm\r")
    terminal.expect("1.  Quiet Orbit (2009)  excellent fit")
    terminal.expect("Try these.")
    assert "\x1b[1m" in terminal.raw
    terminal.expect(">")
    terminal.type("wait\r")
    terminal.expect("searching…")
    os.kill(terminal.process.pid, signal.SIGINT)
    terminal.expect("(stopped)")
    terminal.expect(">")
    terminal.type("\x1b[A\x15/why 2\r")  # Up brings back a line, Ctrl-U clears it
    terminal.expect("Try these.")
    terminal.expect(">")
    terminal.type("half a line\x03")
    terminal.expect("(Ctrl-C again, Ctrl-D or /quit leaves.)")
    terminal.expect(">")
    terminal.type("\x04")
    terminal.expect("Goodbye. “recllm chat --resume” goes on from here.")
    assert terminal.end() == 0
    assert "+something calm\n" in (cli_home / "history").read_text()


def test_a_plain_terminal_without_escapes_killed_and_resumed(terminals: list[Terminal]) -> None:
    terminal = start(terminals, "--plain")
    terminal.type("something calm\n")
    terminal.expect("Try these.")
    terminal.expect(">")
    assert "\x1b" not in terminal.raw
    terminal.type("wait\n")
    os.kill(terminal.process.pid, signal.SIGKILL)
    assert terminal.end() == -signal.SIGKILL
    resumed = start(terminals, "--plain", "--resume", shown="Continuing after 1 turn.")
    resumed.expect(">")
    os.kill(resumed.process.pid, signal.SIGINT)
    assert resumed.end() == 130
