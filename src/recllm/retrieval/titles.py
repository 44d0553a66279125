"""Which item a written title means: exact, by another form of it, or by its spelling.

Year and creator are evidence. They choose among items of one name, let a rough match through and
refuse an exact one that they contradict. Up to :data:`COMPARED` titles every title is compared in
spelling; above, those that begin alike and those that the word index finds (a million titles:
figures in docs/retrieval.md).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from rapidfuzz import fuzz, process

from recllm.catalog.index import Catalog
from recllm.catalog.vocabulary import figure_of, names_of, title_keys
from recllm.retrieval.written import (
    Written,
    has_numeral,
    numbered,
    parts,
    readings,
    variants,
    year_in,
)
from recllm.text import normalise
from recllm.types import Item, Role

COMPARED = 20_000
"""Catalogues of up to so many titles are compared in spelling as a whole."""
MOST = 3
"""Items of one name that a title without evidence may mean."""
_SHORTEST = 4
"""Letters of the shortest title whose spelling may be off."""
_LONG_ENOUGH = 8
"""Letters of the shortest that needs no evidence for it: "Alien" is no misspelt "Aliens"."""
_CUTOFF, _ALONE = 75.0, 84.0
"""Least likeness of spelling (normalised Indel, 0 to 100) with evidence, and without any."""
_SAME_YEAR, _NEAR_YEAR = 1, 3
_NAMED_BY_WORDS = 30


class Match(NamedTuple):
    """An item that a title may mean. ``sureness`` in [0, 1]: 1 is the whole name, as written."""

    item: Item
    sureness: float


class _Reached(NamedTuple):
    """A way to read a title, an item of that name, and how well the names agree."""

    written: Written
    item_id: str
    sureness: float
    needs_evidence: bool = False


class TitleMatcher:
    """Finds the items of a catalogue that written titles mean. One object serves all turns."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._creators = [a.name for a in catalog.schema.having(Role.CREATOR, Role.PERFORMER)]
        self._years = catalog.schema.having(Role.YEAR)[:1]
        self._also = [a.name for a in catalog.schema.attributes if "title" in a.name.lower()]

    async def match(self, text: str, *, spelling: bool = True) -> tuple[Match, ...]:
        """Return the items that ``text`` means, the likeliest first; () if it means none.

        Several are returned only where they have one name and nothing tells them apart. Without
        ``spelling`` a misspelt title means none.
        """
        read = [w for w in readings(text) if normalise(w.title)]
        if "_by_number" not in self.__dict__:
            # Seconds at a million titles, once: not on the event loop.
            await asyncio.to_thread(lambda: self._by_number)
        found = await self._judged(self._by_name(read))
        if not found and read and spelling:
            found = await self._judged(await self._by_spelling(read))
        return found

    def _by_name(self, read: Sequence[Written]) -> list[_Reached]:
        """Return the items filed under a form of the title."""
        reached: list[_Reached] = []
        for written in read:
            forms = variants(written.title)
            for place, key in enumerate(forms):
                sureness = 1.0 if place == 0 else 0.95
                reached += [_Reached(written, i, sureness) for i in self._filed(key)]
            if not reached:
                halves = (i for key in parts(written.title) for i in self._filed(key))
                reached += [_Reached(written, i, 0.8, True) for i in halves]
        return reached

    def _filed(self, key: str) -> tuple[str, ...]:
        titles = self._catalog.vocabulary.titles
        return titles.get(key) or self._by_number.get(key, ())

    @cached_property
    def _by_number(self) -> dict[str, tuple[str, ...]]:
        """Titles with a numeral, by their key in digits; and inverted ones by the usual order."""
        found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
        for key, ids in self._catalog.vocabulary.titles.items():
            forms = {numbered(key)} if has_numeral(key) else set()
            first, _, last = key.rpartition(" ")
            forms |= {f"{last} {first}", first} if last in ("the", "a", "an") and first else set()
            for form in forms - {key}:
                found[form] += ids
        return dict(found)

    # ── Spelling ─────────────────────────────────────────────────────────────────────────────

    async def _by_spelling(self, read: Sequence[Written]) -> list[_Reached]:
        """Return items whose title is spelt nearly so."""
        reached = await asyncio.to_thread(self._alike, read)
        for written in read[-1:]:
            hits = await self._catalog.search_text(written.title, limit=_NAMED_BY_WORDS)
            reached += [r for hit in hits for r in self._compared(read, hit.item)]
        return reached

    def _alike(self, read: Sequence[Written]) -> list[_Reached]:
        reached: list[_Reached] = []
        for written in read:
            key = variants(written.title)[-1]
            if len(key) < _SHORTEST:
                continue
            keys = self._block(key)
            near = process.extract(key, keys, scorer=fuzz.ratio, score_cutoff=_CUTOFF, limit=8)
            for other, likeness, _ in near:
                if _same_numbers(key, other):
                    ids = self._catalog.vocabulary.titles[other]
                    reached += [_nearly(written, i, likeness, key) for i in ids]
        return reached

    def _block(self, key: str) -> Sequence[str]:
        """Return the titles' keys that ``key`` is to be compared with."""
        if len(self._catalog.vocabulary.titles) <= COMPARED:
            return self._keys
        return self._beginning.get(key[:2], ())

    @cached_property
    def _keys(self) -> list[str]:
        return list(self._catalog.vocabulary.titles)

    @cached_property
    def _beginning(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for key in self._catalog.vocabulary.titles:
            found[key[:2]].append(key)
        return dict(found)

    def _compared(self, read: Sequence[Written], item: Item) -> Iterable[_Reached]:
        for written in read:
            key = variants(written.title)[-1]
            names = [k for name in self._names(item) for k in (*title_keys(name), *variants(name))]
            likeness = max(
                (fuzz.ratio(key, n) for n in names if _same_numbers(key, n)), default=0.0
            )
            if likeness >= _CUTOFF and len(key) >= _SHORTEST:
                yield _nearly(written, item.id, likeness, key)

    def _names(self, item: Item) -> list[str]:
        """Return the title, and other titles that the record has ("original_title")."""
        others = (item.attributes.get(name) for name in self._also)
        return [item.title, *(v for v in others if isinstance(v, str))]

    # ── Evidence ─────────────────────────────────────────────────────────────────────────────

    async def _judged(self, reached: Sequence[_Reached]) -> tuple[Match, ...]:
        """Weigh the evidence, and return the best, or the few that nothing tells apart."""
        items = await self._catalog.items(tuple(dict.fromkeys(r.item_id for r in reached)))
        best: dict[str, tuple[float, float]] = {}
        for one in reached:
            weighed = self._weighed(one, items[one.item_id]) if one.item_id in items else None
            if weighed is not None:
                best[one.item_id] = max(weighed, best.get(one.item_id, (0.0, 0.0)))
        ordered = sorted(best, key=lambda i: best[i], reverse=True)
        kept = [i for i in ordered if best[i] == best[ordered[0]]]
        return tuple(Match(items[i], min(1.0, best[i][0])) for i in kept[:MOST])

    def _weighed(self, one: _Reached, item: Item) -> tuple[float, float] | None:
        """Return how sure the name and then the evidence is, or None if it is refused."""
        year = self._year(one.written, item)
        creator = self._creator(one.written, item)
        if min(year, creator) < 0 and not self._outweighed(one, year, creator):
            return None
        evidence = year + creator
        if one.needs_evidence and evidence <= 0:
            return None
        whole = normalise(one.written.title) == normalise(item.title)
        # Evidence before the form of the name: "Hamlet (1996)" is not the one of 1948.
        return one.sureness + 0.2 * max(0.0, evidence), float(whole)

    @staticmethod
    def _outweighed(one: _Reached, year: float, creator: float) -> bool:
        """Whether one piece of evidence and an exact name stand against the other piece."""
        return one.sureness >= 0.95 and year + creator > 0

    def _year(self, written: Written, item: Item) -> float:
        has = figure_of(item, self._years[0]) if self._years else year_in(item.title)
        if written.year is None or has is None:
            return 0.0
        off = abs(has - written.year)
        if off <= _SAME_YEAR:
            return 1.0 - 0.1 * off
        return -0.5 if off <= _NEAR_YEAR else -0.8

    def _creator(self, written: Written, item: Item) -> float:
        """Return 1 if the names agree, a negative number if a stated creator is another."""
        has = [n for attribute in self._creators for n in names_of(item, attribute)]
        if not written.creator or not has:
            return 0.0
        said = normalise(written.creator)
        if any(_same_person(said, normalise(name)) for name in has):
            return 1.0
        return -0.9 if written.sure else 0.0


def _nearly(written: Written, item_id: str, likeness: float, key: str) -> _Reached:
    needs_evidence = len(key) < _LONG_ENOUGH or likeness < _ALONE
    return _Reached(written, item_id, likeness / 100 * 0.9, needs_evidence)


def _same_person(said: str, name: str) -> bool:
    """Whether ``said`` names the person: in full, by the surname, or nearly so spelt."""
    surname = name.split()[-1] if name else ""
    if len(surname) > 2 and surname in said.split():
        return True
    return len(name) > 4 and fuzz.partial_ratio(said, name) >= 88 and len(said) >= len(surname)


def _same_numbers(one: str, other: str) -> bool:
    """Whether the two agree in their numbers: the second part is not the third."""
    return _numbers(one) == _numbers(other)


def _numbers(key: str) -> set[str]:
    return {w for w in numbered(key).split() if w.isdigit()}
