"""Wordings whose meaning is easily turned round: what is refused must not be read as wanted."""

from __future__ import annotations

import pytest
from tests import toy

from recllm.dialogue.wishes import wish_text

WHERE = {
    "no later than 1985": "year <= 1985",
    "no earlier than 1985": "year >= 1985",
    "no newer than 1990": "year <= 1990",
    "not older than 1990": "year >= 1990",
    "nothing before 2000": "year >= 2000",
    "80s or 90s": "year >= 1980; year <= 1999",
    "from the 60s to the 80s": "year >= 1960; year <= 1989",
    "between 90 and 120 minutes": "runtime >= 90; runtime <= 120",
    "over 2 hours is too long": "runtime <= 120",
    "I was born in 1985": "",
    "not from the sixties, I meant the seventies": ("year != 1960; year >= 1970; year <= 1979"),
    "something different from the 80s": "year >= 1980; year <= 1989",
    "I never spend more than two hours on a film": "runtime <= 120",
    "I never pick films over two hours": "runtime <= 120",
    "I refuse anything over two hours": "runtime <= 120",
    "I won't sit through anything longer than 100 minutes": "runtime <= 100",
    "10 to 15 minutes": "runtime >= 10; runtime <= 15",
    "one to two hours": "runtime >= 60; runtime <= 120",
    "under an hour and forty": "runtime < 100",
    "a quarter of an hour at most": "runtime <= 15",
    "runtim < 110": "",
    "I loved Drive (2011)": "",
    "a cult classic": "",
}
REFUSED_DECADE = (
    "not from the 80s",
    "no 80s movies",
    "nothing from the 80s",
    "anything but the 80s",
    "avoid the 80s",
)


@pytest.mark.parametrize(("message", "expected"), WHERE.items(), ids=str)
def test_conditions(message: str, expected: str) -> None:
    where = toy.read_message(message).wishes.where
    told = "; ".join(f"{c.attribute} {c.op.value} {c.values[0]:g}" for c in where)
    assert told == expected


@pytest.mark.parametrize("message", REFUSED_DECADE)
def test_a_refused_decade_is_refused(message: str) -> None:
    (condition,) = toy.read_message(message).wishes.where
    assert condition.op.value == "!="
    assert condition.values == tuple(float(year) for year in range(1980, 1990))


@pytest.mark.parametrize("message", ["too scary", "a film that is not scary", "nothing too scary"])
def test_what_is_too_much_is_refused(message: str) -> None:
    wishes = toy.read_message(message).wishes
    assert {c.sign for c in wishes.concepts} == {-1}
    assert all(c.op.value == "!=" for c in wishes.where)


@pytest.mark.parametrize(
    "message",
    [
        "I can't face horror", "Horror makes me sick.", "horror gives me nightmares",
        "a quiet film, horror turns my stomach", "I refuse horror", "I stay away from horror",
        "Horror films terrify me", "horror drives me mad",
    ],
)  # fmt: skip
def test_what_somebody_cannot_bear_is_refused(message: str) -> None:
    reading = toy.read_message(message)
    refused = [c for c in reading.wishes.where if c.op.value == "!="]
    assert [c.values for c in refused] == [("Horror",)]
    assert "horror" not in reading.text.lower(), "what is refused is not searched for"


@pytest.mark.parametrize(
    "message",
    [
        "give me horror and don't bore me", "horror that scares me", "horror, to scare me",
        "horror never scares me", "horror puts me in a good mood", "he refuses horror, I love it",
        "horror gives me the creeps and I love it", "I can't handle how good horror is",
    ],
)  # fmt: skip
def test_what_shall_not_bore_is_wanted(message: str) -> None:
    where = toy.read_message(message).wishes.where
    assert [(c.op.value, c.values) for c in where] == [("=", ("Horror",))]


def test_what_is_refused_beside_a_wish_leaves_the_wish() -> None:
    for message in ("a comedy because horror depresses me", "comedies are ok and horror bores me"):
        where = toy.read_message(message).wishes.where
        assert {(c.op.value, *c.values) for c in where} == {("=", "Comedy"), ("!=", "Horror")}


@pytest.mark.parametrize("message", ["my robots keep me up all night", "our robot is broken"])
def test_what_somebody_has_is_no_wish(message: str) -> None:
    assert not toy.read_message(message).wishes.any


@pytest.mark.parametrize("message", ["I hate Alien", "not Alien again", "Alien was terrible"])
def test_a_refused_title_is_no_refused_theme(message: str) -> None:
    reading = toy.read_message(message)
    assert [i for i in reading.rejected if i.startswith("alien")]
    assert not reading.wishes.any


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("when I was a kid I saw this", False),
        ("not for kids", True),
        ('I liked "The Comedy of Horror Nights"', False),
    ],
)
def test_what_is_only_told_is_no_condition(message: str, refused: bool) -> None:
    where = toy.read_message(message).wishes.where
    assert bool(where) == refused
    assert all(c.op.value == "!=" for c in where)


def test_what_need_not_be_is_released() -> None:
    wishes = toy.read_message("it doesn't have to be a comedy").wishes
    assert wishes.released == ("Comedy",)
    assert not wishes.where


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("no, nothing from the nineties, idiot", ""),
        ("something funny, you stupid moron!", "funny"),
        ("a western please, mate", "a western"),
        ("films about village idiots", "films about village idiots"),
        ("the idiot", "the idiot"),
    ],
)
def test_what_somebody_is_called_is_no_wish(message: str, text: str) -> None:
    assert wish_text(message) == text
