"""What a way of retrieval has to say of its search besides the candidates, for the trace.

A retriever answers with candidates only. That a way failed, that a title was not found or that the
order was changed is noted here, and reaches whoever listens: the turn, which traces it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MOST = 50
"""Notes of one search that are kept."""
_LISTENER: ContextVar[list[str] | None] = ContextVar("recllm_retrieval_notes", default=None)


def note(text: str) -> None:
    """Say ``text`` once to whoever listens to this search; without a listener it is lost."""
    said = _LISTENER.get()
    if said is not None and text not in said and len(said) < MOST:
        said.append(text)


@contextmanager
def noting() -> Iterator[list[str]]:
    """Collect what is noted inside the block, also by the tasks that it starts."""
    said: list[str] = []
    token = _LISTENER.set(said)
    try:
        yield said
    finally:
        _LISTENER.reset(token)
