"""Titles, people, peoples and values named in a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.dialogue.mentions import find_terms, find_titles

TITLES = {
    "something like Moon": ["moon"],
    "Moon": ["moon"],
    "moon": ["moon"],
    "have you seen The Godfather?": ["godfather"],
    "the godfather": ["godfather"],
    "Godfather": ["godfather"],
    "I loved amelie": ["amelie"],
    "AMÉLIE": ["amelie"],
    "2001: A Space Odyssey": ["2001"],
    "2001 a space odyssey": ["2001"],
    "12 Angry Men": ["angry-men"],
    "twelve angry men": [],
    "is 1917 any good?": ["1917"],
    "something like Her": ["her"],
    'my sister likes "Her"': ["her"],
    "I gave her a book": [],
    "I watched Up with her": ["up"],
    "wake me up": [],
    "what's up": [],
    "films like Heat": ["heat"],
    "the heat is unbearable": [],
    "have you got The Thing?": ["thing"],
    "the thing is, I am bored": [],
    "I saw M": ["m"],
    "I'm bored": [],
    "the general idea": [],
    "I liked The General": ["general"],
    "Paris, Texas": ["paris"],
    "films set in Paris": [],
    "Paddington 2": ["paddington"],
    "Before Sunrise and Before Sunset": ["sunrise", "sunset"],
    "in the mood for love": ["mood"],
    "I'm in the mood for love stories": [],
    "some like it hot": ["hot"],
    "Moonlight": [],
    "Airplane!": ["airplane"],
    "“Fargo”, please": ["fargo"],
    "Fargo's ending": [],
    "Casblanca": [],
    "": [],
}


@pytest.mark.parametrize(("message", "ids"), TITLES.items(), ids=lambda v: str(v)[:40])
def test_titles(message: str, ids: list[str]) -> None:
    found = find_titles(message, toy.lexicon().vocabulary)
    assert [i for m in found for i in m.ids] == ids


def test_refused_titles_are_marked() -> None:
    found = find_titles("like Fargo but not like Heat", toy.lexicon().vocabulary)
    assert [(m.ids[0], m.negated) for m in found] == [("fargo", False), ("heat", True)]


TERMS = {
    # People by surname, by full name, by role
    "films by Kubrick": ["directors: Stanley Kubrick"],
    "kubrick films": ["directors: Stanley Kubrick"],
    "a Lang film": ["directors: Fritz Lang"],
    "Wim Wenders": ["directors: Wim Wenders"],
    "directed by Chaplin": ["directors: Charlie Chaplin"],
    "starring Chaplin": ["cast: Charlie Chaplin"],
    "anything with Buster Keaton": ["cast: Buster Keaton"],
    "by Buster Keaton": ["directors: Buster Keaton"],
    "Coppola": ["directors: Francis Ford Coppola | Sofia Coppola"],
    "something with Huller": ["cast: Sandra Hüller"],
    "a weaver's tale": [],
    "I kid you not": ["tags: family viewing | family"],
    "kubrik": [],
    # Peoples: a country, or a language behind "in"
    "French films": ["countries: France"],
    "in French": ["languages: French"],
    "British comedies": ["countries: United Kingdom", "genres: Comedy"],
    "Hong Kong cinema": ["countries: Hong Kong"],
    "in Cantonese": ["languages: Cantonese"],
    "European": ["countries: United Kingdom | Germany | France | Austria | Romania"],
    "Korean": ["countries: South Korea"],
    "english": ["languages: English"],
    "polish my shoes": [],
    "Icelandic": [],
    # Genres, aliases and plurals
    "sci-fi": ["genres: Science fiction"],
    "scifi": ["genres: Science fiction"],
    "rom-com": ["genres: Romance", "genres: Comedy"],
    "thrillers": ["genres: Thriller"],
    "comedies": ["genres: Comedy"],
    "an animated film": ["genres: Animation"],
    "SCARY": ["tags: scary"],
    "set in los angeles": ["tags: los angeles"],
    "slow burn": ["tags: slow-burn"],
    "telenovelas": [],
    "": [],
}


@pytest.mark.parametrize(("message", "expected"), TERMS.items(), ids=lambda v: str(v)[:40])
def test_terms(message: str, expected: list[str]) -> None:
    found = find_terms(message, toy.lexicon())
    assert [f"{m.attribute}: {' | '.join(m.values)}" for m in found] == expected


def test_what_is_taken_is_not_read_again() -> None:
    message = "scary like Psycho"
    assert find_terms(message, toy.lexicon(), [(0, 5)]) == []


CONDITIONS = {
    "horror or comedy": ["genres = Horror | Comedy"],
    "a comedy and a romance": ["genres = Comedy", "genres = Romance"],
    "with Al Pacino and Robert De Niro": ["cast = Al Pacino", "cast = Robert De Niro"],
    "with Pacino or Bullock": ["cast = Al Pacino | Sandra Bullock"],
    "German or French": ["countries = Germany | France"],
    "Japanese animation from the 2000s": [
        "countries = Japan", "genres = Animation", "year >= 2000", "year <= 2009",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("message", "expected"), CONDITIONS.items(), ids=lambda v: str(v)[:40])
def test_named_values_become_conditions(message: str, expected: list[str]) -> None:
    assert sorted(toy.written(toy.read_message(message).wishes.where)) == sorted(expected)


UNKNOWN = {
    'do you have "The Matrix"?': ("The Matrix",),
    "something like Interstellar": ("Interstellar",),
    "I loved Forrest Gump": ("Forrest Gump",),
    "something like Moon": (),
    "something by Kubrick": (),
    "I like comedies": (),
}


@pytest.mark.parametrize(("message", "names"), UNKNOWN.items(), ids=lambda v: str(v)[:40])
def test_titles_that_are_not_here(message: str, names: tuple[str, ...]) -> None:
    assert toy.read_message(message).unknown == names


STANCES = {
    "I loved Fargo": {"liked": ("fargo",), "seen": ("fargo",), "similar_to": ("fargo",)},
    "I have seen Fargo": {"seen": ("fargo",)},
    "I didn't like Fargo": {"rejected": ("fargo",)},
    "I hated Fargo": {"rejected": ("fargo",)},
    "something like Fargo": {"similar_to": ("fargo",)},
    "more like Fargo but shorter": {"similar_to": ("fargo",)},
    "who directed Fargo?": {},
    "I've never seen Fargo": {},
    "longer than Fargo": {},
    "I loved Fargo but hated Psycho": {
        "liked": ("fargo",), "seen": ("fargo",), "similar_to": ("fargo",), "rejected": ("psycho",),
    },
}  # fmt: skip


@pytest.mark.parametrize(("message", "expected"), STANCES.items(), ids=lambda v: str(v)[:40])
def test_stances(message: str, expected: dict[str, tuple[str, ...]]) -> None:
    reading = toy.read_message(message)
    named = ("liked", "seen", "rejected", "similar_to")
    found = {name: getattr(reading, name) for name in named}
    assert {name: ids for name, ids in found.items() if ids} == expected


@given(st.text(max_size=120))
def test_any_text_has_mentions_within_it(message: str) -> None:
    places = [(m.start, m.end) for m in find_titles(message, toy.lexicon().vocabulary)]
    places += [(m.start, m.end) for m in find_terms(message, toy.lexicon())]
    assert all(0 <= start < end <= len(message) for start, end in places)
