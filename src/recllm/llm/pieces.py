"""From the chunks of an OpenAI-compatible stream to ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recllm.types import Chunk, Usage

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionChunk
    from openai.types.chat.chat_completion_chunk import Choice


class Reader:
    """Reads one stream: gives its pieces and keeps what belongs to the last one."""

    def __init__(self) -> None:
        self.finish = ""
        self.usage = Usage()
        self.empty = True

    def read(self, raw: ChatCompletionChunk) -> Chunk | None:
        """Return the piece of the answer in ``raw``, or None where it holds none.

        Raises:
            AttributeError, TypeError, ValueError: ``raw`` is not such a chunk. (The client does
                not validate what it receives.)
        """
        if raw.usage:
            self.usage = Usage(
                prompt_tokens=raw.usage.prompt_tokens or 0,
                completion_tokens=raw.usage.completion_tokens or 0,
            )
        if not raw.choices:
            return None
        choice = raw.choices[0]
        self.finish = choice.finish_reason or self.finish
        # A model that reasons sends chunks without content; so does the one with the role.
        text = (choice.delta.content if choice.delta else None) or ""
        self.empty = self.empty and not text.strip()
        logprobs = _logprobs(choice)
        return Chunk(text=text, logprobs=logprobs) if text or logprobs else None

    def last(self) -> Chunk:
        """Return the piece that ends the answer."""
        return Chunk(finish=self.finish, usage=self.usage)


def _logprobs(choice: Choice) -> tuple[dict[str, float], ...]:
    tokens = (choice.logprobs.content if choice.logprobs else None) or ()
    return tuple(
        {top.token: top.logprob for top in t.top_logprobs} or {t.token: t.logprob} for t in tokens
    )
