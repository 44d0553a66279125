"""What a chat-completion request says, and how it is said to servers that refuse part of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from recllm.types import LLMRequest

REASONING_ROOM = 2048
"""Tokens added for hidden reasoning, which servers that want max_completion_tokens count too."""

_RENAMED = "max_tokens"
# What each refusable part of the body is called; a part is refused or accepted as a whole.
_PARTS = {
    "seed": ("seed",),
    "logprobs": ("logprobs", "top_logprobs"),
    "stream_options": ("stream_options", "include_usage"),
    "temperature": ("temperature",),
    "stop": ("stop",),
    "reasoning_effort": ("reasoning_effort",),
    _RENAMED: ("max_tokens",),
}


def body(
    request: LLMRequest,
    model: str,
    refused: frozenset[str],
    *,
    grammar: bool,
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the arguments of ``chat.completions.create`` for ``request``.

    Args:
        request: What is asked.
        model: The model's name at the server.
        refused: Parts that this server has refused, from :func:`refusals`.
        grammar: Whether the server understands GBNF.
        extra: More fields, sent as they are.
    """
    said: dict[str, Any] = {
        "model": model,
        "messages": [m.model_dump() for m in request.messages],
        "stream": True,
        "temperature": request.temperature,
        "seed": request.seed,
        "stream_options": {"include_usage": True},
        "max_tokens": request.max_tokens,
    }
    if request.stop:
        said["stop"] = list(request.stop)
    if request.top_logprobs:
        said |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    if _RENAMED in refused:
        said["max_completion_tokens"] = request.max_tokens + REASONING_ROOM
        said["reasoning_effort"] = "low"
    for part in refused:
        for name in _PARTS[part]:
            said.pop(name, None)
    unknown = dict(extra) | ({"grammar": request.grammar} if grammar and request.grammar else {})
    return said | ({"extra_body": unknown} if unknown else {})


def refusals(complaint: str, sent: Mapping[str, Any], refused: frozenset[str]) -> frozenset[str]:
    """Return ``refused`` and the parts of ``sent`` that the server's ``complaint`` names.

    >>> sorted(refusals("Unsupported parameter: 'seed'", {"seed": 0}, frozenset({"stop"})))
    ['seed', 'stop']
    """
    named = {
        part
        for part, names in _PARTS.items()
        for name in names
        if (name in sent or name == "include_usage") and re.search(rf"\b{name}\b", complaint)
    }
    return refused | named
