"""``recllm evaluate profiles``: figures on what is remembered, and on what is brought up."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from recllm.build import choose_llm, choose_trigger
from recllm.cli.evaluation_files import folder_of, only_json
from recllm.cli.index import make_encoder
from recllm.config import load_settings
from recllm.errors import EvaluationError
from recllm.evaluation.profiles.cases import load_cases
from recllm.evaluation.profiles.change import run_cases
from recllm.evaluation.profiles.judge import alike
from recllm.evaluation.profiles.locomo import evidence_recall, load_locomo
from recllm.evaluation.profiles.measures import choice, extraction, facts_of
from recllm.evaluation.profiles.prefeval import FORMS, load_distractors, load_prefeval
from recllm.evaluation.profiles.ranks import lexical, triggering
from recllm.evaluation.profiles.report import ProfileFigures, failures, summary
from recllm.evaluation.profiles.requests import STATED, load_requests
from recllm.evaluation.scenario_catalogs import data_directory
from recllm.profiles.extraction import RuleExtractor
from recllm.profiles.model_extraction import ModelExtractor
from recllm.profiles.recall import TurnRecall
from recllm.profiles.triggering import FactTrigger
from recllm.protocols import Encoder, Extractor
from recllm.vector_cache import VectorCache

_FOLDER = Path("evaluation") / "profiles"
_REQUESTS = "requests.jsonl"
_DISTRACTORS = (10, 300)
_PATIENCE = 60.0
"""Seconds for what a turn waits half a second for: a slow machine is not to change figures."""


class Dataset(StrEnum):
    """What is measured."""

    PREFEVAL = "prefeval"
    LOCOMO = "locomo"
    REQUESTS = "requests"
    CHANGE = "change"
    OWN = "own"


class _Bars:
    """Progress bars on standard error."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars

    def task(self, what: str, total: int) -> _Task:
        return _Task(self._bars, self._bars.add_task(what, total=total))


class _Task:
    """One bar: called with how much is done."""

    def __init__(self, bars: Progress, task: object) -> None:
        self._bars, self._task = bars, task

    def __call__(self, done: int) -> None:
        self._bars.update(self._task, completed=done)  # type: ignore[arg-type]


def profiles_command(
    dataset: Annotated[Dataset, typer.Option(help="What to measure on.")] = Dataset.CHANGE,
    cases: Annotated[
        Path | None,
        typer.Option(help="A file of your own: cases, for --dataset own, or requests."),
    ] = None,
    llm: Annotated[
        str, typer.Option(help="none, embedded or endpoint: reads and foresees what rules do not.")
    ] = "none",
    part: Annotated[
        str, typer.Option(help="Measure extraction, triggering or (of PrefEval) choice only.")
    ] = "",
    seed: Annotated[
        int, typer.Option(help="Shuffles the options of multiple choice, and draws the sample.")
    ] = 0,
    sample: Annotated[
        int,
        typer.Option(
            min=0,
            help="Measure on so many examples of PrefEval only, and talks.",
            show_default="all",
        ),
    ] = 0,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the whole result there; - prints it.")
    ] = None,
    show_failures: Annotated[
        bool, typer.Option("--failures", help="Show each case that does not hold.")
    ] = False,
    floor: Annotated[
        float, typer.Option(min=0, max=1, help="Least share of cases that must hold.")
    ] = 0.85,
) -> None:
    """Measure what is remembered of people, and what of it is brought up.

    Exits with 1 if fewer cases of a change suite hold than --floor.
    """
    if dataset is Dataset.OWN and cases is None:
        raise EvaluationError("--dataset own needs --cases FILE: a file of cases in YAML.")
    columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        figures = asyncio.run(_run(dataset, cases, llm, part, seed, sample, _Bars(bars)))
    _print(figures, json_file, show_failures)
    if any(suite.share < floor for suite in figures.change.values()):
        raise typer.Exit(1)


async def _run(
    dataset: Dataset,
    cases: Path | None,
    llm: str,
    part: str,
    seed: int,
    sample: int,
    bars: _Bars,
) -> ProfileFigures:
    encoder = VectorCache(make_encoder())
    settings = load_settings(llm=llm, seed=seed)
    model = choose_llm(settings) if llm != "none" else None
    rules = RuleExtractor(encoder)
    extractor: Extractor = ModelExtractor(model, rules, encoder) if model else rules
    start = ProfileFigures(dataset=dataset.value, llm=model.name if model else "none", seed=seed)
    trigger = choose_trigger(settings, encoder, model, _PATIENCE)
    if dataset is Dataset.PREFEVAL:
        return await _prefeval(start, part, sample, encoder, extractor, trigger, bars)
    if dataset is Dataset.REQUESTS:
        file = cases or folder_of(_FOLDER) / _REQUESTS
        return await _requests(start, file, part, encoder, extractor, trigger, bars)
    if dataset is Dataset.LOCOMO:
        talks = load_locomo(data_directory())
        task = bars.task("Questions", sum(len(t.questions) for t in talks))
        recall = await evidence_recall(talks, TurnRecall(encoder), task)
        return start.model_copy(update={"recall": recall})
    files = (
        {"own": cases}
        if cases
        else {n: folder_of(_FOLDER) / f"{n}.yaml" for n in ("change", "heldout")}
    )
    suites = {}
    for name, file in files.items():
        loaded = load_cases(file)
        task = bars.task(f"Cases, {name}", len(loaded))
        suites[name] = await run_cases(loaded, extractor, task)
    return start.model_copy(update={"change": suites})


async def _requests(
    start: ProfileFigures,
    file: Path,
    part: str,
    encoder: Encoder,
    extractor: Extractor,
    trigger: FactTrigger,
    bars: _Bars,
) -> ProfileFigures:
    rounds, update = load_requests(file), {}
    if part in ("", "extraction"):
        stated = next(iter(rounds.values()))
        task = bars.task("Extraction", len(stated))
        read = await extraction(stated, STATED, extractor, encoder, task)
        update["extraction"] = {STATED: read}
    if part in ("", "triggering"):
        update["triggering"] = ranked = {}
        for name, examples in rounds.items():
            same = await alike([e.preference for e in examples], encoder)
            ranked[f"BM25, {name}"] = lexical(examples, same)
            task = bars.task(f"Triggering, {name}", len(examples))
            ranked[name] = await triggering(examples, trigger, same, task)
    return start.model_copy(update=update)


async def _prefeval(
    start: ProfileFigures,
    part: str,
    sample: int,
    encoder: Encoder,
    extractor: Extractor,
    trigger: FactTrigger,
    bars: _Bars,
) -> ProfileFigures:
    examples, talks = load_prefeval(data_directory()), load_distractors(data_directory())
    if sample:
        drawn = Random(start.seed)
        examples = drawn.sample(examples, min(sample, len(examples)))
        talks = drawn.sample(talks, min(sample, len(talks)))
    count = len(examples)
    update: dict[str, object] = {}
    heard = [text for talk in talks for role, text in talk if role == "user"]
    stored = await facts_of(heard, extractor, "distractors")
    if part in ("", "extraction"):
        update["distractor_facts"] = len(stored)
        update["extraction"] = {
            form: await extraction(
                examples, form, extractor, encoder, bars.task(f"Extraction, {form}", count)
            )
            for form in FORMS
        }
    if part in ("", "triggering"):
        spoken = [turn for talk in talks for turn in talk]
        same = await alike([e.preference for e in examples], encoder)
        ranked = {"BM25": lexical(examples, same)}
        name = "the question alone"
        ranked[name] = await triggering(examples, trigger, same, bars.task("Triggering", count))
        for turns in _DISTRACTORS:
            task = bars.task(f"Triggering, {turns} turns", count)
            ranked[f"after {turns} turns of other talk"] = await triggering(
                examples, trigger, same, task, before=spoken[: 2 * turns], stored=stored
            )
        task = bars.task("Triggering, with candidates", count)
        ranked["with the options on the table"] = await triggering(
            examples, trigger, same, task, candidates=encoder
        )
        update["triggering"] = ranked
    if part in ("", "choice"):
        update["choice"] = await choice(examples, encoder, start.seed)
    return start.model_copy(update=update)


def _print(figures: ProfileFigures, json_file: Path | None, show_failures: bool) -> None:
    if only_json(figures.model_dump_json(indent=1), json_file):
        return
    console = Console(highlight=False)
    for failure in failures(figures) if show_failures else ():
        console.print(failure, soft_wrap=True, markup=False)
    console.print(summary(figures), soft_wrap=True, markup=False)
