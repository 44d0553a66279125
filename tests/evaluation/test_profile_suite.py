"""The change suite and the command over it, and the fixed rules that judge."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from recllm.cli import evaluate, evaluate_profiles
from recllm.encoder import HashEncoder, MiniLMEncoder
from recllm.errors import EvaluationError
from recllm.evaluation.profiles.cases import load_cases
from recllm.evaluation.profiles.change import run_cases
from recllm.evaluation.profiles.judge import alike, closest, opposed, unsupported
from recllm.evaluation.profiles.locomo import load_locomo, plain_bm25
from recllm.evaluation.profiles.measures import choice, extraction
from recllm.evaluation.profiles.prefeval import Example, load_distractors, load_prefeval
from recllm.evaluation.profiles.ranks import lexical, triggering
from recllm.evaluation.profiles.requests import load_requests
from recllm.facts import Fact
from recllm.profiles.extraction import RuleExtractor
from recllm.profiles.triggering import FactTrigger
from recllm.profiles.weighing import sides

FOLDER = Path(__file__).resolve().parents[2] / "evaluation" / "profiles"
GOOD = """
- name: horror
  kind: contradiction
  turns: [I like horror., I can't stand horror any more.]
  valid: [{says: horror, kind: dislike}]
  ended: [{says: horror, kind: like}]
"""
BAD = GOOD.replace("kind: dislike", "kind: like")


@pytest.fixture(autouse=True)
def hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate_profiles, "make_encoder", HashEncoder)


@pytest.mark.parametrize(("name", "least"), [("change", 0.95), ("heldout", 0.8)])
async def test_the_suite_holds(name: str, least: float) -> None:
    result = await run_cases(load_cases(FOLDER / f"{name}.yaml"), RuleExtractor(MiniLMEncoder()))
    assert result.share >= least, [c for c in result.cases if c.problems]
    assert result.unsupported == 0


def run(folder: Path, text: str, *options: str) -> tuple[int, str]:
    file = folder / "cases.yaml"
    file.write_text(text, "utf-8")
    command = ["profiles", "--dataset", "own", "--cases", str(file), *options]
    result = CliRunner().invoke(evaluate.app, command)
    return result.exit_code, result.stdout


def test_cases_of_ones_own(tmp_path: Path) -> None:
    code, told = run(tmp_path, GOOD)
    assert code == 0
    assert "1 of 1 cases hold" in told


def test_failures_are_shown_and_are_an_exit_code(tmp_path: Path) -> None:
    code, told = run(tmp_path, BAD, "--failures")
    assert code == 1
    assert "horror: missing: says horror" in told.replace("['horror']", "horror")


def test_json_is_for_programs(tmp_path: Path) -> None:
    code, told = run(tmp_path, GOOD, "--json", "-")
    assert code == 0
    assert json.loads(told)["change"]["own"]["cases"][0]["problems"] == []


def test_requests_are_measured_and_what_is_no_line_of_them_is_named(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    line = {"sort": "films", "said": "I hate gore.", "fact": "Hates gore."}
    other = {"sort": "films", "said": "I love trains.", "fact": "Loves trains."}
    asked = [line | {"asked": ["blood", "gore?"]}, other | {"asked": ["trains", "gore on rails"]}]
    file.write_text("".join(f"{json.dumps(row)}\n" for row in asked), "utf-8")
    command = ["profiles", "--dataset", "requests", "--cases", str(file), "--json", "-"]
    told = json.loads(CliRunner().invoke(evaluate.app, command).stdout)
    assert told["extraction"]["stated"]["found"] == 2
    assert told["triggering"]["BM25, second request"]["topic"]["1"] == 50
    for wrong in ("{}", "[", json.dumps(line | {"asked": ["one"]})):
        file.write_text(f"{json.dumps(asked[0])}\n{wrong}\n", "utf-8")
        with pytest.raises(EvaluationError, match="line 2"):
            load_requests(file)


def test_the_written_requests_are_whole() -> None:
    first, second = load_requests(FOLDER / "requests.jsonl").values()
    assert len(first) == len(second) == 1440
    assert len({e.topic for e in first}) == 48
    assert len({e.question for e in (*first, *second)}) == 2880


@pytest.mark.parametrize("text", ["", "- name: x", "[", GOOD + GOOD, GOOD + "\n- 7"])
def test_what_is_no_file_of_cases_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(EvaluationError, match="broken"):
        load_cases(file)


def test_missing_data_is_named(tmp_path: Path) -> None:
    for load in (load_prefeval, load_distractors, load_locomo):
        with pytest.raises(EvaluationError, match="memory"):
            load(tmp_path)


def test_the_judge_knows_opposites() -> None:
    assert opposed("Likes horror.", "I hate horror.")
    assert not opposed("Prefers museums over beaches.", "I avoid beaches.")


async def test_the_judge_wants_the_users_words() -> None:
    said = "I like horror. I hate jazz."
    good = Fact(text="Likes horror.", evidence="I like horror.")
    invented = Fact(text="Likes casinos.", evidence="I like casinos.")
    turned = Fact(text="Likes jazz.", evidence="I hate jazz.")
    found = await unsupported([good, invented, turned], said, MiniLMEncoder())
    assert found == [invented, turned]
    assert await closest("I enjoy horror.", [good, turned], MiniLMEncoder()) > 0.5
    assert await closest("I enjoy horror.", [], MiniLMEncoder()) == 0.0


TOY = [
    Example(
        topic="food",
        preference=f"I avoid {dish}.",
        question=f"Where is the best {dish}?",
        options=("A salad bar", f"The {dish} house", f"A {dish} stand", f"{dish} at home"),
        dialogues={"choice": ("Hm?", f"I don't like {dish}.")},
    )
    for dish in ("sushi", "pizza", "curry")
]


async def test_measures_on_a_toy() -> None:
    encoder, trigger = MiniLMEncoder(), FactTrigger(MiniLMEncoder())
    done: list[int] = []
    result = await extraction(TOY, "choice", RuleExtractor(), encoder, done.append)
    assert (result.dialogues, result.facts, result.recall) == (3, 3, 1.0)
    assert done == [1, 2, 3]
    apart = np.eye(len(TOY), dtype=np.bool_)
    assert lexical(TOY, apart).all == {1: 100.0, 5: 100.0, 10: 100.0}
    ranked = await triggering(
        TOY, trigger, apart, done.append, before=[("user", "Hi")], candidates=encoder
    )
    assert ranked.topic[1] == ranked.alone[1] == ranked.same[1] == 100.0
    assert (await choice(TOY, encoder, 0)).shares["least overlap"] == 1.0


def test_one_that_says_the_same_stands_for_ones_own() -> None:
    sushi, pizza, curry = TOY
    astray = sushi._replace(question=pizza.question)
    apart, same = np.eye(3, dtype=np.bool_), np.eye(3, dtype=np.bool_)
    same[0, 1] = same[1, 0] = True
    told = [lexical([astray, pizza, curry], pairs) for pairs in (apart, same)]
    assert [t.alone[1] for t in told] == [66.7, 66.7]
    assert [t.same[1] for t in told] == [66.7, 100.0]


async def test_what_says_the_same() -> None:
    texts = ["I have a fear of heights.", "I am afraid of heights.", "I love heights.", "No nuts."]
    found = await alike(texts, MiniLMEncoder())
    assert found.tolist()[0][:2] == [True, True]
    assert found.diagonal().all()
    assert (found == found.T).all()
    assert found[3].sum() == 1


def test_a_fact_has_sides() -> None:
    assert sides("Avoids SUVs and prefers compact cars.") == [("SUVs", -1), ("compact cars", 1)]
    assert sides("Prefers trains over planes.") == [("trains", 1), ("planes", -1)]


def test_plain_bm25_by_hand() -> None:
    scores = plain_bm25("jazz", ["likes jazz", "likes opera", "likes cars"])
    assert scores.round(6).tolist() == [0.980829, 0.0, 0.0]
