"""What can go wrong at a server, said so that a person knows what to do."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import openai

from recllm.errors import (
    LLMAuthError,
    LLMError,
    LLMRateLimitError,
    LLMTimeoutError,
    LLMUnavailableError,
)
from recllm.text import shorten

FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0


def shown(url: str) -> str:
    """An address without the user, password and query that may hold secrets.

    >>> shown("https://me:secret@llm.example:8000/v1?key=1")
    'https://llm.example:8000/v1'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@dataclass(frozen=True)
class Failures:
    """Makes the errors of one endpoint; knows its key only to keep it out of them."""

    model: str
    url: str
    key: str

    def __repr__(self) -> str:
        """The key stays out of this too."""
        return f"Failures({self.model!r}, {self.url!r})"

    def translate(self, error: Exception, timeout: float) -> LLMError:
        """Return ``error``, raised by the client, as one of RecLLM's own."""
        if isinstance(error, openai.APITimeoutError | TimeoutError):
            return self.timeout(timeout)
        if isinstance(error, openai.APIStatusError):
            return self._status(error)
        if isinstance(error, openai.APIConnectionError):
            return LLMUnavailableError(
                f"Nothing answers at {self.url}: start the server there, or correct base_url "
                "(RECLLM_BASE_URL)."
            )
        return self.broken(self.said(error) or type(error).__name__)

    def timeout(self, seconds: float) -> LLMTimeoutError:
        """The deadline of the whole call has passed."""
        return LLMTimeoutError(
            f"{self.model} at {self.url} did not finish within {seconds:g} s: raise call_timeout "
            "(RECLLM_CALL_TIMEOUT), or use a faster model."
        )

    def broken(self, what: str) -> LLMUnavailableError:
        """The server answered something that cannot be read."""
        return LLMUnavailableError(
            f"The answer of {self.model} at {self.url} is broken ({what}): check that base_url is "
            "that of an OpenAI-compatible server."
        )

    def cut(self) -> LLMUnavailableError:
        """The stream ended before the answer did."""
        return LLMUnavailableError(
            f"The answer of {self.model} at {self.url} was cut off: try again, and look at the "
            "server's log if it happens often."
        )

    def empty(self, finish: str) -> LLMUnavailableError:
        """The server finished without a word."""
        remedy = {
            "length": "all its tokens went to hidden reasoning; use a model that does not reason",
            "content_filter": "its content filter held the answer back; say it otherwise",
        }.get(finish, "check the server's log and that the model is one for chat")
        return LLMUnavailableError(
            f"{self.model} at {self.url} gave an empty answer (finish {finish!r}): {remedy}."
        )

    def said(self, error: Exception) -> str:
        """The server's own words, short and without the key."""
        text = str(getattr(error, "message", "") or error)
        if self.key:
            text = text.replace(self.key, "***")
        return shorten(" ".join(text.split()), 300)

    def _status(self, error: openai.APIStatusError) -> LLMError:
        code = error.status_code
        if code in (401, 403):
            # The body is left out: OpenAI quotes part of the key in it.
            return LLMAuthError(
                f"{self.url} refused the key (HTTP {code}): set RECLLM_API_KEY, or api_key in "
                "recllm.toml, to a key that may use "
                f"{self.model}."
            )
        if code == 429:
            return LLMRateLimitError(
                f"{self.url} refuses because of load or quota (HTTP 429: {self.said(error)}): "
                "wait, or check the plan and billing of the account."
            )
        if code == 404:
            return LLMUnavailableError(
                f"{self.url} does not know the model {self.model!r} or has no chat completions "
                f"there (HTTP 404: {self.said(error)}): correct model (RECLLM_MODEL) or base_url "
                "(RECLLM_BASE_URL, usually ending in /v1)."
            )
        return LLMUnavailableError(
            f"{self.model} at {self.url} failed (HTTP {code}: {self.said(error)}): try again, and "
            "look at the server's log."
        )


def worth_waiting(error: openai.RateLimitError) -> bool:
    """Whether a 429 passes by itself; an empty account does not."""
    return error.code != "insufficient_quota" and error.type != "insufficient_quota"


def wait_time(attempt: int, headers: Mapping[str, str]) -> float:
    """Seconds to wait before the next attempt: what the server asks, or exponential, jittered."""
    asked = _retry_after(headers)
    if asked is not None:
        # Above what was asked, never below, so that clients do not come back all at once.
        return asked + random.uniform(0, 0.1 * asked + 0.05)
    return float(min(LONGEST_WAIT, FIRST_WAIT * 2**attempt)) * random.uniform(0.5, 1.5)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    if re.fullmatch(r"\d+(\.\d+)?", exact := headers.get("retry-after-ms", "")):
        return float(exact) / 1000
    said = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", said):
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (until.astimezone(UTC) - datetime.now(UTC)).total_seconds())
