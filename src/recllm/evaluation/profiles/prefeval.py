"""PrefEval read: preferences, the questions they bear on, dialogues, choices and distractors.

The official files are those of amazon-science/PrefEval, ``benchmark_dataset``; they are not part of
this project (docs/profile-evaluation.md says where to put them).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from recllm.errors import EvaluationError

FORMS = {"choice": "choice-based", "persona": "persona-driven"}
"""The implicit dialogues: an option chosen, or a remark in talk of something else."""


class Example(NamedTuple):
    """A preference with its topic, the question it bears on, and the options to answer it.

    The first of ``options`` is the right one; ``dialogues`` are the user's messages by form.
    """

    topic: str
    preference: str
    question: str
    options: tuple[str, ...]
    dialogues: dict[str, tuple[str, ...]]


def load_prefeval(data: Path) -> list[Example]:
    """Read all examples in the order of their topics.

    Raises:
        EvaluationError: the files are missing or not as expected.
    """
    folder = data / "memory" / "prefeval"
    topics = sorted(p.stem for p in (folder / "explicit_preference").glob("*.json"))
    if not topics:
        raise EvaluationError(
            f"There is no PrefEval in {str(folder)!r}: docs/profile-evaluation.md says what goes "
            "there; set RECLLM_DATA to the folder that holds 'memory'."
        )
    try:
        return [e for topic in topics for e in _topic(folder, topic)]
    except (KeyError, TypeError, ValueError) as error:
        raise EvaluationError(
            f"PrefEval in {str(folder)!r} is not as expected: {error!r}"
        ) from error


def _topic(folder: Path, topic: str) -> list[Example]:
    explicit = _read(folder / "explicit_preference" / f"{topic}.json")
    choices = _read(folder / "mcq_options" / f"{topic}.json")
    forms = {
        form: _read(folder / "implicit_preference" / name / f"{topic}.json")
        for form, name in FORMS.items()
    }
    return [
        Example(
            topic=topic,
            preference=row["preference"].strip('" '),
            question=row["question"].strip('" '),
            options=tuple(choices[n]["classification_task_options"]),
            dialogues={form: _said(form, rows[n]["conversation"]) for form, rows in forms.items()},
        )
        for n, row in enumerate(explicit)
    ]


def _said(form: str, conversation: dict[str, Any]) -> tuple[str, ...]:
    if form == "choice":
        return (conversation["query"], conversation["user_selection"])
    return tuple(turn["user"] for _, turn in sorted(conversation.items(), key=lambda t: int(t[0])))


def load_distractors(data: Path) -> list[list[tuple[str, str]]]:
    """Read conversations about other things, as lists of (role, text).

    Raises:
        EvaluationError: the file is missing.
    """
    rows = _read(data / "memory" / "prefeval" / "filtered_inter_turns.json")
    return [[(m["role"], m["content"]) for m in row["conversation"]] for row in rows]


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(f"cannot read {str(path)!r}: {error}") from error
