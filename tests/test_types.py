"""Every value survives JSON exactly, whatever it holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from recllm import events, facts, types
from recllm.events import Event
from recllm.types import Act, Item, Recommendation, Session, Slate, State, Turn

MODELS = [
    v
    for v in {**vars(types), **vars(facts), **vars(events)}.values()
    if isinstance(v, type) and issubclass(v, types.Value) and v is not types.Value
]
ZONES = st.sampled_from(
    [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=8))]
)
LEAVES: dict[object, st.SearchStrategy[Any]] = {
    str: st.text(max_size=12),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    datetime: st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=ZONES),
}


def strategy(annotation: Any) -> st.SearchStrategy[Any]:
    """Values of a field's annotation; an annotation that is not known here is an error."""
    if annotation in LEAVES:
        return LEAVES[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return built(annotation)
    return composed(get_origin(annotation), get_args(annotation))


def composed(origin: Any, arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if origin is Annotated:
        return strategy(arguments[0])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, UnionType):
        return st.one_of([strategy(a) for a in arguments])
    if origin is dict:
        return st.dictionaries(*map(strategy, arguments), max_size=2)
    assert origin is tuple, f"no strategy for {origin}{arguments}: add one"
    assert arguments[1:] == (...,)
    return st.lists(strategy(arguments[0]), max_size=2).map(tuple)


def built(model: type[BaseModel]) -> st.SearchStrategy[BaseModel]:
    fields = {name: strategy(field.annotation) for name, field in model.model_fields.items()}
    return st.builds(model, **fields)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.__name__))
def test_every_value_survives_json_exactly(model: type[BaseModel]) -> None:
    @given(built(model))
    def survives(value: BaseModel) -> None:
        text = value.model_dump_json()
        again = model.model_validate_json(text)
        assert again == value
        assert again.model_dump_json() == text

    survives()


@given(strategy(Event))
def test_every_event_is_known_by_its_type(event: Event) -> None:
    adapter: TypeAdapter[Event] = TypeAdapter(Event)
    again = adapter.validate_json(adapter.dump_json(event))
    assert type(again) is type(event)
    assert again == event


@pytest.mark.parametrize("number", [0.0, 1.0, -0.5, 1e300])
def test_numbers_stay_numbers_beside_truth_and_text(number: float) -> None:
    item = Item(id="1", title="a", attributes={"n": number, "b": True, "s": "1", "l": ("1",)})
    again = Item.model_validate_json(item.model_dump_json())
    kinds = {name: type(value) for name, value in again.attributes.items()}
    assert kinds == {"n": float, "b": bool, "s": str, "l": tuple}


def test_values_cannot_be_changed_or_misspelt() -> None:
    item = Item(id="1", title="Moon")
    with pytest.raises(ValidationError, match="frozen"):
        item.title = "Sun"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="titel"):
        Item.model_validate({"id": "1", "title": "Moon", "titel": "Sun"})


def shown(item_id: str) -> Turn:
    item = Item(id=item_id, title=item_id.upper())
    card = Recommendation(item=item, bucket=types.Bucket.GOOD, score=0.5, explanation="")
    return Turn(message="?", reply="!", act=Act.RECOMMEND, slate=Slate(items=(card,)))


def test_a_session_knows_its_last_slate_its_state_and_its_items() -> None:
    chat = Turn(message="hi", reply="hello", act=Act.CHAT, state=State(wants="fun"))
    session = Session(id="s").then(shown("a")).then(shown("b")).then(chat)
    assert [r.item.id for r in session.slate.items] == ["b"] if session.slate else False
    assert session.state.wants == "fun"
    assert set(session.items()) == {"a", "b"}
    assert Session(id="empty").slate is None
    assert Session(id="empty").state == State()
