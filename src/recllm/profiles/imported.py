"""A starting profile from a list of liked and rated items."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from recllm.catalog.index import Catalog
from recllm.catalog.rows import BadRow, Read
from recllm.catalog.vocabulary import names_of
from recllm.errors import SourceError
from recllm.facts import Action, Change, Fact, FactKind, FactOrigin
from recllm.text import normalise
from recllm.types import Concept, Item, Kind, Role

_ITEM = (
    "item",
    "item_id",
    "itemid",
    "id",
    "movieid",
    "movie_id",
    "book_id",
    "title",
    "name",
    "uri",
)
_RATING = ("rating", "stars", "score", "your rating", "my rating", "user_rating", "rate")
_LIKE = ("like", "liked", "love", "loved", "favourite", "favorite")
_YES = {"1", "true", "yes", "y", "like", "liked", "loved", "x", "1.0"}
_NO = {"0", "false", "no", "n", "dislike", "disliked", "0.0", "-1"}
_SCALES = ((1.0, 0.75, 0.25), (5.0, 4.0, 2.0), (10.0, 7.0, 4.0), (100.0, 70.0, 40.0))
"""The highest rating of a scale, the least that is a liking, the most that is a dislike."""

MOST_ITEMS, MOST_TASTES = 20, 12
_SUPPORT, _CONFIDENCE, _LIFT = 4, 1.645, 1.25
_TASTES = (Role.GENRE, Role.TAG, Role.CREATOR, Role.PERFORMER)


class Rated(NamedTuple):
    """An item that somebody rated: 1 liked, -1 disliked, 0 neither."""

    item: Item
    stance: int
    rating: float


class Import(NamedTuple):
    """What a list says: the changes that write it, and the entries that mean no item."""

    changes: tuple[Change, ...]
    rated: tuple[Rated, ...]
    unknown: tuple[str, ...]


async def import_ratings(rows: Iterable[Read], catalog: Catalog) -> Import:
    """Turn a list of items with ratings or likes into a starting profile over ``catalog``.

    The items are remembered as known, the best and worst liked ones by name; a taste such as
    "likes science fiction" is written only where the list supports it.

    Args:
        rows: of a table with a column of items (ids or titles) and one of ratings or likes; items
            without either count as liked.
        catalog: what the items are of.

    Raises:
        SourceError: the table has no column of items.
    """
    entries = list(_entries(rows))
    ids = await _resolve([e.name for e in entries], catalog)
    items = await catalog.items(list(dict.fromkeys(ids.values())))
    best = max((e.rating for e in entries if e.rating is not None), default=0.0)
    rated: dict[str, Rated] = {}
    for entry in entries:
        item = items.get(ids.get(entry.name, ""))
        if item:
            rated[item.id] = Rated(item, _stance(entry, best), entry.rating or 0.0)
    unknown = tuple(dict.fromkeys(e.name for e in entries if ids.get(e.name, "") not in items))
    found = tuple(rated.values())
    facts = [*_known(found, catalog), *_named(found, catalog), *_tastes(found, catalog)]
    changes = (Change(action=Action.ADD, fact=f, origin=FactOrigin.IMPORTED) for f in facts)
    return Import(tuple(changes), found, unknown)


# ── The list ─────────────────────────────────────────────────────────────────────────────────


class _Entry(NamedTuple):
    name: str
    rating: float | None
    like: bool | None


def _entries(rows: Iterable[Read]) -> Iterator[_Entry]:
    for row in rows:
        if isinstance(row, BadRow):
            continue
        cells = {normalise(k): v for k, v in row.values.items()}
        columns = [n for n in _ITEM if normalise(n) in cells]
        if not columns:
            known = ", ".join(map(repr, list(row.values)[:8]))
            raise SourceError(
                f"the list has the columns {known}, none of which names items: call it 'item' or "
                "'title'"
            )
        name = " ".join(str(cells[normalise(columns[0])]).split())
        if name:
            rating = next((_number(cells[n]) for n in map(normalise, _RATING) if n in cells), None)
            like = next((_truth(cells[n]) for n in map(normalise, _LIKE) if n in cells), None)
            yield _Entry(name, rating, like)


def _number(cell: object) -> float | None:
    try:
        number = float(str(cell).replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _truth(cell: object) -> bool | None:
    word = str(cell).strip().casefold()
    return True if word in _YES else False if word in _NO else None


def _stance(entry: _Entry, best: float) -> int:
    if entry.like is not None:
        return 1 if entry.like else -1
    if entry.rating is None:
        return 1
    scale = next((s for s in _SCALES if best <= s[0]), _SCALES[-1])
    return 1 if entry.rating >= scale[1] else -1 if entry.rating <= scale[2] else 0


async def _resolve(names: Sequence[str], catalog: Catalog) -> dict[str, str]:
    """Return the item's id of each name: an id of the catalogue, or a title that is one item's."""
    known = await catalog.items(list(dict.fromkeys(names)))
    titles = catalog.vocabulary.titles
    found: dict[str, str] = {}
    for name in names:
        # "Alien (1979)" may be a title with its year behind it.
        keys = (normalise(name), normalise(name.rsplit(" (", 1)[0]))
        ids = (name,) if name in known else next((titles[k] for k in keys if k in titles), ())
        if len(ids) == 1:
            found[name] = ids[0]
    return found


# ── The facts ────────────────────────────────────────────────────────────────────────────────


def _fact(catalog: Catalog, text: str, kind: FactKind, **values: object) -> Fact:
    plain = {"text": text, "kind": kind, "origin": FactOrigin.IMPORTED, "catalog": catalog.name}
    return Fact.model_validate(plain | values)


def _known(rated: Sequence[Rated], catalog: Catalog) -> Iterator[Fact]:
    if rated:
        ids = tuple(r.item.id for r in rated)
        count = "one item" if len(ids) == 1 else f"{len(ids)} items"
        text = f"Knows {count} of an imported list."
        yield _fact(catalog, text, FactKind.POSSESSION, strength=1.0, items=ids)


def _named(rated: Sequence[Rated], catalog: Catalog) -> Iterator[Fact]:
    """Name the items rated best and worst."""
    forms = ((1, "Liked {}.", FactKind.LIKE), (-1, "Did not like {}.", FactKind.DISLIKE))
    for stance, text, kind in forms:
        mine = sorted((r for r in rated if r.stance == stance), key=lambda r: -stance * r.rating)
        for one in mine[:MOST_ITEMS]:
            told = text.format(one.item.title)
            yield _fact(catalog, told, kind, strength=0.8, items=(one.item.id,))


class _Taste(NamedTuple):
    attribute: str
    value: str
    liked: int
    rated: int
    lift: float


def _tastes(rated: Sequence[Rated], catalog: Catalog) -> Iterator[Fact]:
    """Write the values that liked items have clearly more often than the catalogue has them."""
    supported = sorted(_supported(rated, catalog), key=lambda t: -t.lift * math.log(1 + t.liked))
    noun = catalog.schema.noun
    for taste in supported[:MOST_TASTES]:
        attribute = catalog.schema.get(taste.attribute)
        role = attribute.role if attribute else Role.OTHER
        value = taste.value if role in (Role.CREATOR, Role.PERFORMER) else taste.value.lower()
        word = {Role.CREATOR: f"{noun}s by ", Role.PERFORMER: f"{noun}s with "}.get(role, "")
        concept = Concept(text=taste.value, attribute=taste.attribute, words=value)
        yield _fact(
            catalog,
            f"Likes {word}{value}.",
            FactKind.LIKE,
            strength=round(taste.liked / taste.rated, 2),
            evidence=f"{taste.liked} of {taste.rated} such {noun}s of an imported list are liked",
            concepts=(concept,),
        )


def _supported(rated: Sequence[Rated], catalog: Catalog) -> Iterator[_Taste]:
    liked = [r for r in rated if r.stance > 0]
    if not liked:
        return
    share_liked = len(liked) / len(rated)
    ours, everything = _count(liked, catalog), _count(rated, catalog)
    for name, values in ours.items():
        in_catalog = catalog.vocabulary.values(name)
        for value, count in values.items():
            usual = in_catalog.get(value, 0) / max(catalog.size, 1)
            sure = lower_bound(count, len(liked)) > _LIFT * usual
            of_these = everything[name][value]
            if count >= _SUPPORT and sure and count / of_these >= share_liked:
                lift = count / len(liked) / max(usual, 1e-9)
                yield _Taste(name, value, count, of_these, lift)


def _count(rated: Iterable[Rated], catalog: Catalog) -> Mapping[str, Counter[str]]:
    columns = [
        a.name for a in catalog.schema.having(*_TASTES) if a.kind in (Kind.LIST, Kind.CATEGORY)
    ]
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in rated:
        for name in columns:
            found[name].update(set(names_of(one.item, name)))
    return found


def lower_bound(count: int, total: int) -> float:
    """Return the lower end of Wilson's 90 % interval of a share.

    Wilson: Probable inference, the law of succession, and statistical inference. Journal of the
    American Statistical Association 22 (1927).

    >>> round(lower_bound(8, 10), 2)
    0.54
    """
    if not total:
        return 0.0
    share, z2 = count / total, _CONFIDENCE**2
    centre = share + z2 / (2 * total)
    spread = _CONFIDENCE * math.sqrt((share * (1 - share) + z2 / (4 * total)) / total)
    return (centre - spread) / (1 + z2 / total)
