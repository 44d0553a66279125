"""Lists of titles that a language model named ("direct LLM search", RecLLM section 4.1), recorded.

A recorded list is a JSONL file of ``{"idx": ..., "titles": [...]}``; ``idx`` is the instance's id,
the running number of the row in the test file. Any program can write one. Titles are matched to the
items as He et al. (CIKM 2023) do: by name without the year, the nearest one within two edits; what
is further off is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from recllm.errors import EvaluationError
from recllm.evaluation.retrieval.files import fields, read_jsonl
from recllm.evaluation.retrieval.offline import System
from recllm.evaluation.retrieval.titles import read_title
from recllm.evaluation.retrieval.values import Dataset, Instance
from recllm.retrieval.fusion import RRF_K

EDITS = 2
LONGEST_LIST = 200
_NUMBERING = re.compile(r"^\s*(?:\d{1,3}\s*[.):-]|[-*•])\s*")
_MARKS = " \t\"'“”*_"


def read_titles(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the recorded titles by instance; of several lists of one instance the last.

    Raises:
        EvaluationError: a line is not as expected.
    """
    lists: dict[str, tuple[str, ...]] = {}
    for number, row in enumerate(read_jsonl(path), start=1):
        with fields(path, number):
            if not isinstance(row["titles"], list):
                raise EvaluationError(f"row {number} of {str(path)!r}: 'titles' is not a list")
            titles = [t for t in row["titles"] if isinstance(t, str)]
            lists[str(row["idx"])] = tuple(titles[:LONGEST_LIST])
    return lists


def write_titles(path: Path, idx: str, titles: Sequence[str], model: str) -> None:
    """Append one answer, durably enough that a run that is stopped goes on from there."""
    line = json.dumps({"idx": idx, "titles": list(titles), "model": model}, ensure_ascii=False)
    # What a run that was killed left of a line would swallow the next one.
    broken = path.is_file() and path.stat().st_size and path.read_bytes()[-1:] != b"\n"
    with path.open("a", encoding="utf-8") as lines:
        lines.write(("\n" if broken else "") + line + "\n")


def parse_titles(answer: str) -> tuple[str, ...]:
    """Return the titles of an answer of one title a line, without numbers and quotation marks.

    >>> parse_titles("1. Alien (1979) - a classic")
    ('Alien (1979)',)
    """
    found: dict[str, None] = {}
    for line in answer.splitlines():
        bare = _NUMBERING.sub("", line).strip(_MARKS)
        bare = re.split(r"[\"”*]*\s+[-–—]\s+|[\"”*]+\s*:\s", bare)[0].strip(_MARKS)
        if bare and len(bare) <= 120:
            found[bare] = None
    return tuple(found)[:LONGEST_LIST]


class Matcher:
    """Matches titles to items: by name and year, by name, by a name within two edits."""

    def __init__(self, dataset: Dataset) -> None:
        self._exact: dict[tuple[str, int | None], str] = {}
        self._named: dict[str, str] = {}
        for item in dataset.items:
            title = read_title(item.title)
            year = item.attributes.get("year")
            held = int(year) if isinstance(year, float) else title.year
            self._exact.setdefault((title.key, held), item.id)
            self._named.setdefault(title.key, item.id)
        self._names = list(self._named)
        self._known: dict[str, str | None] = {}

    def __call__(self, text: str) -> str | None:
        """Return the item that ``text`` names, or None."""
        if text not in self._known:
            self._known[text] = self._match(text)
        return self._known[text]

    def _match(self, text: str) -> str | None:
        title = read_title(text[:200])
        found = self._exact.get((title.key, title.year)) or self._named.get(title.key)
        return found or self._near(title.key)

    def _near(self, key: str) -> str | None:
        from rapidfuzz.distance import Levenshtein
        from rapidfuzz.process import extractOne

        # Two edits turn one short name into any other.
        if len(key) < 2 * EDITS + 2:
            return None
        best = extractOne(key, self._names, scorer=Levenshtein.distance, score_cutoff=EDITS)
        return self._named[best[0]] if best else None


class Listed:
    """Ranks the items that a language model named, in its order."""

    name = "recorded titles"

    def __init__(self, lists: Mapping[str, Sequence[str]], match: Matcher) -> None:
        self._lists, self._match = lists, match

    async def rank(self, instance: Instance) -> Sequence[str]:
        """Return the items of the recorded list; nothing where there is none."""
        found = (self._match(title) for title in self._lists.get(instance.id, ()))
        return [i for i in dict.fromkeys(found) if i and i not in instance.exclude]


class Fused:
    """Several systems fused by reciprocal rank (Cormack, Clarke and Buettcher, SIGIR 2009)."""

    def __init__(self, systems: Sequence[System]) -> None:
        self.name = " + ".join(s.name for s in systems)
        self._systems = systems

    async def rank(self, instance: Instance) -> Sequence[str]:
        """Return the items of all systems, best fused score first."""
        return fused([await s.rank(instance) for s in self._systems])


def fused(rankings: Iterable[Sequence[str]]) -> list[str]:
    """Fuse rankings; ties keep the order in which items were first found.

    >>> fused([["a", "b"], ["b", "c"]])
    ['b', 'a', 'c']
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for place, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + 1.0 / (RRF_K + place)
    return sorted(scores, key=lambda item: -scores[item])
