"""Sentences about Moon and Alien that are true of their records, and some that are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.ranking.grounding import Grounder, Grounds, record_text

SAID = "something in space, not too scary, under two hours, like my friend Bob would"
GROUNDER = Grounder(toy.SCHEMA, toy.lexicon().vocabulary)
GROUNDS = Grounds((toy.FILMS["moon"], toy.FILMS["alien"]), SAID)

TRUE = """
Moon is a lone miner's story.
Moon was directed by Duncan Jones.
Moon is from 2009.
Moon runs 97 minutes.
Moon is an hour and 37 minutes long.
At 97 minutes, Moon is the shorter one.
Sam Rockwell plays a lone miner.
Moon is a British film.
Moon is in English.
Moon is slow-burn and thought-provoking.
It is a science fiction drama.
Alien came out in 1979.
Alien is a film of the 1970s.
Alien is a horror film from the '70s.
Alien is from the seventies.
Alien stars Sigourney Weaver.
Alien, by Ridley Scott, is tense and scary.
Alien is set in space, as you asked.
I would start with Moon: it is not scary.
I'd start with Moon.
Shall I look for something shorter?
Would you like a comedy instead?
Do you prefer something from another decade?
Moon and Alien are both set in space.
Both are under two hours.
Your friend Bob might like Moon.
Here are 2 films.
Two films come to mind.
The first is quiet, the second is tense.
Enjoy!
Hello there!
On Friday, try Moon.
Moon is science-fiction.
Rockwell is alone on the far side of the Moon.
The miner's contract is for three years.
It's a mystery to me.
"""

FALSE = {
    "Moon was directed by Ridley Scott.": "name 'Ridley Scott",
    "Moon was directed by Steven Spielberg.": "name 'Steven Spielberg",
    "Moon is from 2010.": "figure '2010'",
    "Moon runs 98 minutes.": "figure '98'",
    "Moon is a film of the 1980s.": "decade '1980s'",
    "Moon is from the '90s.": "decade",
    "Moon is from the nineties.": "decade 'nineties'",
    "Moon lasts ninety minutes.": "figure 'ninety'",
    "Moon won 3 Oscars.": "Oscars",
    "Moon made 10 million dollars.": "figure '10'",
    "Moon has a rating of 8.2.": "figure '8.2'",
    "Moon is a French film.": "value 'French'",
    "Moon is a comedy.": "value 'comedy'",
    "Moon is a horror film.": "value 'horror'",
    "Moon is gory.": "value 'gory'",
    "Moon is set in Los Angeles.": "Los Angeles",
    "Sandra Bullock stars in Moon.": "Bullock",
    "Alien stars Tom Hanks.": "name 'Tom Hanks",
    "Alien is Japanese.": "value 'Japanese'",
    "If you like Moon, try Gravity.": "Gravity",
    "You could also watch Galaxy Quest.": "title 'Galaxy Quest'",
    'There is also "Heat".': "title 'Heat'",
    "Try Fargo too.": "title 'Fargo'",
    "Fans of Solaris will like it.": "Solaris",
    "It is like 2001: A Space Odyssey.": "title '2001: A Space Odyssey'",
    "Alien is based on a novel by Stanislaw Lem.": "name 'Stanislaw Lem",
    "It premiered at Sundance.": "name 'Sundance",
    "The Shining is similar.": "title 'The Shining'",
    "I also have The Godfather for you.": "title 'The Godfather'",
    "The Matrix is similar.": "name 'The Matrix'",
    "Duncan Jones directed Alien.": "name 'Duncan Jones'",
    "Moon is set in Vienna.": "Vienna",
    "Alien is twenty minutes longer.": "figure 'twenty'",
    "It's violent.": "value 'violent'",
    "MOON IS A COMEDY.": "COMEDY",
    "Is Moon by Stanley Kubrick?": "name 'Stanley Kubrick'",
    "Shall we say 1999?": "figure '1999'",
}


@pytest.mark.parametrize("sentence", TRUE.strip().splitlines())
def test_what_the_records_support_holds(sentence: str) -> None:
    assert GROUNDER.violations(sentence, GROUNDS) == ()


@pytest.mark.parametrize(("sentence", "wrong"), FALSE.items(), ids=str)
def test_what_they_do_not_support_is_named(sentence: str, wrong: str) -> None:
    assert wrong in "; ".join(GROUNDER.violations(sentence, GROUNDS))


def test_a_named_item_is_checked_against_its_own_record() -> None:
    assert GROUNDER.violations("It has Sigourney Weaver.", GROUNDS) == ()
    assert GROUNDER.violations("Moon has Sigourney Weaver.", GROUNDS) != ()


def test_what_the_user_said_may_be_repeated() -> None:
    said = Grounds((toy.FILMS["moon"],), "I loved Solaris by Tarkovsky from 1972")
    assert GROUNDER.violations("You loved Solaris by Tarkovsky from 1972.", said) == ()


def test_only_what_fails_is_dropped() -> None:
    text = "Moon is quiet. It won 7 Oscars. Sam Rockwell plays a miner."
    kept, dropped = GROUNDER.keep(text, GROUNDS)
    assert kept == "Moon is quiet. Sam Rockwell plays a miner."
    assert len(dropped) == 1
    assert dropped[0].startswith("It won 7 Oscars. [")
    assert GROUNDER.keep("", GROUNDS) == ("", ())


@pytest.mark.parametrize("film", list(toy.FILMS), ids=str)
def test_every_record_supports_its_own_text(film: str) -> None:
    item = toy.FILMS[film]
    kept, dropped = GROUNDER.keep(item.text, Grounds((item,)))
    assert dropped == ()
    assert kept


def test_a_record_is_all_of_the_item() -> None:
    text = record_text(toy.FILMS["moon"])
    for part in ("Moon", "2009", "97", "Duncan Jones", "Sam Rockwell", "United Kingdom", "space"):
        assert part in text


@given(st.text(max_size=200))
def test_any_text_is_split_into_kept_and_dropped(text: str) -> None:
    kept, dropped = GROUNDER.keep(text, GROUNDS)
    assert len(kept) <= len(text)
    assert all(" [" in entry for entry in dropped)


NUMBER = st.integers(100, 10**9).filter(lambda n: str(n) not in record_text(toy.FILMS["moon"]))


@given(NUMBER)
def test_no_invented_figure_holds(number: int) -> None:
    assert GROUNDER.violations(f"Moon has {number} of them.", GROUNDS)
