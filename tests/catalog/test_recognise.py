from __future__ import annotations

import pytest

from recllm.catalog.convert import convert, slug
from recllm.catalog.mapping import Mapping, Overrides, Reading
from recllm.catalog.recognise import recognise, sample
from recllm.catalog.rows import BadRow, Numbered, Row
from recllm.errors import SourceError
from recllm.types import Item, Kind, Role

WORDS = ("red", "green", "blue")


def table(**columns: object) -> list[Row]:
    """Forty rows: a list gives its values in turn, a function is called with the number."""

    def cell(column: object, n: int) -> object:
        if isinstance(column, list):
            return column[n % len(column)]
        return column(n) if callable(column) else column

    return [Row(n + 2, {name: cell(c, n) for name, c in columns.items()}) for n in range(40)]


def understood(rows: list[Row], column: str, **overrides: object) -> tuple[object, ...]:
    mapping = recognise(rows, Overrides.model_validate(overrides))
    found = next(c for c in mapping.columns if c.source == column)
    return found.attribute.kind, found.attribute.role, found.attribute.unit, found.reading


def titled(**columns: object) -> list[Row]:
    return table(title=lambda n: f"Title {n}", **columns)


def dropped(mapping: Mapping) -> dict[str, str]:
    return {d.source: d.reason for d in mapping.dropped}


PLAIN = Reading.PLAIN


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("year", ["2008.0", "1999.0", ""], (Kind.NUMBER, Role.YEAR, "", Reading.YEAR)),
        ("original_publication_year", [1990, 1850], (Kind.NUMBER, Role.YEAR, "", Reading.YEAR)),
        ("release_date", ["1999-01-02", "2001-03-04"], (Kind.DATE, Role.YEAR, "", PLAIN)),
        ("film_date", [1140825600, 1240825600], (Kind.DATE, Role.YEAR, "", Reading.UNIX_SECONDS)),
        ("date_added", ["03/04/2009", "25/12/2010"],
         (Kind.DATE, Role.OTHER, "", Reading.DAY_FIRST)),
        ("runtime", [97, 120], (Kind.NUMBER, Role.DURATION, "minutes", Reading.MINUTES)),
        ("duration", [1164, 900], (Kind.NUMBER, Role.DURATION, "minutes", Reading.SECONDS)),
        ("duration", ["90 min", "100 min", "2 Seasons"],
         (Kind.NUMBER, Role.DURATION, "minutes", Reading.MINUTES)),
        ("duration_ms", [200_000, 180_000],
         (Kind.NUMBER, Role.DURATION, "minutes", Reading.MILLISECONDS)),
        ("Runtime (Minutes)", [97, 120], (Kind.NUMBER, Role.DURATION, "minutes", Reading.MINUTES)),
        ("num_pages", [300, 400], (Kind.NUMBER, Role.LENGTH, "pages", PLAIN)),
        ("price", ["$1,299.00", "$5"], (Kind.NUMBER, Role.PRICE, "USD", PLAIN)),
        ("average_rating", [4.5, 3.2], (Kind.NUMBER, Role.RATING, "", PLAIN)),
        ("rating", ["PG-13", "R"], (Kind.CATEGORY, Role.OTHER, "", PLAIN)),
        ("views", ["47,227,110", "3,200"], (Kind.NUMBER, Role.POPULARITY, "", PLAIN)),
        ("director", ["A B", "C D"], (Kind.CATEGORY, Role.CREATOR, "", PLAIN)),
        ("authors", ["A B, C D", "E F"], (Kind.LIST, Role.CREATOR, "", PLAIN)),
        ("cast", ["A B, C D", "E F, G H"], (Kind.LIST, Role.PERFORMER, "", PLAIN)),
        ("genres", ["Action|War", "War"], (Kind.LIST, Role.GENRE, "", PLAIN)),
        ("genres", ["Action;War", "War"], (Kind.LIST, Role.GENRE, "", PLAIN)),
        ("tags", ["['a', 'b']", "['c']"], (Kind.LIST, Role.TAG, "", PLAIN)),
        ("keywords", ['[{"name": "a"}]', "[]"], (Kind.LIST, Role.TAG, "", PLAIN)),
        ("language_code", ["eng", "en-US", "fre"],
         (Kind.CATEGORY, Role.LANGUAGE, "", Reading.LANGUAGE_CODE)),
        ("languages", [60, 43], (Kind.NUMBER, Role.OTHER, "", PLAIN)),
        ("country", ["France", "Peru"], (Kind.CATEGORY, Role.COUNTRY, "", PLAIN)),
        ("is_open", ["1", "0"], (Kind.BOOLEAN, Role.OTHER, "", PLAIN)),
        ("vegan", ["yes", "no"], (Kind.BOOLEAN, Role.OTHER, "", PLAIN)),
        ("ABV", [5.2, 7.1], (Kind.NUMBER, Role.OTHER, "", PLAIN)),
        ("colours", ["red, blue", "red, green", "blue, red"],
         (Kind.LIST, Role.OTHER, "", PLAIN)),
        ("mood", ["calm", "loud"], (Kind.CATEGORY, Role.TAG, "", PLAIN)),
    ],
)  # fmt: skip
def test_columns(column: str, values: list[object], expected: tuple[object, ...]) -> None:
    assert understood(titled(**{column: values}), column) == expected


def test_fields_of_an_item() -> None:
    rows = table(
        item_id=lambda n: f"x{n}",
        name=lambda n: f"Title {n}",
        overview=lambda n: f"What happens in story {n}.",
        link=lambda n: f"https://example.org/{n}",
        poster=lambda n: f"https://example.org/{n}.jpg",
        small_image_url=lambda n: f"https://example.org/{n}s.jpg",
    )
    mapping = recognise(rows, hints=("films",))
    assert mapping == Mapping(
        title="name",
        id="item_id",
        text=("overview",),
        url="link",
        image="poster",
        noun="film",
        dropped=mapping.dropped,
    )
    assert dropped(mapping) == {"small_image_url": "another image"}


def test_long_texts_are_text_whatever_they_are_called() -> None:
    rows = titled(review_of_the_day=lambda n: f"{n} " + "a long and winding sentence " * 8)
    assert recognise(rows).text == ("review_of_the_day",)


def test_junk_is_left_out_with_its_reason() -> None:
    rows = titled(
        isbn13=lambda n: 9780000000000 + n * 7,
        latitude=lambda n: 53.5 + n / 7,
        rank=lambda n: n + 1,
        kind="film",
        checksum=lambda n: f"{n * 7919:08x}",
        seldom=lambda n: "x" if n == 0 else "",
        site=lambda n: f"https://example.org/{n}",
        hours=["9-17", "10-18"],
    )
    rows += titled(seldom="")
    mapping = recognise(rows, Overrides(id="title"))
    assert dropped(mapping) == {
        "isbn13": "an identifier",
        "latitude": "a position",
        "rank": "it numbers the rows",
        "kind": "always 'film'",
        "checksum": "a different word in each row",
        "seldom": "almost always empty",
        "site": "web addresses",
        "hours": "opening hours",
    }


def test_a_role_played_once_goes_to_the_best_name() -> None:
    rows = titled(review_taste=[3.1, 4.2], review_overall=[3, 4], score=[50, 60])
    roles = {c.source: c.attribute.role for c in recognise(rows).columns}
    assert list(roles.values()).count(Role.RATING) == 1
    assert roles["score"] == Role.RATING


def test_a_year_of_its_own_is_better_than_a_date() -> None:
    rows = titled(release_date=["1999-01-02", "2001-03-04"], release_year=[1999, 2001])
    roles = {c.source: c.attribute.role for c in recognise(rows).columns}
    assert roles == {"release_date": Role.OTHER, "release_year": Role.YEAR}


def test_categories_beside_genres_are_tags() -> None:
    rows = titled(categories=["a;b", "b"], genres=["War", "Noir"], publisher=["X", "Y"],
                  developer=["Y", "Z"])  # fmt: skip
    roles = {c.source: c.attribute.role for c in recognise(rows).columns}
    assert roles == {"categories": Role.TAG, "genres": Role.GENRE, "publisher": Role.OTHER,
                     "developer": Role.CREATOR}  # fmt: skip


def test_no_title_names_the_columns_and_the_remedy() -> None:
    with pytest.raises(SourceError, match=r"--title COLUMN \(columns: heading, year\)"):
        recognise(table(heading=lambda n: f"T{n}", year=[1999, 2000]))
    mapping = recognise(table(heading=lambda n: f"T{n}"), Overrides(title="heading"))
    assert mapping.title == "heading"


def test_overrides() -> None:
    rows = titled(code=lambda n: f"c{n}", grade=[1, 2], when=["1999", "2001"], memo=["a", "b"],
                  junk=["u", "v"])  # fmt: skip
    overrides = Overrides(
        id="code", text=("memo",), types={"grade": Kind.CATEGORY}, roles={"grade": Role.GENRE},
        skip=("junk",), noun="gem",
    )  # fmt: skip
    mapping = recognise(rows, overrides)
    assert (mapping.id, mapping.text, mapping.noun) == ("code", ("memo",), "gem")
    assert dropped(mapping) == {"junk": "you skipped it"}
    assert understood(rows, "grade", **overrides.model_dump())[:2] == (Kind.CATEGORY, Role.GENRE)


def test_an_override_of_an_unknown_column() -> None:
    with pytest.raises(SourceError, match="no column 'titel'; did you mean 'title'"):
        recognise(titled(), Overrides(title="titel"))


def test_two_columns_of_one_name() -> None:
    rows = titled(**{"Min IBU": [1, 2], "min_ibu": [3, 4]})
    assert [c.attribute.name for c in recognise(rows).columns] == ["min_ibu", "min_ibu_2"]


@pytest.mark.parametrize(
    ("hints", "noun"),
    [(("ted_main",), "talk"), (("goodbooks10k_books",), "book"), (("films",), "film"),
     (("data", "restaurants"), "restaurant"), (("stuff",), "item")],
)  # fmt: skip
def test_nouns(hints: tuple[str, ...], noun: str) -> None:
    assert recognise(titled(), hints=hints).noun == noun


def test_the_sample_is_spread() -> None:
    rows = [Row(n, {"title": str(n)}) for n in range(10_000)]
    assert len(sample([BadRow(line=1, reason=""), *rows])) == 2000
    assert sample(rows)[-1].line > 9000


def items(rows: list[Row], mapping: Mapping) -> list[Item]:
    return [r.item for r in convert(rows, mapping) if isinstance(r, Numbered)]


def test_made_ids_are_stable_and_tell_items_apart() -> None:
    rows = [
        Row(2, {"title": "Moon", "year": "2009", "by": "a"}),
        Row(3, {"title": "Moon", "year": "2009", "by": "b"}),
        Row(4, {"title": "Moon", "year": "2009", "by": "a"}),
        Row(5, {"title": "???", "year": "", "by": ""}),
    ]
    mapping = recognise(rows, Overrides(roles={"year": Role.YEAR}))
    ids = [i.id for i in items(rows, mapping)]
    assert ids[0] == ids[2] == "moon-2009"
    assert ids[1].startswith("moon-2009-")
    assert ids[3]
    assert ids == [i.id for i in items(rows, mapping)]


def test_slugs() -> None:
    assert slug("Amélie (2001): Le fabuleux destin d'A.") == "amelie-2001-le-fabuleux-destin-da"
    assert slug("千と千尋") == "千と千尋"


def test_rows_without_a_title_are_bad_rows() -> None:
    rows = [Row(2, {"title": " "}), Row(3, {"title": None}), Row(4, {})]
    assert [r.reason for r in convert(rows, Mapping(title="title")) if isinstance(r, BadRow)] == [
        "no title: column 'title' is empty"
    ] * 3


def test_only_web_addresses_are_links() -> None:
    mapping = Mapping(title="t", url="u", image="i")
    (item,) = items(
        [Row(2, {"t": "A", "u": "javascript:alert(1)", "i": ["//x.org/a.png"]})], mapping
    )
    assert (item.url, item.image) == ("", "https://x.org/a.png")
