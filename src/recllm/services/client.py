"""Asking a service: retries, a deadline, and answers kept for a while."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from time import monotonic
from typing import Any

import httpx2

from recllm.errors import ServiceAnswerError, ServiceError, ServiceTimeoutError
from recllm.services.cache import Cache
from recllm.services.description import Call, Description
from recllm.services.failures import Refusal, refusal
from recllm.services.reader import parse_json
from recllm.services.requests import Prepared, Requests, SecretFilter, shown

_LOG = logging.getLogger("httpx2")
_BROKEN = (httpx2.DecodingError, httpx2.InvalidURL, httpx2.UnsupportedProtocol)


class Client:
    """Sends the requests of one service and returns the objects that it answers."""

    def __init__(self, description: Description, requests: Requests, cache: Cache) -> None:
        self._described, self._requests, self._cache = description, requests, cache
        self._http: httpx2.AsyncClient | None = None
        self._filter = SecretFilter(requests)

    async def ask(
        self,
        call: Call,
        fields: Mapping[str, str | int],
        extra: Mapping[str, str] | None = None,
        *,
        until: float,
    ) -> dict[str, Any]:
        """Return the answer to ``call``; ``until`` is the deadline by the monotonic clock.

        Raises:
            ServiceError: there is none that can be used; the message says why, without secrets.
        """
        prepared = self._requests.prepare(call, fields, extra)
        key = Cache.key(prepared.identity)
        kept = await asyncio.to_thread(self._cache.get, key)
        if kept is not None:
            return parse_json(kept.encode(), self._described.title)
        body = await self._answer(prepared, until)
        data = parse_json(body, self._described.title)
        text = body.decode("utf-8", "replace")
        if self._requests.without_secrets(text) == text:
            await asyncio.to_thread(self._cache.put, key, text)
        return data

    async def close(self) -> None:
        """Close the connections."""
        _LOG.removeFilter(self._filter)
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def _answer(self, prepared: Prepared, until: float) -> bytes:
        """Return the body of a good answer, after as many attempts as the deadline allows."""
        limits = self._described.limits
        wait, failed = 0.0, Refusal(self._late(), True, 0.0)
        for attempt in range(limits.attempts):
            left = until - monotonic() - wait
            if left <= 0:
                break
            await asyncio.sleep(wait)
            answer = await self._once(prepared, min(limits.timeout, left))
            if isinstance(answer, bytes):
                return answer
            failed = answer
            if not failed.again:
                break
            # Spread out, so that several who were refused together do not come back together.
            backoff = limits.wait * 2**attempt * random.uniform(0.75, 1.25)
            wait = max(failed.wait, backoff)
        raise failed.error

    async def _once(self, prepared: Prepared, seconds: float) -> bytes | Refusal:
        """Send once; a failure is returned, not raised."""
        title, where = self._described.title, shown(prepared.url)
        where = self._requests.without_secrets(where)
        try:
            async with asyncio.timeout(seconds):
                return await self._sent(prepared)
        except (TimeoutError, httpx2.TimeoutException):
            return Refusal(self._late(), True, 0.0)
        except _BROKEN:
            error = ServiceAnswerError(f"The answer of {title} at {where} is broken.")
            return Refusal(error, False, 0.0)
        except httpx2.HTTPError:
            # The library's own words may hold the address, and with it the key.
            text = f"{title} cannot be reached at {where}: check the connection and the address."
            return Refusal(ServiceError(text), True, 0.0)

    async def _sent(self, prepared: Prepared) -> bytes | Refusal:
        http = self._opened()
        async with http.stream(
            prepared.method,
            prepared.url,
            params=prepared.parameters or None,
            headers=prepared.headers,
            json=prepared.body,
        ) as response:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > self._described.limits.bytes:
                    return Refusal(self._large(), False, 0.0)
            if response.is_success:
                return bytes(body)
            found = refusal(self._described, response.status_code, response.headers, bytes(body))
            clean = self._requests.without_secrets(str(found.error))
            return found._replace(error=type(found.error)(clean))

    def _opened(self) -> httpx2.AsyncClient:
        if self._http is None:
            # A redirect is not followed: it could carry the key to another server.
            self._http = httpx2.AsyncClient(
                follow_redirects=False, timeout=self._described.limits.timeout
            )
            _LOG.addFilter(self._filter)
        return self._http

    def _late(self) -> ServiceTimeoutError:
        limits = self._described.limits
        return ServiceTimeoutError(
            f"{self._described.title} did not answer in time ({limits.timeout:g} s for a request, "
            f"{limits.deadline:g} s in all): try again later, or raise `limits` in its description."
        )

    def _large(self) -> ServiceAnswerError:
        size = self._described.limits.bytes
        return ServiceAnswerError(
            f"The answer of {self._described.title} is longer than {size:,} bytes: ask for fewer "
            "results, or raise `limits.bytes` in its description."
        )
