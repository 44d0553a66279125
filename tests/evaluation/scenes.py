"""A toy catalogue of four films, and turns made by hand, for the tests of the checks."""

from __future__ import annotations

from typing import Any

from recllm.evaluation.checks import Check, Scene, Status
from recllm.evaluation.expectations import check_expectations
from recllm.evaluation.grounding import check_grounding
from recllm.evaluation.oracle import Oracle
from recllm.evaluation.scenarios import Expect
from recllm.types import (
    Act,
    Attribute,
    AttributeValue,
    Bucket,
    Constraint,
    Item,
    Kind,
    Op,
    Recommendation,
    Role,
    Schema,
    Session,
    Slate,
    State,
    Turn,
)

SCHEMA = Schema(
    attributes=(
        Attribute(name="year", kind=Kind.NUMBER, role=Role.YEAR),
        Attribute(name="runtime", kind=Kind.NUMBER, role=Role.DURATION, unit="minutes"),
        Attribute(name="directors", kind=Kind.LIST, role=Role.CREATOR),
        Attribute(name="cast", kind=Kind.LIST, role=Role.PERFORMER),
        Attribute(name="genres", kind=Kind.LIST, role=Role.GENRE),
        Attribute(name="countries", kind=Kind.LIST, role=Role.COUNTRY),
        Attribute(name="languages", kind=Kind.LIST, role=Role.LANGUAGE),
        Attribute(name="views", kind=Kind.NUMBER, role=Role.POPULARITY),
        Attribute(name="filmed", kind=Kind.DATE),
        Attribute(name="restored", kind=Kind.BOOLEAN),
    ),
    noun="film",
)


def item(id: str, title: str, text: str, **attributes: AttributeValue) -> Item:
    return Item(id=id, title=title, text=text, attributes=attributes)


QUIET = item(
    "quiet",
    "Quiet Orbit",
    "A miner alone in orbit hears a second voice on the radio and doubts every memory.",
    year=2009.0,
    runtime=97.0,
    directors=("Ada Lind",),
    cast=("Sam Reed", "Kay Moss", "Lee Fox"),
    genres=("Science fiction", "Drama"),
    countries=("United Kingdom",),
    languages=("English",),
    views=1_234_567.0,
    filmed="2008-05-17",
    restored=True,
)
BAKERY = item(
    "bakery",
    "The Bakery",
    "Two rivals bake for one village.",
    year=1998.0,
    runtime=88.0,
    directors=("Ben Okri", "Mia Sand"),
    cast=("Kay Moss",),
    genres=("Comedy",),
    countries=("France",),
    languages=("French",),
    restored=False,
)
HARBOUR = item(
    "harbour",
    "Loud Harbour",
    "A harbour master hunts a smuggler.",
    year=2015.0,
    runtime=131.0,
    directors=("Ada Lind",),
    genres=("Thriller", "Drama"),
    countries=("United States", "France"),
    languages=("English", "French"),
)
SHORE = item("shore", "Shore", "", year=1965.0, genres=("Drama",), countries=("Italy",))
ORACLE = Oracle(SCHEMA, [QUIET, BAKERY, HARBOUR, SHORE])


def slate(*items: Item, explanations: tuple[str, ...] = (), relaxed: bool = False) -> Slate:
    said = (*explanations, *("" for _ in items))
    return Slate(
        items=tuple(
            Recommendation(item=i, bucket=Bucket.GOOD, score=0.5, explanation=e)
            for i, e in zip(items, said, strict=False)
        ),
        relaxed=(Constraint(attribute="runtime", op=Op.LE, values=(60.0,)),) if relaxed else (),
    )


def turn(reply: str = "Here you are.", message: str = "a film please", **fields: Any) -> Turn:
    given = {"act": Act.RECOMMEND, **fields}
    return Turn(message=message, reply=reply, **given)


def scene(now: Turn, *before: Turn, barred: frozenset[str] = frozenset()) -> Scene:
    session = Session(id="s", catalog="films", turns=before)
    return Scene(ORACLE, session, now, barred)


SHOWN = turn(slate=slate(QUIET, BAKERY), state=State(shown=("quiet", "bakery")))
"""A turn that shows two films: what "slate[-1]" means in most tests."""


def expected(now: Turn, *before: Turn, **expect: Any) -> list[Check]:
    """Return the outcome of ``expect`` for ``now``, after the turns ``before``."""
    return check_expectations(Expect.model_validate(expect), scene(now, *before))


def status(now: Turn, *before: Turn, **expect: Any) -> list[str]:
    return [c.status.value for c in expected(now, *before, **expect)]


def ungrounded(now: Turn, *before: Turn, **options: Any) -> dict[str, str]:
    """Return the grounding checks that failed, with their details."""
    barred = options.pop("barred", frozenset())
    checks = check_grounding(scene(now, *before, barred=barred), **options)
    assert all(c.grounding for c in checks)
    return {c.kind: c.detail for c in checks if c.status is Status.FAILED}
