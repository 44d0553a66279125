"""What would probably be offered for a request, told by a language model before any search.

Some facts bear on a request by knowledge of the world only: "avoids ride-sharing", and "how do I
get from the airport to my hotel?". They are near to what would be offered, of which the model is
asked for a list (HyDE, Gao et al., 2022). What it says moves similarities and is used for nothing
else. The embedded model writes nonsense where it is let write; it is asked otherwise
(:mod:`recllm.profiles.query_likelihood`).
"""

from __future__ import annotations

from typing import NamedTuple

from recllm.errors import LLMError
from recllm.llm.complete import complete
from recllm.profiles.waiting import Unhurried
from recllm.protocols import LLM
from recllm.types import LLMRequest

SECONDS = 0.5
"""How long a turn waits for it; what is late still counts when the search is done."""

MOST = 40
"""Options that count, the first."""

_LIST = (
    "Somebody asks for a recommendation. Name ten concrete things that are usually recommended for "
    "it, each in one to four words, separated by commas. Write nothing else."
)
_TOKENS = 80
_READ, _LONGEST, _SHORTEST = 600, 60, 4


class Option(NamedTuple):
    """Something that may be offered, and its share of all that may."""

    text: str
    share: float


class Foresight:
    """Asks a language model what would be offered; one call for a message, and it may fail.

    Args:
        llm: the model.
        seconds: how long to wait for it in a turn.
        seed: passed on to the model.
    """

    def __init__(self, llm: LLM, *, seconds: float = SECONDS, seed: int = 0) -> None:
        self._llm = llm
        self._seconds = seconds
        self._seed = seed
        self._asked: Unhurried[str, tuple[Option, ...]] = Unhurried(seconds)

    async def options(self, message: str, *, wait: bool = True) -> tuple[Option, ...]:
        """Return what would be offered for ``message``; nothing if the model is late or fails.

        Args:
            message: what is asked for.
            wait: ask the model and wait a little; else only what it has said already.
        """
        return await self._asked.result(message, lambda: self._answer(message), wait=wait) or ()

    async def close(self) -> None:
        """Stop what was asked and is still to be answered."""
        await self._asked.close()

    async def _answer(self, message: str) -> tuple[Option, ...]:
        try:
            answer = await complete(self._llm, self._request(message[:_READ]))
        except (LLMError, ValueError):  # a server may send figures that are none
            return ()
        return listed(answer.text)

    def _request(self, message: str) -> LLMRequest:
        said = (("system", _LIST), ("user", message))
        return LLMRequest.model_validate(
            {
                "stage": "foresee",
                "messages": tuple({"role": role, "content": text} for role, text in said),
                "max_tokens": _TOKENS,
                "seed": self._seed,
                "timeout": max(10.0, self._seconds),
            }
        )


def listed(text: str) -> tuple[Option, ...]:
    r"""Return the options in a model's list, each of the same share.

    >>> [o.text for o in listed("1. trains, a rental car\n- the metro.")]
    ['trains', 'a rental car', 'the metro']
    """
    parts = (p.strip(" \t.-*•0123456789)\"'") for p in text.replace("\n", ",").split(","))
    kept = [p for p in dict.fromkeys(parts) if _SHORTEST <= len(p) <= _LONGEST]
    first = kept[:MOST]
    return tuple(Option(part, 1 / len(first)) for part in first)
