"""Refuses every connection that would leave this machine.

``conftest.py`` calls :func:`forbid` in the tests' own process; processes that tests start call it
by having this folder on ``PYTHONPATH`` (see ``sitecustomize.py``). Code that opens sockets without
Python's ``socket`` module (LanceDB, llama.cpp) is out of its reach: that those stay local is tested
where they are used.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

LOCAL_NAMES = {"", "localhost", "localhost.localdomain", "ip6-localhost"}

refused: list[str] = []
"""The hosts that were asked for: kept, because the code under test may swallow the error."""


class NetworkRefusedError(RuntimeError):
    """A test tried to reach a host other than loopback."""


def is_local(host: object) -> bool:
    """Whether ``host`` is a name or an address of loopback, or "any address" of a listener."""
    text = host.decode() if isinstance(host, bytes) else str(host or "")
    if text.casefold().rstrip(".") in LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def check(host: object) -> None:
    """Let ``host`` pass, or refuse it and remember that it was asked for."""
    if not is_local(host):
        refused.append(str(host))
        raise NetworkRefusedError(f"tests reach loopback only, not {host!r}; use 127.0.0.1")


def forbid() -> None:
    """Patch the places through which ``socket`` and ``asyncio`` reach other machines."""
    for name in ("connect", "connect_ex"):
        _guard_method(name)
    _guard_sendto()
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        _guard_lookup(name)


def _guard_method(name: str) -> None:
    original = getattr(socket.socket, name)

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check(address[0])
        return original(self, address)

    setattr(socket.socket, name, guarded)


def _guard_sendto() -> None:
    original = socket.socket.sendto

    def guarded(self: socket.socket, data: Any, *rest: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            check(rest[-1][0])
        return original(self, data, *rest)

    setattr(socket.socket, "sendto", guarded)  # noqa: B010


def _guard_lookup(name: str) -> None:
    original = getattr(socket, name)

    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        check(host)
        return original(host, *args, **kwargs)

    setattr(socket, name, guarded)
