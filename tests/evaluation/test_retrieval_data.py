"""The loaders on tiny files of the published formats, and on the real ones where they are."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import retrieval_files as files
from hypothesis import given
from hypothesis import strategies as st

from recllm.errors import EvaluationError
from recllm.evaluation.retrieval.datasets import DATASETS, load_dataset
from recllm.evaluation.retrieval.run import part_of, sampled
from recllm.evaluation.retrieval.titles import Linker, read_title
from recllm.evaluation.retrieval.values import Dataset, Mention
from recllm.evaluation.retrieval.zeroshot import matched_name
from recllm.types import ChatMessage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return files.write(tmp_path)


def new(dataset: Dataset) -> int:
    return sum(t not in i.seen for i in dataset.instances for t in i.targets)


def test_zeroshot_counts_by_name(folder: Path) -> None:
    dataset = load_dataset("redial-zeroshot", folder)
    assert len(dataset.instances) == 3
    assert sum(len(i.targets) for i in dataset.instances) == 5
    # The remake of a film that was named counts as named, as in the authors' code.
    assert new(dataset) == 3
    assert dataset.key("1") == dataset.key("2") == "Red Harbour"
    assert matched_name("<http://dbpedia.org/resource/Semi-Detached_(film)>") == "Semi Detached"


def test_zeroshot_instances_are_as_the_product_sees_them(folder: Path) -> None:
    first, second, third = load_dataset("redial-zeroshot", folder).instances
    assert first.conversation == (ChatMessage(role="user", content="Hi, I liked Moon Race (1999)"),)
    assert first.mentioned == (Mention("0", "user"),)
    assert [m.role for m in second.conversation] == ["user", "assistant", "user"]
    assert second.mentioned == (Mention("0", "user"), Mention("1", "assistant"))
    assert second.named == ("1", "0")
    assert set(second.seen) == {"0", "1", "2"}
    assert second.last_said == "What else?"
    assert [m.role for m in third.conversation] == ["assistant", "user"]


def test_zeroshot_items_carry_what_the_files_know(folder: Path) -> None:
    items = {i.id: i for i in load_dataset("redial-zeroshot", folder).items}
    assert items["0"].title == "Moon Race"
    assert items["0"].attributes["year"] == 1999.0
    assert items["0"].attributes["genres"] == ("Drama",)
    assert items["0"].text == "About moon race."
    assert (items["1"].attributes["year"], items["2"].attributes["year"]) == (1980.0, 2010.0)


def test_training_parts_have_the_form_of_the_test(folder: Path) -> None:
    train = load_dataset("redial-zeroshot", folder).train
    first, second, third = train.instances
    assert [m.content for m in first.conversation] == ["I loved Moon Race (1999) ."]
    assert (first.mentioned, first.targets) == ((Mention("0", "user"),), ("3",))
    # A number that nobody knows stays as it was said.
    assert second.targets == ("5",)
    assert second.seen == ("0", "3")
    assert third.targets == ("3",)
    assert third.mentioned == (Mention("0", "user"), Mention("1", "user"))


def test_a_dialogue_in_two_files_is_counted_once(folder: Path) -> None:
    train = load_dataset("redial-zeroshot", folder).train
    # "b-1" has the items of "8" and no other dialogue has them.
    assert sorted(d.id for d in train.dialogues) == ["7", "8", "9"]
    assert {i.dialogue for i in train.instances} == {"7", "8"}
    seventh = next(d for d in train.dialogues if d.id == "7")
    labels = {label.item: label for label in seventh.labels}
    assert (labels["0"].liked, labels["0"].suggested) == (True, False)
    assert (labels["3"].liked, labels["3"].suggested) == (None, True)


def test_ievalm(folder: Path) -> None:
    dataset = load_dataset("redial-ievalm", folder)
    assert sum(len(i.targets) for i in dataset.instances) == 3
    assert new(dataset) == 2
    assert dataset.instances[0].entities == ("Anna Actor",)
    assert {t for i in dataset.train.instances for t in i.targets} <= {i.id for i in dataset.items}


def test_opendialkg_leaves_test_dialogues_out_of_train(folder: Path) -> None:
    clean = load_dataset("opendialkg", folder)
    leaky = load_dataset("opendialkg-leaky", folder)
    assert len(leaky.train.instances) == 3
    assert {i.dialogue for i in clean.train.instances} == {"2", "3"}
    assert clean.coverage[0].linked == 1


def test_held_out_dialogues_are_not_learned_from(folder: Path) -> None:
    rows = [files.told_rows()[0] | {"conversationId": str(n)} for n in range(40)]
    files.jsonl(folder / "redial" / "train_text_union.jsonl", rows)
    dev = part_of(load_dataset("redial-zeroshot", folder), "dev")
    measured = {i.dialogue for i in dev.instances}
    learned = {d.id for d in dev.train.dialogues} | {i.dialogue for i in dev.train.instances}
    assert measured
    assert learned
    assert not measured & learned


def test_a_sample_is_spread_evenly(folder: Path) -> None:
    dataset = load_dataset("redial-zeroshot", folder)
    assert [i.id for i in sampled(dataset, 2).instances] == ["0", "1"]
    assert sampled(dataset, 0) == dataset
    assert sampled(dataset, 99) == dataset


@pytest.mark.parametrize("name", DATASETS)
def test_what_is_missing_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"needs .*RECLLM_DATA"):
        load_dataset(name, tmp_path)


def test_an_unknown_data_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"'nonsense'.*redial-zeroshot"):
        load_dataset("nonsense", tmp_path)


@pytest.mark.parametrize("line", ["{", "[]", "{}", '{"context": 3, "rec": [], "dialog_id": 1}'])
def test_a_broken_row_is_named(line: str, folder: Path) -> None:
    path = folder / "redial" / "zeroshot_test.jsonl"
    path.write_text(path.read_text("utf-8") + line + "\n", "utf-8")
    with pytest.raises(EvaluationError, match="zeroshot_test"):
        load_dataset("redial-zeroshot", folder)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(row=st.dictionaries(st.sampled_from(["context", "rec", "prev_entity", "x"]), VALUES))
def test_any_row_is_read_or_refused(row: dict[str, object], tmp_path_factory: object) -> None:
    folder = files.write(Path(_scratch(tmp_path_factory)))
    whole = files.zeroshot_rows()[0] | row
    (folder / "redial" / "zeroshot_test.jsonl").write_text(json.dumps(whole), "utf-8")
    try:
        dataset = load_dataset("redial-zeroshot", folder)
    except EvaluationError:
        return
    assert len(dataset.instances) == 1


def _scratch(factory: object) -> Path:
    assert isinstance(factory, pytest.TempPathFactory)
    return factory.mktemp("data")


@pytest.mark.parametrize(
    ("text", "name", "year"),
    [
        ("Super Troopers (2001)", "Super Troopers", 2001),
        ("The Shining (1980 film)", "The Shining", 1980),
        ("Police Academy  (film)", "Police Academy", None),
        ("(500) Days of Summer", "(500) Days of Summer", None),
        ("2012", "2012", None),
    ],
)
def test_titles_are_cut(text: str, name: str, year: int | None) -> None:
    assert read_title(text) == (name, year)


def test_links_go_by_year_then_to_the_one_without() -> None:
    names = {"a": "It (1990)", "b": "It (film)", "c": "The Hole (2001)"}
    link = Linker({i: read_title(t) for i, t in names.items()})
    assert [link(t) for t in ("It (1990)", "It (2017)", "it", "Hole", "Ti")] == [*"abbc", None]


REAL = Path(os.environ.get("RECLLM_DATA", "nowhere"))


@pytest.mark.skipif(not (REAL / "redial").is_dir(), reason="the public data are not here")
@pytest.mark.parametrize(
    ("name", "instances", "targets", "fresh", "items"),
    [
        ("redial-zeroshot", 3552, 4778, 4288, 6281),
        ("redial-ievalm", 3341, 4499, 4036, 6576),
        ("opendialkg", 1188, 1262, 831, 3672),
    ],
)
def test_the_published_counts(
    name: str, instances: int, targets: int, fresh: int, items: int
) -> None:
    dataset = load_dataset(name, REAL)
    counts = len(dataset.instances), sum(len(i.targets) for i in dataset.instances)
    assert (*counts, new(dataset), len(dataset.items)) == (instances, targets, fresh, items)
