"""For how long a fact holds: only for this conversation, until a day, or for good."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from recllm.profiles.cues import cues

_WORDINGS = cues("time")
_TIMES = ("until", "span", "this", "conversation")
_AT_END = {
    n: re.compile(rf"(?:^|[\s,]+)(?:{_WORDINGS[n].pattern})[\s,.!]*$", re.IGNORECASE)
    for n in _TIMES
}
_OPENING = re.compile(
    r"^(?:for|until|till|during|this|over|tonight|today|just|from|in|right|at)\b[^,]{0,40}?,?\s+"
    r"(?=(?:i|we|my)\b)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\bfrom (?:early |late |mid[- ]?)?(?:january|february|march|april|may|june|july|august|"
    r"september|october|november|december|spring|summer|autumn|fall|winter|morning|noon|"
    r"dawn|\d{1,2}(?::\d\d)?)"
    r"\b[\w' ]{0,12}? ?(?:until|till|to|through)\b",
    re.IGNORECASE,
)
"""Every year from one to the other: no end."""
_ANY_DAY = datetime(2000, 1, 1)
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "couple of": 2, "few": 3,
}  # fmt: skip
_UNIT_DAYS = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FEASTS = {
    "christmas": (12, 25), "xmas": (12, 25), "new year": (1, 1), "new years": (1, 1),
    "halloween": (10, 31), "valentine": (2, 14), "thanksgiving": (11, 26), "midsummer": (6, 24),
}  # fmt: skip
_SEASONS = {
    "spring": (3, 1), "summer": (6, 1), "autumn": (9, 1), "fall": (9, 1), "winter": (12, 1),
}  # fmt: skip


def is_of_the_moment(text: str) -> bool:
    """Whether ``text`` speaks of this conversation only ("for tonight")."""
    return bool(_WORDINGS["conversation"].search(text))


def read_expiry(text: str, now: datetime) -> datetime | None:
    """Return the time from which what ``text`` says holds no more, or None if it says none.

    "Until Friday" ends when Friday begins, "this month" when the next one does.
    """
    until = _WORDINGS["until"].search(text)
    if until and not _BETWEEN.search(text):
        return _named_day(until["when"].lower(), now, end="end of" in until.group().lower())
    span = _WORDINGS["span"].search(text)
    if span and (span["number"] or re.search(r"next|coming|following", span.group())):
        number = (span["number"] or "1").lower()
        count = int(number) if number.isdigit() else _NUMBERS.get(number, 1)
        days = _UNIT_DAYS[span["unit"].lower().rstrip("s")] * min(count, 1_000)
        return now + timedelta(days=days)
    this = _WORDINGS["this"].search(text)
    return _end_of((this["unit"] or this["season"]).lower(), now) if this else None


def opening(clause: str) -> str:
    """Strip a phrase of time that opens a clause ("For the next two weeks I'm off sugar")."""
    ahead = _OPENING.match(clause)
    if ahead and any(_WORDINGS[n].search(ahead.group()) for n in _TIMES):
        return clause[ahead.end() :]
    return clause


def without_circumstance(clause: str) -> str:
    """Put where or when something is so behind it; strip why ("For religious reasons I ...").

    >>> without_circumstance("On weekdays I refuse to cook")
    'I refuse to cook on weekdays'
    """
    ahead = _WORDINGS["circumstance"].match(clause)
    if ahead is None:
        return clause
    where = ahead["where"] or ""
    kept = f" {where[0].lower()}{where[1:]}" if where else ""
    return f"{clause[ahead.end() :].rstrip(' ,.!')}{kept}"


def without_time(text: str) -> str:
    """Strip the words of time with which ``text`` ends."""
    for _ in range(3):
        shorter = _WORDINGS["strip"].sub("", text)
        for name in _TIMES:
            shorter = _AT_END[name].sub(_unless_no_day, shorter)
        if shorter == text:
            break
        text = shorter
    return text.strip(" ,")


def _unless_no_day(match: re.Match[str]) -> str:
    """Keep what looks like an end but names no day ("learning through stories")."""
    when = match.groupdict().get("when")
    if when is not None and _BETWEEN.search(match.string):
        return match.group()
    if when is None or _named_day(when.lower(), _ANY_DAY, end=False):
        return ""
    return match.group()


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _named_day(when: str, now: datetime, *, end: bool) -> datetime | None:
    """Read a named day ("friday", "christmas", "the 5th of may", "2027") after ``now``."""
    today = _midnight(now)
    when = re.sub(r"^(?:after |next |this |on |the |of |end )+", "", when)
    dated = {**_FEASTS, **_SEASONS}
    feast = next((d for name, d in dated.items() if when.startswith(name)), None)
    if feast:
        return _coming(today, *feast)
    if when.startswith("easter"):
        return _easter(today)
    for number, name in enumerate(_WEEKDAYS):
        if when.startswith(name):
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    return _dated(when, today, end=end)


def _dated(when: str, today: datetime, *, end: bool) -> datetime | None:
    for number, name in enumerate(_MONTHS, start=1):
        day = rf"(?:(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?)?{name}\b(?: (\d{{1,2}})\b)?"
        if match := re.match(day, when):
            return _month_day(today, number, match[1] or match[2], end=end)
    if when.startswith("tomorrow"):
        return today + timedelta(days=1)
    if unit := re.match(r"week|month|year", when):
        return _end_of(unit.group(), today)
    year = re.match(r"(20\d\d)\b", when)
    return today.replace(year=int(year[1]), month=1, day=1) if year else None


def _month_day(today: datetime, month: int, day: str | None, *, end: bool) -> datetime:
    last = 28 if month == 2 else 30 if month in (4, 6, 9, 11) else 31
    first = _coming(today, month, min(max(int(day), 1), last) if day else 1)
    if not end or day:
        return first
    if today.month == month:
        first = today.replace(day=1)
    return (first + timedelta(days=32)).replace(day=1)


def _coming(today: datetime, month: int, day: int) -> datetime:
    this_year = today.replace(month=month, day=day)
    return (
        this_year if this_year > today else today.replace(year=today.year + 1, month=month, day=day)
    )


def _easter(today: datetime) -> datetime:
    for year in (today.year, today.year + 1):
        # The Gregorian reckoning of Meeus, Jones and Butcher.
        a, b, c = year % 19, year // 100, year % 100
        h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
        k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
        m = (a + 11 * h + 22 * k) // 451
        month, day = divmod(h + k - 7 * m + 114, 31)
        easter = today.replace(year=year, month=month, day=day + 1)
        if easter > today:
            break
    return easter


def _end_of(unit: str, now: datetime) -> datetime:
    today = _midnight(now)
    if unit in ("week", "weekend"):
        return today + timedelta(days=7 - today.weekday())
    if unit == "month":
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    if unit == "year":
        return today.replace(year=today.year + 1, month=1, day=1)
    ends = {
        "spring": (6, 1),
        "summer": (9, 1),
        "autumn": (12, 1),
        "fall": (12, 1),
        "winter": (3, 1),
    }
    for season, (month, day) in ends.items():
        if season in unit:
            return _coming(today, month, day)
    if unit == "lent":
        return _easter(today)
    if "january" in unit:
        return _coming(today, 2, 1)
    return today + timedelta(days=30)
