"""A llama.cpp server beside this process: started once, shared, ended with its last user."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from recllm.errors import LLMUnavailableError
from recllm.llm import llama_child
from recllm.text import shorten

START_LIMIT = 120.0
MOST_THREADS = 8
# Threads that share the work of one token wait for one another hundreds of times. Where another
# process is busy they wait for it too, and libgomp's default is to spin for long, which made a
# call ten times slower. So half of the cores write, all read, and none spins for long
# (figures in docs/models.md).
SPIN = "2000"


@dataclass(frozen=True)
class Model:
    """What is served: two servers of equal models are one."""

    path: Path
    adapter: Path | None = None
    slots: int = 4
    context: int = 2048


@dataclass
class LlamaServer:
    """A running child process that serves ``model`` at ``url`` to whoever has ``key``."""

    model: Model
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    url: str = ""
    users: int = 0
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process and wait until the model answers; blocks for a second or so.

        Raises:
            LLMUnavailableError: The model cannot be loaded.
        """
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
            self._process = process = _spawn(log)
            limit = threading.Timer(START_LIMIT, process.kill)
            limit.start()
            try:
                self.url = _greet(process, self._settings())
            except (OSError, ValueError, KeyError):
                self.stop()
                log.seek(0)
                raise LLMUnavailableError(_cause(self.model, log.read())) from None
            finally:
                limit.cancel()

    def stop(self) -> None:
        """End the process. Safe to repeat."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream:
                _close(stream)
        process.wait()

    def _settings(self) -> str:
        return json.dumps(
            {
                "model": str(self.model.path),
                "adapter": str(self.model.adapter or ""),
                "slots": self.model.slots,
                "context": self.model.context,
                "writers": max(1, min(MOST_THREADS, _cores()) // 2),
                "readers": min(MOST_THREADS, _cores()),
                "key": self.key,
            }
        )


# Reentrant, as a forgotten model may be collected, and released, while another one is started.
_lock = threading.RLock()
_servers: dict[Model, LlamaServer] = {}


def acquire(model: Model) -> LlamaServer:
    """Return the server of ``model``, started if need be; blocks. Give it back when done.

    Raises:
        LLMUnavailableError: xllamacpp is not installed, or the model cannot be loaded.
    """
    if find_spec("xllamacpp") is None:
        raise LLMUnavailableError(
            "The package xllamacpp, which runs the embedded model, is not installed: run "
            "`pip install xllamacpp`, or use --llm none or an endpoint."
        )
    with _lock:
        server = _servers.get(model)
        if server is None or not server.alive:
            # A new one, so that users of one that died see that theirs is gone.
            server = LlamaServer(model)
            server.start()
            _servers[model] = server
        server.users += 1
        return server


def release(server: LlamaServer) -> None:
    """Give ``server`` back; the last user's return ends it."""
    with _lock:
        server.users -= 1
        if server.users <= 0:
            server.stop()
            if _servers.get(server.model) is server:
                del _servers[server.model]


def _spawn(log: IO[str]) -> subprocess.Popen[str]:
    # By its path, and without that path's folder among the imports (-P).
    command = [sys.executable, "-P", str(Path(llama_child.__file__))]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        encoding="utf-8",
        env={**os.environ, "GOMP_SPINCOUNT": os.environ.get("GOMP_SPINCOUNT", SPIN)},
        # Ctrl-C is for us: we end the child when we are done with it.
        start_new_session=True,
    )


def _greet(process: subprocess.Popen[str], settings: str) -> str:
    """Tell the child what to serve and return where it does."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(settings + "\n")
    process.stdin.flush()
    said: dict[str, str] = json.loads(process.stdout.readline())
    return said["url"]


def _close(stream: IO[str]) -> None:
    try:
        stream.close()
    except OSError:
        # What was left to write went to a process that no longer reads.
        return


def _cause(model: Model, log: str) -> str:
    lines = [line for line in log.splitlines() if line.strip()]
    told = shorten(" ".join(" ".join(lines[-3:]).split()), 300) or "it ended without a word"
    return (
        f"llama.cpp cannot serve {model.path} ({told}): run `recllm models install` to fetch the "
        "weights again, or use --llm none."
    )


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
