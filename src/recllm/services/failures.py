"""What a service can answer instead of results, said so that a person knows what to do."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from recllm.catalog.cells import text_of
from recllm.errors import ServiceError, ServiceKeyError, ServiceQuotaError
from recllm.services.description import Description
from recllm.services.paths import parse_path, values_at
from recllm.text import shorten

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})


class Refusal(NamedTuple):
    """An answer that is no result: the error, whether to try again, and when at the earliest."""

    error: ServiceError
    again: bool
    wait: float


def refusal(
    description: Description, status: int, headers: Mapping[str, str], body: bytes
) -> Refusal:
    """Return what an HTTP answer that is not 2xx means."""
    meaning = description.refusals
    data = _data(body)
    reasons = {text_of(v) for p in meaning.reasons for v in values_at(data, parse_path(p))}
    said = _said(data, description)
    title, told = description.title, f"HTTP {status}{': ' + said if said else ''}"
    again = status in _TRANSIENT
    if reasons & set(meaning.quota):
        text = f"The quota of {title} is used up ({told}). {meaning.quota_help}".strip()
        return Refusal(ServiceQuotaError(text), False, 0.0)
    if reasons & set(meaning.busy) or status == 429:
        error = ServiceQuotaError(f"{title} is asked too often ({told}): wait a little.")
        return Refusal(error, True, _wait(headers))
    if reasons & set(meaning.key) or status in (401, 403):
        text = f"{title} refused the key ({told}). {description.help}".strip()
        return Refusal(ServiceKeyError(text), False, 0.0)
    return Refusal(ServiceError(_other(title, status, told)), again, _wait(headers))


def _other(title: str, status: int, told: str) -> str:
    if status >= 500:
        return f"{title} has a fault of its own ({told}): try again later."
    if 300 <= status < 400:
        return f"{title} has moved ({told}): correct the url in the description of the service."
    return f"{title} did not accept the request ({told}): check the description of the service."


def _data(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _said(data: Any, description: Description) -> str:
    """Return the service's own words, short; none where they are no text."""
    found = values_at(data, parse_path(description.refusals.message))
    return shorten(text_of(found[0]), 200) if found and isinstance(found[0], str) else ""


def _wait(headers: Mapping[str, str]) -> float:
    """Return the seconds that a Retry-After header asks for: a number or a date; else 0."""
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
        except (ValueError, IndexError):
            return 0.0
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        seconds = (when - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0
