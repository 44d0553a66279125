"""``recllm evaluate``: figures on how well the recommender does, for people and for scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from recllm.build import choose_llm, learn, open_recommender
from recllm.cli.evaluate_profiles import profiles_command
from recllm.cli.evaluate_retrieval import retrieval_command
from recllm.cli.evaluation_files import folder_of, only_json
from recllm.cli.index import make_encoder
from recllm.config import Settings, load_settings
from recllm.evaluation.scenario_catalogs import data_directory, oracle_of, prepare, source_of
from recllm.evaluation.scenario_report import failures, summary
from recllm.evaluation.scenario_run import Opened, SuiteResult, run_suite
from recllm.evaluation.scenarios import Scenario, choose, load_scenarios
from recllm.memory_store import MemoryStore

app = typer.Typer(help="Measure how well the recommender does.", no_args_is_help=True)
app.command("retrieval")(retrieval_command)
app.command("profiles")(profiles_command)
_FOLDER = Path("evaluation") / "scenarios"


@app.callback()
def evaluate() -> None:
    """Measure how well the recommender does."""


@app.command("scenarios")
def scenarios_command(
    llm: Annotated[
        str, typer.Option(help="auto, none, embedded or endpoint.", show_default="as configured")
    ] = "",
    catalog: Annotated[
        list[str] | None,
        typer.Option(help="films, ted or books; may be repeated.", show_default="all"),
    ] = None,
    only: Annotated[
        str, typer.Option(help="A pattern or part of the names to run, or a kind.")
    ] = "",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the whole result there; - prints it.")
    ] = None,
    show_failures: Annotated[
        bool, typer.Option("--failures", help="Show each turn that failed a check.")
    ] = False,
    floor: Annotated[
        float, typer.Option(min=0, max=1, help="Least share of expectations that must hold.")
    ] = 0.8,
    scenarios: Annotated[
        Path | None,
        typer.Option(help="The folder of scenarios.", show_default="the repository's"),
    ] = None,
) -> None:
    """Hold the conversations of the scenario suite and check every turn.

    Exits with 1 if fewer expectations hold than --floor, or any statement is not grounded.
    """
    chosen = choose(load_scenarios(scenarios or folder_of(_FOLDER)), catalog or (), only)
    settings = load_settings(llm=llm or None, seed=0)
    result = asyncio.run(_run(chosen, settings))
    _print(result, json_file, show_failures)
    if result.expectations.share < floor or result.grounding.failed:
        raise typer.Exit(1)


async def _run(chosen: Sequence[Scenario], settings: Settings) -> SuiteResult:
    own = settings.model_copy(update={"home": settings.home / "evaluation"})
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as bars:
        await _prepare({s.catalog for s in chosen}, own.home / "catalogs", bars)
        task = bars.add_task("Conversations", total=len(chosen))

        def progress(scenario: Scenario) -> None:
            bars.update(task, advance=1, description=scenario.name)

        model = choose_llm(settings)
        name = model.name if model else "none"
        return await run_suite(chosen, _opener(own, settings), llm=name, progress=progress)


async def _prepare(names: set[str], directory: Path, bars: Progress) -> None:
    data = data_directory()
    for name in sorted(names):
        # All files are looked for before the first is indexed, which takes time.
        source_of(name, data)
    for name in sorted(names):
        task = bars.add_task(f"Catalogue {name}", total=None)

        def told(stage: str, done: int, total: int | None, task: int = task) -> None:
            bars.update(task, completed=done, total=total)  # type: ignore[arg-type]

        encoder = make_encoder()
        await prepare(name, directory, encoder, data, told)
        await learn(directory, name, encoder, told)
        bars.remove_task(task)


def _opener(own: Settings, settings: Settings) -> Callable[[str], Awaitable[Opened]]:
    """Return what opens a catalogue of ``own`` home with the model of the configured one."""

    async def open_catalog(name: str) -> Opened:
        recommender = await open_recommender(
            name,
            settings=own,
            store=MemoryStore(),
            llm=choose_llm(settings),
            encoder=make_encoder(),
        )
        return Opened(recommender, await oracle_of(recommender.catalog), recommender.close)

    return open_catalog


def _print(result: SuiteResult, json_file: Path | None, show_failures: bool) -> None:
    if only_json(result.model_dump_json(indent=1), json_file):
        return
    console = Console(highlight=False)
    for failure in failures(result) if show_failures else ():
        console.print(failure, soft_wrap=True)
        console.print()
    console.print(summary(result))
