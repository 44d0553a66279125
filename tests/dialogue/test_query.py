"""What a model decides is merged into the state as far as it is trusted."""

from __future__ import annotations

import pytest
from tests import toy

from recllm.dialogue.query import with_model
from recllm.trust import trust_level
from recllm.types import Act, Decision, State


@pytest.mark.parametrize(("trust", "told"), [("general", True), ("embedded", False)])
def test_likes_and_dislikes_are_numbers_of_the_last_slate(trust: str, told: bool) -> None:
    session = toy.after("shining", "alien", "amelie")
    decision = Decision(act=Act.RECOMMEND, request="more", like=(1, 9), unlike=(2, 0))
    reading = toy.read_message("hmm", session)
    state = with_model(State(), reading, decision, (), trust_level(trust), session.slate)
    shown = [r.item.id for r in session.turns[0].slate.items] if session.turns[0].slate else []
    assert state.liked == ((shown[0],) if told else ())
    assert state.rejected == ((shown[1],) if told else ())


def test_numbers_without_a_slate_mean_nothing() -> None:
    decision = Decision(act=Act.RECOMMEND, request="more", like=(1,), unlike=(2,))
    reading = toy.read_message("hmm")
    state = with_model(State(), reading, decision, (), trust_level("general"), None)
    assert (state.liked, state.rejected) == ((), ())
