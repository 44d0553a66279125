"""The benchmarks, on settings so small that they say nothing about speed."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))
import index as at_size  # noqa: E402
import profiles  # noqa: E402
import titles  # noqa: E402
import turn  # noqa: E402
from indexes import synthetic, truth, work  # noqa: E402
from recllm.config import load_settings  # noqa: E402
from recllm.llm.weights import file_in  # noqa: E402
from recllm.types import Act, Call, Query, Trace, Turn, Usage  # noqa: E402
from tests import toy  # noqa: E402
from turns import catalogues, embedded, figures, first_answer, rivals, timing  # noqa: E402

SPREAD = {"n", "p50", "p95", "max"}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Everything that needs no model, through the command line, once."""
    file = tmp_path_factory.mktemp("figures") / "turn.json"
    few = ["--items", "30", "--source", "films", "--conversations", "1", "--repeat", "1"]
    turn.main([*few, "--llm", "none", "--profile", "--no-first-answer", "--json", str(file)])
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def test_every_stage_is_timed(measured: dict[str, Any]) -> None:
    stages = measured["stages"]
    assert (stages["items"], stages["turns"], stages["unit"]) == (30, 6, "ms")
    assert len(stages["repeats"]) == 1
    for repeat in stages["repeats"]:
        for held in ("first", "again"):
            assert set(repeat[held]) == {*timing.STAGES, "stored", "cpu"}
            assert set(repeat[held]["turn"]) == SPREAD
            assert repeat[held]["turn"]["n"] == 6
    assert set(stages["first"]["turn"]["best"]) == SPREAD - {"n"}
    assert sum(stages["acts"].values()) == 6


def test_the_turn_is_held_against_other_tools(measured: dict[str, Any]) -> None:
    others = measured["alternatives"]["alternatives"]
    assert rivals.Loop.name in others
    for other in others.values():
        assert set(other["same_retrieval"]) == SPREAD
        assert set(other["ratios"]) == {
            f"{ours}/{theirs}"
            for ours in ("search", "turn")
            for theirs in ("words", "same_retrieval")
        }


def test_the_profile_names_functions_and_no_folder(measured: dict[str, Any]) -> None:
    assert len(measured["profile"]) == 15
    assert {row["file"] for row in measured["profile"] if row["file"].startswith("/")} == set()
    assert len(timing.table(measured["profile"]).splitlines()) == 16


def test_the_figures_say_what_they_were_measured_on(measured: dict[str, Any]) -> None:
    assert {"cores", "cpu", "system", "python", "packages"} == set(measured["machine"])
    assert measured["machine"]["packages"]["lancedb"]
    assert set(measured["load"]) == {"start", "end"}
    text = json.dumps(measured)
    assert str(ROOT) not in text
    assert str(load_settings(llm="none").home) not in text


async def test_from_a_file_to_the_first_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, ...]] = []
    weights = tmp_path / "weights.gguf"
    weights.touch()

    async def run(home: Path, *arguments: str) -> dict[str, Any]:
        told.append(arguments)
        assert file_in(home).resolve() == weights
        return {"size": 5, "act": "recommend", "slate": [{}, {}]}

    monkeypatch.setattr(first_answer, "_run", run)
    found = await first_answer.measure(tmp_path / "t.csv", "a film", "embedded", weights)
    assert (found["items"], found["act"], found["shown"]) == (5, "recommend", 2)
    assert found["whole"] >= found["index"] >= 0
    assert [arguments[0] for arguments in told] == ["index", "ask"]


async def test_a_command_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"recllm nonsense failed: "):
        await first_answer._run(tmp_path, "nonsense")


def test_calls_and_tokens_are_counted_by_act() -> None:
    call = Call(stage="chat", model="m", prompt="p", prompt_hash="h")
    used = call.model_copy(update={"usage": Usage(prompt_tokens=30, completion_tokens=6)})
    timed = [_timed(Act.CHAT, (used, call)), _timed(Act.CHAT, ()), _timed(Act.RECOMMEND, (used,))]
    found = embedded.summary(timed)
    chat = found["by_act"]["chat"]
    assert (chat["turns"], chat["calls_mean"], chat["calls_max"]) == (2, 1.0, 2)
    assert (chat["prompt_tokens_mean"], chat["completion_tokens_mean"]) == (15.0, 3.0)
    assert found["times"]["slate"] == {"n": 1, "p50": 1500.0, "p95": 1500.0, "max": 1500.0}
    assert found["times"]["whole_turn"]["n"] == 3


def _timed(act: Act, calls: tuple[Call, ...]) -> timing.Timed:
    trace = Trace(calls=calls, seconds={"turn": 2.0})
    turned = Turn(message="m", reply="r", act=act, trace=trace)
    events = [("deciding", 0.1), ("slate", 1.5), ("text", 1.6), ("turn", 2.0)]
    return timing.Timed(
        turned, tuple(e for e in events if act is Act.RECOMMEND or e[0] != "slate"), 1
    )


def test_without_weights_the_model_is_not_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(embedded, "installed", lambda: None)
    turn.main(["--llm", "embedded", "--no-first-answer"])
    assert "recllm models install" in json.loads(capsys.readouterr().out)["embedded"]


def test_quantiles() -> None:
    assert figures.spread([0.001 * n for n in range(1, 102)]) == {
        "n": 101,
        "p50": 51.0,
        "p95": 96.0,
        "max": 101.0,
    }
    assert figures.spread([]) == {"n": 0}
    repeats = [{"turn": figures.spread([t])} for t in (0.003, 0.001, 0.002)]
    repeats.append({"turn": figures.spread([])})
    best, middle = {"p50": 1.0, "p95": 1.0, "max": 1.0}, {"p50": 2.0, "p95": 2.0, "max": 2.0}
    assert figures.over_repeats(repeats) == {"turn": {"best": best, "median": middle}}


@pytest.mark.parametrize("script", ["films", "books"])
def test_the_script_is_ten_conversations_of_six_messages(script: str) -> None:
    said = catalogues.conversations(script, 10, seed=1)
    assert [len(messages) for messages in said] == [6] * 10
    assert len({m for messages in said for m in messages}) > 50
    assert said == catalogues.conversations(script, 10, seed=1)
    assert sorted(said) == sorted(catalogues.conversations(script, 10, seed=2))


def test_films_are_multiplied_with_other_titles_and_ids(tmp_path: Path) -> None:
    source = catalogues.choose("auto", 2000, tmp_path / "no data", tmp_path, seed=0)
    films = [json.loads(line) for line in source.path.read_text("utf-8").splitlines()]
    assert len(films) == len({f["id"] for f in films}) == 2000
    assert len({f["title"] for f in films[920:]} & {f["title"] for f in films[:920]}) == 0
    assert "multiplied" in source.about


def test_books_are_taken_where_the_data_has_them(tmp_path: Path) -> None:
    books = tmp_path / catalogues.BOOKS
    books.parent.mkdir()
    books.write_text('book_id,title\n1,"One, or\nmore"\n2,Two\n3,Three\n', "utf-8")
    source = catalogues.choose("auto", 2, tmp_path, tmp_path / "made", seed=0)
    with source.path.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["book_id", "title"],
            ["1", "One, or\nmore"],
            ["2", "Two"],
        ]


def test_both_rankings_by_words_find_the_same() -> None:
    documents = ["a film about cats", "dogs and cats and cats", "birds of the sea", "the sea"]
    loop = rivals.Loop(documents)
    assert loop.best("cats", 10) == [1, 0]
    assert loop.best("sea birds", 1) == [2]
    assert loop.best("horses", 10) == []
    bm25s = pytest.importorskip("bm25s", reason="bm25s is an option of the benchmark")
    assert bm25s
    assert rivals.Bm25s(documents).best("cats", 2) == [1, 0]


async def test_a_rival_searches_by_words_and_by_meaning() -> None:
    from tests import toy

    catalog = await toy.catalog()
    rival = (await rivals.plain_rivals(catalog, toy.ENCODER))[rivals.Loop.name]
    found = await rival.retrieve(Query(text="bus"))
    assert found[0].id == "speed"
    assert len(found) == catalog.size
    assert rival.by_words(Query(text="")) == []
    alike = await rival.retrieve(Query(text="", similar_to=("sunrise",)))
    assert [i.id for i in alike[:2]] == ["sunrise", "sunset"]


def test_titles_are_matched_well_and_foreign_ones_refused(tmp_path: Path) -> None:
    file = tmp_path / "titles.json"
    toys = ["--home", str(toy.home()), "--catalog", "toy"]
    titles.main([*toys, "--json", str(file)])
    measured = json.loads(file.read_text("utf-8"))
    assert measured["items"] == len(toy.FILMS)
    found, refused = measured["should be found"], measured["should be refused"]
    assert set(found) == set(titles.FORMS)
    assert found["right year"]["recall"] == found["creator appended"]["recall"] == 1.0
    assert all(form["precision"] > 0.97 for form in found.values())
    assert all(form["refused"] > 0.9 for form in refused.values())


async def test_a_lookup_among_made_up_titles_is_timed() -> None:
    measured = await titles.speed(200, 0)
    assert measured["titles"] == 200
    assert set(measured["one typo"]) == {"first", "median"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index")


SMALL = ["--items", "2000", "--dim", "32", "--queries", "8", "--add", "50"]


@pytest.fixture(scope="module")
def searched(folder: Path) -> dict[str, Any]:
    """The benchmark of a catalogue at a size, through the command line, once."""
    file = folder / "figures.json"
    at_size.main([*SMALL, "--folder", str(folder), "--json", str(file)])
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def test_a_catalogue_is_measured_at_its_size(searched: dict[str, Any]) -> None:
    assert searched["build"]["items"] == 2000
    assert searched["build"]["indexes"]["search"]["kind"] == "FTS"
    assert {"seconds", "cpu_seconds", "disk_mb", "peak_memory_mb"} <= set(searched["build"])
    search = searched["search"]
    for case in truth.CASES:
        assert search[f"vector_{case.name}"]["recall_at_10"] == 1.0
        for way in ("vector", "words", "hybrid_10", "hybrid_100"):
            for together in ("at_once_1", "at_once_8"):
                times = search[f"{way}_{case.name}"][together]
                assert times["n"] == 8
                assert 0 < times["p50"] <= times["p95"] <= times["p99"]
    assert searched["rivals"]["numpy"]["recall_at_10"] == 1.0


def test_the_whole_stage_is_measured_with_all_ways(searched: dict[str, Any]) -> None:
    stage = searched["stage"]
    assert stage["learning"].keys() == {"concepts", "interactions"}
    four = {"bm25", "dual-encoder", "concepts", "co-engagement"}
    assert stage["ways_unfiltered"].keys() == four
    for case in truth.CASES:
        assert stage[f"stage_{case.name}"]["at_once_1"]["n"] == 8


def test_items_added_meanwhile_are_found(searched: dict[str, Any]) -> None:
    added = searched["add"]
    assert (added["items_before"], added["items_after"]) == (2000, 2050)
    assert (added["queries"]["failed"], added["queries"]["empty"]) == (0, 0)
    assert added["found_by_vector"]
    assert added["found_by_words"]
    assert added["written"]["added"] == 50


def test_a_run_goes_on_where_it_was_stopped(searched: dict[str, Any], folder: Path) -> None:
    kept = json.loads((folder / "search.json").read_text("utf-8"))
    lost = kept.pop("words_unfiltered")
    (folder / "search.json").write_text(json.dumps(kept), "utf-8")
    saved = work.Saved(folder / "search.json")
    assert "words_unfiltered" not in saved
    saved.put("words_unfiltered", lost)
    built = (folder / "build.json").read_bytes()
    at_size.main([*SMALL, "--folder", str(folder), "--stage", "build"])
    assert (folder / "build.json").read_bytes() == built
    assert json.loads((folder / "search.json").read_text("utf-8")) == kept | {
        "words_unfiltered": lost
    }


def test_synthetic_items_are_the_same_however_many_there_are() -> None:
    space = synthetic.Space(300, 16, seed=4)
    few, more = (list(synthetic.items(space, n, seed=4)) for n in (30, 50))
    assert few == more[:30]
    assert len({i.id for i in more}) == 50
    lengths = np.linalg.norm(synthetic.part(space, 0, seed=4).vectors, axis=1)
    assert lengths == pytest.approx(1.0, abs=1e-5)


def test_exact_search_is_exact() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(500, 8)).astype(np.float32)
    mask = np.arange(500) % 5 == 0
    found = truth.nearest(rows[:7], rows, mask)
    scores = np.where(mask, rows[:7] @ rows.T, -np.inf)
    assert np.array_equal(found, np.argsort(-scores, axis=1)[:, :10])
    few = truth.nearest(rows[:1], rows, np.arange(500) < 3)
    assert sorted(few[0].tolist())[:7] == [-1] * 7
    assert work.recall([[0, 1]], few) == round(2 / 3, 4)


def test_profiles_are_timed_and_erased_again(tmp_path: Path) -> None:
    file, database = tmp_path / "figures.json", tmp_path / "profiles.db"
    few = ["--facts", "20", "--repeat", "3", "--database", f"sqlite:///{database}"]
    profiles.main([*few, "--json", str(file)])
    found = json.loads(file.read_text("utf-8"))
    assert (found["facts"], found["database"]) == (20, "sqlite")
    by_vectors = "read_and_trigger_by_vectors_ms"
    for name in (
        "read_ms", "read_and_trigger_ms", by_vectors, "open_and_read_ms", "add_one_ms",
        "consolidate_ms",
    ):  # fmt: skip
        assert set(found[name]) == {"cpu", "median", "p95"}
    assert b"matters a lot" not in database.read_bytes()
