"""``recllm evaluate retrieval``: how often what people took to is found, on public dialogues."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from recllm.cli.index import make_encoder
from recllm.config import load_settings
from recllm.errors import EvaluationError
from recllm.evaluation.retrieval.baselines import baselines
from recllm.evaluation.retrieval.datasets import DATASETS, load_dataset
from recllm.evaluation.retrieval.he2023 import read_references
from recllm.evaluation.retrieval.offline import System
from recllm.evaluation.retrieval.report import Report, render
from recllm.evaluation.retrieval.run import evaluate, part_of, sampled
from recllm.evaluation.retrieval.values import Dataset
from recllm.evaluation.retrieval.ways import WAYS, chosen_ways, make_ways, open_items
from recllm.evaluation.scenario_catalogs import data_directory


def retrieval_command(
    dataset: Annotated[str, typer.Option(help=f"One of {', '.join(DATASETS)}.")],
    ways: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Some of {', '.join(WAYS)}, or none for the baselines alone; may be repeated.",
            show_default="all",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="The folder of the data set's files.", show_default="RECLLM_DATA"),
    ] = None,
    part: Annotated[
        str,
        typer.Option(
            help="test to measure; dev, a part of the training dialogues, to choose between variants."
        ),
    ] = "test",
    sample: Annotated[
        int, typer.Option(min=0, help="How many instances, evenly spread; 0 for all.")
    ] = 0,
    ease: Annotated[bool, typer.Option("--ease", help="Fit the baseline EASE too.")] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all figures there; - prints them.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the resampling of the paired tests.")] = 0,
) -> None:
    """Rank the items for every recommending turn of a data set, and say how often they are found.

    Trivial baselines are ranked in the same run, under two conditions: "new" counts only what was
    not named before, "all" counts everything.
    """
    if part not in ("test", "dev"):
        raise EvaluationError(f"--part {part!r} is neither 'test' nor 'dev'")
    names = chosen_ways(ways or ())
    folder = data or data_directory()
    report = asyncio.run(_run(dataset, folder, names, part, sample, ease, seed))
    _print(report, json_file)


async def _run(
    name: str, folder: Path, ways: tuple[str, ...], part: str, sample: int, ease: bool, seed: int
) -> Report:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        task = bars.add_task(f"Reading {name}", total=None)
        whole = part_of(await asyncio.to_thread(load_dataset, name, folder), part)
        chosen = sampled(whole, sample)
        simple = await asyncio.to_thread(baselines, whole, ease=ease)
        bars.remove_task(task)
        own = await _ways(whole, ways, bars)
        references = read_references(folder) if (name, part) == ("redial-zeroshot", "test") else []
        tasks = {
            s.name: bars.add_task(s.name, total=2 * len(chosen.instances)) for s in (*simple, *own)
        }
        return await evaluate(
            chosen,
            simple,
            own,
            references=references,
            part=part,
            seed=seed,
            told=lambda system: bars.advance(tasks[system]),
        )


async def _ways(dataset: Dataset, names: tuple[str, ...], bars: Progress) -> list[System]:
    if not names:
        return []
    task = bars.add_task("Catalogue", total=None)

    def told(stage: str, done: int, total: int | None) -> None:
        bars.update(task, completed=done, total=total)

    encoder = make_encoder()
    directory = load_settings().home / "evaluation" / "catalogs"
    catalog = await open_items(dataset, directory, encoder, told)
    bars.remove_task(task)
    return make_ways(names, catalog, encoder)


def _print(report: Report, json_file: Path | None) -> None:
    text = report.model_dump_json(indent=1)
    if json_file is not None and str(json_file) == "-":
        sys.stdout.write(f"{text}\n")
        return
    if json_file is not None:
        json_file.write_text(text, "utf-8")
    Console(highlight=False).print(render(report))
