"""Answers kept for a while: in memory, and on disk where the description says so.

The key is made of the request as the description writes it, before secrets are put in, so that no
secret can be found in a file or guessed from its name.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from recllm.catalog.manifest import write_durably
from recllm.services.description import Caching

MOST_FILES = 500


class Kept(NamedTuple):
    """An answer, and when it stops being good."""

    until: float
    text: str


class Cache:
    """Answers by request, bounded by age and by size; the oldest go first.

    Args:
        settings: how long and how much.
        folder: where files go; none are written without one.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        settings: Caching,
        folder: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._folder = folder if settings.disk else None
        self._clock = clock
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._size = 0

    @staticmethod
    def key(request: Any) -> str:
        """Return the key of a request, a JSON value."""
        text = json.dumps(request, sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def get(self, key: str) -> str | None:
        """Return the answer kept for ``key``, if it is still good."""
        kept = self._kept.get(key) or self._from_disk(key)
        if kept is None:
            return None
        if not self._clock() < kept.until <= self._clock() + self._settings.seconds:
            self._forget(key)
            return None
        if key in self._kept:
            self._kept.move_to_end(key)
        else:
            self._remember(key, kept)
        return kept.text

    def put(self, key: str, text: str) -> None:
        """Keep an answer."""
        if not self._settings.seconds or len(text) > self._settings.bytes:
            return
        kept = Kept(self._clock() + self._settings.seconds, text)
        self._remember(key, kept)
        if self._folder:
            self._to_disk(self._folder, key, kept)

    def _remember(self, key: str, kept: Kept) -> None:
        self._forget(key)
        self._kept[key] = kept
        self._size += len(kept.text)
        while self._size > self._settings.bytes:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: str) -> None:
        kept = self._kept.pop(key, None)
        self._size -= len(kept.text) if kept else 0

    def _from_disk(self, key: str) -> Kept | None:
        if self._folder is None:
            return None
        try:
            raw = json.loads((self._folder / f"{key}.json").read_text("utf-8"))
            return Kept(float(raw["until"]), str(raw["text"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None  # not there, or not ours: it is asked for again

    def _to_disk(self, folder: Path, key: str, kept: Kept) -> None:
        # A full disk costs the next process a request, nothing else.
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            write_durably(folder / f"{key}.json", json.dumps(kept._asdict()))
            files = sorted(folder.glob("*.json"), key=lambda p: p.stat().st_mtime)
            for old in files[:-MOST_FILES]:
                old.unlink(missing_ok=True)
