"""Figures in a message, read by rules: years, lengths, prices, ratings and plain comparisons.

Code proposes figures because small models copy them but cannot compare them (decisions.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recllm.catalog.vocabulary import Vocabulary
from recllm.dialogue.cues import cues
from recllm.dialogue.numbers import SCALE, Figure, number, ordered_column, spoken
from recllm.dialogue.ranges import read_capacities, read_ranges
from recllm.types import Attribute, Constraint, Kind, Op, Role, Schema

_DECADES = {
    "twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960,
    "seventies": 1970, "eighties": 1980, "nineties": 1990, "noughties": 2000,
}  # fmt: skip

_WORDINGS = cues("figures")


def read_figures(message: str, schema: Schema, vocabulary: Vocabulary) -> list[Figure]:
    """Read every comparison with a figure that ``message`` makes on the catalogue's attributes.

    Ages ("a 6-year-old") are no comparisons and are left alone. Overlapping readings are settled
    in favour of the more specific pattern.
    """
    taken: list[tuple[int, int]] = [m.span() for m in _WORDINGS["age"].finditer(message)]
    figures: list[Figure] = []
    readers = (
        _ranges, _capacities, _durations, _prices, _generic, _between, _centuries, _decades, _years,
    )  # fmt: skip
    for reader in readers:
        for figure in reader(message, schema, vocabulary):
            if all(figure.end <= a or figure.start >= b for a, b in taken):
                figures.append(figure)
        taken += [(f.start, f.end) for f in figures]
    return sorted(figures, key=lambda f: f.start)


def read_bare(message: str, attribute: Attribute | None) -> list[Figure]:
    """Read "under 15", and nothing else, on the column that the conversation has a figure of.

    >>> read_bare("something under the sea", None)
    []
    """
    match = _WORDINGS["bare"].match(message)
    if match is None or attribute is None:
        return []
    read = _compare(match, number(match["n"]), attribute.name, Op.LE)
    words = message.strip()
    return [Figure(c.model_copy(update={"words": words}), *match.span()) for c in read]


_FLIPPED = {Op.LT: Op.GE, Op.GE: Op.LT, Op.GT: Op.LE, Op.LE: Op.GT, Op.EQ: Op.NE, Op.NE: Op.EQ}


def negate(constraints: list[Constraint]) -> list[Constraint]:
    """Turn the constraints read from one phrase round: "nothing before 2000", "not from the 80s".

    A closed range of years becomes "none of these years"; other ranges cannot be one condition
    and are given up.
    """
    if len(constraints) == 1:
        return [constraints[0].model_copy(update={"op": _FLIPPED[constraints[0].op]})]
    low, high = (float(c.values[0]) for c in constraints)
    if not (low.is_integer() and high - low < 100):
        return []
    years = tuple(float(y) for y in range(int(low), int(high) + 1))
    return [constraints[0].model_copy(update={"op": Op.NE, "values": years})]


def _compare(match: re.Match[str], value: float, name: str, default: Op) -> list[Constraint]:
    """Turn the words of comparison before ``value`` into one or two constraints."""
    groups = match.groupdict()
    words = match.group().strip()
    if groups.get("about"):
        low, high = round(value * 0.85), round(value * 1.15)
        return [
            Constraint(attribute=name, op=Op.GE, values=(float(low),), words=words),
            Constraint(attribute=name, op=Op.LE, values=(float(high),), words=words),
        ]
    op = default
    if groups.get("less"):
        op = Op.LE if _WORDINGS["inclusive"].search(groups["less"].lower()) else Op.LT
    elif groups.get("more"):
        op = Op.GE if _WORDINGS["inclusive"].search(groups["more"].lower()) else Op.GT
    return [Constraint(attribute=name, op=op, values=(value,), words=words)]


def _durations(message: str, schema: Schema, vocabulary: Vocabulary) -> Iterator[Figure]:
    attribute = ordered_column(schema, Role.DURATION)
    if attribute is None:
        return
    for match in _WORDINGS["duration"].finditer(message):
        value = number(match["n"]) + (0.5 if match["half"] or match["half2"] else 0)
        unit = match["unit"].lower()
        minutes = value * 60 if unit.startswith("h") else value
        minutes = value / 60 if unit.startswith("s") else minutes
        minutes += number(match["extra"] or "0") if unit.startswith("h") else 0
        value = minutes * 60 if attribute.unit.startswith("s") else minutes
        default = Op.GE if match["postmore"] else Op.LE
        if not (match["less"] or match["more"] or match["post"] or match["postmore"]):
            yield from _near(match, value, attribute.name)
            continue
        for constraint in _compare(match, value, attribute.name, default):
            yield Figure(constraint, *match.span())


def _near(match: re.Match[str], value: float, name: str) -> Iterator[Figure]:
    """Read "I have two hours" as a limit and "a 90 minute film" as about that long."""
    before = match.string[: match.start()].lower()
    if _WORDINGS["have"].search(before):
        words = match.group().strip()
        limit = Constraint(attribute=name, op=Op.LE, values=(value,), words=words)
        yield Figure(limit, *match.span())
        return
    for op, factor in ((Op.GE, 0.85), (Op.LE, 1.15)):
        bound = Constraint(
            attribute=name, op=op, values=(float(round(value * factor)),), words=match.group()
        )
        yield Figure(bound, *match.span())


def _prices(message: str, schema: Schema, vocabulary: Vocabulary) -> Iterator[Figure]:
    attribute = ordered_column(schema, Role.PRICE)
    if attribute is None:
        return
    for match in _WORDINGS["price"].finditer(message):
        value = number(match["n"] or match["n2"])
        for constraint in _compare(match, value, attribute.name, Op.LE):
            yield Figure(constraint, *match.span())


def _generic(message: str, schema: Schema, vocabulary: Vocabulary) -> Iterator[Figure]:
    """Read "over 300 pages", "abv above 7", "more than a million views", "at least 4 stars"."""
    compare, number_ = (f"(?:{_WORDINGS[n].pattern})" for n in ("compare", "number"))
    plain = message.casefold()
    less = r"\s*or (?:less|fewer|under|lower)"
    for attribute in schema.attributes:
        if attribute.kind is not Kind.NUMBER or attribute.role is Role.YEAR:
            continue
        names_said = spoken(attribute)
        if not any(name.casefold() in plain for name in names_said):
            continue  # Most messages name no column: the patterns take ten times as long to say so.
        names = "|".join(re.escape(n) for n in names_said)
        amount = rf"(?P<n>{number_})\s*(?P<scale>k|m|thousand|million|billion)?\+?"
        for pattern in (
            rf"(?:{compare}\s*)?\b{amount}%?\s*(?:{names})\b(?P<post>{less})?",
            rf"\b(?:{names})\s*(?:is|of|rating|count)?\s*{compare}\s*{amount}",
        ):
            for match in re.finditer(pattern, message, re.IGNORECASE):
                value = number(match["n"]) * SCALE.get((match["scale"] or "").lower(), 1)
                default = Op.LE if match.groupdict().get("post") else Op.GE
                for constraint in _compare(match, value, attribute.name, default):
                    yield Figure(constraint, *match.span())


def _year_bounds(match: re.Match[str], name: str, low: int, high: int) -> Iterator[Figure]:
    groups, words = match.groupdict(), match.group().strip()

    def bound(op: Op, value: int) -> Figure:
        constraint = Constraint(attribute=name, op=op, values=(float(value),), words=words)
        return Figure(constraint, *match.span())

    if groups.get("less"):
        inclusive = _WORDINGS["inclusive"].search(groups["less"])
        yield bound(Op.LE, high) if inclusive else bound(Op.LT, low)
    elif groups.get("more"):
        after = _WORDINGS["strictly after"].search(groups["more"])
        yield bound(Op.GT, high) if after else bound(Op.GE, low)
    elif groups.get("shut"):
        yield bound(Op.LE, high)
    elif groups.get("open"):
        yield bound(Op.GE, low)
    else:
        yield bound(Op.GE, low)
        yield bound(Op.LE, high)


def _decades(message: str, schema: Schema, vocabulary: Vocabulary) -> Iterator[Figure]:
    attribute = ordered_column(schema, Role.YEAR)
    if attribute is None:
        return
    open_range: tuple[re.Match[str], int, int] | None = None
    for match in _WORDINGS["decade"].finditer(message):
        low, high = _decade_years(match)
        if open_range is not None:
            first, start, end = open_range
            if _WORDINGS["joins"].match(message[first.end() : match.start()]):
                # "The sixties to the eighties", "80s or 90s": one stretch.
                open_range = (first, min(start, low), max(end, high))
                continue
            yield from _year_bounds(first, attribute.name, start, end)
        open_range = (match, low, high)
    if open_range is not None:
        yield from _year_bounds(open_range[0], attribute.name, *open_range[1:])


def _decade_years(match: re.Match[str]) -> tuple[int, int]:
    """Return the first and the last year of a decade, or of its named part."""
    if match["full"]:
        start = int(match["full"])
    elif match["short"]:
        century = 1900 if int(match["short"]) > 20 else 2000
        start = century + int(match["short"])
    else:
        start = _DECADES[match["name"].lower()]
    parts = {"early": (0, 3), "mid": (4, 6), "late": (6, 9)}
    low, high = parts.get((match["part"] or "").lower(), (0, 9))
    return start + low, start + high


def _ranges(message: str, schema: Schema, vocabulary: Vocabulary) -> Iterator[Figure]:
    yield from read_ranges(message, schema)


def _capacities(message: str, schema: Schema, vocabulary: Vocabulary) -> Iterator[Figure]:
    yield from read_capacities(message, schema)


def _centuries(message: str, schema: Schema, vocabulary: Vocabulary) -> Iterator[Figure]:
    attribute = ordered_column(schema, Role.YEAR)
    if attribute is None:
        return
    for match in _WORDINGS["century"].finditer(message):
        start = (int(match["n"]) - 1) * 100
        yield from _year_bounds(match, attribute.name, start, start + 99)


def _between(message: str, schema: Schema, vocabulary: Vocabulary) -> Iterator[Figure]:
    attribute = ordered_column(schema, Role.YEAR)
    if attribute is None:
        return
    for match in _WORDINGS["between"].finditer(message):
        low, high = sorted((int(match["a"] or match["c"]), int(match["b"] or match["d"])))
        yield from _year_bounds(match, attribute.name, low, high)


def _in_brackets(before: str, after: str) -> bool:
    """Whether a year stands as in "Drive (2011)": it tells which film is meant."""
    return before.rstrip().endswith(("(", "[")) and after.lstrip().startswith((")", "]"))


def _years(message: str, schema: Schema, vocabulary: Vocabulary) -> Iterator[Figure]:
    attribute = ordered_column(schema, Role.YEAR)
    if attribute is None:
        return
    for match in _WORDINGS["year"].finditer(message):
        year = int(match["n"])
        before, after = message[: match.start()], message[match.end() :]
        if _WORDINGS["personal"].search(before) or _in_brackets(before, after):
            continue
        more = (match["more"] or "").lower()
        if match["about"]:
            yield from _year_bounds(match, attribute.name, year - 3, year + 3)
        elif more == "from" and not match["open"]:
            exact = Constraint(
                attribute=attribute.name, op=Op.EQ, values=(float(year),), words=match.group()
            )
            yield Figure(exact, *match.span())
        else:
            yield from _year_bounds(match, attribute.name, year, year)
