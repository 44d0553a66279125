"""Titles as models write them, and the items that they mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests import toy

from recllm.catalog.index import Catalog
from recllm.catalog.rows import Numbered
from recllm.catalog.update import index_source
from recllm.encoder import HashEncoder
from recllm.retrieval import titles
from recllm.retrieval.titles import MOST, TitleMatcher
from recllm.retrieval.written import Written, numbered, parts, readings, variants
from recllm.types import Attribute, Item, Kind, Role, Schema

ENCODER = HashEncoder(8)

FOUND = [
    ("Moon", "moon"),
    ("moon.", "moon"),
    ("Moon (2009)", "moon"),
    ("Moon (2010)", "moon"),
    ("Moon, 2009", "moon"),
    ("Moon [2009, dir. Duncan Jones]", "moon"),
    ("3. “Heat” by Michael Mann", "heat"),
    ("- Heat (Michael Mann, 1995)", "heat"),
    ("*Heat* – Mann", "heat"),
    ("Heat directed by Mann (1995)", "heat"),
    ("Heat (starring Al Pacino)", "heat"),
    ("Shining, The", "shining"),
    ("Godfather", "godfather"),
    ("The Paddington II", "paddington"),
    ("Paddington Two", ""),
    ("Paddington 3", ""),
    ("Paddington", ""),
    ("1917", "1917"),
    ("2001", ""),
    ("2001: A Space Odyssey", "2001"),
    ("12 Angry Men", "angry-men"),
    ("Amelie", "amelie"),
    ("Airplane", "airplane"),
    ("Casablanka", "casablanca"),
    ("Chunking Express (1994)", "chungking"),
    ("Sevn Samurai", "samurai"),
    ("Ciller Samurai", ""),
    ("M", "m"),
    ("Up", "up"),
    ("Uq", ""),
    ("Thf Thing", "thing"),
    ("Alein", ""),
    ("Alein (1979)", "alien"),
    ("Aliens (1979)", "alien"),
    ("Aliens", "aliens"),
]
"""What is written, and the film that it means; "" where it means none."""


@pytest.mark.parametrize(("text", "film"), FOUND, ids=[text for text, _ in FOUND])
async def test_a_title_is_found(text: str, film: str) -> None:
    found = await TitleMatcher(await toy.catalog()).match(text)
    assert [m.item.id for m in found] == ([film] if film else [])


REFUSED = ["Moon (1999)", "Heat (2013)", "Heat by Ridley Scott", "Heat, 1972", "Casablanka (2019)"]


@pytest.mark.parametrize("text", REFUSED)
async def test_evidence_against_it_refuses_a_title(text: str) -> None:
    assert await TitleMatcher(await toy.catalog()).match(text) == ()


async def test_one_piece_of_evidence_outweighs_another() -> None:
    matcher = TitleMatcher(await toy.catalog())
    for text in ("Heat by Michael Mann (1985)", "Heat by Ridley Scott (1995)"):
        assert [m.item.id for m in await matcher.match(text)] == ["heat"]


SCHEMA = Schema(
    attributes=(
        Attribute(name="year", kind=Kind.NUMBER, role=Role.YEAR),
        Attribute(name="author", kind=Kind.CATEGORY, role=Role.CREATOR),
        Attribute(name="original_title", kind=Kind.TEXT),
    )
)
BOOKS = [
    ("hamlet-48", "Hamlet", 1948, "Olivier", ""),
    ("hamlet-90", "Hamlet", 1990, "Zeffirelli", ""),
    ("hamlet-96", "Hamlet", 1996, "Branagh", ""),
    ("alps", "The Mountains of the Alps: A Walk", 2001, "Ann Berg", "Les montagnes des Alpes"),
    ("rocky", "Rocky III", 1982, "Stallone", ""),
    ("fire", "Catching Fire (The Hunger Games, #2)", 2009, "Suzanne Collins", ""),
    ("ml", "Usual Suspects, The (1995)", 1995, "Bryan Singer", ""),
    ("by", "Stand by Me", 1986, "Rob Reiner", ""),
]


async def books(directory: Path, schema: Schema = SCHEMA) -> TitleMatcher:
    """Index the titles above and match against them."""
    rows = []
    for line, (i, title, year, author, original) in enumerate(BOOKS, 1):
        said = {"year": float(year), "author": author, "original_title": original}
        known = {a.name: said[a.name] for a in schema.attributes if said[a.name]}
        rows.append(Numbered(line, Item(id=i, title=title, attributes=known)))
    await index_source(directory, "books", rows, schema, ENCODER)
    return TitleMatcher(await Catalog.open(directory, "books"))


BOOK_CASES = [
    ("Hamlet (1996)", ["hamlet-96"]),
    ("Hamlet (1997)", ["hamlet-96"]),
    ("Hamlet by Zeffirelli", ["hamlet-90"]),
    ("Hamlet", ["hamlet-48", "hamlet-90", "hamlet-96"]),
    ("Hamlet (1964)", []),
    ("Mountains of the Alps", ["alps"]),
    ("Les Montagnes des Alpes", ["alps"]),
    ("Rocky 3", ["rocky"]),
    ("Rocky Part III", ["rocky"]),
    ("Rocky II", []),
    ("Catching Fire", ["fire"]),
    ("The Hunger Games: Catching Fire by Suzanne Collins", ["fire"]),
    ("The Hunger Games: Catching Fire", []),
    ("The Usual Suspects", ["ml"]),
    ("Usual Suspects (1995)", ["ml"]),
    ("Stand by Me", ["by"]),
    ("Stand by Me by Rob Reiner", ["by"]),
]


@pytest.mark.parametrize("compared", [titles.COMPARED, 0], ids=["whole", "blocks"])
async def test_other_forms_and_remakes(
    tmp_path: Path, compared: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(titles, "COMPARED", compared)
    matcher = await books(tmp_path)
    found = {text: sorted(m.item.id for m in await matcher.match(text)) for text, _ in BOOK_CASES}
    assert found == dict(BOOK_CASES)


async def test_a_year_in_the_title_counts_where_there_is_no_column(tmp_path: Path) -> None:
    matcher = await books(tmp_path, Schema())
    assert [m.item.id for m in await matcher.match("The Usual Suspects (1995)")] == ["ml"]
    assert await matcher.match("The Usual Suspects (1955)") == ()


async def test_misspelt_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(titles, "COMPARED", 0)
    matcher = TitleMatcher(await toy.catalog())
    for text, film in (("Casablanka", "casablanca"), ("Xeven Samurai", "samurai")):
        assert [m.item.id for m in await matcher.match(text)] == [film]


garbage = st.text(max_size=300) | st.sampled_from([t for t, _ in FOUND]).flatmap(
    lambda title: st.text(max_size=8).map(lambda noise: f"{noise}{title}{noise}")
)


@given(garbage)
@example("(2009)")
@example("()" * 90)
@example("- " * 100)
@example("by " * 80)
@example("\x00(\ud800)")
async def test_any_text_is_taken(text: str) -> None:
    found = await TitleMatcher(await toy.catalog()).match(text)
    assert len(found) <= MOST
    assert all(0 < m.sureness <= 1 and m.item.id in toy.FILMS for m in found)


@given(st.text(max_size=400))
def test_readings_are_parts_of_the_text(text: str) -> None:
    for written in readings(text):
        assert written.title in " ".join(text.split()) or "(" in text or "[" in text
        assert written.year is None or 1500 <= written.year <= 2099
        assert all(variants(written.title))


def test_readings_keep_the_literal_one_first() -> None:
    assert next(iter(readings("Stand by Me"))) == Written("Stand by Me")
    read = list(readings("7) Dune (1965, Frank Herbert)"))
    assert read == [Written("Dune (1965, Frank Herbert)"), Written("Dune", 1965, "Frank Herbert")]


def test_forms_of_a_title() -> None:
    assert variants("Matrix, The") == ("matrix the", "the matrix", "matrix")
    assert variants("!!!") == ()
    assert numbered("i robot") == "i robot"
    assert numbered("malcolm x") == "malcolm 10"
    assert parts("Mission: Impossible - Ghost Protocol") == ("ghost protocol",)
