from __future__ import annotations

import pytest
from pydantic import ValidationError
from scenes import BAKERY, HARBOUR, QUIET, SHORE

from recllm.evaluation.conditions import Condition, holds
from recllm.types import Item


def condition(text: str) -> Condition:
    return Condition.model_validate(text)


@pytest.mark.parametrize(
    ("text", "item", "wanted"),
    [
        ("runtime <= 97", QUIET, True),
        ("runtime < 97", QUIET, False),
        ("runtime >= 131", HARBOUR, True),
        ("runtime > 131", HARBOUR, False),
        ("year = 1998", BAKERY, True),
        ("year != 1998", BAKERY, False),
        ("genres = drama", QUIET, True),
        ("genres = Comedy | Drama", BAKERY, True),
        ("genres != Comedy | Thriller", BAKERY, False),
        ("genres != Comedy | Western", QUIET, True),
        ("countries != United States", HARBOUR, False),
        ("restored = true", QUIET, True),
        ("restored = true", BAKERY, False),
        ("filmed = 2008", QUIET, True),
        ("filmed >= 2008-05", QUIET, True),
        ("filmed > 2008", QUIET, False),
        ("filmed < 2009", QUIET, True),
        ("title ~ ^quiet", QUIET, True),
        ("text ~ village|town", BAKERY, True),
        ("record ~ Ben Okri", BAKERY, True),
        ("record !~ Ben Okri", BAKERY, False),
        ("directors ~ sand$", BAKERY, True),
    ],
)
def test_a_condition_is_checked_against_the_record(text: str, item: Item, wanted: bool) -> None:
    assert holds(condition(text), item) is wanted


def test_a_missing_value_fails_every_condition_but_the_negative_ones() -> None:
    for text in ("runtime <= 500", "runtime >= 0", "runtime = 90", "languages = French"):
        assert not holds(condition(text), SHORE)
    assert holds(condition("languages != French"), SHORE)
    assert holds(condition("languages !~ French"), SHORE)


def test_accents_case_and_punctuation_do_not_matter_in_names() -> None:
    film = Item(id="x", title="X", attributes={"directors": ("Agnès Varda",)})
    assert holds(condition("directors = agnes varda"), film)


def test_a_pointer_stands_for_the_value_of_another_record() -> None:
    shorter = condition("runtime < {Quiet Orbit}")
    assert shorter.pointer is not None
    assert holds(shorter, BAKERY, [QUIET])
    assert not holds(shorter, HARBOUR, [QUIET])
    assert not holds(shorter, BAKERY, [SHORE]), "there is no value to compare with"
    assert holds(condition("directors = {slate[-1][1]}"), HARBOUR, [QUIET])


def test_a_condition_reads_back_as_it_was_written() -> None:
    for text in ("runtime <= 97", "genres = Comedy | Drama", "year < {slate[-1][max year]}"):
        assert str(condition(text)) == text


@pytest.mark.parametrize("text", ["runtime", "runtime ==", "<= 90", "", "run time < 3", "a ~ ("])
def test_what_is_not_a_condition_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"not a (condition|regular expression)"):
        condition(text)


def test_text_cannot_be_compared() -> None:
    with pytest.raises(ValidationError, match="search it with ~"):
        condition("title = Quiet Orbit")
