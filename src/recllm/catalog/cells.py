"""Single cells read defensively: what does not parse is None, never an exception."""

from __future__ import annotations

import html
import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from recllm.catalog.mapping import Reading

MISSING = frozenset({"", "-", "--", "nan", "null", "none", "n/a", "na", "\\n", "unknown", "tbd"})
_HIDDEN = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,1000}>")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(
    r"(?:[A-Z]{3}|[^\w\s.,+-]{1,2})?\s*([+-]?[\d.,'’\s]*\d)\s*(?:[A-Z]{3}|[^\w\s]{1,2})?"
)
_EXPONENT = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d{1,3}")
_ESCAPE = re.compile(r"\\[tnr](?!\w)")
_ISO_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T ]\d.*)?")
_NUMERIC_DATE = re.compile(r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})(?:[T ]\d.*)?")
_NAMED_DATE = re.compile(
    r"(?:(\d{1,2})\.? )?([A-Za-z]{3,9})\.? (?:(\d{1,2})(?:st|nd|rd|th)?,? )?(\d{4})"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO_DURATION = re.compile(
    r"P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)
_WORD_DURATION = re.compile(
    r"(?:(\d+(?:\.\d+)?)\s*d(?:ays?)?)?\s*(?:(\d+(?:\.\d+)?)\s*h(?:ours?|rs?)?)?[\s,]*"
    r"(?:(\d+(?:\.\d+)?)\s*m(?:in(?:ute)?s?)?)?\.?[\s,]*(?:(\d+(?:\.\d+)?)\s*s(?:ec(?:ond)?s?)?)?\.?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:\.\d+)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text_of(value: object) -> str:
    """Return ``value`` as one line of plain text, without HTML and control characters.

    >>> text_of("<p>Fish &amp; chips</p>")
    'Fish & chips'
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, list | tuple | set):
        return ", ".join(filter(None, map(text_of, value)))
    if isinstance(value, bytes):
        return text_of(value.decode("utf-8", "replace"))
    return _plain(str(value))


def _plain(text: str) -> str:
    if "<" in text or "&" in text:
        # Twice, because feeds often carry HTML that is itself escaped.
        text = _strip_tags(html.unescape(_strip_tags(text)))
    return " ".join(_CONTROL.sub("", _ESCAPE.sub(" ", text)).split())


def _strip_tags(text: str) -> str:
    return _TAG.sub(" ", _HIDDEN.sub(" ", text)) if "<" in text else text


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing: empty, NaN, or a word such as "N/A"."""
    if value is None or value == [] or value == {} or value == ():
        return True
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, str) and value.strip().lower() in MISSING


def number_of(value: object) -> float | None:
    """Return a number, with thousands separators, a currency or a per cent sign or without.

    >>> number_of("$1,234.50"), number_of("1.234,50 €"), number_of("12 monkeys")
    (1234.5, 1234.5, None)
    """
    if isinstance(value, int | float | Decimal):
        return None if isinstance(value, bool) else _finite(value)
    if not isinstance(value, str) or len(value) > 60:
        return None
    text = value.strip()
    if _EXPONENT.fullmatch(text):
        return _finite(text)
    match = _NUMBER.fullmatch(text)
    return _finite(_undecorated(match.group(1))) if match else None


def _undecorated(digits: str) -> str:
    """Remove thousands separators and make the decimal sign a point."""
    digits = re.sub(r"['’\s]", "", digits)
    decimal = max(digits.rfind("."), digits.rfind(","))
    if decimal < 0:
        return digits
    sign, other = digits[decimal], ",."[digits[decimal] == ","]
    grouped = re.fullmatch(r"[+-]?\d{1,3}(?:[.,]\d{3})+", digits)
    if grouped and other not in digits and (sign == "," or digits.count(".") > 1):
        return digits.replace(sign, "")
    return digits.replace(other, "").replace(sign, ".") if digits.count(sign) == 1 else "x"


def _finite(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def boolean_of(value: object) -> bool | None:
    """Return a truth value from true, yes, y, t, 1 and their opposites."""
    if isinstance(value, bool):
        return value
    word = text_of(value).lower()
    if word in ("true", "yes", "y", "t", "1"):
        return True
    return False if word in ("false", "no", "n", "f", "0") else None


def date_of(value: object, reading: Reading = Reading.PLAIN) -> str | None:
    """Return an ISO 8601 date, or a bare year or month where no more is said.

    >>> date_of("Sep 25, 2021"), date_of("2021-09-25T10:00:00Z"), date_of("2021-09")
    ('2021-09-25', '2021-09-25', '2021-09')
    """
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if reading in (Reading.UNIX_SECONDS, Reading.UNIX_MILLISECONDS):
        return _unix_date(number_of(value), 1000 if reading == Reading.UNIX_MILLISECONDS else 1)
    text = text_of(value)
    if not text or len(text) > 40:
        return None
    if match := _ISO_DATE.fullmatch(text):
        return _iso(*match.groups())
    if match := _NUMERIC_DATE.fullmatch(text):
        first, sign, second, year = match.groups()
        day_first = sign == "." or reading == Reading.DAY_FIRST or int(first) > 12
        return _iso(year, *((second, first) if day_first else (first, second)))
    if match := _NAMED_DATE.fullmatch(text):
        before, month, after, year = match.groups()
        name = month[:3].lower()
        return (
            _iso(year, str(_MONTHS.index(name) + 1), before or after) if name in _MONTHS else None
        )
    return None


def _unix_date(number: float | None, per_second: int) -> str | None:
    try:
        return (
            (_EPOCH + timedelta(seconds=(number or 0) / per_second)).date().isoformat()
            if (number is not None)
            else None
        )
    except OverflowError:
        return None


def _iso(year: str, month: str | None, day: str | None) -> str | None:
    if not 1000 <= int(year) <= 2999:
        return None
    try:
        exact = date(int(year), int(month or 1), int(day or 1)).isoformat()
    except ValueError:
        return None
    return exact if day else exact[:7] if month else exact[:4]


def year_of(value: object) -> float | None:
    """Return a year from a number or any date."""
    number = number_of(value)
    if number is not None:
        return number if number.is_integer() and -3000 <= number <= 2999 and number else None
    found = date_of(value)
    return float(found[:4]) if found else None


_PER_MINUTE = {Reading.SECONDS: 60.0, Reading.MILLISECONDS: 60_000.0, Reading.HOURS: 1 / 60}


def minutes_of(value: object, reading: Reading = Reading.MINUTES) -> float | None:
    """Return a duration in minutes, from a number in the unit of ``reading`` or a text.

    >>> minutes_of("PT1H37M"), minutes_of("1h 37m"), minutes_of("97 min"), minutes_of("1:37:00")
    (97.0, 97.0, 97.0, 97.0)
    """
    number = number_of(value)
    if number is not None:
        return round(number / _PER_MINUTE.get(reading, 1.0), 1) if number > 0 else None
    text = text_of(value)
    if not text or len(text) > 60:
        return None
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (float(g or 0) for g in match.groups())
        return round(hours * 60 + minutes + seconds / 60, 1)
    match = _ISO_DURATION.fullmatch(text) or _WORD_DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    parts = (float(g or 0) for g in match.groups())
    total = sum(p * f for p, f in zip(parts, (1440, 60, 1, 1 / 60), strict=True))
    return round(total, 1) if total > 0 else None


DURATIONS = (Reading.MINUTES, *_PER_MINUTE)
