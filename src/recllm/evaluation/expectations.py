"""The checks that a scenario asks of a turn, one function for each key of ``expect``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from recllm.evaluation.checks import Check, Scene, Status, outcome
from recllm.evaluation.conditions import Condition, holds, names
from recllm.evaluation.figures import figures, said
from recllm.evaluation.oracle import forms
from recllm.evaluation.pointers import Found, Pointer
from recllm.evaluation.scenarios import Answer, Expect
from recllm.evaluation.wording import contains, fold
from recllm.types import AttributeValue, Item

_ENOUGH = 2
"""Names of a list that an answer must give: "who is in it?" need not be the whole cast."""

_AS_ONE = ("act", "counts")
"""Keys whose values together are one check."""
_YES = re.compile(r"\b(?:yes|yep|yeah|indeed|that['’]s right)\b", re.IGNORECASE)
_NO = re.compile(r"\b(?:no|nope|not|neither)\b|n['’]t\b", re.IGNORECASE)


def check_expectations(expect: Expect, scene: Scene) -> list[Check]:
    """Return the outcome of all that ``expect`` asks of the turn of ``scene``.

    Where the turn speaks of a place of a slate that did not come up ("the third" of two), nothing
    can be expected of it: all its checks are skipped.
    """
    missing = next((p for p in expect.pointers() if p.slate and scene.find(p) is None), None)
    if missing:
        return _all(expect, Status.SKIPPED, f"there is no {missing} to speak of")
    return [check for reader in _READERS for check in reader(expect, scene)]


def failed_expectations(expect: Expect, reason: str) -> list[Check]:
    """Return every check that ``expect`` asks for as failed: the turn was not answered."""
    return _all(expect, Status.FAILED, reason)


def _all(expect: Expect, status: Status, reason: str) -> list[Check]:
    asked = [(k, v) for k in Expect.model_fields if (v := getattr(expect, k)) and k != "may_repeat"]
    asked += [("relaxed", False)] if expect.relaxed is False else []
    kinds = [
        k
        for k, v in asked
        for _ in range(len(v) if k not in _AS_ONE and isinstance(v, tuple) else 1)
    ]
    return [Check(kind=k, status=status, detail=reason) for k in kinds]


def _act(expect: Expect, scene: Scene) -> Iterator[Check]:
    if expect.act:
        wanted = " or ".join(expect.act)
        wrong = [f"did {scene.turn.act.value!r}, not {wanted}"]
        yield outcome("act", [] if scene.turn.act in expect.act else wrong)


def _slate(expect: Expect, scene: Scene) -> Iterator[Check]:
    size = expect.slate
    if size is not None:
        shown = len(scene.slate)
        wrong = [f"{shown} items shown, not {size.min} to {size.max}"]
        yield outcome("slate", [] if size.min <= shown <= size.max else wrong)


def _conditions(expect: Expect, scene: Scene) -> Iterator[Check]:
    for kind, conditions in (
        ("each", expect.each), ("most", expect.most), ("any", expect.any), ("first", expect.first),
    ):  # fmt: skip
        for condition in conditions:
            yield _condition(kind, condition, scene)


def _condition(kind: str, condition: Condition, scene: Scene) -> Check:
    other: tuple[Item, ...] = ()
    if condition.pointer:
        found = scene.find(condition.pointer)
        other = found.items if found else ()
        if not _possible(condition, other, scene):
            return _skipped(kind, condition.pointer)
    if not scene.slate:
        # Nothing shown satisfies nothing: an empty slate must not pass for a good one.
        return outcome(kind, [f"{condition}: nothing was shown"])
    looked_at = scene.slate[:1] if kind == "first" else scene.slate
    wrong = [i for i in looked_at if not holds(condition, i, other)]
    allowed = {"most": (len(scene.slate) - 1) // 2, "any": len(scene.slate) - 1}.get(kind, 0)
    problem = f"{condition} does not hold for {', '.join(i.title for i in wrong)}"
    return outcome(kind, [problem] if len(wrong) > allowed else [])


def _possible(condition: Condition, other: Sequence[Item], scene: Scene) -> bool:
    """Whether an item that may be shown satisfies a condition that is only known now."""
    shown = {item.id for slate in scene.earlier for item in slate} | scene.barred
    free = (i for i in scene.oracle.items.values() if i.id not in shown)
    return any(holds(condition, i, other) for i in free)


def _excludes(expect: Expect, scene: Scene) -> Iterator[Check]:
    shown = {i.id for i in scene.slate}
    yield from _pointed("excludes", expect.excludes, scene, lambda item: item.id not in shown, True)


def _offers(expect: Expect, scene: Scene) -> Iterator[Check]:
    offered = {i.id for i in (*scene.slate, *scene.turn.mentioned)}

    def is_offered(item: Item) -> bool:
        return item.id in offered or is_named(scene.turn.reply, item)

    yield from _pointed("offers", expect.offers, scene, is_offered)


def _names(expect: Expect, scene: Scene) -> Iterator[Check]:
    reply = scene.turn.reply
    yield from _pointed("names", expect.names, scene, lambda item: is_named(reply, item))


def _state(expect: Expect, scene: Scene) -> Iterator[Check]:
    state = scene.turn.state
    focus = (expect.focus,) if expect.focus else ()
    for kind, pointers, ids in (
        ("focus", focus, (state.focus,)),
        ("similar", expect.similar, (*state.similar_to, *state.liked)),
        ("rejected", expect.rejected, state.rejected),
        ("seen", expect.seen, state.seen),
    ):
        yield from _pointed(kind, pointers, scene, _among(ids))


def _among(ids: Sequence[str]) -> Callable[[Item], bool]:
    return lambda item: item.id in ids


def _answers(expect: Expect, scene: Scene) -> Iterator[Check]:
    for answer in expect.answers:
        found = scene.find(answer.item)
        values = _values(answer, found)
        if not values:
            yield _skipped("answers", answer.item)
            continue
        given = any(is_given(scene.turn.reply, v) for v in values)
        wrong = f"the reply does not give {answer.attribute} {_shown(values[0])} of {answer.item}"
        yield outcome("answers", [] if given else [wrong])


def _values(answer: Answer, found: Found | None) -> list[AttributeValue]:
    items = found.items if found else ()
    text = answer.attribute == "text"
    values = [i.text if text else i.attributes.get(answer.attribute) for i in items]
    return [v for v in values if v is not None and v not in ("", ())]


def _confirms(expect: Expect, scene: Scene) -> Iterator[Check]:
    for claim in expect.confirms:
        found = scene.find(claim.item)
        other = scene.find(claim.holds.pointer) if claim.holds.pointer else Found((), whole=False)
        if not found or not found.items or other is None:
            yield _skipped("confirms", claim.item)
            continue
        reply = scene.turn.reply
        item = found.items[0]
        true = holds(claim.holds, item, other.items)
        yes, no = bool(_YES.search(reply)), bool(_NO.search(reply))
        value = item.attributes.get(claim.holds.column)
        told = value is not None and any(is_given(reply, part) for part in _parts(value))
        told |= true and bool(re.search(r"\bit (?:is|does)\b", reply, re.IGNORECASE))
        right = (yes or told) and not no if true else (no or told) and not yes
        wrong = f"it is {true} that {claim.holds} of {item.title}, which the reply does not say"
        yield outcome("confirms", [] if right else [wrong])


def _explains(expect: Expect, scene: Scene) -> Iterator[Check]:
    if expect.explains:
        reply = scene.turn.reply

        def is_explained(item: Item) -> bool:
            facts = [v for value in item.attributes.values() for v in _parts(value)]
            return any(is_given(reply, fact) for fact in facts)

        yield from _pointed("explains", (expect.explains,), scene, is_explained)


def _counts(expect: Expect, scene: Scene) -> Iterator[Check]:
    if expect.counts:
        number = scene.oracle.count(expect.counts)
        given = number in said(scene.turn.reply) or (
            number == 0 and re.search(r"\b(?:no|none|not|any)\b|n['’]t\b", scene.turn.reply, re.I)
        )
        yield outcome("counts", [] if given else [f"the reply does not give the count {number}"])


def _wording(expect: Expect, scene: Scene) -> Iterator[Check]:
    for kind, patterns, wanted in (
        ("says", expect.says, True),
        ("says_not", expect.says_not, False),
    ):
        for pattern in patterns:
            found = bool(re.search(pattern, scene.turn.reply, re.IGNORECASE))
            wrong = f"the reply {'lacks' if wanted else 'has'} /{pattern}/"
            yield outcome(kind, [] if found == wanted else [wrong])


def _relaxed(expect: Expect, scene: Scene) -> Iterator[Check]:
    if expect.relaxed is not None:
        relaxed = bool(scene.turn.slate and scene.turn.slate.relaxed)
        wrong = "nothing was relaxed" if expect.relaxed else "a condition was relaxed"
        yield outcome("relaxed", [] if relaxed == expect.relaxed else [wrong])


_READERS: tuple[Callable[[Expect, Scene], Iterator[Check]], ...] = (
    _act, _slate, _conditions, _excludes, _offers, _names, _state, _answers, _confirms, _explains,
    _counts, _wording, _relaxed,
)  # fmt: skip


def _pointed(
    kind: str,
    pointers: Sequence[Pointer],
    scene: Scene,
    test: Callable[[Item], bool],
    every: bool = False,
) -> Iterator[Check]:
    """Yield a check for each of ``pointers``: ``test`` of the items it means."""
    for pointer in pointers:
        found = scene.find(pointer)
        if found is None or not found.items:
            yield _skipped(kind, pointer)
            continue
        holds_ = found._replace(whole=found.whole or every).all_or_any(test)
        titles = ", ".join(i.title for i in found.items)
        yield outcome(kind, [] if holds_ else [f"{kind} fails for {pointer} ({titles})"])


def _skipped(kind: str, pointer: Pointer) -> Check:
    return Check(kind=kind, status=Status.SKIPPED, detail=f"there is no {pointer} to speak of")


def is_named(reply: str, item: Item) -> bool:
    """Whether ``reply`` names ``item``, with its subtitle or without."""
    return any(contains(reply, form) for form in forms(item.title))


def is_given(reply: str, value: AttributeValue) -> bool:
    """Whether ``reply`` gives ``value``: a name in its words, a number in any usual form."""
    if isinstance(value, bool):
        return bool(re.search(r"\byes\b" if value else r"\bno\b|n['’]t\b", reply, re.I)) or (
            contains(reply, str(value))
        )
    if isinstance(value, int | float):
        return any(f.covers([float(value)]) for f in figures(reply))
    if isinstance(value, str):
        return contains(reply, value) or _gives_date(reply, value) or _retells(reply, value)
    return sum(contains(reply, v) for v in value) >= min(_ENOUGH, len(value))


def _retells(reply: str, text: str) -> bool:
    """Whether ``reply`` has two fifths of the long words of a ``text`` of a sentence or more."""
    long = {w for w in fold(text).split() if len(w) > 4}
    told = long & set(fold(reply).split())
    return len(long) > 5 and len(told) >= 0.4 * min(len(long), 25)


def _gives_date(reply: str, value: str) -> bool:
    return bool(re.fullmatch(r"\d{4}(?:-\d\d){1,2}", value)) and contains(reply, value[:4])


def _parts(value: AttributeValue) -> tuple[AttributeValue, ...]:
    return value if isinstance(value, tuple) else (value,)


def _shown(value: AttributeValue) -> str:
    return ", ".join(names(value))
