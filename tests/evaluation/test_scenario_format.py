from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recllm.errors import EvaluationError
from recllm.evaluation.scenarios import choose, load_scenarios, read_scenarios
from recllm.types import Act

GOOD = """
- name: one
  catalog: films
  kind: [chat, similar]
  turns:
    - say: hello
      expect: {act: chat, slate: none}
    - say: like Moon but shorter
      expect:
        slate: {min: 1, max: 5}
        similar: Moon
        each: ["runtime < {Moon}", genres = Drama | Comedy]
        answers: {item: "slate[-1][2]", attribute: directors}
    - say: bye
- name: two
  catalog: ted
  kind: chat
  turns: [{say: a}, {say: b}, {say: c}]
"""


def written(folder: Path, text: str, name: str = "a.yaml") -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_a_file_is_read_into_values(tmp_path: Path) -> None:
    one, two = read_scenarios(written(tmp_path, GOOD))
    assert (one.name, two.kind, len(two.turns)) == ("one", ("chat",), 3)
    first, second, last = (t.expect for t in one.turns)
    assert first.act == (Act.CHAT,)
    assert first.slate
    assert (first.slate.min, first.slate.max) == (0, 0)
    assert second.slate
    assert second.slate.max == 5
    assert [str(c) for c in second.each] == ["runtime < {Moon}", "genres = Drama | Comedy"]
    assert [str(p) for p in second.pointers()] == ["Moon", "Moon", "slate[-1][2]"]
    assert last.slate is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("act: chat", "act: talk", "scenario 'one', turn 1, expect.act.0: Input should be"),
        ("say: hello", "say: no", r"turn 1, say: .* \(given: False\); put words such as no"),
        ("say: hello", "sya: hello", "turn 1, say: Field required"),
        ("slate: none", "slate: few", "turn 1, expect.slate: 'few': write none, some, a number"),
        ("slate: none", "plate: none", "turn 1, expect.plate: Extra inputs"),
        ("similar: Moon", "similar: 'slate[0]'", "turn 2, expect.similar.0: .* count from 1"),
        ("genres = Drama | Comedy", "genres Drama", "turn 2, expect.each.1: .*not a condition"),
        ("slate: none", "slate: none, each: a = 1", "turn 1, expect: conditions on a slate"),
        ("slate: none", "says: '('", "turn 1, expect.says: .*not a regular expression"),
        ("catalog: films", "catalog: songs", "scenario 'one', catalog: Input should be 'films'"),
        ("kind: [chat, similar]", "kind: []", "scenario 'one', kind"),
        ("kind: [chat, similar]", "kind: odd", "scenario 'one', kind.0"),
        ("name: one", "name: One Two", "scenario 'One Two', name"),
        ("{say: a}, {say: b}, ", "", "scenario 'two', turns: Tuple should have at least 3"),
        ("name: two", "nom: two", "scenario 2, name: Field required"),
        ("say: hello", "say: hello\n      say: again", "the key 'say' is given twice"),
        ("- name: one", "- name: [one", "cannot be read"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in GOOD
    with pytest.raises(EvaluationError, match=message):
        read_scenarios(written(tmp_path, GOOD.replace(old, new, 1)))


@pytest.mark.parametrize("text", ["", "name: one", "[]", "3"])
def test_a_file_holds_a_list(tmp_path: Path, text: str) -> None:
    with pytest.raises(EvaluationError, match="must hold a list"):
        read_scenarios(written(tmp_path, text))


def test_an_entry_is_a_mapping(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="scenario 1: Input should be"):
        read_scenarios(written(tmp_path, "- hello"))


def test_a_name_is_used_once(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    written(tmp_path, GOOD, "b.yaml")
    with pytest.raises(EvaluationError, match=r"b\.yaml: the name 'one' is taken"):
        load_scenarios(tmp_path)


def test_a_folder_without_scenarios_is_an_error(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(EvaluationError, match="no scenarios in"):
            load_scenarios(folder)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["one", "two"]),
        ({"catalogs": ["ted"]}, ["two"]),
        ({"only": "on"}, ["one"]),
        ({"only": "t*"}, ["two"]),
        ({"only": "similar"}, ["one"]),
        ({"only": "chat"}, ["one", "two"]),
    ],
)
def test_scenarios_are_chosen(tmp_path: Path, options: dict[str, Any], names: list[str]) -> None:
    all_of_them = read_scenarios(written(tmp_path, GOOD))
    assert [s.name for s in choose(all_of_them, **options)] == names


def test_choosing_nothing_is_an_error(tmp_path: Path) -> None:
    all_of_them = read_scenarios(written(tmp_path, GOOD))
    with pytest.raises(EvaluationError, match="no scenario matches 'xyz'"):
        choose(all_of_them, only="xyz")
    with pytest.raises(EvaluationError, match="no catalogue 'songs' in the suite"):
        choose(all_of_them, catalogs=["songs"])
