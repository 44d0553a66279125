"""``recllm evaluate retrieval``: how often what people took to is found, on public dialogues."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from recllm.build import choose_llm
from recllm.catalog.index import Catalog
from recllm.cli.evaluation_files import only_json
from recllm.cli.index import make_encoder
from recllm.config import Settings, load_settings
from recllm.errors import CatalogError, EvaluationError
from recllm.evaluation.retrieval.asking import ask_titles
from recllm.evaluation.retrieval.baselines import baselines
from recllm.evaluation.retrieval.datasets import DATASETS, load_dataset
from recllm.evaluation.retrieval.he2023 import Reference, read_references
from recllm.evaluation.retrieval.listed import Fused, Listed, Matcher, read_titles
from recllm.evaluation.retrieval.offline import System
from recllm.evaluation.retrieval.own import NAME as OWN
from recllm.evaluation.retrieval.own import load_own
from recllm.evaluation.retrieval.report import Report, render
from recllm.evaluation.retrieval.run import evaluate, part_of, sampled, with_lists
from recllm.evaluation.retrieval.taught import Taught, teach
from recllm.evaluation.retrieval.values import Dataset
from recllm.evaluation.retrieval.ways import (
    REMEMBERED,
    WAYS,
    chosen_ways,
    make_ways,
    needs_learning,
    open_items,
    plain_ways,
)
from recllm.evaluation.scenario_catalogs import data_directory
from recllm.protocols import LLM
from recllm.vector_cache import VectorCache


class _Asked(NamedTuple):
    """What the command line asks for."""

    dataset: str
    data: Path
    ways: tuple[str, ...]
    part: str
    sample: int
    ease: bool
    seed: int
    titles: Path | None
    ask: int
    sessions: Path | None
    learn: bool


def retrieval_command(
    dataset: Annotated[str, typer.Option(help=f"One of {', '.join([*DATASETS, OWN])}.")],
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
    sessions: Annotated[
        Path | None, typer.Option(help="Your labelled turns, for --dataset own (JSONL).")
    ] = None,
    catalog: Annotated[
        str, typer.Option(help="Your catalogue, for --dataset own.", show_default="as configured")
    ] = "",
    part: Annotated[
        str, typer.Option(help="test to measure; dev, of the training part, to choose.")
    ] = "test",
    sample: Annotated[
        int, typer.Option(min=0, help="How many instances, evenly spread; 0 for all.")
    ] = 0,
    ease: Annotated[bool, typer.Option("--ease", help="Fit the baseline EASE too.")] = False,
    titles: Annotated[
        Path | None,
        typer.Option(help="Recorded lists of titles (JSONL of idx, titles), ranked and fused too."),
    ] = None,
    ask: Annotated[
        int,
        typer.Option(
            "--ask-titles",
            min=0,
            help="Ask the configured language model for the lists of this many instances first.",
        ),
    ] = 0,
    learn: Annotated[
        bool,
        typer.Option(
            "--learn",
            help="Learn from the training part again, or with --dataset own at all: co-engagement, "
            "the tuned encoder and the learned fusion, kept with the catalogue.",
        ),
    ] = False,
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
    if (dataset == OWN) != (sessions is not None):
        raise EvaluationError(f"--dataset {OWN} and --sessions FILE go together")
    named = chosen_ways(ways or ())
    folder = data or data_directory()
    asked = _Asked(dataset, folder, named, part, sample, ease, seed, titles, ask, sessions, learn)
    report = asyncio.run(_run(asked, load_settings(catalog=catalog or None)))
    _print(report, json_file)


async def _run(asked: _Asked, settings: Settings) -> Report:
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        task = bars.add_task(f"Reading {asked.dataset}", total=None)
        whole, catalog = await _load(asked, settings)
        chosen = sampled(whole, asked.sample)
        simple = await asyncio.to_thread(baselines, whole, ease=asked.ease)
        bars.remove_task(task)
        chosen, recorded = await _titles(asked, settings, chosen, bars)
        own, taught = await _ways(asked, settings, whole, catalog, bars)
        own += [Fused([recorded, way]) for way in own] if recorded else []
        own = [recorded, *own] if recorded else own
        total = 2 * len(chosen.instances)
        tasks = {s.name: bars.add_task(s.name, total=total) for s in (*simple, *own)}
        report = await evaluate(
            chosen,
            simple,
            own,
            references=_references(asked),
            part=asked.part,
            seed=asked.seed,
            told=lambda system: bars.advance(tasks[system]),
        )
        return report.model_copy(update={"out_of_fold": (taught.result,) if taught else ()})


async def _load(asked: _Asked, settings: Settings) -> tuple[Dataset, Catalog | None]:
    """Return the data set, and the catalogue where it is the user's own."""
    if asked.sessions is None:
        dataset = await asyncio.to_thread(load_dataset, asked.dataset, asked.data)
        return part_of(dataset, asked.part), None
    catalog = await Catalog.open(settings.home / "catalogs", settings.catalog)
    return part_of(await load_own(asked.sessions, catalog), asked.part), catalog


def _references(asked: _Asked) -> list[Reference]:
    if (asked.dataset, asked.part) != ("redial-zeroshot", "test"):
        return []
    return read_references(asked.data)


async def _titles(
    asked: _Asked, settings: Settings, dataset: Dataset, bars: Progress
) -> tuple[Dataset, Listed | None]:
    """Return the instances that have a recorded list, and the lists; as it is without any."""
    path = asked.titles
    if asked.ask:
        llm = _model(settings)
        path = path or _record(settings, dataset.name, llm.name)
        some = sampled(dataset, asked.ask)
        task = bars.add_task(f"Asking {llm.name}", total=len(some.instances))
        failed = await ask_titles(
            llm, some, path, seconds=settings.call_timeout, progress=lambda: bars.advance(task)
        )
        bars.remove_task(task)
        bars.console.print(f"Lists are in {path}; {failed} questions failed.", highlight=False)
        dataset = some
    if path is None:
        return dataset, None
    lists = read_titles(path)
    return with_lists(dataset, lists), Listed(lists, Matcher(dataset))


def _model(settings: Settings) -> LLM:
    llm = choose_llm(settings)
    if llm is None:
        raise EvaluationError(
            "--ask-titles needs a language model, and none is configured; 'recllm doctor' says how"
        )
    return llm


def _record(settings: Settings, dataset: str, model: str) -> Path:
    slug = re.sub(r"[^\w.-]+", "-", f"{dataset}-{model}")
    return settings.home / "evaluation" / "titles" / f"{slug}.jsonl"


async def _ways(
    asked: _Asked, settings: Settings, dataset: Dataset, catalog: Catalog | None, bars: Progress
) -> tuple[list[System], Taught | None]:
    """Return the ways over the catalogue of the items, with what could be learnt of them."""
    if not asked.ways:
        return [], None
    task = bars.add_task("Catalogue", total=None)

    def told(stage: str, done: int, total: int | None) -> None:
        bars.update(task, completed=done, total=total)

    encoder = make_encoder()
    directory = settings.home / ("catalogs" if catalog else "evaluation/catalogs")
    used = catalog or await open_items(dataset, directory, encoder, told)
    bars.remove_task(task)
    taught = None
    if asked.learn or (catalog is None and needs_learning(asked.ways)):
        task = bars.add_task("Learning, out of fold", total=None)
        try:
            taught = await teach(
                dataset,
                directory,
                used,
                VectorCache(encoder, REMEMBERED),
                plain_ways(used, encoder),
                again=asked.learn,
                seed=asked.seed,
                told=lambda done, total: bars.update(task, completed=done, total=total),
            )
        except CatalogError as error:
            if asked.learn:
                raise
            bars.console.print(f"Nothing is learnt: {error}.", highlight=False)
        bars.remove_task(task)
        used = await Catalog.open(directory, used.name)
    return make_ways(asked.ways, used, encoder), taught


def _print(report: Report, json_file: Path | None) -> None:
    if not only_json(report.model_dump_json(indent=1), json_file):
        Console(highlight=False).print(render(report))
