"""How long a turn takes, stage by stage, and what it asks of a language model; prints JSON.

    python benchmarks/turn.py [--items 10000] [--llm none|embedded|both] [--json FILE]

docs/benchmarks.md says what each figure means. Catalogues are kept in the folder "benchmark" of
RecLLM's home, so that a second run does not encode them again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from recllm.config import load_settings
from recllm.evaluation.scenario_catalogs import data_directory
from recllm.llm.embedded import installed
from turns import catalogues, embedded, first_answer, rivals, timing
from turns.figures import Json, load, machine

SHIPPED = 920
QUESTION = "a short talk about how memory works"


def parser() -> argparse.ArgumentParser:
    """Return what the command line takes."""
    found = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = found.add_argument
    add("--items", type=_count, default=10_000, help="size of the catalogue (10000)")
    add("--source", choices=("auto", "books", "films"), default="auto", help="what is in it")
    add("--llm", choices=("none", "embedded", "both"), default="both", help="which turns are timed")
    add("--repeat", type=_count, default=5, help="how often the conversations are held (5)")
    add("--conversations", type=_count, default=10, help="how many of the script's ten are held")
    add("--seed", type=int, default=0, help="order of the conversations, and all other choices")
    add("--json", type=Path, help="write the figures to this file as well")
    add("--profile", action="store_true", help="add the 15 hottest functions of the turn")
    add("--no-first-answer", action="store_true", help="leave out the run from file to answer")
    return found


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return number


async def measure(options: argparse.Namespace) -> Json:
    """Run what the options ask for and return all figures."""
    home = load_settings().home / "benchmark"
    figures: Json = {"machine": machine(), "seed": options.seed, "load": {"start": load()}}
    wanted = {"none", "embedded"} if options.llm == "both" else {options.llm}
    if "embedded" in wanted and not embedded.available():
        figures["embedded"] = "not measured: run 'recllm models install' first"
        wanted -= {"embedded"}
    if "none" in wanted:
        figures |= await _without_model(home, options)
    if "embedded" in wanted:
        figures["embedded"] = await _with_model(home, options)
    if not options.no_first_answer:
        path = _talks(home, options.items)
        figures["first_answer"] = [
            await first_answer.measure(path, QUESTION, llm, installed() if llm != "none" else None)
            for llm in sorted(wanted, reverse=True)
        ]
    figures["load"]["end"] = load()
    return figures


async def _without_model(home: Path, options: argparse.Namespace) -> Json:
    source = catalogues.choose(
        options.source, options.items, data_directory(), home / "sources", options.seed
    )
    _say(f"indexing {source.name}")
    await catalogues.index(source, home)
    said = catalogues.conversations(source.script, options.conversations, options.seed)
    run = (home, source.name, said, options.repeat, options.seed)
    _say("timing the turn without a model")
    stages, timed = await timing.stages(*run)
    about = {"catalogue": source.about, "items": options.items, "turns": len(timed)}
    figures: Json = {"stages": about | {"acts": timing.acts(timed)} | stages}
    _say("timing other tools")
    figures["alternatives"] = await rivals.compare(*run)
    if options.profile:
        figures["profile"] = await timing.profile(home, source.name, said, options.seed)
        _say(timing.table(figures["profile"]))
    return figures


async def _with_model(home: Path, options: argparse.Namespace) -> Json:
    size = min(options.items, SHIPPED)
    source = catalogues.choose("films", size, Path(), home / "sources", options.seed)
    await catalogues.index(source, home)
    said = catalogues.conversations("films", options.conversations, options.seed)
    _say("timing the turn with the embedded model")
    found = await embedded.measure(home, source.name, said, options.repeat, options.seed)
    return {"catalogue": source.about, "items": size} | found


def _talks(home: Path, items: int) -> Path:
    """Return the file of TED talks, or that of the shipped films where there is none."""
    talks = data_directory() / catalogues.TALKS
    if talks.is_file():
        return catalogues.cut(talks, items, home / "sources" / talks.name)
    return catalogues.choose("films", min(items, SHIPPED), Path(), home / "sources", 0).path


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run and print."""
    options = parser().parse_args(arguments)
    text = json.dumps(asyncio.run(measure(options)), indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
