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
    if until:
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
    if when is None or _named_day(when.lower(), _ANY_DAY, end=False):
        return ""
    return match.group()


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _named_day(when: str, now: datetime, *, end: bool) -> datetime | None:
    """Read a named day ("friday", "christmas", "the 5th of may", "2027") after ``now``."""
    today = _midnight(now)
    for name, (month, day) in _FEASTS.items():
        if re.match(rf"(?:after )?(?:the )?{name}", when):
            return _coming(today, month, day)
    if re.match(r"(?:after )?easter", when):
        return _easter(today)
    for number, name in enumerate(_WEEKDAYS):
        if re.match(rf"(?:next |this |on )?{name}", when):
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    for number, name in enumerate(_MONTHS, start=1):
        if match := re.search(
            rf"(?:(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? )?\b{name}\b(?: (\d{{1,2}})\b)?", when
        ):
            return _month_day(today, number, match[1] or match[2], end=end)
    for name, (month, day) in _SEASONS.items():
        if re.match(rf"(?:the |next )?{name}", when):
            return _coming(today, month, day)
    if re.match(r"(?:the )?tomorrow|next week|(?:the )?next month|next year", when):
        days = {"to": 1, "we": 7, "mo": 30, "ye": 365}
        return today + timedelta(
            days=next(d for w, d in days.items() if w in when.replace("next ", ""))
        )
    if re.match(
        r"(?:the |this |of )?(?:end of )?(?:the |this )?(?:week|month|year|summer|winter)", when
    ):
        return _end_of(re.search(r"week|month|year|summer|winter", when).group(), now)  # type: ignore[union-attr]
    year = re.match(r"(20\d\d)\b", when)
    return today.replace(year=int(year[1]), month=1, day=1) if year else None


def _month_day(today: datetime, month: int, day: str | None, *, end: bool) -> datetime:
    first = _coming(today, month, 1 if not day else min(int(day) or 1, 28 if month == 2 else 30))
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
