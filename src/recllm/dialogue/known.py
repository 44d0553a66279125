"""What is remembered of a person, in the words of one catalogue, as far as the talk lets it stand.

The conversation overrides the profile: a fact that speaks against what is asked for is set aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from recllm.address import to_you
from recllm.dialogue.figures import negate
from recllm.dialogue.lexicon import Lexicon
from recllm.dialogue.mentions import STOPWORDS, TermMention, find_terms, find_titles
from recllm.dialogue.moves import Move
from recllm.dialogue.reading import Reading
from recllm.dialogue.wishes import read_wishes
from recllm.facts import Fact, FactKind
from recllm.text import normalise, words
from recllm.types import Concept, Constraint, Op, Query, State

_REFUSES = re.compile(
    r"\b(?:allerg\w+|intoleran\w+|avoids?|cannot|can['’]t|never|no|not|nothing|doesn['’]t|don['’]t|without|"
    r"phobi\w+|afraid|scared|terrified|hates?|dislikes?|refuses?|shuns?|boycotts?|fears?|dreads?|"
    r"(?:stays?|keeps?|shies|steers?) (?:well |far )?(?:away|clear))\b",
    re.IGNORECASE,
)
_PURSUES = re.compile(
    r"\b(?:learn|stud(?:y|ies)|studying|practis|practic|train|play|interest|curious|research|writ|"
    r"collect|work(?:s|ing) (?:as|on|in)|is an?\b)",
    re.IGNORECASE,
)
"""Of what is so in somebody's life, these are what a recommendation may pick up."""
_DEMANDS = re.compile(r"\b(?:only|must|needs?|vegan|vegetarian|kosher|halal|strictly)\b", re.I)
_MOST_TASTES, _MOST_LIKED = 6, 10
_LONGEST_READ, _MOST_READ = 300, 2048
_WANTED = (FactKind.LIKE, FactKind.GOAL, FactKind.CONTEXT)


Where: TypeAlias = tuple[Constraint, ...]
Concepts: TypeAlias = tuple[Concept, ...]


class Known(NamedTuple):
    """The facts that bear on a turn.

    ``facts`` are those that stand, with ``concepts`` and ``where`` in the catalogue's words;
    ``aside`` those that the conversation overrides; ``of_items`` all facts about items of this
    catalogue, whether or not they bear on the turn.
    """

    facts: tuple[Fact, ...] = ()
    aside: tuple[Fact, ...] = ()
    of_items: tuple[Fact, ...] = ()

    @property
    def where(self) -> tuple[Constraint, ...]:
        """The conditions of hard constraints."""
        hard = (f for f in self.facts if f.kind is FactKind.CONSTRAINT)
        return tuple(dict.fromkeys(c for f in hard for c in f.where))

    @property
    def exclude(self) -> tuple[str, ...]:
        """Ids of items that the person knows already or does not want."""
        kinds = (FactKind.POSSESSION, FactKind.DISLIKE)
        facts = (*self.facts, *self.of_items)
        return tuple(dict.fromkeys(i for f in facts if f.kind in kinds for i in f.items))

    @property
    def liked(self) -> tuple[str, ...]:
        """Ids of items that the person took to, the latest last."""
        mine = (f for f in (*self.of_items, *self.facts) if f.kind is FactKind.LIKE)
        return tuple(dict.fromkeys(i for f in mine for i in f.items))[-_MOST_LIKED:]

    @property
    def tastes(self) -> tuple[Concept, ...]:
        """What the person likes, is after or busy with, to go by where nothing is asked for."""
        return tuple(c for f in self.facts if f.kind in _WANTED for c in f.concepts if c.sign > 0)[
            :_MOST_TASTES
        ]

    @property
    def telling(self) -> tuple[str, ...]:
        """Those sentences that say something in this catalogue's words, to search by."""
        wanted = (f for f in self.facts if f.kind in _WANTED and f.concepts)
        return tuple(dict.fromkeys(f.text for f in wanted))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The facts that stand, as they are written."""
        return tuple(dict.fromkeys(f.text for f in self.facts))


class FactReader:
    """Puts facts into the words of one catalogue; what it has read once it need not read again.

    Args:
        lexicon: the catalogue's columns and words.
        catalog: the catalogue's name; items and conditions of other catalogues mean nothing here.
    """

    def __init__(self, lexicon: Lexicon, catalog: str) -> None:
        self._lexicon = lexicon
        self._catalog = catalog
        self._read: dict[tuple[str, FactKind], tuple[Where, Concepts]] = {}

    def weigh(
        self, facts: Sequence[Fact], state: State, message: str, of_items: Sequence[Fact] = ()
    ) -> Known:
        """Put ``facts`` into the catalogue's words and set aside what the conversation overrides.

        Args:
            facts: those that were brought up.
            state: the state of the conversation, the new message included.
            message: the new message.
            of_items: all facts about items, brought up or not.
        """
        here = tuple(f for f in of_items if f.catalog in ("", self._catalog))
        if not facts:
            return Known(of_items=here)
        asked = _Asked.of(state, message, self._lexicon)
        stand: list[Fact] = []
        aside: list[Fact] = []
        for fact in map(self.meaning, facts):
            (aside if asked.overrides(fact) else stand).append(fact)
        return Known(tuple(stand), tuple(aside), here)

    def meaning(self, fact: Fact) -> Fact:
        """Return ``fact`` with concepts and conditions that this catalogue can execute.

        What the fact says in that form is kept where it is of this catalogue; else its sentence
        is read, with the sign that its kind gives it.
        """
        schema = self._lexicon.schema
        if fact.catalog not in ("", self._catalog):
            fact = fact.model_copy(update={"items": (), "concepts": (), "where": ()})
        where = tuple(c for c in fact.where if schema.get(c.attribute))
        concepts = tuple(c for c in fact.concepts if not c.attribute or schema.get(c.attribute))
        if not where and not concepts and not fact.items:
            key = (fact.text, fact.kind)
            if key not in self._read:
                while len(self._read) >= _MOST_READ:
                    self._read.pop(next(iter(self._read)))
                self._read[key] = _read(fact, self._lexicon)
            where, concepts = self._read[key]
        return fact.model_copy(update={"where": where, "concepts": concepts})


def informed(query: Query, known: Known, reading: Reading) -> Query:
    """Return ``query`` with what is known of the person; items named now are not left out.

    Where nothing in particular is asked for, what the person likes is all there is to go by.
    """
    exclude = [i for i in known.exclude if i not in reading.about]
    free = not query.wished or (
        reading.move in (Move.SURPRISE, Move.VAGUE) and not (query.concepts or query.similar_to)
    )
    concepts = (*query.concepts, *(known.tastes if free else ()))
    liked = [i for i in known.liked if i not in reading.about]
    return query.model_copy(
        update={
            "facts": known.telling,
            "concepts": concepts,
            "where": tuple(dict.fromkeys((*query.where, *known.where))),
            "exclude": tuple(dict.fromkeys((*query.exclude, *exclude, *liked))),
            # What was liked in earlier conversations counts only where little is asked for: a wish
            # is not to be drowned in a life's favourites.
            "liked": tuple(dict.fromkeys((*(liked if free else ()), *query.liked))),
        }
    )


def _read(fact: Fact, lexicon: Lexicon) -> tuple[Where, Concepts]:
    # Addressed to the person it has the form of a message, which is what the readers know.
    text = (to_you(fact.text) or fact.text)[:_LONGEST_READ]
    verb = len(" ".join(text.split(" ")[:2]))
    figures = read_wishes(text, lexicon, (), ()).figures
    titles = [(m.start, m.end) for m in find_titles(text, lexicon.vocabulary)]
    terms = find_terms(text, lexicon, [(0, verb), *titles, *figures])
    if fact.kind is FactKind.CONSTRAINT:
        return _conditions(text, terms, _figures(text, lexicon))
    if titles or fact.kind is FactKind.POSSESSION:
        return (), ()  # a title says nothing of other items
    sign = -1 if fact.kind is FactKind.DISLIKE else 1
    if fact.kind is FactKind.CONTEXT and not _PURSUES.search(text):
        return (), ()  # where somebody lives or with whom is no wish
    found = _concepts(terms, text, sign, anyway=sign < 0)
    return (), found or (() if figures else _topic(text, sign))


def _figures(text: str, lexicon: Lexicon) -> list[Constraint]:
    """Read figures, turned round if refused: "never watches anything over two hours"."""
    plain, refusals = _REFUSES.subn(" ", text)
    found = [c for c in read_wishes(plain, lexicon, (), ()).where if _is_figure(c)]
    return negate(found) if refusals and found else found


def _concepts(
    terms: Sequence[TermMention], text: str, sign: int, *, anyway: bool = False
) -> tuple[Concept, ...]:
    """Return the values named in ``text``: refused ones turn the sign, unless it holds anyway."""
    found: list[Concept] = []
    for term in terms:
        turned = -sign if term.negated and not anyway else sign
        said = text[term.start : term.end]
        found += [
            Concept(text=v, sign=1 if turned > 0 else -1, attribute=term.attribute, words=said)
            for v in term.values
        ]
    return tuple(dict.fromkeys(found))


def _conditions(
    text: str, terms: Sequence[TermMention], figures: Sequence[Constraint]
) -> tuple[tuple[Constraint, ...], tuple[Concept, ...]]:
    """Read a hard constraint: figures, refused values and demanded ones."""
    refuses, demands = _REFUSES.search(text), _DEMANDS.search(text)
    where = list(figures)
    for term in terms:
        op = Op.NE if refuses or term.negated else Op.EQ if demands else None
        if op:
            said = text[term.start : term.end]
            where.append(
                Constraint(attribute=term.attribute, op=op, values=term.values, words=said)
            )
    refused = _topic(text, -1) if refuses and not where else ()
    return tuple(dict.fromkeys(where)), refused


def _is_figure(constraint: Constraint) -> bool:
    return all(isinstance(v, float | int) for v in constraint.values)


_EMPTY = frozenset(
    words(
        "user person likes like loves love enjoys enjoy prefers prefer wants want needs need has "
        "have owns own is are was were be been being does do not no never cannot can't don't "
        "doesn't dislikes dislike hates hate stand bear avoids avoid allergic intolerant learning "
        "looking planning trying getting going interested interest into fond fan afraid scared "
        "really very much always often about with from that this which who their his her they "
        "reads reading watches watching plays playing works working lives living currently new "
        "films film movies movie books book talks talk items item things thing stuff games game"
    )
)
"""Words of a profile's sentences that name no topic."""


def _topic(text: str, sign: int) -> tuple[Concept, ...]:
    """Return the words that name the topic of ``text``: all of them must stand in a record."""
    dull = _EMPTY | STOPWORDS
    kept = [w for w in words(text) if w.isalpha() and len(w) > 2 and w not in dull]
    kept = [w for w in kept if not w.endswith("ly")]
    if not 0 < len(kept) <= 2:
        return ()  # more words than two say something that a record's words cannot show
    return (Concept(text=" ".join(kept), sign=1 if sign > 0 else -1),)


class _Asked(NamedTuple):
    """What the conversation asks for and refuses, as normalised words, and on which columns."""

    wanted: frozenset[str]
    refused: frozenset[str]
    columns: frozenset[str]

    @classmethod
    def of(cls, state: State, message: str, lexicon: Lexicon) -> _Asked:
        """Collect what ``state`` holds and ``message`` says."""
        terms = find_terms(message, lexicon)
        wanted = [v for t in terms if not t.negated for v in t.values]
        wanted += [c.text for c in state.concepts if c.sign > 0]
        wanted += [str(v) for c in state.where if c.op is Op.EQ for v in c.values]
        wanted += words(state.wants)
        refused = [v for t in terms if t.negated for v in t.values]
        refused += [c.text for c in state.concepts if c.sign < 0]
        refused += [str(v) for c in state.where if c.op is Op.NE for v in c.values]
        figures = (c for c in state.where if c.op not in (Op.EQ, Op.NE))
        return cls(_keys(wanted), _keys(refused), frozenset(c.attribute for c in figures))

    def overrides(self, fact: Fact) -> bool:
        """Whether the conversation asks for what ``fact`` refuses, or the other way round."""
        against = [w for c in fact.concepts if c.sign < 0 for w in _forms(c)]
        against += [str(v) for c in fact.where if c.op is Op.NE for v in c.values]
        towards = [w for c in fact.concepts if c.sign > 0 for w in _forms(c)]
        figures = any(_is_figure(c) and c.attribute in self.columns for c in fact.where)
        return figures or bool(_keys(against) & self.wanted or _keys(towards) & self.refused)


def _forms(concept: Concept) -> list[str]:
    """Return what a concept may be called: a column's value as a whole, free words one by one."""
    return [concept.text] if concept.attribute else [concept.text, *words(concept.text)]


def _keys(names: Iterable[str]) -> frozenset[str]:
    return frozenset(normalise(n).rstrip("s") for n in names if n)
