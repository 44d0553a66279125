"""Who took to which item: rows of a user, an item and a rating or an event, read as they stream.

Three numbers are kept of a row, in arrays, so that twenty million rows take 240 MB and the names.
"""

from __future__ import annotations

import difflib
from array import array
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from recllm.catalog import names
from recllm.catalog.cells import number_of, text_of
from recllm.catalog.rows import BadRow, Read, Row
from recllm.errors import SourceError
from recllm.types import Value

USER = (
    "user", "user id", "userid", "username", "user name", "customer", "customer id", "member id",
    "reviewer", "reviewer id", "reviewerid", "visitor id", "visitorid", "account id", "session id",
    "session", "uid", "person", "viewer",
)  # fmt: skip
ITEM = (
    "item", "item id", "itemid", "content id", "contentid", "film", "movie", "book", "product",
    "song", "game", *names.ID, *names.TITLE,
)  # fmt: skip
RATING = (
    "rating", "score", "stars", "event", "event type", "action", "interaction", "type",
    "event name", "overall", "value", "weight", "feedback", "preference", "liked", "like", "plays",
    "count",
)  # fmt: skip
TIME = ("timestamp", "time", "date", "datetime", "created at", "event time", "unix review time")
NEGATIVE = frozenset((
    "dislike", "disliked", "downvote", "downvoted", "thumbs down", "thumb down", "hate", "hated",
    "reject", "rejected", "skip", "skipped", "hide", "hidden", "block", "blocked", "remove",
    "removed", "remove from cart", "return", "returned", "refund", "refunded", "unlike",
    "unfollow", "unsubscribe", "not interested", "no", "false", "negative", "report", "reported",
))  # fmt: skip
"""Events that say that somebody did not take to an item."""
UNSAID = frozenset({"impression", "shown", "show", "served", "exposure", "unseen", "delivered"})
"""Events that say nothing: the item was only put before somebody."""
SHOWN_BAD_ROWS = 20
_LONGEST_NAME = 500


class Columns(Value):
    """Which column of the file is what; ``rating`` is "" where each row counts as taken to."""

    user: str
    item: str
    rating: str = ""
    time: str = ""


class Interactions(NamedTuple):
    """What was read: row ``n`` says that ``user_names[users[n]]`` gave ``values[n]``.

    A value is a rating; of an event it is 1, -1 if negative, 0 if it says nothing. ``rated`` says
    that they are ratings, whose scale is each user's own.
    """

    users: npt.NDArray[np.int32]
    items: npt.NDArray[np.int32]
    values: npt.NDArray[np.float32]
    user_count: int
    item_names: list[str]
    rated: bool
    bad: int
    bad_rows: tuple[BadRow, ...]


def recognise_columns(row: Row, said: dict[str, str] | None = None) -> Columns:
    """Return what each column of ``row`` is; ``said`` maps "user", "item", ... to columns.

    Raises:
        SourceError: there is no column of users or items, or ``said`` names one that is not there.
    """
    said = said or {}
    _check_said(said, row.values)
    found: dict[str, str] = dict(said)
    for part, known in (("user", USER), ("item", ITEM), ("time", TIME), ("rating", RATING)):
        free = [c for c in row.values if c not in found.values()]
        close = {c: fit for c in free if (fit := names.closeness(c, known)) is not None}
        if part not in said and close:
            found[part] = min(close, key=lambda c: close[c])
    for part in ("user", "item"):
        if part not in found:
            raise SourceError(
                f"no column looks like the {part}s; name it with --interaction-column "
                f"{part}=COLUMN (columns: {', '.join(row.values)}); a file needs a first line "
                "that names its columns"
            )
    return Columns(**found)


def _check_said(said: dict[str, str], columns: Iterable[str]) -> None:
    known = list(columns)
    for part, column in said.items():
        if part not in Columns.model_fields:
            parts = ", ".join(Columns.model_fields)
            raise SourceError(f"{part!r} is no part of an interaction: use one of {parts}")
        if column not in known:
            close = difflib.get_close_matches(column, known, 1, 0.6)
            meant = f"; did you mean {close[0]!r}?" if close else ""
            raise SourceError(
                f"there is no column {column!r} of interactions{meant} "
                f"The columns are: {', '.join(known)}"
            )


def read_interactions(
    rows: Iterable[Read],
    columns: Columns,
    progress: Callable[[int], None] = lambda count: None,
) -> Interactions:
    """Read ``rows`` to the end; a row without a user, an item or a readable value is a bad row."""
    reader = _Reader(columns)
    for count, row in enumerate(rows, 1):
        reader.take(row)
        if count % 20_000 == 0:
            progress(count)
    progress(len(reader.users) + reader.bad)
    return reader.finished()


class _Reader:
    """Numbers for names as they come, and what was refused."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._user_at: dict[object, int] = {}
        self._item_at: dict[object, int] = {}
        self._known_events: dict[object, float] = {}
        self._numbers = 0
        self.users, self.items, self.values = array("i"), array("i"), array("f")
        self.bad = 0
        self._bad_rows: list[BadRow] = []

    def take(self, row: Read) -> None:
        """Keep one row."""
        if isinstance(row, BadRow):
            self._refuse(row.line, row.reason)
            return
        user = self._numbered(self._user_at, row.values.get(self._columns.user))
        item = self._numbered(self._item_at, row.values.get(self._columns.item))
        if user is None or item is None:
            column = self._columns.item if user is not None else self._columns.user
            self._refuse(row.line, f"{column!r} is empty, or no name of up to {_LONGEST_NAME}")
            return
        value = self._value(row)
        if value is None:
            said = text_of(row.values.get(self._columns.rating))
            reason = "is empty" if not said else f"{said[:40]!r} is no rating like the others"
            self._refuse(row.line, f"{self._columns.rating!r}: {reason}")
            return
        self.users.append(user)
        self.items.append(item)
        self.values.append(value)

    def _refuse(self, line: int, reason: str) -> None:
        self.bad += 1
        if len(self._bad_rows) < SHOWN_BAD_ROWS:
            self._bad_rows.append(BadRow(line=line, reason=reason))

    @staticmethod
    def _numbered(known: dict[object, int], cell: object) -> int | None:
        """Return the number of a name. The same cell is cleaned once: files repeat their names."""
        try:
            at = known.get(cell)
        except TypeError:
            return None
        if at is None:
            text = text_of(cell)
            if not text or len(text) > _LONGEST_NAME:
                return None
            at = known.setdefault(text, len(known))
        return at

    def _value(self, row: Row) -> float | None:
        """Return the row's value; None if it is missing, or a word among ratings."""
        if not self._columns.rating:
            return 1.0
        cell = row.values.get(self._columns.rating)
        number = None if isinstance(cell, bool) else number_of(cell)
        if number is not None:
            self._numbers += 1
            return max(-1e6, min(1e6, number))
        said = text_of(cell).lower()
        # A word is an event, unless the column's words are numbers elsewhere.
        return event_value(said) if said and not self._numbers else None

    def finished(self) -> Interactions:
        """Return what was kept."""
        return Interactions(
            np.array(self.users, dtype=np.int32),
            np.array(self.items, dtype=np.int32),
            np.array(self.values, dtype=np.float32),
            len(self._user_at),
            [str(name) for name in self._item_at],
            self._numbers > 0,
            self.bad,
            tuple(self._bad_rows),
        )


def event_value(said: str) -> float:
    """Return 1 for an event that shows liking, -1 for a dislike, 0 for one that says nothing."""
    words = names.key(said)
    if words in NEGATIVE:
        return -1.0
    return 0.0 if words in UNSAID else 1.0


def positive(read: Interactions, threshold: float | None = None) -> npt.NDArray[np.bool_]:
    """Return which rows show that the user took to the item.

    Of ratings these are the ones of at least ``threshold``, without one of at least the user's own
    mean; 0 and less never. Of events all but negative ones and those that say nothing.
    """
    if not read.rated:
        return read.values > 0
    if threshold is not None:
        return read.values >= threshold
    counts = np.bincount(read.users, minlength=read.user_count)
    sums = np.bincount(read.users, weights=read.values, minlength=read.user_count)
    mean = sums / np.maximum(counts, 1)
    # A mean is not exact: of equal ratings none may fall below it.
    return (read.values >= mean[read.users] - 1e-6) & (read.values > 0)


def latest(users: npt.NDArray[np.int32], items: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    """Return which rows are the last of their user and item: what was said last counts."""
    pairs = (users.astype(np.int64) << 32) | items.astype(np.int64)
    _, first_from_the_end = np.unique(pairs[::-1], return_index=True)
    keep = np.zeros(len(pairs), dtype=bool)
    keep[len(pairs) - 1 - first_from_the_end] = True
    return keep
