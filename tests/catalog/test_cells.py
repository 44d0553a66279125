from __future__ import annotations

from datetime import date, datetime

import pytest

from recllm.catalog import cells
from recllm.catalog.cells import boolean_of, date_of, minutes_of, number_of, text_of, year_of
from recllm.catalog.lists import names_of
from recllm.catalog.mapping import Reading


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        ("3", 3.0),
        (" 1,234,567 ", 1234567.0),
        ("1.234.567", 1234567.0),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("12,5", 12.5),
        ("1'234", 1234.0),
        ("$19.99", 19.99),
        ("19,99 €", 19.99),
        ("USD 5", 5.0),
        ("87%", 87.0),
        ("-4", -4.0),
        ("9.78043902348e+12", 9.78043902348e12),
        (".5", 0.5),
        ("", None),
        ("12 monkeys", None),
        ("1.2.3", None),
        ("2009-07-17", None),
        ("13:30", None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        ("9" * 400, None),
        (10**400, None),
        ([3], None),
    ],
)
def test_numbers(value: object, number: float | None) -> None:
    assert number_of(value) == number


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("2009-07-17", "2009-07-17"),
        ("2009-07-17T10:00:00Z", "2009-07-17"),
        ("2009/7/1", "2009-07-01"),
        ("2009-07", "2009-07"),
        ("2009", "2009"),
        (2009, "2009"),
        ("07/17/2009", "2009-07-17"),
        ("17/07/2009", "2009-07-17"),
        ("17.7.2009", "2009-07-17"),
        ("July 17, 2009", "2009-07-17"),
        ("17 Jul 2009", "2009-07-17"),
        ("Jul 2009", "2009-07"),
        (date(2009, 7, 17), "2009-07-17"),
        (datetime(2009, 7, 17, 8), "2009-07-17"),
        ("2009-02-30", None),
        ("0000-01-01", None),
        ("soon", None),
        ("Foo 17, 2009", None),
        (None, None),
        ({}, None),
    ],
)
def test_dates(value: object, iso: str | None) -> None:
    assert date_of(value) == iso


def test_dates_by_reading() -> None:
    assert date_of("1140825600", Reading.UNIX_SECONDS) == "2006-02-25"
    assert date_of(-86400, Reading.UNIX_SECONDS) == "1969-12-31"
    assert date_of(1140825600000, Reading.UNIX_MILLISECONDS) == "2006-02-25"
    assert date_of("03/04/2009", Reading.DAY_FIRST) == "2009-04-03"
    assert date_of(1e300, Reading.UNIX_SECONDS) is None
    assert date_of("x", Reading.UNIX_SECONDS) is None


@pytest.mark.parametrize(
    ("value", "year"),
    [("2008.0", 2008.0), (2008, 2008.0), ("-750", -750.0), ("2009-07-17", 2009.0), ("1.5", None),
     ("99999", None), ("", None)],
)  # fmt: skip
def test_years(value: object, year: float | None) -> None:
    assert year_of(value) == year


@pytest.mark.parametrize(
    ("value", "minutes"),
    [("PT1H37M", 97.0), ("PT90S", 1.5), ("P1DT1H", 1500.0), ("1h 37m", 97.0), ("97 min", 97.0),
     ("1 hour 30 minutes", 90.0), ("1:37:00", 97.0), ("4:30", 4.5), ("97", 97.0), (0, None),
     ("2 Seasons", None), ("P", None), ("", None), (None, None)],
)  # fmt: skip
def test_durations(value: object, minutes: float | None) -> None:
    assert minutes_of(value) == minutes


def test_durations_by_reading() -> None:
    assert minutes_of(1164, Reading.SECONDS) == 19.4
    assert minutes_of("180000", Reading.MILLISECONDS) == 3.0
    assert minutes_of("1.5", Reading.HOURS) == 90.0


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("['drama', 'war']", ("drama", "war")),
        ('["drama", "war", "drama"]', ("drama", "war")),
        ('[{"id": 1, "name": "Action"}, {"id": 2, "name": "War"}]', ("Action", "War")),
        (["a", 2, None, "", {"name": "b"}], ("a", "2", "b")),
        ("{quiet: True, loud: False, hip: None}", ("quiet",)),
        ({"quiet": True, "loud": False}, ("quiet",)),
        ("[not, a list", ("[not, a list",)),
        ("[__import__('os')]", ("[__import__('os')]",)),
    ],
)
def test_lists(value: object, names: tuple[str, ...]) -> None:
    assert names_of(value) == names


def test_lists_by_separator() -> None:
    assert names_of("a | b|", "|") == ("a", "b")
    assert names_of("Downey, Jr., Sony, Inc., 10,000 BC", ",") == (
        "Downey, Jr.",
        "Sony, Inc.",
        "10,000 BC",
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("<p>Fish &amp; <b>chips</b></p><script>alert(1)</script>", "Fish & chips"),
        ("&lt;p&gt;escaped twice&lt;/p&gt;", "escaped twice"),
        ("a < b, i <3 you & me", "a < b, i <3 you & me"),
        ("two\nlines\x00\ud800", "two lines"),
        (r"ends with\t", "ends with"),
        (5.0, "5"),
        (["a", "b"], "a, b"),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_texts(value: object, text: str) -> None:
    assert text_of(value) == text


def test_booleans() -> None:
    assert [boolean_of(v) for v in ("Yes", "no", True, "1", 0, "maybe", None)] == [
        True, False, True, True, False, None, None,
    ]  # fmt: skip


def test_missing() -> None:
    assert all(map(cells.is_missing, (None, "", " N/A ", "NaN", float("nan"), [], {}, "\\N")))
    assert not any(map(cells.is_missing, (0, False, "0", "x")))
