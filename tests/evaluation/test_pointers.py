from __future__ import annotations

import pytest
from pydantic import ValidationError
from scenes import BAKERY, HARBOUR, ORACLE, QUIET, SHORE

from recllm.evaluation.pointers import Found, Pointer, resolve

SLATES = [(QUIET, BAKERY), (HARBOUR, SHORE, QUIET)]


def find(text: str) -> Found | None:
    return resolve(Pointer.model_validate(text), SLATES, ORACLE.titled)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("slate[-1][1]", ["harbour"]),
        ("slate[-1][-1]", ["quiet"]),
        ("slate[-2][2]", ["bakery"]),
        ("slate[1][1]", ["quiet"]),
        ("slate[2][2]", ["shore"]),
        ("slate[-1]", ["harbour", "shore", "quiet"]),
        ("slate[-1][max year]", ["harbour"]),
        ("slate[-1][min year]", ["shore"]),
        ("slate[-1][min runtime]", ["quiet"]),
        ("slate[-2][min filmed]", ["quiet"]),
        ("shown", ["quiet", "bakery", "harbour", "shore", "quiet"]),
        ("the bakery", ["bakery"]),
        ("Quiet Orbit (2009)", ["quiet"]),
        ("Quiet Orbit (2010)", []),
    ],
)
def test_a_pointer_finds_what_it_says(text: str, ids: list[str]) -> None:
    found = find(text)
    assert found is not None
    assert [i.id for i in found.items] == ids
    assert Pointer.model_validate(str(Pointer.model_validate(text))) == Pointer.model_validate(text)


@pytest.mark.parametrize("text", ["slate[-3]", "slate[3][1]", "slate[-2][3]", "slate[1][-3]"])
def test_a_place_that_never_was_is_none(text: str) -> None:
    assert find(text) is None


def test_a_figure_that_no_shown_item_has_is_none() -> None:
    assert find("slate[-1][min views]") is not None
    assert resolve(Pointer.model_validate("slate[1][min views]"), [(SHORE,)], ORACLE.titled) is None


def test_all_of_a_slate_is_meant_but_any_one_of_equal_titles() -> None:
    assert find("slate[-1]") == Found(SLATES[1], whole=True)
    among = {"quiet", "bakery"}
    whole, place = find("slate[-1]"), find("slate[-1][3]")
    assert whole
    assert not whole.all_or_any(lambda i: i.id in among)
    assert place
    assert place.all_or_any(lambda i: i.id in among)


@pytest.mark.parametrize("text", ["slate[0]", "slate[-1][0]", "slate[x]", "slate[-1][best]", " "])
def test_what_points_at_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"count from 1|points at nothing"):
        Pointer.model_validate(text)
