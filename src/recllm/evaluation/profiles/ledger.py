"""The facts of one person in memory, with their history: what changes are applied to in a suite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from recllm.facts import Action, Change, Fact, FactOrigin, FactStatus

_ENDED = {
    Action.WITHDRAW: FactStatus.WITHDRAWN,
    Action.MERGE: FactStatus.MERGED,
}


class Ledger:
    """Facts by id; :meth:`apply` keeps what ended with its reason, as every store does."""

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self.facts: dict[str, Fact] = {f.id: f for f in facts}

    def valid(self, now: datetime) -> list[Fact]:
        """Return the facts that hold at ``now``, oldest first."""
        return [f for f in self.facts.values() if f.holds(now)]

    def ended(self, now: datetime) -> list[Fact]:
        """Return the facts that hold no more; those that ran out are marked so."""
        gone = [f for f in self.facts.values() if not f.holds(now)]
        return [
            f.model_copy(update={"status": FactStatus.EXPIRED})
            if f.status is FactStatus.VALID
            else f
            for f in gone
        ]

    def apply(self, changes: Sequence[Change], now: datetime) -> None:
        """Make ``changes``; what the person edited is ended by what he edits only."""
        for change in changes:
            olds = [self.facts[i] for i in change.ends if i in self.facts]
            kept = [f for f in olds if f.origin is FactOrigin.EDITED]
            refused = bool(kept) and change.origin is not FactOrigin.EDITED
            if change.fact is not None:
                update = {"status": FactStatus.SUPERSEDED, "ended": now} if refused else {}
                self.facts[change.fact.id] = change.fact.model_copy(update=update)
            for old in [] if refused else olds:
                status = _ENDED.get(change.action, FactStatus.SUPERSEDED)
                by = change.fact.id if change.fact else ""
                update = {"status": status, "ended": now, "reason": change.reason}
                self.facts[old.id] = old.model_copy(update={**update, "superseded_by": by})
