"""What is refused, what only looks refused, and how far a "no" reaches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.dialogue.negation import is_negated, negated_stretches
from recllm.types import Op

# message: the words that are refused in it, as the message has them
SCOPES = {
    "no horror": ["horror"],
    "not too scary": ["scary"],
    "nothing sad, scary or violent": ["sad", "scary", "violent"],
    "no horror, no romance": ["horror", "romance"],
    "no horror, romance": ["horror"],
    "comedy, not romance": ["romance"],
    "a comedy without violence but with action": ["violence"],
    "I hate musicals but I love westerns": ["musicals"],
    "not a comedy. A thriller.": ["comedy"],
    "neither horror nor comedy": ["horror", "comedy"],
    "anything but horror": ["horror"],
    "anything except horror or war": ["horror", "war"],
    "enough war, give me romance": ["war"],
    "a thriller rather than a comedy": ["comedy"],
    "a thriller instead of a comedy": ["comedy"],
    "I'm tired of superheroes": ["superheroes"],
    "I can't stand musicals": ["musicals"],
    "I can’t stand musicals": ["musicals"],
    "less romance, more action": ["romance"],
    "skip the romance": ["romance"],
    "horror isn't my thing": ["horror"],
    "romance bores me": ["romance"],
    "violence-free": ["violence"],
    "no comedies because my wife wants romance": ["comedies"],
    "I don't want a comedy, I want a romance": ["comedy"],
    "NO HORROR": ["HORROR"],
    # Only looks refused
    "I don't mind horror": [],
    "not only comedies": [],
    "not just comedies": [],
    "not necessarily a comedy": [],
    "nothing against horror": [],
    "no problem with horror": [],
    "I can't get enough of horror": [],
    "why not a comedy?": [],
    "not bad, a comedy": [],
    "isn't there a comedy?": [],
    "I wouldn't mind a comedy": [],
    "no longer than a comedy": [],
    "no idea, a comedy maybe": [],
    "I haven't watched a comedy for ages": [],
    "a comedy": [],
    "nobody knows nowadays": [],
    "": [],
}
WORDS = (
    "horror", "HORROR", "romance", "comedy", "comedies", "musicals", "westerns", "war", "scary",
    "sad", "violent", "violence", "superheroes", "action", "thriller", "knows",
)  # fmt: skip


def refused(message: str) -> list[str]:
    stretches = negated_stretches(message)
    places = sorted((message.find(w), w) for w in WORDS if w in message)
    return [w for at, w in places if is_negated(message, at, at + len(w), stretches)]


@pytest.mark.parametrize(("message", "expected"), SCOPES.items(), ids=lambda v: str(v)[:40])
def test_scopes(message: str, expected: list[str]) -> None:
    assert refused(message) == expected


CONDITIONS = {
    "no horror, no romance": ["genres != Horror", "genres != Romance"],
    "not a comedy, a thriller": ["genres != Comedy", "genres = Thriller"],
    "a romance that is not a comedy": ["genres = Romance", "genres != Comedy"],
    "action without violence": ["genres = Action", "tags != violent"],
    "no films by Kubrick": ["directors != Stanley Kubrick"],
    "nothing with Al Pacino please": ["cast != Al Pacino"],
    "can't stand Al Pacino": ["cast != Al Pacino"],
    "not American": ["countries != United States"],
    "a film that's not in English": ["languages != English"],
    "nothing in French": ["languages != French"],
    "no subtitles": ["languages = English"],
    "not only comedies": ["genres = Comedy"],
    "I don't mind horror": ["genres = Horror"],
    "I'd rather not watch a romance": ["genres != Romance"],
    "not in the mood for drama": ["genres != Drama"],
    "I never watch horror": ["genres != Horror"],
    "avoid anything gory": ["tags != gory"],
    "please skip the romance": ["genres != Romance"],
}


@pytest.mark.parametrize(("message", "expected"), CONDITIONS.items(), ids=lambda v: str(v)[:40])
def test_refusals_become_conditions(message: str, expected: list[str]) -> None:
    where = toy.read_message(message).wishes.where
    assert sorted(toy.written(where)) == sorted(expected)


@pytest.mark.parametrize("message", [m for m, words in SCOPES.items() if words])
def test_what_is_refused_is_never_wished_for(message: str) -> None:
    wishes = toy.read_message(message).wishes
    refused_values = {v for c in wishes.where if c.op is Op.NE for v in c.values}
    wished = {v for c in wishes.where if c.op is Op.EQ for v in c.values}
    wished |= {c.text for c in wishes.concepts if c.sign > 0}
    assert not refused_values & wished


@pytest.mark.parametrize("message", ["no horror", "a comedy without violence", "not sad, please"])
def test_what_is_refused_is_not_searched_for(message: str) -> None:
    text = toy.read_message(message).text
    assert not {"horror", "violence", "sad"} & set(text.split())


@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_has_stretches_within_it(message: str) -> None:
    for start, end in negated_stretches(message):
        assert 0 <= start < end <= len(message)
