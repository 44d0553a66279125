"""Checks of every turn: what is shown and said is true of the records, what was refused stays out.

They are written apart from the product's own grounding (:mod:`recllm.ranking.grounding`), from
the records alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from recllm.evaluation.checks import Check, Scene, outcome
from recllm.evaluation.conditions import Condition, names, record_text
from recllm.evaluation.figures import figures, said, spelled_out
from recllm.evaluation.oracle import Named, Oracle
from recllm.evaluation.wording import contains, fold
from recllm.types import Constraint, Item

GROUNDING = ("reply", "record", "repeat", "titles", "numbers", "names")
_QUOTED = re.compile(r"[\"“«*_]([^\"”»*_\n]{1,80})[\"”»*_]")
_YEAR_AFTER = re.compile(r"[\"”»*_]*\s*\((\d{4})\)")
_URL = re.compile(r"https?://\S+")
_SENTENCE = re.compile(r"(?<=[.!?…])(?<!\b[A-Z]\.)(?<!\b[DMS][rst]\.)[\"”’)]*\s+|\n+")
"""An initial, or Dr, Mr, Ms and St, ends no sentence."""
_BORROWED = 6
"""Spaces in a sentence that two records do not share by chance."""
_DEMONYMS = {
    "american": "United States", "british": "United Kingdom", "english": "United Kingdom",
    "french": "France", "german": "Germany", "japanese": "Japan", "italian": "Italy",
    "spanish": "Spain", "indian": "India", "korean": "South Korea", "australian": "Australia",
    "canadian": "Canada", "swedish": "Sweden", "danish": "Denmark", "irish": "Ireland",
    "iranian": "Iran", "polish": "Poland", "mexican": "Mexico", "brazilian": "Brazil",
    "chinese": "China", "russian": "Russia", "soviet": "Soviet Union", "norwegian": "Norway",
}  # fmt: skip


class Ground(NamedTuple):
    """What may be said: the records that may be spoken of, the person's words, and figures."""

    items: tuple[Item, ...]
    said: str
    numbers: frozenset[float]


def check_grounding(scene: Scene, *, may_repeat: bool = False) -> list[Check]:
    """Return the outcome of the checks that hold for every turn.

    Args:
        scene: the turn.
        may_repeat: the person asked for something shown before, so that it may come again.
    """
    ground = _ground(scene)
    reply = [] if scene.turn.reply.strip() else ["the reply is empty"]
    checks = [outcome("reply", reply, grounding=True)]
    if scene.slate or scene.turn.mentioned:
        checks.append(outcome("record", _records(scene), grounding=True))
    if scene.slate:
        checks.append(outcome("repeat", _repeats(scene, may_repeat), grounding=True))
    checks.append(outcome("titles", _titles(scene, ground), grounding=True))
    checks.append(outcome("numbers", _numbers(scene, ground), grounding=True))
    checks.append(outcome("names", _names(scene, ground), grounding=True))
    return checks


def _ground(scene: Scene) -> Ground:
    known = dict(scene.before.items()) | {i.id: i for i in scene.turn.mentioned}
    known |= {i.id: i for i in scene.slate}
    state = scene.turn.state
    noted = (*state.similar_to, *state.liked, *state.rejected, *state.seen, state.focus)
    known |= {i: scene.oracle.items[i] for i in noted if i in scene.oracle.items}
    known |= {i: scene.oracle.items[i] for i in _named_by_user(scene)}
    return Ground(tuple(known.values()), scene.said, frozenset(_figures_allowed(scene)))


def _named_by_user(scene: Scene) -> set[str]:
    """Return the ids of titles that the person wrote, in whatever case if of several words."""
    several = [n for n in scene.oracle.titles_in(scene.said.title()) if " " in fold(n.value)]
    return {i for n in (*several, *scene.oracle.titles_in(scene.said)) for i in n.ids}


def _figures_allowed(scene: Scene) -> Iterable[float]:
    """Yield the figures that need no record: said, places and counts, bounds, catalogue counts."""
    yield from said(scene.said)
    longest = max([len(scene.slate), *(len(s) for s in scene.earlier)])
    yield from map(float, range(1, longest + 1))
    relaxed = scene.turn.slate.relaxed if scene.turn.slate else ()
    for constraint in (*scene.turn.state.where, *relaxed):
        for value in constraint.values:
            yield from said(str(value))
    yield float(len(scene.oracle.items))
    yield float(scene.oracle.count([_condition(c) for c in scene.turn.state.where]))


def _condition(constraint: Constraint) -> Condition:
    values = tuple(v for value in constraint.values for v in names(value))
    return Condition(column=constraint.attribute, op=constraint.op.value, values=values)


# ── What is shown ────────────────────────────────────────────────────────────────────────────


def _records(scene: Scene) -> list[str]:
    problems = []
    for item in (*scene.slate, *scene.turn.mentioned):
        true = scene.oracle.items.get(item.id)
        if true is None:
            problems.append(f"{item.title!r} ({item.id}) is not in the catalogue")
        elif true != item:
            problems.append(f"{item.title!r} ({item.id}) differs from its record")
    ids = [i.id for i in scene.slate]
    problems += [f"{i!r} is shown twice" for i in dict.fromkeys(ids) if ids.count(i) > 1]
    return problems


def _repeats(scene: Scene, may_repeat: bool) -> list[str]:
    noted = {*scene.before.state.rejected, *scene.before.state.seen}
    shown = {i.id for slate in scene.earlier for i in slate} if not may_repeat else set()
    problems = []
    for item in scene.slate:
        if item.id in scene.barred | noted:
            problems.append(f"{item.title!r} comes back, which was rejected or seen")
        elif item.id in shown:
            problems.append(f"{item.title!r} comes back, which was shown before")
    return problems


# ── What is said ─────────────────────────────────────────────────────────────────────────────


def _texts(scene: Scene) -> list[tuple[str, str, tuple[Item, ...]]]:
    """Return what the system said: where, the text, and the items that it speaks of."""
    cards = scene.turn.slate.items if scene.turn.slate else ()
    texts = [(f"explanation of {r.item.title!r}", r.explanation, (r.item,)) for r in cards]
    return [("reply", scene.turn.reply, ()), *texts]


def _titles(scene: Scene, ground: Ground) -> list[str]:
    allowed = {i.id for i in ground.items}
    records = fold("\n".join(record_text(i) for i in ground.items))
    problems = []
    for where, text, _ in _texts(scene):
        quoted = [m.span(1) for m in _QUOTED.finditer(text)]
        for named in scene.oracle.titles_in(text):
            single = len(fold(named.value).split()) == 1
            if single and (named.start, named.end) not in quoted:
                continue
            known = named.ids & allowed or f" {fold(named.value)} " in f" {records} "
            if not known and not contains(ground.said, named.value):
                problems.append(f"the {where} names {named.value!r}, not shown or spoken of")
            problems += _wrong_year(scene.oracle, named, text, where)
    return problems


def _wrong_year(oracle: Oracle, named: Named, text: str, where: str) -> list[str]:
    match = _YEAR_AFTER.match(text, named.end)
    if match is None or any(oracle.items[i] in oracle.titled(named.value, int(match[1]))
                            for i in named.ids):  # fmt: skip
        return []
    return [f"the {where} gives {named.value!r} the year {match[1]}"]


def _numbers(scene: Scene, ground: Ground) -> list[str]:
    problems = []
    for where, text, subject in _texts(scene):
        for sentence, items in _sentences(text, subject, ground, scene.oracle):
            allowed = {*ground.numbers, *(n for i in items for n in _figures_of(i))}
            # The longer form first: "two hours" is 120, not 2.
            wrong = [f for f in figures(_with_hours(sentence)) if not f.covers(allowed)]
            problems += [f"the {where} says {f.text!r}, which no record gives" for f in wrong]
    return problems


def _names(scene: Scene, ground: Ground) -> list[str]:
    problems = []
    for where, text, subject in _texts(scene):
        for sentence, items in _sentences(text, subject, ground, scene.oracle):
            found = scene.oracle.values_in if subject else scene.oracle.people_in
            grounds = "\n".join([ground.said, *(record_text(i) for i in items)])
            for written, value in found(sentence).items():
                known = contains(grounds, written) or contains(grounds, value)
                if not known and not _by_demonym(value, items, ground.said):
                    problems.append(f"the {where} says {value!r}, which its record does not")
            problems += _nations(sentence, items, grounds, where) if subject else []
        problems += _borrowed(text, scene.slate, subject, where)
    return problems


def _borrowed(text: str, slate: Sequence[Item], subject: tuple[Item, ...], where: str) -> list[str]:
    """Say which sentences of an explanation stand in the text of another item shown."""
    others = [i for i in slate if i not in subject] if subject else []
    long = [fold(s) for s in _SENTENCE.split(text) if s.count(" ") >= _BORROWED]
    own = fold("\n".join(record_text(i) for i in subject))
    return [
        f"the {where} says what the record of {other.title!r} says"
        for other in others
        if any(s in fold(other.text) and s not in own for s in long)
    ]


def _by_demonym(value: str, items: Sequence[Item], user: str) -> bool:
    """Whether a language or country is covered by its other form: "French" by France."""
    country = _DEMONYMS.get(fold(value))
    forms = [country] if country else [d for d, c in _DEMONYMS.items() if c == value]
    records = "\n".join([user, *(record_text(i) for i in items)])
    return any(contains(records, form) for form in forms)


def _nations(sentence: str, items: Sequence[Item], grounds: str, where: str) -> list[str]:
    said_ = [d for d in _DEMONYMS if re.search(rf"\b{d.capitalize()}\b", sentence)]
    return [
        f"the {where} says {demonym!r}, which its record does not"
        for demonym in said_
        if not contains(grounds, demonym) and not contains(grounds, _DEMONYMS[demonym])
    ]


def _sentences(
    text: str, subject: tuple[Item, ...], ground: Ground, oracle: Oracle
) -> list[tuple[str, tuple[Item, ...]]]:
    """Cut ``text`` into sentences without titles, each with the items whose records it may use.

    A sentence that names items speaks of those and of the ones named just before; one that names
    none, of its subject or of all.
    """
    text = _URL.sub(" ", text)
    known = {i.id: i for i in ground.items}
    named = [n for n in oracle.titles_in(text) if n.ids & known.keys()]
    pieces, start = [], 0
    before: dict[str, Item] = {}
    for end in [*(m.start() for m in _SENTENCE.finditer(text) if not _within(m.start(), named)),
                len(text)]:  # fmt: skip
        inside = [n for n in named if start <= n.start < end]
        items = {i: known[i] for n in inside for i in n.ids if i in known}
        sure = subject or any(_is_sure(n, text) for n in inside)
        usable = items | before | {i.id: i for i in subject}
        pieces.append(
            (_without(text, start, end, inside), tuple(usable.values()) if sure else ground.items)
        )
        start, before = end, items
    return pieces


def _is_sure(named: Named, text: str) -> bool:
    """Whether words are a title and not ordinary ones such as "No": several, long, or marked."""
    plural = len(fold(named.value).split()) > 1
    around = text[max(0, named.start - 1) : named.start], text[named.end : named.end + 2]
    return plural or len(named.value) > 3 or around[0] in ('"', "“", "*") or around[1] == " ("


def _within(place: int, named: Sequence[Named]) -> bool:
    return any(n.start < place < n.end for n in named)


def _without(text: str, start: int, end: int, named: Sequence[Named]) -> str:
    for title in named:
        text = text[: title.start] + "#" * (title.end - title.start) + text[title.end :]
    return text[start:end]


def _with_hours(text: str) -> str:
    """Return ``text`` with hours in digits, so that "two hours" is read as a duration."""
    return spelled_out(text) if re.search(r"\bhours?\b", text, re.I) else text


def _figures_of(item: Item) -> set[float]:
    found: set[float] = said(item.title) | said(item.text)
    for value in item.attributes.values():
        if isinstance(value, int | float):
            found.add(float(value))
        else:
            found |= {n for name in names(value) for n in said(name)}
    return found | {h for f in figures(item.text) for h in f.values}
