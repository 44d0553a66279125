"""Asks a language model for titles and records what it says, so that it need not be asked again.

The task is that of He et al. (CIKM 2023): the conversation, and 20 recommendations wanted, at
temperature 0; the wording is our own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from pathlib import Path

from recllm.errors import LLMAuthError, LLMError
from recllm.evaluation.retrieval.listed import parse_titles, read_titles, write_titles
from recllm.evaluation.retrieval.values import Dataset, Instance
from recllm.llm.complete import complete
from recllm.prompts import template
from recllm.protocols import LLM
from recllm.types import ChatMessage, LLMRequest

TOKENS = 512
AT_ONCE = 4
_SPEAKER = {"user": "User", "assistant": "Recommender"}


def request_of(instance: Instance, noun: str, timeout: float) -> LLMRequest:
    """Return the request for 20 titles at this point of the conversation."""
    said = [f"{_SPEAKER.get(m.role, m.role)}: {m.content}" for m in instance.conversation]
    return LLMRequest(
        stage="name titles",
        messages=(
            ChatMessage(role="system", content=template("name_titles").format(noun=noun).strip()),
            ChatMessage(role="user", content="\n".join(said) or "(The conversation begins.)"),
        ),
        max_tokens=TOKENS,
        temperature=0.0,
        timeout=timeout,
    )


async def ask_titles(
    llm: LLM,
    dataset: Dataset,
    path: Path,
    *,
    seconds: float,
    progress: Callable[[], None] = lambda: None,
) -> int:
    """Ask for the titles of every instance of ``dataset`` that ``path`` does not have yet.

    Each answer is written as it comes; run it again and it goes on where it stopped. An answer that
    names nothing is recorded too.

    Args:
        llm: whom to ask.
        dataset: for which instances.
        path: the file of recorded lists, made if there is none.
        seconds: how long one answer may take.
        progress: is told of each question that is done.

    Returns:
        How many questions failed; they are asked again by the next run.

    Raises:
        LLMError: the key is refused, or no question at all could be answered.
    """
    done = _recorded(path)
    limit = asyncio.Semaphore(AT_ONCE)
    failures: list[LLMError] = []
    missing = [i for i in dataset.instances if i.id not in done]

    async def ask(instance: Instance) -> None:
        async with limit:
            # A refused key is refused again: the rest is not asked.
            if any(isinstance(f, LLMAuthError) for f in failures):
                return
            try:
                answer = await complete(llm, request_of(instance, dataset.schema.noun, seconds))
            except LLMError as error:
                failures.append(error)
            else:
                write_titles(path, instance.id, parse_titles(answer.text), llm.name)
            progress()

    await asyncio.gather(*(ask(i) for i in missing))
    refused = next((f for f in failures if isinstance(f, LLMAuthError)), None)
    if refused:
        raise refused
    if missing and len(failures) == len(missing):
        raise failures[0]
    return len(failures)


def _recorded(path: Path) -> Collection[str]:
    """Return the instances that have a list already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return read_titles(path).keys() if path.is_file() else ()
