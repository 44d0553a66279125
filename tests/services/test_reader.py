"""Answers of any shape become items or nothing; they never break the reader."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.services import described
from tests.services.videos import VIDEOS, search_result, video_resource

from recllm.errors import ServiceAnswerError
from recllm.services.reader import Reader, parse_json
from recllm.types import Item

YOUTUBE = described.youtube()
READER = Reader(YOUTUBE)

odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["PT1H", "P1Y", "PT", "1e999", "javascript:alert(1)", "<b>", "\ud800", "0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["title", "url", "videoId", "id", "0"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


def broken(whole: Any, places: list[int], values: list[Any]) -> Any:
    """Return ``whole`` with some of its parts replaced."""
    counter = iter(range(10_000))

    def walk(value: Any) -> Any:
        number = next(counter)
        if number in places:
            return values[number % len(values)]
        if isinstance(value, dict):
            return {k: walk(v) for k, v in value.items()}
        return [walk(v) for v in value] if isinstance(value, list) else value

    return walk(whole)


@given(st.lists(st.integers(0, 45), min_size=1, max_size=6), st.lists(odd, min_size=1, max_size=4))
def test_a_video_with_wrong_parts(places: list[int], values: list[Any]) -> None:
    result = broken(search_result(VIDEOS[0]) | video_resource(VIDEOS[0]), places, values)
    item = READER.item(result) if isinstance(result, dict) else None
    if item is None:
        return
    assert Item.model_validate_json(item.model_dump_json()) == item
    assert item.id
    assert item.title
    assert item.url.startswith("https://www.youtube.com/watch?v=")
    schema = YOUTUBE.schema_of_items
    assert all(schema.get(name) for name in item.attributes)


@given(odd)
def test_any_answer(answer: Any) -> None:
    text = json.dumps(answer).encode()
    try:
        data = parse_json(text, "YouTube")
        results = READER.results(data, YOUTUBE.search)
    except ServiceAnswerError:
        return
    assert all(READER.id_of(r) for r in results)
    assert isinstance(READER.next_page(data), str)


@given(st.binary())
def test_any_bytes(raw: bytes) -> None:
    with suppress(ServiceAnswerError):
        assert isinstance(parse_json(raw, "YouTube"), dict)


def test_titles_are_unescaped_and_stripped() -> None:
    result = search_result(VIDEOS[0])
    result["snippet"]["title"] = "Q&amp;A: &#39;Why?&#39; &quot;Because&quot;\x1b[31m <b>now</b>"
    item = READER.item(result)
    assert item is not None
    assert item.title == "Q&A: 'Why?' \"Because\"[31m now"


@pytest.mark.parametrize(
    ("duration", "minutes"),
    [("PT1H2M3S", 62.0), ("PT45S", 0.8), ("P1DT2H", 1560.0), ("P0D", None), ("", None), (5, 5.0)],
)
def test_durations(duration: Any, minutes: float | None) -> None:
    video = video_resource(VIDEOS[0])
    video["contentDetails"]["duration"] = duration
    item = READER.item(video)
    assert item is not None
    assert item.attributes.get("duration") == minutes


def test_results_without_id_or_title_are_left_out() -> None:
    good = search_result(VIDEOS[0])
    answer: dict[str, Any] = {"items": [good, good, {"id": {}}, {"id": "x"}, None, 7, []]}
    results = READER.results(answer, YOUTUBE.search)
    assert [READER.id_of(r) for r in results] == [VIDEOS[0].id, "x"]
    assert READER.item(results[1]) is None


def test_an_unknown_category_is_none() -> None:
    video = video_resource(VIDEOS[0])
    video["snippet"]["categoryId"] = "999"
    video["snippet"]["tags"] = ["a, b", "", "c"]
    item = READER.item(video)
    assert item is not None
    assert "category" not in item.attributes
    assert "c" in item.attributes["tags"]  # type: ignore[operator]
