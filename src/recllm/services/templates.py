"""Texts with placeholders: ``{query}`` for what is asked, ``${NAME}`` for environment variables.

``${NAME:-text}`` has a default, and is no secret; ``${NAME}`` must be set, and whatever it holds
is kept out of every message, log and file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

FIELDS = frozenset({"query", "limit", "page", "offset", "ids", "id"})
"""What a placeholder may name."""
_FIELD = re.compile(r"(?<!\$)\{(\w+)\}")
_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^{}]*))?\}")


def check_template(text: str) -> None:
    """Raise ValueError if ``text`` has a placeholder that nothing fills."""
    unknown = sorted(set(_FIELD.findall(text)) - FIELDS)
    if unknown:
        raise ValueError(
            f"no placeholder {{{unknown[0]}}}: known are "
            + ", ".join(f"{{{name}}}" for name in sorted(FIELDS))
        )
    if "${" in _VARIABLE.sub("", text):
        raise ValueError("environment variables are written ${NAME} or ${NAME:-default}")


def needed(text: str) -> set[str]:
    """Return the variables of ``text`` that have no default."""
    return {m[1] for m in _VARIABLE.finditer(text) if m[2] is None}


def with_variables(value: Any, environment: Mapping[str, str]) -> Any:
    """Return a JSON value with the environment's variables in its texts."""

    def fill(match: re.Match[str]) -> str:
        return environment.get(match[1]) or match[2] or ""

    return _mapped(value, lambda text: _VARIABLE.sub(fill, text))


def with_fields(value: Any, fields: Mapping[str, str | int]) -> Any:
    """Return a JSON value with ``fields`` in its texts; one that is only a number becomes one."""

    def fill(text: str) -> Any:
        whole = _FIELD.fullmatch(text)
        if whole:
            return fields.get(whole[1], "")
        return _FIELD.sub(lambda m: str(fields.get(m[1], "")), text)

    return _mapped(value, fill)


def with_quoted(url: str, fields: Mapping[str, str | int]) -> str:
    """Return an address with ``fields`` in it, escaped so that they cannot change its shape."""
    return _FIELD.sub(lambda m: quote(str(fields.get(m[1], "")), safe=""), url)


def _mapped(value: Any, change: Callable[[str], Any]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _mapped(v, change) for key, v in value.items()}
    return [_mapped(v, change) for v in value] if isinstance(value, list | tuple) else value
