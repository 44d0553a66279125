"""What a service is told of conditions is never narrower than they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.services import described

from recllm.catalog.filters import holds
from recllm.services.options import parameters_for
from recllm.types import Constraint, Item, Op

YOUTUBE = described.youtube()
RANGES = {"short": (0, 4), "medium": (4, 20), "long": (20, 10_000)}

lengths = st.lists(
    st.builds(
        Constraint,
        attribute=st.just("duration"),
        op=st.sampled_from(Op),
        values=st.lists(st.floats(0, 100), min_size=1, max_size=2).map(tuple),
    ),
    max_size=3,
)
days = st.dates().map(lambda d: d.isoformat())
periods = days | days.map(lambda d: d[:7]) | days.map(lambda d: d[:4])
times = st.lists(
    st.builds(
        Constraint,
        attribute=st.just("published"),
        op=st.sampled_from(Op),
        values=st.lists(periods, min_size=1, max_size=2).map(tuple),
    ),
    max_size=3,
)


def fits(name: str, value: float | str, where: list[Constraint]) -> bool:
    item = Item(id="1", title="x", attributes={name: value})
    return all(holds(item, c, YOUTUBE.schema_of_items) for c in where)


@given(lengths, st.floats(0, 200))
def test_lengths(where: list[Constraint], length: float) -> None:
    said = parameters_for(where, YOUTUBE).get("videoDuration")
    if said and fits("duration", length, where):
        least, most = RANGES[said]
        assert least <= length <= most


@given(times, days)
def test_dates(where: list[Constraint], day: str) -> None:
    said = parameters_for(where, YOUTUBE)
    if fits("published", day, where):
        moment = f"{day}T12:00:00Z"
        assert said.get("publishedAfter", "") <= moment < said.get("publishedBefore", "Z")
