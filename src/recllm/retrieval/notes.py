"""What ways of retrieval have to say to the person: that one failed, and why.

A way that fails costs its candidates, not the turn. It tells so with :func:`note`; whoever
searches collects what was told with :func:`collecting`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# The list is shared by the tasks of one search; other searches have lists of their own.
_NOTES: ContextVar[list[str] | None] = ContextVar("notes", default=None)


def note(text: str) -> None:
    """Tell ``text`` to the search that this runs in; nobody hears it outside of one."""
    told = _NOTES.get()
    if told is not None and text not in told:
        told.append(text)


@contextmanager
def collecting() -> Iterator[list[str]]:
    """Collect what is told within the block."""
    told: list[str] = []
    token = _NOTES.set(told)
    try:
        yield told
    finally:
        _NOTES.reset(token)
