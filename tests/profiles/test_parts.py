"""The small parts of profiles: for whom, how to say it, what kind, which facts, which list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import toy

from recllm.address import of_person, to_you
from recllm.catalog.rows import BadRow, Row
from recllm.errors import SourceError
from recllm.facts import Fact, FactKind
from recllm.profiles.imported import import_ratings
from recllm.profiles.kinds import kind_of
from recllm.profiles.people import whom
from recllm.profiles.word_trigger import WordTrigger
from recllm.types import ChatMessage


@pytest.mark.parametrize(
    ("messages", "somebody"),
    [
        (["fish recipes for a friend"], "a friend"),
        (["a film for my nephew", "shorter"], "my nephew"),
        (["a film for my nephew", "and now one for me"], ""),
        (["something for my six-year-old daughter"], "my six-year-old daughter"),
        (["my wife loves gardening, any books?"], "my wife"),
        (["something for my little brother's birthday"], "my little brother"),
        (["a present for Tom"], "Tom"),
        (["something for somebody else"], "somebody"),
        (["For my nephew, please"], "my nephew"),
        (["something for the family"], ""),
        (["a gift for the weekend"], ""),
        (["for our two-year-old"], "our two-year-old"),
        (["a film for me and my wife"], ""),
        (["a film to watch with my kids"], ""),
        (["a film about my friend Flicka"], ""),
        (["I want a comedy for tonight"], ""),
        (["a film for a rainy day"], ""),
        (["for my wife and me, something light"], ""),
        ([], ""),
    ],
)
def test_for_whom(messages: list[str], somebody: str) -> None:
    assert whom(messages) == somebody


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Is learning the cello.", "you are learning the cello"),
        ("Likes jazz.", "you like jazz"),
        ("Loves his garden.", "you love your garden"),
        ("Has two cats.", "you have two cats"),
        ("Does not eat meat.", "you do not eat meat"),
        ("Studies Latin.", "you study Latin"),
        ("Watches westerns.", "you watch westerns"),
        ("Goes to the theatre.", "you go to the theatre"),
        ("Never watches horror.", "you never watch horror"),
        ("Cannot stand clowns.", "you cannot stand clowns"),
        ("The user is allergic to nuts.", "you are allergic to nuts"),
        ("Was born in Rome.", "you were born in Rome"),
        ("Liked Moon.", "you liked Moon"),
        ("Turned down Moon.", "you turned down Moon"),
        ("Did not like Moon.", "you did not like Moon"),
        ("Their kid is 6.", "your kid is 6"),
        ("Horror is not for them.", ""),
        ("", ""),
    ],
)
def test_a_fact_said_to_its_person(text: str, said: str) -> None:
    assert to_you(text) == said


@pytest.mark.parametrize(
    ("text", "about", "said"),
    [
        ("Likes dinosaurs.", "my nephew", "your nephew likes dinosaurs"),
        ("My nephew likes dinosaurs.", "my nephew", "your nephew likes dinosaurs"),
        ("Likes dinosaurs.", "Tom", "Tom likes dinosaurs"),
    ],
)
def test_a_fact_about_somebody_else(text: str, about: str, said: str) -> None:
    assert to_you(text, about) == said


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("I like jazz", "Likes jazz."),
        ("i'm allergic to nuts", "Is allergic to nuts."),
        ("I am not a fan of horror.", "Is not a fan of horror."),
        ("I don't like jazz", "Does not like jazz."),
        ("I can’t stand clowns!", "Cannot stand clowns!"),
        ("I've seen Alien", "Has seen Alien."),
        ("I study Latin", "Studies Latin."),
        ("I watch westerns", "Watches westerns."),
        ("I loved Heat", "Loved Heat."),
        ("I only read crime", "Only reads crime."),
        ("I never watch anything long", "Never watches anything long."),
        ("I never liked jazz", "Never liked jazz."),
        ("likes tea", "Likes tea."),
        ("In Rome", "In Rome."),
        ("  ", ""),
    ],
)
def test_what_a_person_writes_of_themself(said: str, text: str) -> None:
    assert of_person(said) == text


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_text_can_be_said(text: str, about: str) -> None:
    assert "\n" not in to_you(text, about)
    assert isinstance(of_person(text), str)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Is allergic to nuts.", "constraint"),
        ("Is vegetarian.", "constraint"),
        ("Never watches horror.", "constraint"),
        ("Cannot stand horror.", "dislike"),
        ("Does not like jazz.", "dislike"),
        ("Likes jazz.", "like"),
        ("Owns an espresso machine.", "possession"),
        ("Has seen Alien.", "possession"),
        ("Has a cat.", "possession"),
        ("Has a six-year-old daughter.", "context"),
        ("Is learning the cello.", "goal"),
        ("Lives in Berlin.", "context"),
    ],
)
def test_the_kind_of_a_sentence(text: str, kind: str) -> None:
    assert kind_of(text) is FactKind(kind)


async def triggered(message: str, facts: list[Fact], budget: int = 160) -> list[str]:
    said = [ChatMessage(role="user", content=message)]
    return [f.text for f in await WordTrigger().trigger(said, facts, budget)]


async def test_hard_constraints_come_first_whatever_the_budget() -> None:
    facts = [Fact(text=f"Likes thing number {n}.", kind=FactKind.LIKE) for n in range(60)]
    facts.insert(30, Fact(text="Is allergic to nuts.", kind=FactKind.CONSTRAINT))
    assert await triggered("a cake", facts, budget=1) == ["Is allergic to nuts."]
    many = await triggered("a cake", facts, budget=40)
    assert many[0] == "Is allergic to nuts."
    assert 2 < len(many) < 12


async def test_facts_that_share_words_come_before_newer_ones() -> None:
    facts = [Fact(text="Is learning the cello.", kind=FactKind.GOAL)]
    facts += [Fact(text=f"Likes thing number {n}.", kind=FactKind.LIKE) for n in range(60)]
    assert (await triggered("books about cellos", facts))[0] == "Is learning the cello."
    assert (await triggered("books", facts))[0] == "Likes thing number 59."


# ── Lists of rated items ─────────────────────────────────────────────────────────────────────


def ratings(**stars: object) -> list[Row]:
    return [Row(n, {"item": item, "rating": s}) for n, (item, s) in enumerate(stars.items(), 2)]


async def test_a_list_of_ratings_becomes_a_starting_profile() -> None:
    horror = [i for i, f in toy.FILMS.items() if "Horror" in str(f.attributes["genres"])]
    others = [i for i in toy.FILMS if i not in horror][:6]
    rows = ratings(**dict.fromkeys(horror, "5"), **dict.fromkeys(others, 1), nonsense=4)
    found = await import_ratings([*rows, BadRow(line=9, reason="x")], await toy.catalog())
    facts = [c.fact for c in found.changes if c.fact]
    texts = [f.text for f in facts]
    assert found.unknown == ("nonsense",)
    assert texts[0] == f"Knows {len(horror) + len(others)} items of an imported list."
    assert set(facts[0].items) == {*horror, *others}
    assert f"Liked {toy.FILMS[horror[0]].title}." in texts
    assert f"Did not like {toy.FILMS[others[0]].title}." in texts
    taste = next(f for f in facts if f.text == "Likes horror.")
    assert [(c.attribute, c.text) for c in taste.concepts] == [("genres", "Horror")]
    assert (
        taste.evidence == f"{len(horror)} of {len(horror)} such films of an imported list are liked"
    )
    assert {f.origin.value for f in facts} == {"imported"}
    assert {f.catalog for f in facts} == {"toy"}


async def test_a_taste_needs_support() -> None:
    some = list(toy.FILMS)[:3]
    found = await import_ratings(ratings(**dict.fromkeys(some, 5)), await toy.catalog())
    assert not [c for c in found.changes if c.fact and c.fact.concepts]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"title": "Psycho"}, FactKind.LIKE),
        ({"title": "Psycho (1960)", "liked": "yes"}, FactKind.LIKE),
        ({"Title": " psycho ", "Liked": "no"}, FactKind.DISLIKE),
        ({"movieId": "psycho", "rating": "4.5"}, FactKind.LIKE),
        ({"item": "psycho", "rating": 0.5}, FactKind.LIKE),
        ({"item": "psycho", "rating": 9}, FactKind.LIKE),
        ({"item": "psycho", "rating": "30"}, FactKind.DISLIKE),
        ({"item": "psycho", "rating": "n/a"}, FactKind.LIKE),
    ],
)
async def test_columns_and_scales(row: dict[str, object], kind: FactKind) -> None:
    found = await import_ratings([Row(2, row)], await toy.catalog())
    kinds = [c.fact.kind for c in found.changes if c.fact]
    expected = [FactKind.POSSESSION] if row.get("rating") == 0.5 else [FactKind.POSSESSION, kind]
    assert kinds == expected


async def test_a_list_without_items_is_refused() -> None:
    with pytest.raises(SourceError, match=r"columns 'colour'.*call it 'item' or 'title'"):
        await import_ratings([Row(2, {"colour": "red"})], await toy.catalog())
