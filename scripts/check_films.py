"""Compare the facts of the demo catalogue with public film data.

    RECLLM_DATA=../shared/data python scripts/check_films.py [--json FILE]

A film is compared with every record that has its title (accents and punctuation aside) and a
year at most one off. A fact counts as agreed when at least one source that has it agrees. Exits 0
when every fact agrees for at least 98 % of the films checked, 1 when one does not, 2 when the
data is not there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from film_sources import FILES, Record, person_key, read_all, title_keys

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "src" / "recllm" / "data" / "films.jsonl"
THRESHOLD = 0.98
YEARS = 1
"""Largest difference of years that still means the same film."""
SAME_FILM_YEARS = 5
"""Up to here a record of the same title is taken for the same film with another year."""
MINUTES = 5


class Disagreement(NamedTuple):
    """A fact on which no source agrees: what the catalogue says and what they say."""

    film: str
    fact: str
    ours: str
    theirs: str


class Tally(NamedTuple):
    """Films on which one fact was found in some source, and those on which one agrees."""

    fact: str
    checked: int
    agreed: int

    @property
    def share(self) -> float:
        """Agreed among checked, in [0, 1]; 1 when nothing could be checked."""
        return self.agreed / self.checked if self.checked else 1.0


class Report(NamedTuple):
    """What the comparison found."""

    films: int
    found: int
    tallies: tuple[Tally, ...]
    disagreements: tuple[Disagreement, ...]

    @property
    def passed(self) -> bool:
        """Whether every fact reaches the threshold."""
        return all(t.share >= THRESHOLD for t in self.tallies)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        facts = {
            t.fact: {"checked": t.checked, "agreed": t.agreed, "share": round(t.share, 4)}
            for t in self.tallies
        }
        rows = [d._asdict() for d in self.disagreements]
        head = {"films": self.films, "found": self.found, "threshold": THRESHOLD}
        return {**head, "passed": self.passed, "facts": facts, "disagreements": rows}


Film = dict[str, Any]
Fact = Callable[[Film, Record], bool]


def same_year(film: Film, record: Record) -> bool:
    """Whether the years are at most one apart."""
    return bool(abs(film["year"] - record.year) <= YEARS)


def same_director(film: Film, record: Record) -> bool:
    """Whether at least one director is common to both."""
    return bool({person_key(d) for d in film["directors"]} & set(record.directors))


def same_runtime(film: Film, record: Record) -> bool:
    """Whether the runtimes are at most five minutes apart."""
    return bool(abs(film["runtime"] - record.runtime) <= MINUTES)


def same_genre(film: Film, record: Record) -> bool:
    """Whether at least one genre is common to both."""
    return bool(set(film["genres"]) & set(record.genres))


class Aspect(NamedTuple):
    """A fact to compare: the field that holds it on either side, and when the two agree."""

    fact: str
    ours: str
    theirs: str
    agrees: Fact


ASPECTS = (
    Aspect("title and year", "year", "year", same_year),
    Aspect("director", "directors", "directors", same_director),
    Aspect("runtime", "runtime", "runtime", same_runtime),
    Aspect("genres", "genres", "genres", same_genre),
)


def index(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Group records by each key of their titles."""
    grouped: dict[str, list[Record]] = {}
    for record in records:
        for key in record.keys:
            grouped.setdefault(key, []).append(record)
    return grouped


def same_film(film: Film, record: Record) -> bool:
    """Whether a record of the same title is about this film, right year or not."""
    near = abs(film["year"] - record.year) <= SAME_FILM_YEARS
    return near or same_director(film, record)


def candidates(film: Film, records: dict[str, list[Record]]) -> list[Record]:
    """Return the records of the film's title, whatever their year."""
    found = [r for key in title_keys(film["title"]) for r in records.get(key, ())]
    return list(dict.fromkeys(found))


def compare(film: Film, aspect: Aspect, records: Sequence[Record]) -> Disagreement | bool | None:
    """Compare one fact: True agreed, None when no source has it, otherwise the disagreement."""
    having = [r for r in records if getattr(r, aspect.theirs)]
    if not having:
        return None
    if any(aspect.agrees(film, r) for r in having):
        return True
    theirs = "; ".join(f"{_plain(getattr(r, aspect.theirs))} ({r.source})" for r in having)
    name = f"{film['title']} ({film['year']})"
    return Disagreement(name, aspect.fact, _plain(film[aspect.ours]), theirs)


def check(films: Sequence[Film], records: Iterable[Record]) -> Report:
    """Compare every film with the records of the same title."""
    by_title = index(records)
    found = 0
    outcomes: dict[str, list[Disagreement | bool]] = {a.fact: [] for a in ASPECTS}
    for film in films:
        titled = [r for r in candidates(film, by_title) if same_film(film, r)]
        dated = [r for r in titled if same_year(film, r)]
        found += bool(dated)
        for aspect in ASPECTS:
            outcome = compare(film, aspect, titled if aspect.theirs == "year" else dated)
            if outcome is not None:
                outcomes[aspect.fact].append(outcome)
    tallies = tuple(Tally(f, len(o), sum(x is True for x in o)) for f, o in outcomes.items())
    differing = (x for o in outcomes.values() for x in o if isinstance(x, Disagreement))
    return Report(len(films), found, tallies, tuple(differing))


def table(report: Report) -> str:
    """Write the report for a person."""
    lines = [f"{report.found} of {report.films} films found in the public data", ""]
    lines += [f"{d.fact}: {d.film}: {d.ours} here, {d.theirs}" for d in report.disagreements]
    lines += ["", f"{'fact':<16}{'checked':>8}{'agreed':>8}{'share':>9}"]
    lines += [
        f"{t.fact:<16}{t.checked:>8}{t.agreed:>8}{t.share * 100:>7.1f} %" for t in report.tallies
    ]
    return "\n".join(lines)


def read_films(path: Path = CATALOGUE) -> list[Film]:
    """Read the demo catalogue."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def data_folder() -> Path:
    """Return the folder of the public data: ``RECLLM_DATA``, or beside the repository."""
    return Path(os.environ.get("RECLLM_DATA") or ROOT.parent / "shared" / "data")


def missing(folder: Path) -> list[str]:
    """Name the files of the public data that are not in ``folder``."""
    return [name for name in FILES if not (folder / name).is_file()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check and return its exit status."""
    parser = argparse.ArgumentParser(description="Compare the demo catalogue with public data.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the report here")
    options = parser.parse_args(arguments)
    folder = data_folder()
    absent = missing(folder)
    if absent:
        print(
            f"No public film data: {', '.join(absent)} not in {str(folder)!r}. "
            "Set RECLLM_DATA to the folder that holds them.",
            file=sys.stderr,
        )
        return 2
    report = check(read_films(), read_all(folder))
    print(table(report))
    if options.json:
        text = json.dumps(report.as_json(), ensure_ascii=False, indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 0 if report.passed else 1


def _plain(value: int | Sequence[str]) -> str:
    return str(value) if isinstance(value, int) else ", ".join(value)


if __name__ == "__main__":
    sys.exit(main())
