"""The path syntax: what it reads, what it refuses, and that nothing in an answer can break it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recllm.services.paths import parse_path, value_at, values_at

ANSWER = {
    "items": [{"id": {"videoId": "a"}}, {"id": "b"}, {"id": None}, "odd"],
    "odd key": {"x": 1},
    "list": [[1, 2], [3]],
}

READ = {
    "items[0].id.videoId": "a",
    "items[-3].id": "b",
    "items[1].id.videoId | items[1].id": "b",
    "items[*].id.videoId": "a",
    '["odd key"].x': 1,
    "list[*][*]": [1, 2, 3],
    "list[0][1]": 2,
    "nothing": None,
    "items[2].id": None,
    "items[9]": None,
    "items.id": None,
    "list[0].x": None,
    "": ANSWER,
}


@pytest.mark.parametrize(("path", "value"), READ.items(), ids=[p or "whole" for p in READ])
def test_reads(path: str, value: Any) -> None:
    assert value_at(ANSWER, parse_path(path)) == value


@pytest.mark.parametrize(
    "path", ["a..b", "a.", "[x]", "a b", "a[*]b", "$(rm)", "a[1.5]", '["unclosed', "a" * 301, ".a."]
)
def test_refuses(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        parse_path(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
paths = st.sampled_from([p for p in READ if p])


@given(json_values, paths)
def test_any_answer_is_stepped_through(answer: Any, path: str) -> None:
    assert isinstance(values_at(answer, parse_path(path)), list)


@given(st.text())
def test_any_text_is_a_path_or_a_value_error(text: str) -> None:
    try:
        parse_path(text)
    except ValueError:
        return
    assert isinstance(values_at(ANSWER, parse_path(text)), list)
