"""How well a catalogue is searched at a size: build, disk, memory, recall, latency; prints JSON.

    python benchmarks/index.py --items 1000000 --dim 384 [--add 10000] [--folder DIR]

docs/benchmarks.md says what each figure means. Each stage runs in a process of its own, so that
its memory is its own, and keeps its figures in the folder: a run that was stopped goes on where it
was, and one that is complete prints again what it found.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from indexes import adding, ours, rivals, stage
from indexes.synthetic import likeness
from indexes.work import Run, Saved
from recllm.config import load_settings
from turns.figures import Json, load, machine

STAGES: dict[str, Callable[[Run, Saved], Coroutine[None, None, None]]] = {
    "build": ours.build,
    "search": ours.search,
    "stage": stage.whole,
    "rivals": rivals.compare,
    "write": adding.write,
}


def parser() -> argparse.ArgumentParser:
    """Return what the command line takes."""
    found = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = found.add_argument
    add("--items", type=_count, default=100_000, help="size of the catalogue (100000)")
    add("--dim", type=_count, default=384, help="length of the vectors (384)")
    add("--queries", type=_count, default=200, help="how many are asked (200)")
    add("--add", type=int, default=0, help="add so many items in the end, while queries run")
    add("--seed", type=int, default=0, help="of all that is synthetic (0)")
    add("--folder", type=Path, help="where the run is kept (in RecLLM's home)")
    add("--json", type=Path, help="write the figures to this file as well")
    add("--no-rivals", action="store_true", help="leave out the other libraries")
    add("--stage", choices=STAGES, help=argparse.SUPPRESS)
    return found


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return number


def run_of(options: argparse.Namespace) -> Run:
    """Return the run that the options describe; its folder is made."""
    name = f"index-{options.items}-{options.dim}-{options.queries}-{options.add}-{options.seed}"
    folder = options.folder or load_settings().home / "benchmark" / name
    folder.mkdir(parents=True, exist_ok=True)
    return Run(folder, options.items, options.dim, options.seed, options.queries, options.add)


def measure(options: argparse.Namespace) -> Json:
    """Run what is missing of the stages and return all figures."""
    run = run_of(options)
    figures: Json = {"machine": machine(), "items": run.items, "dimension": run.dimension}
    figures |= {"seed": run.seed, "queries": run.queries, "load": {"start": load()}}
    sample = run.vectors()[: min(run.items, 100_000)]
    figures["vectors"] = likeness(sample, run.seed)
    for name in ("build", "search", "stage", *(() if options.no_rivals else ("rivals",))):
        subprocess.run([sys.executable, *_command(options, run, name)], check=True)
        found = Saved(run.folder / f"{name}.json").found
        figures[name] = found.get(name, found)
    if run.added:
        saved = Saved(run.folder / "add.json")
        asyncio.run(adding.follow(run, saved, _command(options, run, "write")))
        written = Saved(run.folder / "write.json").found
        figures["add"] = saved.found.get("add", {}) | written
    figures["load"]["end"] = load()
    return figures


def _command(options: argparse.Namespace, run: Run, stage: str) -> list[str]:
    words = {"items": run.items, "dim": run.dimension, "queries": run.queries}
    words |= {"add": run.added, "seed": run.seed}
    flags = [part for k, v in words.items() for part in (f"--{k}", str(v))]
    return [str(Path(__file__)), *flags, "--folder", str(run.folder), "--stage", stage]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run and print."""
    options = parser().parse_args(arguments)
    if options.stage:
        run = run_of(options)
        saved = Saved(run.folder / f"{options.stage}.json")
        asyncio.run(STAGES[options.stage](run, saved))
        return
    text = json.dumps(measure(options), indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
