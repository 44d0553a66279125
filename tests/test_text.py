"""The plain-text helpers: one normalisation, one way to cut words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recllm.text import listing, normalise, sentences, shorten, spans, windows, words

NORMAL = {
    "Amélie!  (2001)": "amelie 2001",
    "Rock & Roll": "rock and roll",
    "Schindler's List": "schindlers list",
    "Schindler’s List": "schindlers list",
    "WALL·E": "wall e",
    "  ": "",
    "": "",
    "Straße": "strasse",
    "Ｆｕｌｌ": "full",
    "電影 2046": "電影 2046",
    "sci-fi": "sci fi",
    "snake_case": "snake case",
    "½": "1 2",
}


@pytest.mark.parametrize(("text", "key"), NORMAL.items(), ids=repr)
def test_normalise(text: str, key: str) -> None:
    assert normalise(text) == key


SENTENCES = {
    "One. Two! Three?": ["One.", "Two!", "Three?"],
    "By Dr. No and Mr. Bean. Two.": ["By Dr. No and Mr. Bean.", "Two."],
    "By J. J. Abrams. Two.": ["By J. J. Abrams.", "Two."],
    "It costs 9.99 now. Two.": ["It costs 9.99 now.", "Two."],
    "He said “Go.” Two.": ["He said “Go.”", "Two."],
    "One…\nTwo": ["One…", "Two"],
    "no end": ["no end"],
    "": [],
    " \n ": [],
}


@pytest.mark.parametrize(("text", "parts"), SENTENCES.items(), ids=repr)
def test_sentences(text: str, parts: list[str]) -> None:
    found = [part.rstrip("”") for part in sentences(text)]
    assert found == [part.rstrip("”") for part in parts]


@pytest.mark.parametrize(
    ("parts", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), ([*"abc"], "a, b and c")]
)  # fmt: skip
def test_listing(parts: list[str], text: str) -> None:
    assert listing(parts) == text


def test_listing_with_another_word() -> None:
    assert listing(["a", "b"], last="or") == "a or b"


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [("one two three", 99, "one two three"), ("one two three", 13, "one two three"),
     ("one two three", 12, "one two…"), ("one, two", 7, "one…"), ("oneword", 4, "one…")],
)  # fmt: skip
def test_shorten(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short


def test_windows_are_the_longest_first() -> None:
    found = [w.key for w in windows("The Big Sleep", 2)]
    assert found == ["the big", "big sleep", "the", "big", "sleep"]


@given(st.text(max_size=100))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert words(text) == normalise(text).split()


@given(st.text(max_size=100))
def test_spans_stand_in_the_text(text: str) -> None:
    for word, start, end in spans(text):
        assert 0 <= start < end <= len(text)
        assert normalise(text[start:end]).replace(" ", "") == word


@given(st.text(max_size=100), st.integers(2, 50))
def test_shortening_keeps_to_the_limit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


@given(st.text(max_size=200))
def test_sentences_lose_no_words(text: str) -> None:
    assert words(" ".join(sentences(text))) == words(text)
    assert all(part == part.strip() and part for part in sentences(text))
