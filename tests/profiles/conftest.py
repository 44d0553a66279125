"""Databases for the tests of profiles: in memory, in a file, and at a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from tests import postgres

from recllm.database import file_url


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server's address; where none can be run, the tests that need one are skipped."""
    try:
        with postgres.server() as url:
            yield url
    except postgres.NoServerError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["sqlite", "sqlite in memory", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Makes the address of an empty database each time, at each kind of server."""
    numbers = count()
    if request.param == "sqlite":
        return lambda: file_url(tmp_path / f"{next(numbers)}.db")
    if request.param == "sqlite in memory":
        return lambda: "sqlite://"
    server = str(request.getfixturevalue("postgres_url"))
    return lambda: postgres.new_database(server)


@pytest.fixture(params=["sqlite", "postgresql"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database that several processes may use at once."""
    if request.param == "sqlite":
        return file_url(tmp_path / "shared.db")
    return postgres.new_database(str(request.getfixturevalue("postgres_url")))


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    """The address of an empty database."""
    return new_url()
