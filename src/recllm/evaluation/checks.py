"""What every check of a turn works with: what was said and shown, and how it turned out."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property

from recllm.evaluation.oracle import Oracle
from recllm.evaluation.pointers import Found, Pointer, resolve
from recllm.types import Item, Session, Turn, Value


class Status(StrEnum):
    """How a check turned out. Skipped: what it speaks of did not come up."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Check(Value):
    """One check of one turn; ``detail`` says what was wrong."""

    kind: str
    status: Status
    detail: str = ""
    grounding: bool = False


def outcome(kind: str, problems: Sequence[str], *, grounding: bool = False) -> Check:
    """Return the check ``kind``: failed where there are ``problems``."""
    status = Status.FAILED if problems else Status.PASSED
    return Check(kind=kind, status=status, detail="; ".join(problems), grounding=grounding)


class Scene:
    """One turn with all that came before it.

    Args:
        oracle: the catalogue.
        before: the conversation before the turn.
        turn: the turn to check.
        barred: ids that the scenario says were rejected or seen, this turn included.
    """

    def __init__(
        self, oracle: Oracle, before: Session, turn: Turn, barred: frozenset[str] = frozenset()
    ) -> None:
        self.oracle = oracle
        self.before = before
        self.turn = turn
        self.barred = barred

    @cached_property
    def slate(self) -> tuple[Item, ...]:
        """The items shown in this turn."""
        return slate_of(self.turn)

    @cached_property
    def earlier(self) -> tuple[tuple[Item, ...], ...]:
        """The slates shown before, oldest first, without empty ones."""
        return tuple(s for t in self.before.turns if (s := slate_of(t)))

    @cached_property
    def said(self) -> str:
        """All that the person said so far."""
        return "\n".join([*(t.message for t in self.before.turns), self.turn.message])

    def find(self, pointer: Pointer) -> Found | None:
        """Return what ``pointer`` means in this turn; None where there is no such place."""
        return resolve(pointer, self.earlier, self.oracle.titled)


def slate_of(turn: Turn) -> tuple[Item, ...]:
    """Return the items that ``turn`` shows."""
    return tuple(r.item for r in turn.slate.items) if turn.slate else ()
