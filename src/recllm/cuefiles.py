r"""English wordings as data: files of regular expressions, one alternative a line.

A file has sections, ``[name]``; the lines of a section are alternatives of one pattern. ``'``
stands for a straight or a curly apostrophe, ``{name}`` for the section ``name`` of the same file,
and lines that begin with ``# `` are comments. Another language is another set of files.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_SECTION = re.compile(r"^\[([\w ]+)\]$")
# An escape or a character class stays as it is; what is left is an apostrophe of a word.
_APOSTROPHE = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\])|'")
_MACRO = re.compile(r"\{([a-z_]+)\}")


@cache
def patterns(package: str, name: str) -> dict[str, re.Pattern[str]]:
    """Return the patterns of the file ``name`` of ``package`` by section, in the file's order.

    Raises:
        FileNotFoundError: the package has no such file.
    """
    text = (files(package) / f"{name}.txt").read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {}
    current = ""
    for line in text.splitlines():
        heading = _SECTION.match(line)
        if heading:
            current = heading.group(1)
            sections.setdefault(current, [])
        elif line.strip() and not line.startswith("# "):
            sections[current].append(line.strip())
    joined = {section: "|".join(lines) for section, lines in sections.items()}
    return {s: re.compile(_expanded(p, joined), re.IGNORECASE) for s, p in joined.items()}


@cache
def wordlist(package: str, name: str) -> frozenset[str]:
    """Return the words of the file ``name`` of ``package``, which holds words and comments only."""
    text = (files(package) / f"{name}.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("# "))
    return frozenset(" ".join(lines).split())


def _expanded(pattern: str, sections: dict[str, str]) -> str:
    def inner(match: re.Match[str]) -> str:
        return f"(?:{_expanded(sections[match.group(1)], sections)})"

    return _APOSTROPHE.sub(lambda m: m[1] or "['’]?", _MACRO.sub(inner, pattern))
