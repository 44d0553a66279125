"""What would probably be offered for a request, told by a language model before any search.

Some facts bear on a request by knowledge of the world only: "avoids ride-sharing", and "how do I
get from the airport to my hotel?". They are near to what would be offered. A small model that is
let write invents; but asked for the first word of its answer alone it holds many possible ones,
each with a probability, and those are good (figures in docs/profile-evaluation.md). All of them
count, for the price of reading the prompt (after PromptReps, Zhuang et al., 2024; for written
answers HyDE, Gao et al., 2022). A model that cannot be given the beginning of its answer is asked
for a list of options. What either says moves similarities and is used for nothing else.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from time import perf_counter
from typing import NamedTuple

from recllm.errors import LLMError
from recllm.llm.complete import Answer, complete
from recllm.protocols import LLM
from recllm.text import words
from recllm.types import LLMRequest

SECONDS = 0.5
"""How long a turn waits for it; what is late still counts when the search is done."""

MOST = 40
"""Words or options that count, the likeliest."""

_RECOMMEND = "You recommend things."
_OPENING = "One popular choice is"
_LIST = (
    "Somebody asks for a recommendation. Name ten concrete things that are usually recommended for "
    "it, each in one to four words, separated by commas. Write nothing else."
)
_TOKENS, _TOP = 80, 200
_READ, _LONGEST, _SHORTEST = 600, 60, 4
_KEPT = 1000
_DULL = frozenset(
    words(
        "actually also always because certainly commonly currently definitely from going have "
        "having indeed into just known like likely many more most much often probably simply some "
        "specifically still such taking than that their them there these they this those typically "
        "undoubtedly usually very what when where which while will with would your"
    )
)
"""Words of an answer's beginning that are no part of what is offered."""


class Option(NamedTuple):
    """Something that may be offered, and its share of all that may."""

    text: str
    share: float


class Foresight:
    """Asks a language model what would be offered; one call for a message, and it may fail.

    Args:
        llm: the model.
        begins: whether the model goes on from the beginning of an answer and tells the
            probabilities of its next word, as the embedded one does.
        seconds: how long to wait for it in a turn.
        seed: passed on to the model.
    """

    def __init__(
        self, llm: LLM, *, begins: bool = False, seconds: float = SECONDS, seed: int = 0
    ) -> None:
        self._llm = llm
        self._begins = begins
        self._seconds = seconds
        self._seed = seed
        self._slow = False  # whoever was late last is asked, and not waited for
        self._asked: OrderedDict[str, asyncio.Task[tuple[Option, ...]]] = OrderedDict()

    async def options(self, message: str, *, wait: bool = True) -> tuple[Option, ...]:
        """Return what would be offered for ``message``; nothing if the model is late or fails.

        Args:
            message: what is asked for.
            wait: ask the model and wait a little; else only what it has said already.
        """
        task = self._asked.get(message)
        if task is not None and task.get_loop() is not asyncio.get_running_loop():
            task = None
        if task is None and wait:
            task = self._ask(message)
        if task is None:
            return ()
        if wait and not task.done() and not self._slow:
            await asyncio.wait([task], timeout=self._seconds)
            self._slow = not task.done()
        return task.result() if task.done() and not task.cancelled() else ()

    async def close(self) -> None:
        """Stop what was asked and is still to be answered."""
        tasks = [t for t in self._asked.values() if not t.done()]
        self._asked.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ask(self, message: str) -> asyncio.Task[tuple[Option, ...]]:
        task = asyncio.ensure_future(self._answer(message))
        self._asked[message] = task
        while len(self._asked) > _KEPT:
            self._asked.popitem(last=False)[1].cancel()
        return task

    async def _answer(self, message: str) -> tuple[Option, ...]:
        began = perf_counter()
        try:
            answer = await complete(self._llm, self._request(message[:_READ]))
        except (LLMError, ValueError):  # a server may send figures that are none
            return ()
        self._slow = perf_counter() - began > self._seconds
        return likely_words(answer) if self._begins else listed(answer.text)

    def _request(self, message: str) -> LLMRequest:
        said = [("system", _RECOMMEND if self._begins else _LIST), ("user", message)]
        said += [("assistant", _OPENING)] if self._begins else []
        return LLMRequest.model_validate(
            {
                "stage": "foresee",
                "messages": tuple({"role": role, "content": text} for role, text in said),
                "max_tokens": 1 if self._begins else _TOKENS,
                "top_logprobs": _TOP if self._begins else 0,
                "seed": self._seed,
                "timeout": max(10.0, self._seconds),
            }
        )


def likely_words(answer: Answer) -> tuple[Option, ...]:
    """Return the words that the answer may begin with, the likeliest first.

    Only what begins a word and could be one counts, so most pieces of words do not.
    """
    first = answer.logprobs[0] if answer.logprobs else {}
    found = [
        (word, math.exp(min(0.0, logprob)))
        for token, logprob in first.items()
        if (word := token.strip()) and token != word and word.isalpha()
        if len(word) >= _SHORTEST and word.lower() not in _DULL
    ]
    return _shared(sorted(found, key=lambda pair: -pair[1])[:MOST])


def listed(text: str) -> tuple[Option, ...]:
    r"""Return the options in a model's list, each of the same share.

    >>> [o.text for o in listed("1. trains, a rental car\n- the metro.")]
    ['trains', 'a rental car', 'the metro']
    """
    parts = (p.strip(" \t.-*•0123456789)\"'") for p in text.replace("\n", ",").split(","))
    kept = [p for p in dict.fromkeys(parts) if _SHORTEST <= len(p) <= _LONGEST]
    return _shared([(p, 1.0) for p in kept[:MOST]])


def _shared(found: list[tuple[str, float]]) -> tuple[Option, ...]:
    total = sum(weight for _, weight in found)
    return tuple(Option(text, weight / total) for text, weight in found) if total > 0 else ()
