"""The client of the ``openai`` package, set up so that nothing goes where it should not."""

from __future__ import annotations

from urllib.parse import urlsplit

from openai import AsyncOpenAI, DefaultAsyncHttpx2Client

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def make_client(base_url: str, key: str) -> AsyncOpenAI:
    """Return a client that asks ``base_url`` with ``key``; it tries nothing again by itself."""
    host = urlsplit(base_url).hostname or ""
    key = key or "none"
    # Said explicitly, as OPENAI_CUSTOM_HEADERS may hold a key for another server.
    headers = {"Authorization": f"Bearer {key}"}
    if host in _LOOPBACK:
        # Connecting costs nothing here, and llama.cpp closes kept connections early.
        headers["Connection"] = "close"
    client = AsyncOpenAI(
        base_url=base_url,
        api_key=key,
        max_retries=0,
        default_headers=headers,
        # A proxy of the environment has no business between us and this machine.
        http_client=DefaultAsyncHttpx2Client(trust_env=host not in _LOOPBACK),
    )
    if host != "api.openai.com":
        # The client takes these from the environment, and they are OpenAI's affair alone.
        client.organization = client.project = None
    return client
