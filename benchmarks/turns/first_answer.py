"""From a catalogue's file to the first answer, as a newcomer gets it: two commands, a new home."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from recllm.llm.weights import file_in
from turns.figures import Json, load


async def measure(path: Path, message: str, llm: str, weights: Path | None) -> Json:
    """Index the file at ``path`` and ask one question, each in a process of its own.

    Args:
        path: the catalogue's file.
        message: what is asked.
        llm: "none" or "embedded".
        weights: the embedded model's file, lent to the fresh home.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if weights:
            file_in(home).parent.mkdir(parents=True)
            file_in(home).symlink_to(weights)
        before, began = load(), perf_counter()
        report = await _run(home, "index", str(path), "--catalog", "fresh", "--json")
        indexed = perf_counter() - began
        answer = await _run(home, "ask", message, "--catalog", "fresh", "--llm", llm, "--json")
    return {
        "unit": "s",
        "file": path.name,
        "items": report["size"],
        "llm": llm,
        "index": round(indexed, 2),
        "ask": round(perf_counter() - began - indexed, 2),
        "whole": round(perf_counter() - began, 2),
        "act": answer["act"],
        "shown": len(answer["slate"]),
        "load": [before, load()],
    }


async def _run(home: Path, *arguments: str) -> Json:
    """Run ``recllm`` with these arguments and return the JSON that it prints."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RECLLM_", "OPENAI_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", "from recllm.cli.main import run; run()"),
        *arguments,
        env=kept | {"RECLLM_HOME": str(home)},
        cwd=home,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"recllm {arguments[0]} failed: {err.decode(errors='replace')[-500:]}")
    found: Json = json.loads(out)
    return found
