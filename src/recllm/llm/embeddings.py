"""Text to vectors by an OpenAI-compatible server's ``/embeddings`` route.

The language model's own space (RecLLM, section 4.1): the items are embedded by the same route
when they are indexed, and the catalogue remembers by which. Importing this module loads the
``openai`` package.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import openai
from openai import AsyncOpenAI

from recllm.errors import EncoderError, LLMError
from recllm.llm.client import make_client
from recllm.llm.failures import Failures, shown, wait_time, worth_waiting
from recllm.text import encodable

BATCH = 64
TRIES = 5
LONGEST_TEXT = 8_000
"""Characters of one text; an embedding model reads 512 to 8,192 tokens and refuses more."""
_UNREADABLE = (AttributeError, TypeError, ValueError, KeyError)
Vectors = npt.NDArray[np.float32]


class EndpointEncoder:
    """A :class:`recllm.protocols.Encoder` behind an embeddings API.

    Get one from :meth:`connect`, which asks the server for the length of its vectors.

    Args:
        base_url: the address up to ``/v1``.
        model: the embedding model's name at that server.
        dimension: the length of its vectors.
        key: the key; may be empty where the server wants none. It appears in no message.
        seconds: for one request, all tries included.
        prefix: put before every text, where the model wants to be told what it reads.
    """

    reads_conversations = True

    def __init__(
        self,
        base_url: str,
        model: str,
        dimension: int,
        key: str = "",
        *,
        seconds: float = 60.0,
        prefix: str = "",
    ) -> None:
        self.base_url, self.model = base_url, model
        self._dimension, self._seconds, self._prefix = dimension, seconds, prefix
        self._key = key
        self._failures = Failures(model, shown(base_url), key)
        self._client: AsyncOpenAI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    async def connect(
        cls, base_url: str, model: str, key: str = "", *, seconds: float = 60.0, prefix: str = ""
    ) -> EndpointEncoder:
        """Return the encoder, its dimension found by embedding one word.

        Raises:
            EncoderError: the server does not answer, or not with vectors.
        """
        encoder = cls(base_url, model, 0, key, seconds=seconds, prefix=prefix)
        (vector,) = await encoder._embed(["dimension"])
        encoder._dimension = len(vector)
        return encoder

    def __repr__(self) -> str:
        return f"EndpointEncoder({self.name!r})"

    @property
    def name(self) -> str:
        """The model and where it runs, so that a catalogue made by another is refused."""
        return f"{self.model} at {urlsplit(self.base_url).hostname or self.base_url}"

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self._dimension

    async def encode(self, texts: Sequence[str]) -> Vectors:
        """Return an array of shape ``(len(texts), dimension)``, rows L2-normalised, in order.

        Raises:
            EncoderError: the server does not answer, or with vectors of another length.
        """
        found = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for start in range(0, len(texts), BATCH):
            rows = await self._embed(texts[start : start + BATCH])
            if rows.shape[1] != self._dimension:
                raise EncoderError(
                    f"{self.name} gave vectors of length {rows.shape[1]}, and "
                    f"{self._dimension} before: use one model under one name, and index again."
                )
            found[start : start + BATCH] = rows
        return found

    async def close(self) -> None:
        """Close the connections. The encoder can be used again afterwards."""
        client, self._client = self._client, None
        if client and self._loop is asyncio.get_running_loop():
            await client.close()

    async def _embed(self, texts: Sequence[str]) -> Vectors:
        """Embed one batch, tried again where that helps."""
        deadline = time.monotonic() + self._seconds
        for attempt in range(TRIES):
            try:
                return await self._send(texts, deadline)
            except openai.RateLimitError as error:
                pause = wait_time(attempt, error.response.headers)
                late = time.monotonic() + pause >= deadline or attempt == TRIES - 1
                if late or not worth_waiting(error):
                    raise self._failed(error) from None
            except (openai.InternalServerError, openai.APIConnectionError) as error:
                pause = wait_time(attempt, {})
                if time.monotonic() + pause >= deadline or attempt == TRIES - 1:
                    raise self._failed(error) from None
            except (openai.OpenAIError, TimeoutError, *_UNREADABLE) as error:
                raise self._failed(error) from None
            await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _send(self, texts: Sequence[str], deadline: float) -> Vectors:
        # An empty text is refused by most servers; a lone surrogate cannot be sent.
        ready = [_clean(self._prefix + t) or "." for t in texts]
        async with asyncio.timeout(max(0.001, deadline - time.monotonic())):
            answer = await self._connect().embeddings.create(
                model=self.model, input=ready, encoding_format="float", timeout=self._seconds
            )
        rows = sorted(answer.data, key=lambda row: row.index)
        vectors = np.asarray([row.embedding for row in rows], dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise ValueError(f"{len(texts)} texts were sent, and vectors {vectors.shape} came")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)

    def _failed(self, error: Exception) -> EncoderError:
        told: LLMError = self._failures.translate(error, self._seconds)
        return EncoderError(
            f"The texts cannot be embedded. {told} The route asked for is /embeddings, with the "
            f"model that embeddings_model names ({self.model!r})."
        )

    def _connect(self) -> AsyncOpenAI:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client, self._loop = make_client(self.base_url, self._key), loop
        return self._client


def _clean(text: str) -> str:
    return encodable(text[:LONGEST_TEXT]).strip()
