"""A request as it is sent, made of its description; and the secrets that must not be shown."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

from recllm.errors import ConfigError
from recllm.services.description import Call, Description, variables_of
from recllm.services.templates import with_fields, with_quoted, with_variables

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Prepared:
    """A request with everything filled in. Its text is never shown: it holds secrets.

    ``identity`` is the same request without them.
    """

    url: str
    method: str
    headers: dict[str, str]
    parameters: dict[str, str]
    body: Any
    identity: tuple[Any, ...]

    def __repr__(self) -> str:
        """Only where it goes."""
        return f"Prepared({shown(self.url)!r})"


class Requests:
    """Makes the requests of one service.

    Args:
        description: the service.
        environment: where the variables of the description are looked up.

    Raises:
        ConfigError: a variable is missing, or a secret would be sent without encryption.
    """

    def __init__(self, description: Description, environment: Mapping[str, str]) -> None:
        if missing := lacking(description, environment):
            raise ConfigError(missing_variable(description, missing[0]))
        self._environment = environment
        self._secrets = tuple(
            s for n in variables_of(description) if len(s := environment[n].strip()) > 3
        )
        for call in description.calls:
            self._check(description, call)

    def prepare(self, call: Call, fields: Mapping[str, str | int], extra: Any = None) -> Prepared:
        """Fill in ``call``; ``extra`` are parameters that conditions add."""
        # Variables first: a query that looks like one must not be filled in.
        filled = with_fields(self._filled(call.parameters), fields) | dict(extra or {})
        url = with_variables(call.url, self._environment)
        template = {**call.parameters, **(extra or {})}
        return Prepared(
            url=with_quoted(url, fields),
            method=call.method,
            headers={n: v.strip() for n, v in self._filled(call.headers).items()},
            parameters={name: text for name, v in filled.items() if (text := _text(v))},
            body=with_fields(self._filled(call.body), fields) if call.body is not None else None,
            identity=(self.without_secrets(url), call.method, template, dict(fields), call.body),
        )

    def without_secrets(self, text: str) -> str:
        """Return ``text`` with every secret in it replaced, as it is and as addresses write it."""
        for secret in self._secrets:
            for form in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret)):
                text = text.replace(form, "***")
        return text

    def _filled(self, value: Any) -> Any:
        return with_variables(value, self._environment)

    def _check(self, description: Description, call: Call) -> None:
        parts = urlsplit(with_variables(call.url, self._environment))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(
                f"The service {description.name!r} has no usable address "
                f"({shown(parts.geturl())!r}): give one that begins with https://"
            )
        if parts.scheme == "http" and self._secrets and parts.hostname not in _LOOPBACK:
            raise ConfigError(
                f"The service {description.name!r} would send a key without encryption to "
                f"{parts.hostname}: begin its url with https://"
            )
        for name, value in self._filled(call.headers).items():
            if not (value.strip().isascii() and value.strip().isprintable()):
                raise ConfigError(
                    f"The service {description.name!r} cannot send its header {name!r}: the "
                    "environment variable in it holds characters other than plain ASCII."
                )


class SecretFilter(logging.Filter):
    """Keeps secrets out of the log of the HTTP library, which writes whole addresses."""

    def __init__(self, requests: Requests) -> None:
        super().__init__()
        self._requests = requests

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the secrets in the record, and let it pass."""
        record.msg, record.args = self._requests.without_secrets(record.getMessage()), ()
        return True


def lacking(description: Description, environment: Mapping[str, str]) -> list[str]:
    """Return the variables that the service needs and the environment does not hold."""
    names = sorted(variables_of(description))
    return [name for name in names if not environment.get(name, "").strip()]


def missing_variable(description: Description, name: str) -> str:
    """Return what to tell a person who has not set a variable."""
    told = f"{description.title} needs the environment variable {name}, which is not set"
    return f"{told}: export {name}=...\n{description.help}".strip()


def shown(url: str) -> str:
    """Return an address without user, password and query, which may hold secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
