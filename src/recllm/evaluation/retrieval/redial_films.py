"""What is known of ReDial's films: one record for each, put together from the files there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from recllm.evaluation.retrieval.files import find_optional, read_csv, read_json
from recllm.evaluation.retrieval.redial_train import Films
from recllm.evaluation.retrieval.titles import read_title
from recllm.types import Attribute, AttributeValue, Item, Kind, Role, Schema

DETAILS = ("redial/ievalm_id2info.json", "id2info.json")
FACTS = ("redial/combined_metadata.csv", "combined_metadata.csv")

SCHEMA = Schema(
    attributes=(
        Attribute(name="year", kind=Kind.NUMBER, role=Role.YEAR),
        Attribute(name="genres", kind=Kind.LIST, role=Role.GENRE),
        Attribute(name="directors", kind=Kind.LIST, role=Role.CREATOR),
        Attribute(name="actors", kind=Kind.LIST, role=Role.PERFORMER),
        Attribute(name="country", kind=Kind.CATEGORY, role=Role.COUNTRY),
    ),
    noun="film",
)


class Record(NamedTuple):
    """What one file says of a film. ``number`` is ReDial's."""

    number: str
    title: str
    plot: str
    attributes: dict[str, AttributeValue]
    named: int = 0


def read_records(directory: Path, films: Films) -> list[Record]:
    """Return what the files say, the fullest first: one film may be in all of them."""
    return [*_details(directory), *_facts(directory), *_named(films)]


def _details(directory: Path) -> Iterator[Record]:
    """Read iEvaLM's ``id2info.json``: genres, plot, directors and stars, from IMDb."""
    path = find_optional(directory, DETAILS)
    for number, info in dict(read_json(path)).items() if path else ():
        attributes: dict[str, AttributeValue] = {
            "genres": _names(g.title() for g in info.get("genre") or ()),
            "directors": _names(info.get("director")),
            "actors": _names(info.get("star")),
        }
        yield Record(str(number), str(info["name"]), str(info.get("plot") or ""), attributes)


def _facts(directory: Path) -> Iterator[Record]:
    """Read ``combined_metadata.csv``: genres, directors, actors, country, from IMDb."""
    path = find_optional(directory, FACTS)
    for row in read_csv(path) if path else ():
        attributes: dict[str, AttributeValue] = {
            "genres": _names(_cell(row, "genres").split("|")),
            "directors": _names(_cell(row, "directors").split(",")),
            "actors": _names(_cell(row, "actors").split(",")),
            "country": _cell(row, "country").partition("|")[0].partition(",")[0].strip(),
        }
        yield Record(_cell(row, "databaseId"), "", "", attributes)


def _named(films: Films) -> Iterator[Record]:
    for number, title in films.titles.items():
        yield Record(number, title, "", {}, films.named.get(number, 0))


def _cell(row: Mapping[str, str | None], name: str) -> str:
    return (row.get(name) or "").strip()


def _names(given: Any) -> tuple[str, ...]:
    stripped: Iterable[str] = (str(n).strip() for n in given or ())
    return tuple(dict.fromkeys(n for n in stripped if n and n not in ("N/A", "nan")))


def make_item(name: str, title: str, records: Iterable[Record]) -> Item:
    """Put the records of one film together; the first that says something of a field is used.

    The year stands in its own column, not in the title, as in a catalogue.
    """
    known = list(records)
    read = read_title(title)
    attributes: dict[str, AttributeValue] = {"year": float(read.year)} if read.year else {}
    for record in known:
        for column, value in record.attributes.items():
            if value and column not in attributes:
                attributes[column] = value
    plot = next((r.plot for r in known if r.plot), "")
    return Item(id=name, title=read.name or title, text=plot, attributes=attributes)
