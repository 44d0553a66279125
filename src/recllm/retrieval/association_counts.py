"""What is taken up after what: counts from labelled conversations, and their file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from recllm.errors import CatalogError
from recllm.text import normalise
from recllm.types import Query, Value

KIND = "associations"
"""The kind of the artifact that holds the counts."""
DECAY = 0.5
"""What a clue counts for against the one that came after it."""
RARE = 5
"""Added to how often a clue was seen, so that one that was seen once says little."""
_MOST_BYTES = 512 << 20


class Clue(Value):
    """How often a clue was seen, and how often each item (its place in ``items``) was taken up."""

    seen: int
    taken: dict[int, int]


class Associations(Value):
    """Counts by clue: the id of an item behind "item ", or a name behind "name "."""

    format: int = 1
    items: tuple[str, ...]
    clues: dict[str, Clue]

    def scores(self, clues: Sequence[Sequence[str]]) -> dict[str, float]:
        """Return items with their share of what was taken up after these clues, nearer ones more.

        Args:
            clues: lists of clues, in each the latest first.
        """
        found: defaultdict[str, float] = defaultdict(float)
        for some in clues:
            for place, name in enumerate(some):
                clue = self.clues.get(name)
                if clue is not None:
                    weight = DECAY**place / (clue.seen + RARE)
                    for item, count in clue.taken.items():
                        found[self.items[item]] += weight * count
        return dict(found)


def clues_of(query: Query) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the items and the names that ``query`` goes by, the latest first."""
    wanted = [c.text for c in reversed(query.concepts) if c.sign > 0]
    wanted += [str(v) for c in query.where for v in c.values if isinstance(v, str)]
    names = dict.fromkeys(key for text in wanted if (key := normalise(text)))
    return tuple(f"item {i}" for i in query.examples), tuple(f"name {n}" for n in names)


def count(cases: Iterable[tuple[Query, Sequence[str]]]) -> Associations:
    """Count what was taken up after which clues: a query and the items taken up, each time."""
    seen: Counter[str] = Counter()
    taken: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for query, targets in cases:
        for clue in (c for some in clues_of(query) for c in some):
            seen[clue] += 1
            taken[clue].update(targets)
    items = sorted({i for counts in taken.values() for i in counts})
    places = {item: n for n, item in enumerate(items)}
    clues = {
        clue: Clue(seen=seen[clue], taken={places[i]: n for i, n in counts.items()})
        for clue, counts in taken.items()
    }
    return Associations(items=tuple(items), clues=clues)


def load(path: Path) -> Associations:
    """Return the counts of a file.

    Raises:
        CatalogError: it is damaged, or of another version.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too large")
        found = Associations.model_validate_json(path.read_text("utf-8"))
        known = range(len(found.items))
        if found.format != 1 or any(n not in known for c in found.clues.values() for n in c.taken):
            raise ValueError("the parts do not belong together")
    except (OSError, ValueError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise CatalogError(
            f"the associations in {str(path)!r} are damaged ({reason}); learn them again with "
            "'recllm evaluate retrieval --learn'"
        ) from error
    return found
