"""Facts ranked anew by how well the request goes with each, by the embedded model.

Of two facts the one that bears on a request is the one that makes it likelier: query likelihood
(Ponte and Croft, SIGIR 1998), with a language model as in UPR (Sachan et al., EMNLP 2022). A
verdict comes beside it, read off the last token (after RankLLaMA, Ma et al., SIGIR 2024). The
embedded model holds knowledge of the world that no encoder of its size does; untuned it tells about
as much as the encoder, and tuned on written requests (``training/preferences.jsonl``) more. It
reads each fact with the request, so only the facts that come first by other means are read.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from recllm.errors import RecLLMError
from recllm.profiles.matching import Scores
from recllm.profiles.waiting import Unhurried

SECONDS = 1.5
"""How long a turn waits for it; what is late still counts when the search is done."""

_PATIENCE = 4
"""The first turns may be late: the model has to be loaded, and each fact read for the first time.

To wait is also better than to let it run beside the wording, which it makes late on few cores.
"""

FIRST = 20
"""So many facts are ranked anew."""

WEIGHT = 1.0
"""Of what the model tells beside the other scores, each in deviations among the first."""

_log = logging.getLogger(__name__)


class Reader(Protocol):
    """Reads a request with facts."""

    async def bearing(self, text: str, known: Sequence[str]) -> npt.NDArray[np.floating]:
        """Return how well ``text`` goes with each of ``known``, to be compared among these."""
        ...


class _Told(NamedTuple):
    """Places of facts, and how well the request goes with each."""

    places: npt.NDArray[np.intp]
    bearing: Scores


class QueryLikelihood:
    """Ranks the first of a profile's facts anew.

    Args:
        model: reads the request with each fact.
        seconds: how long a turn waits for it.
    """

    def __init__(self, model: Reader, seconds: float = SECONDS) -> None:
        self._model = model
        self._asked: Unhurried[tuple[str, tuple[str, ...]], _Told | None] = Unhurried(
            seconds, _PATIENCE
        )

    async def ranked(
        self, request: str, facts: Sequence[str], scores: Scores, *, wait: bool = True
    ) -> Scores:
        """Return ``scores`` with those of the first ``FIRST`` facts changed.

        A score moves by as many deviations of the first facts' scores as what the model tells lies
        from its mean in its own. Scores are unchanged where the model is late or fails. Which facts
        come first is told by the scores of the first call for a request and a profile.

        Args:
            request: what is asked for.
            facts: the sentences that are scored, at least one.
            scores: what is known without it, one for each fact.
            wait: ask the model and wait a little; else only what it has said already.
        """

        async def ask() -> _Told | None:
            places = np.argsort(-scores, kind="stable")[:FIRST]
            return await self._told(request, [facts[n] for n in places], places)

        told = await self._asked.result((request, tuple(facts)), ask, wait=wait)
        if told is None or not (spread := float(told.bearing.std())):
            return scores
        apart = (told.bearing - told.bearing.mean()) / spread
        changed = scores.copy()
        changed[told.places] += WEIGHT * scores[told.places].std() * apart
        return changed

    async def close(self) -> None:
        """Stop waiting for the model."""
        await self._asked.close()

    async def _told(
        self, request: str, facts: Sequence[str], places: npt.NDArray[np.intp]
    ) -> _Told | None:
        try:
            told = await self._model.bearing(request, facts)
        except RecLLMError as error:
            _log.warning("facts are chosen without the language model: %s", error)
            return None
        bearing = np.asarray(told, dtype=np.float64)
        return _Told(places, bearing) if np.isfinite(bearing).all() else None
