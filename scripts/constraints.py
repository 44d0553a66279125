"""Print the pins of a report of ``pip install --dry-run --report``: see ``make constraints``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

HEADER = """\
# The versions that are tested together; `make demo` and `make test` install these, so that pip has
# nothing to search for. `make constraints` writes this file anew from the newest versions.
"""


def pins(report: Path) -> list[str]:
    """The third-party packages of a report as ``name==version``, sorted."""
    found = [entry["metadata"] for entry in json.loads(report.read_text("utf-8"))["install"]]
    return sorted(f"{m['name'].lower()}=={m['version']}" for m in found if m["name"] != "recllm")


if __name__ == "__main__":
    print(HEADER, *pins(Path(sys.argv[1])), sep="\n")
