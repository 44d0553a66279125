"""An endpoint for the fake server, and a request for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from recllm.llm.endpoint import Endpoint
from recllm.types import ChatMessage, LLMRequest

KEY = "sk-very-secret-1234567890"
REQUEST = LLMRequest(messages=(ChatMessage(role="user", content="Hi"),), timeout=5)


@asynccontextmanager
async def closing_endpoint(url: str, *, supports_grammar: bool = False) -> AsyncIterator[Endpoint]:
    llm = Endpoint(url, "m", KEY, supports_grammar=supports_grammar)
    yield llm
    await llm.close()
