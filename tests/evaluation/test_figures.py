from __future__ import annotations

import pytest

from recllm.evaluation.figures import figures, said, spelled_out


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("97 minutes", 97),
        ("1h 37m", 97),
        ("1 h 37 min", 97),
        ("1 hour and 37 minutes", 97),
        ("1h37", 97),
        ("2 hours", 120),
        ("a 2.5 hour film", 150),
        ("19 minutes", 19.4),
        ("rated 4.2", 4.18),
        ("1,234,567 views", 1_234_567),
        ("1.2 million views", 1_234_567),
        ("over 1.2 million views", 1_234_567),
        ("12k", 12_030),
        ("about 50 pages", 53),
        ("the 1980s", 1984),
        ("the '80s", 1984),
        ("the 80s", 1980),
        ("in '85", 1985),
        ("the 2nd", 2),
        ("(2009)", 2009),
        ("made in 2009.", 2009),
        ("the 20th century", 1950),
    ],
)
def test_a_written_number_covers_the_one_it_means(text: str, number: float) -> None:
    found = figures(text)
    assert len(found) == 1
    assert found[0].covers([number])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("97 minutes", 98),
        ("1h 37m", 137),
        ("1h 37m", 37),
        ("2 hours", 2),
        ("rated 4.2", 4.3),
        ("1.2 million", 1.3e6),
        ("the 1980s", 1990),
        ("about 1985", 1984),
        ("2009", 2010),
    ],
)
def test_and_no_other(text: str, number: float) -> None:
    assert not figures(text)[0].covers([number])


def test_what_is_no_number_is_not_read_as_one() -> None:
    assert figures("R2-D2 in 3D, WALL-E, no numbers") == []


def test_several_numbers_are_found_in_order() -> None:
    found = [f.text for f in figures("from 1990-1999, under 90 minutes, 4 films")]
    assert found == ["1990", "1999", "90", "4"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("under two hours", {120}),
        ("an hour and a half", {90}),
        ("two and a half hours", {150}),
        ("half an hour", {30}),
        ("ninety minutes", {90}),
        ("from the eighties", {1980, 1989}),
        ("the 80s", {1980, 1989}),
        ("between 1950 and 1965", {1950, 1965}),
        ("under 120 minutes", {120}),
    ],
)
def test_what_a_person_says_in_words_or_digits_is_a_number(text: str, numbers: set[float]) -> None:
    assert numbers <= said(text)


def test_number_words_become_digits() -> None:
    assert spelled_out("two hours from the nineties") == "2 hours from the 90s"
