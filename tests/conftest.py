"""What holds for every test: no network, no home of the user, no settings from outside."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
OFFLINE = ROOT / "tests" / "offline"
DATA = Path(os.environ.get("RECLLM_DATA") or ROOT.parent / "shared" / "data")

sys.path.insert(0, str(OFFLINE))
import loopback_only  # noqa: E402

settings.register_profile(
    "recllm",
    deadline=None,
    max_examples=25,
    database=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("recllm")
loopback_only.forbid()


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of all tests: a temporary one, with no setting left over from the outside.

    The weights of the embedded model are the only thing taken from the user's home, as a link.
    """
    path = tmp_path_factory.mktemp("home")
    _link_weights(path)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("RECLLM_", "OPENAI_")):
                patch.delenv(name)
        patch.setenv("RECLLM_HOME", str(path))
        patch.setenv("RECLLM_DATA", str(DATA))
        patch.setenv("XDG_DATA_HOME", str(path / "xdg"))
        yield path


def _link_weights(path: Path) -> None:
    from recllm.llm.weights import default_home, file_in

    if file_in(default_home()).is_file():
        file_in(path).parent.mkdir()
        file_in(path).symlink_to(file_in(default_home()))


@pytest.fixture(autouse=True)
def network() -> Iterator[list[str]]:
    """Fail the test that asked for another machine, even where its code hid the refusal."""
    loopback_only.refused.clear()
    yield loopback_only.refused
    hosts, loopback_only.refused[:] = sorted(set(loopback_only.refused)), []
    assert not hosts, f"the test tried to reach {hosts}; only loopback is allowed"


@pytest.fixture(scope="session")
def data() -> Path:
    """The public data sets that some tests measure on: RECLLM_DATA, or ../shared/data."""
    if not DATA.is_dir():
        pytest.skip(f"no data at {str(DATA)!r}: set RECLLM_DATA to the folder of public data sets")
    return DATA
