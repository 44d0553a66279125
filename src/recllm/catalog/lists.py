"""Cells that hold several names: JSON and Python lists, and texts cut at a separator."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Sequence

from recllm.catalog.cells import MISSING, text_of

SEPARATORS = ("|", ";", "\n", ",")
MOST_NAMES = 200
LONGEST_NAME = 200
_FLAGS = re.compile(r"\{(?:['\"]?\w+['\"]?: (?:True|False|None|true|false|null)(?:, )?)+\}")
_FLAG_ON = re.compile(r"['\"]?(\w+)['\"]?: (?:True|true)")
_SUFFIX = re.compile(r"(?:inc|llc|ltd|co|corp|gmbh|jr|sr|ii|iii|iv|ph\.?d|m\.?d|esq)\.?", re.I)
_NAME_KEYS = ("name", "title", "label", "value", "text")


def names_of(value: object, separator: str = "") -> tuple[str, ...]:
    """Return the names in a cell, cleaned, each once.

    >>> names_of("['drama', 'war']"), names_of("a|b|a", "|"), names_of('[{"name": "Action"}]')
    (('drama', 'war'), ('a', 'b'), ('Action',))
    """
    parts = _parts(value, separator)
    names = (text_of(p)[:LONGEST_NAME].strip(" ,;|") for p in parts)
    kept = dict.fromkeys(n for n in names if n.lower() not in MISSING)
    return tuple(kept)[:MOST_NAMES]


def _parts(value: object, separator: str) -> Iterable[object]:
    if isinstance(value, list | tuple | set):
        return [_name(v) for v in value]
    if isinstance(value, dict):
        return [k for k, v in value.items() if v is True] or [_name(value)]
    if not isinstance(value, str):
        return [value]
    literal = literal_list(value)
    if literal is not None:
        return [_name(v) for v in literal]
    return split(value, separator) if separator else [value]


def split(text: str, separator: str) -> list[str]:
    """Cut ``text`` at ``separator``; "Jr." and "Inc." stay with the name before a comma."""
    if separator != ",":
        return text.split(separator)
    parts: list[str] = []
    for part in re.split(r",(?!\d{3}\b)", text):
        if parts and _SUFFIX.fullmatch(part.strip()):
            parts[-1] = f"{parts[-1]},{part}"
        else:
            parts.append(part)
    return parts


def literal_list(text: str) -> Sequence[object] | None:
    """Return the list that ``text`` writes in JSON or Python; None where it does not.

    A record of flags, such as "{quiet: True, loud: False}", is the list of those set.
    """
    text = text.strip()
    if text[:1] == "[" and text[-1:] == "]":
        for parse in (json.loads, ast.literal_eval):
            try:
                found = parse(text)
            except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
                continue
            return found if isinstance(found, list) else None
    if _FLAGS.fullmatch(text):
        return _FLAG_ON.findall(text)
    return None


def _name(value: object) -> object:
    if isinstance(value, dict):
        return next((value[k] for k in _NAME_KEYS if value.get(k)), None)
    return value
