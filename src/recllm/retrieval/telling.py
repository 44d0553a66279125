"""What a way of retrieval has to tell the person: that it failed, and why.

A way that fails costs its candidates, not the turn. It says so with :func:`tell`; whoever searches
collects what was told with :func:`telling`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# The list is shared by the tasks of one search; other searches have lists of their own.
_TOLD: ContextVar[list[str] | None] = ContextVar("recllm_retrieval_told", default=None)


def tell(text: str) -> None:
    """Tell ``text``, once, to the search that this runs in; nobody hears it outside of one."""
    told = _TOLD.get()
    if told is not None and text not in told:
        told.append(text)


@contextmanager
def telling() -> Iterator[list[str]]:
    """Collect what is told within the block."""
    told: list[str] = []
    token = _TOLD.set(told)
    try:
        yield told
    finally:
        _TOLD.reset(token)
