"""A ranking model's answers, however it writes them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recllm.ranking.judging import (
    VALUE,
    Judgement,
    expected_value,
    order_of,
    parse_list,
    parse_one,
)
from recllm.types import Bucket

GOOD, FAIR, POOR = Bucket.GOOD, Bucket.FAIR, Bucket.POOR

LINES = {
    "[1] good fit | It is quiet.": (1, GOOD, "It is quiet."),
    "1. good fit: It is quiet.": (1, GOOD, "It is quiet."),
    "1) Good Fit - It is quiet.": (1, GOOD, "It is quiet."),
    "- [1] good fit | It is quiet.": (1, GOOD, "It is quiet."),
    "[1] excellent | It is quiet.": (1, Bucket.EXCELLENT, "It is quiet."),
    "[1] poor_fit": (1, POOR, ""),
    "[2] fair fit | “Quiet”": (2, FAIR, "“Quiet”"),
    '[2] fair fit | "Quiet"': (2, FAIR, "Quiet"),
    "  [3]  GOOD FIT  |  a   b ": (3, GOOD, "a b"),
}


@pytest.mark.parametrize(("line", "expected"), LINES.items(), ids=lambda v: str(v)[:40])
def test_lines(line: str, expected: tuple[int, Bucket, str]) -> None:
    number, bucket, text = expected
    assert parse_list(line, 3) == {number: Judgement(bucket, text)}


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[4] good fit | x",
        "[0] good fit",
        "[-1] good fit",
        "[1] superb | x",
        "good fit | x",
        "[1]",
    ],
)
def test_lines_that_say_nothing(line: str) -> None:
    assert parse_list(line, 3) == {}


def test_repeated_unknown_and_missing_candidates() -> None:
    answer = "Here you go:\n[2] fair fit | a\n[9] excellent fit | b\n[2] poor fit | c\n[1] good fit"
    judged = parse_list(answer, 4)
    assert judged == {2: Judgement(FAIR, "a"), 1: Judgement(GOOD, "")}
    assert order_of(judged) == [1, 2]


def test_ties_keep_the_order_of_the_model() -> None:
    answer = "[3] good fit\n[1] good fit\n[2] excellent fit"
    assert order_of(parse_list(answer, 3)) == [2, 3, 1]


ONE = {
    "good fit | It is quiet.": Judgement(GOOD, "It is quiet."),
    "It is a poor fit: too loud.": Judgement(POOR, "too loud."),
    "Excellent": Judgement(Bucket.EXCELLENT, ""),
    "I cannot say": None,
    "": None,
}


@pytest.mark.parametrize(("answer", "expected"), ONE.items(), ids=repr)
def test_one(answer: str, expected: Judgement | None) -> None:
    assert parse_one(answer) == expected


EXPECTED = [
    ({"good": 0.0}, 0.7),
    ({"excellent": math.log(0.5), "poor": math.log(0.5)}, 0.55),
    ({"ex": math.log(0.25), " good": math.log(0.25), "fair": math.log(0.5)}, 0.625),
    # What is no bucket does not count: the rest is normalised.
    ({"good": math.log(0.3), "the": math.log(0.6), "fair": math.log(0.1)}, 0.625),
    ({"Good": math.log(0.2), "good": math.log(0.2), "poor": math.log(0.4)}, 0.4),
    ({"the": -0.1, "": -3.0}, None),
    ({}, None),
]


@pytest.mark.parametrize(("tokens", "value"), EXPECTED, ids=str)
def test_the_expected_bucket(tokens: dict[str, float], value: float | None) -> None:
    found = expected_value(tokens)
    assert found == (None if value is None else pytest.approx(value))


def test_buckets_fall_in_value() -> None:
    values = [VALUE[bucket] for bucket in Bucket]
    assert values == sorted(values, reverse=True)
    assert values[0] <= 1
    assert values[-1] >= 0


@given(st.text(max_size=300), st.integers(0, 20))
def test_any_answer_names_only_candidates(answer: str, count: int) -> None:
    judged = parse_list(answer, count)
    assert set(judged) <= set(range(1, count + 1))
    assert sorted(order_of(judged)) == sorted(judged)
    assert parse_one(answer) is None or parse_one(answer)


@given(st.dictionaries(st.text(max_size=8), st.floats(max_value=0, allow_nan=False)))
def test_any_probabilities_give_a_score_or_none(tokens: dict[str, float]) -> None:
    found = expected_value(tokens)
    assert found is None or 0 <= found <= 1
