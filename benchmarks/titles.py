"""How well written titles are matched to a catalogue, and how quickly; prints JSON.

    python benchmarks/titles.py [--catalog films] [--sample 0] [--size 0] [--json FILE]

Every title of the catalogue is written as a model may write it (see ``FORMS``) and looked up.
"recall" is the share that finds its item first; "precision" the share of those answered that do.
Forms that mean nothing in the catalogue (a wrong year, a title of no item) should not be answered:
of those "refused" is the share. With ``--size`` the catalogue is a made-up one of so many titles,
and only the time counts. docs/retrieval.md has the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from recllm.catalog.index import Catalog
from recllm.catalog.vocabulary import Vocabulary, figure_of, names_of
from recllm.config import load_settings
from recllm.retrieval.titles import TitleMatcher
from recllm.types import Item, Role, Schema
from turns.figures import machine

Form = Callable[[Item, Schema, random.Random], str]
SYLLABLES = (
    *("ka", "lo", "mi", "ren", "dor", "vas", "tel", "qui"),
    *("ombra", "nor", "sil", "fen", "gar", "hul", "ister"),
)


def year_of(item: Item, schema: Schema) -> int | None:
    """Return the item's year, if it has one."""
    years = [figure_of(item, a) for a in schema.having(Role.YEAR)]
    return int(years[0]) if years and years[0] is not None else None


def creator_of(item: Item, schema: Schema) -> str:
    """Return the item's first creator, "" without one."""
    names = [n for a in schema.having(Role.CREATOR) for n in names_of(item, a.name)]
    return names[0] if names else ""


def typo(item: Item, schema: Schema, chance: random.Random) -> str:
    """Swap two letters, leave one out, double one or write another, behind the first letter."""
    title = item.title
    if len(title) < 3:
        return title
    at = chance.randrange(1, len(title) - 1)
    kind = chance.choice(("swap", "drop", "double", "other"))
    middle = {
        "swap": title[at + 1] + title[at],
        "drop": title[at + 1],
        "double": title[at] * 2 + title[at + 1],
        "other": chance.choice("aeiorstn") + title[at + 1],
    }[kind]
    return title[:at] + middle + title[at + 2 :]


def without_article(item: Item, schema: Schema, chance: random.Random) -> str:
    """Leave the article out, or put one before a title that has none."""
    first, _, rest = item.title.partition(" ")
    return rest if rest and first in ("The", "A", "An") else f"The {item.title}"


def inverted(item: Item, schema: Schema, chance: random.Random) -> str:
    """Write "Thing, The" for "The Thing"."""
    first, _, rest = item.title.partition(" ")
    return f"{rest}, {first}" if rest and first in ("The", "A", "An") else item.title


def dated(off: int) -> Form:
    """Return the form with a year in brackets that is ``off`` the right one."""

    def form(item: Item, schema: Schema, chance: random.Random) -> str:
        year = year_of(item, schema)
        return item.title if year is None else f"{item.title} ({year + off})"

    return form


def by_creator(item: Item, schema: Schema, chance: random.Random) -> str:
    """Append the creator, with a number and quotes."""
    creator = creator_of(item, schema)
    return f'2. "{item.title}" by {creator}' if creator else item.title


def typo_and_year(item: Item, schema: Schema, chance: random.Random) -> str:
    """Misspell the title and give the right year."""
    year = year_of(item, schema)
    return typo(item, schema, chance) + (f" ({year})" if year is not None else "")


def other_creator(item: Item, schema: Schema, chance: random.Random) -> str:
    """Append somebody who made nothing."""
    return f"{item.title} by Zebedee Quackenbush"


def nonsense(item: Item, schema: Schema, chance: random.Random) -> str:
    """Make a title of no item out of syllables, as long as the item's."""
    return made_up(chance, max(2, len(item.title.split())))


def made_up(chance: random.Random, count: int) -> str:
    """Return a title of ``count`` words that mean nothing."""
    words = ("".join(chance.choices(SYLLABLES, k=chance.randint(2, 3))) for _ in range(count))
    return " ".join(words).title()


FORMS: dict[str, Form] = {
    "as it is": lambda item, schema, chance: item.title,
    "lower case": lambda item, schema, chance: item.title.lower(),
    "right year": dated(0),
    "year off by one": dated(1),
    "article left out or put in": without_article,
    "article at the end": inverted,
    "creator appended": by_creator,
    "one typo": typo,
    "one typo, right year": typo_and_year,
}
WRONG: dict[str, Form] = {
    "year off by twelve": dated(12),
    "another creator": other_creator,
    "title of no item": nonsense,
}


async def accuracy(catalog: Catalog, sample: int, seed: int) -> dict[str, Any]:
    """Return the figures of every form over the items of ``catalog``."""
    chance = random.Random(seed)
    items = sorted(await catalog.scan(limit=catalog.size), key=lambda item: item.id)
    items = chance.sample(items, sample) if 0 < sample < len(items) else items
    matcher = TitleMatcher(catalog)
    right = {n: await _form(matcher, catalog, items, f, chance) for n, f in FORMS.items()}
    wrong = {n: await _form(matcher, catalog, items, f, chance) for n, f in WRONG.items()}
    return {
        "items": len(items),
        "should be found": {
            name: {
                "recall": _share(hits, len(items)),
                "precision": _share(hits, answered),
                "seconds": seconds,
            }
            for name, (hits, answered, seconds) in right.items()
        },
        "should be refused": {
            name: {"refused": _share(len(items) - answered, len(items)), "seconds": seconds}
            for name, (_, answered, seconds) in wrong.items()
        },
    }


async def _form(
    matcher: TitleMatcher,
    catalog: Catalog,
    items: Sequence[Item],
    form: Form,
    chance: random.Random,
) -> tuple[int, int, float]:
    """Return how many were found first, how many answered, and the median time in seconds."""
    hits = answered = 0
    times: list[float] = []
    for item in items:
        text = form(item, catalog.schema, chance)
        began = perf_counter()
        found = await matcher.match(text)
        times.append(perf_counter() - began)
        answered += bool(found)
        hits += bool(found) and found[0].item.id == item.id
    return hits, answered, round(median(times), 5)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


class Words:
    """A catalogue of titles only, for the time that a million take; its word index finds none."""

    name, schema = "made up", Schema()

    def __init__(self, titles: Sequence[str]) -> None:
        self.size = len(titles)
        self._items = {str(n): Item(id=str(n), title=title) for n, title in enumerate(titles)}
        self.vocabulary = Vocabulary.build(self.schema, self._items.values())

    async def items(self, ids: Sequence[str]) -> dict[str, Item]:
        """Return the items of ``ids``."""
        return {i: self._items[i] for i in ids}

    async def search_text(self, text: str, *, where: str = "", limit: int = 100) -> list[Any]:
        """Return nothing: what the index takes is measured elsewhere."""
        return []


async def speed(size: int, seed: int) -> dict[str, Any]:
    """Return the seconds that a lookup among ``size`` titles takes, first and median."""
    chance = random.Random(seed)
    catalog: Any = Words([made_up(chance, chance.randint(1, 5)) for _ in range(size)])
    matcher = TitleMatcher(catalog)
    figures: dict[str, Any] = {"titles": size}
    for name in ("as it is", "one typo", "title of no item"):
        form = (FORMS | WRONG)[name]
        times = []
        for _ in range(50):
            item = (await catalog.items([str(chance.randrange(size))])).popitem()[1]
            began = perf_counter()
            await matcher.match(form(item, catalog.schema, chance))
            times.append(perf_counter() - began)
        figures[name] = {"first": round(times[0], 4), "median": round(median(times), 5)}
    return figures


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--catalog", default="films", help="an indexed catalogue (films)")
    add("--home", type=Path, help="where it is; as configured if not given")
    add("--sample", type=int, default=0, help="titles that are tried; 0 tries all (0)")
    add("--size", type=int, default=0, help="time lookups among so many made-up titles instead")
    add("--seed", type=int, default=0, help="of the misspellings (0)")
    add("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args(arguments)
    figures = {"machine": machine(), "seed": options.seed} | asyncio.run(_measure(options))
    text = json.dumps(figures, indent=2)
    sys.stdout.write(f"{text}\n")
    if options.json:
        options.json.write_text(f"{text}\n", "utf-8")


async def _measure(options: argparse.Namespace) -> dict[str, Any]:
    if options.size:
        return await speed(options.size, options.seed)
    home = options.home or load_settings().home
    catalog = await Catalog.open(home / "catalogs", options.catalog)
    return {"catalog": catalog.name} | await accuracy(catalog, options.sample, options.seed)


if __name__ == "__main__":
    main()
