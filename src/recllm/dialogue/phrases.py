"""What the system says when code does the talking. Wordings vary by turn, never by chance."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recllm.catalog.vocabulary import figure_of
from recllm.dialogue.questions import in_words, with_unit
from recllm.text import listing
from recllm.types import Bucket, Constraint, Item, Kind, Op, Role, Schema, Slate

_PLURALS = {"series": "series", "person": "people"}


def plural(noun: str) -> str:
    """Return the plural of what the catalogue calls its items."""
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"


def pick(options: Sequence[str], turn: int) -> str:
    """Choose a wording by the number of the turn, so that a conversation does not repeat itself."""
    return options[turn % len(options)]


def condition_in_words(constraint: Constraint, schema: Schema) -> str:
    """Say a condition as a person would, in the user's own words where they are known."""
    if constraint.words:
        return f"“{constraint.words.strip()}”"
    attribute = schema.get(constraint.attribute)
    name = constraint.attribute.replace("_", " ")
    value = listing([in_words(v) for v in constraint.values], last="or")
    unit = f" {attribute.unit}" if attribute and attribute.unit else ""
    signs = {
        Op.EQ: f"{name}: {value}{unit}",
        Op.NE: f"not {value}",
        Op.LT: f"{name} under {value}{unit}",
        Op.LE: f"{name} up to {value}{unit}",
        Op.GT: f"{name} over {value}{unit}",
        Op.GE: f"{name} from {value}{unit}",
    }
    return signs[constraint.op]


def relaxed_note(slate: Slate, schema: Schema) -> str:
    """Say what was given up because nothing passed all conditions; empty if nothing was."""
    if not slate.relaxed:
        return ""
    given_up = listing(list(dict.fromkeys(condition_in_words(c, schema) for c in slate.relaxed)))
    nouns = schema.noun if len(slate.items) == 1 else plural(schema.noun)
    nearest = nearest_note(slate, schema)
    nearest = f"; {nearest}" if nearest else ""
    told = f"Nothing in the catalogue meets all of that, so I let go of {given_up}{nearest}."
    return f"{told} The closest {nouns}:"


def nearest_note(slate: Slate, schema: Schema) -> str:
    """Tell the figure of the item that comes nearest to a bound that nothing kept; else empty."""
    figures = [c for c in slate.relaxed if c.op not in (Op.EQ, Op.NE)]
    columns = {c.attribute for c in slate.relaxed}
    attribute = schema.get(figures[0].attribute) if figures and len(columns) == 1 else None
    if attribute is None:
        return ""
    bounds = [float(v) for c in figures for v in c.values]
    near = [
        (min(abs(value - b) for b in bounds), n, value)
        for n, r in enumerate(slate.items)
        if (value := figure_of(r.item, attribute)) is not None
    ]
    if not near:
        return ""
    _, place, value = min(near)
    item = slate.items[place].item
    told = in_words(value) if attribute.kind is Kind.DATE else with_unit(item, attribute)
    return f"the nearest is {item.title} with {told}"


def over_slate(slate: Slate, schema: Schema, wished: bool) -> tuple[list[str], list[str]]:
    """Return ways to introduce a slate, and ways to offer the next step; all are true of it.

    Args:
        slate: what is shown.
        schema: what there is to change ("shorter") and what items are called.
        wished: whether the person wished for anything in particular.
    """
    count, first = len(slate.items), slate.items[0].item.title
    noun = schema.noun if count == 1 else plural(schema.noun)
    if slate.relaxed:
        return [f"{relaxed_note(slate, schema)} {_titles(slate)}."], _offers(schema)
    if not wished:
        return [f"A mixed bag to choose from: {_titles(slate)}."], _offers(schema)
    if not any(r.bucket in (Bucket.EXCELLENT, Bucket.GOOD) for r in slate.items):
        come = "comes" if count == 1 else "come"
        return [f"Nothing fits squarely, but {_titles(slate)} {come} closest."], _offers(schema)
    if count == 1:
        return [f"One {noun} fits: {first}."], _OFFERS_OF_ONE
    leads = [
        f"Here are {count} {noun} that should suit; I would start with {first}.",
        f"Try these. {first} is the closest to what you describe.",
        f"I have {count} for you, {first} first.",
        f"These come to mind: {_titles(slate)}.",
    ]
    return leads, _offers(schema)


_OFFERS_OF_ONE = [
    "Does that sound right, or shall I look further?",
    "Ask me about it, or say what to change.",
]


def _titles(slate: Slate) -> str:
    return listing([r.item.title for r in slate.items])


def _offers(schema: Schema) -> list[str]:
    ways = ["something more like one of them"]
    if schema.having(Role.DURATION, Role.LENGTH):
        ways.append("shorter")
    if schema.having(Role.YEAR):
        ways.append("older")
    if schema.having(Role.PRICE):
        ways.append("cheaper")
    return [
        "Tell me which one comes close, or what is off.",
        f"Shall I look for {listing(ways[:3], last='or')}?",
        "Ask me about any of them, or say what to change.",
    ]


def nothing_found(schema: Schema, shown: int) -> str:
    """Say that no item is left."""
    nouns = plural(schema.noun)
    if shown:
        return (
            f"I have no more {nouns} that fit this beyond those you have seen here. "
            "Shall we change something about the wish?"
        )
    return f"I find no {schema.noun} for that in this catalogue. Could you put it differently?"


def greet(schema: Schema, size: int, examples: Sequence[str]) -> str:
    """Answer a greeting with what can be asked; a ``size`` of 0 is one that nobody knows."""
    hint = f" For example {listing(list(examples), last='or')}." if examples else ""
    know = f"know {size}" if size else "look for"
    return f"Hello! I {know} {plural(schema.noun)}. What do you feel like?{hint}"


def ask(schema: Schema, options: Sequence[str]) -> tuple[str, ...]:
    """Return questions for what is wanted, with real options from the catalogue."""
    choices = listing(list(options[:4]), last="or")
    return (
        f"Gladly. What are you in the mood for: {choices}? Or name a {schema.noun} you loved.",
        f"Tell me a little more: {choices}, or something else entirely?",
    )


HELP = (
    "I am RecLLM, a recommender that you can talk to. Say what you feel like, with any conditions; "
    "I look through this catalogue and say why I picked what I picked. Then push back: “more like "
    "the second”, “shorter”, “not that one”, “who made it?”, “why that one?”."
)
THANKS = ("You're welcome! Say the word if you want another.", "My pleasure. Enjoy!")
BYE = ("Goodbye, and enjoy!", "See you next time!")
INSULT = (
    "Sorry that I missed the mark. Tell me one thing that was wrong, and I will do better.",
    "Fair enough. What should be different: the kind, the mood, or the length?",
)
UNSAID = (
    "All right, that counts no more. What would you like instead?",
    "Taken back. Tell me what you would like instead.",
)
ACKNOWLEDGE = (
    "Shall I tell you more about one of these, or look for others?",
    "Just say what to change, or ask me about any of them.",
)
_SMALL_TALK: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"how are|how(?:['’]s| is) (?:it|life|everything)|what['’]?s up|how was your",
        (
            "I'm doing fine, thank you. And you: what do you feel like today?",
            "All well here, thank you. What are you in the mood for?",
        ),
    ),
    (r"joke", ("I leave the jokes to the professionals. Shall I find you something funny?",)),
    (
        r"\b(?:do|are) you\b|favou?rite",
        ("I have no tastes of my own, only a catalogue and what you tell me. What do you like?",),
    ),
    (
        r"tired|exhausted|long|hard|rough|bad|sad|lonely|sick|stressed|terrible",
        ("Sorry to hear that. Something gentle, or something to take your mind off it?",),
    ),
    (r"birthday", ("Happy birthday! What would make a good evening of it?",)),
)
_SMALL_TALK_ELSE = (
    "I hear you. Shall I find something that suits the moment?",
    "Thank you for telling me. What would go well with that?",
    "I see. Would you like something light, or something to get lost in?",
)


def small_talk(message: str) -> tuple[str, ...]:
    """Return answers to small talk in kind, which lead back to the matter."""
    for pattern, options in _SMALL_TALK:
        if re.search(pattern, message, re.IGNORECASE):
            return options
    return _SMALL_TALK_ELSE


OFF_TOPIC = (
    "That is beyond me: I only know this catalogue. But I can find you {a_noun}. Any wishes?",
    "I can't help with that, only with finding {a_noun}. Any mood or subject in mind?",
)
REMARK = (
    "I'm not sure I follow. Tell me what you would like, or name {a_noun} that you enjoyed.",
    "Could you put that differently? A mood, a subject or {a_noun} you liked is enough.",
)


def no_such_number(slate: Sequence[Item], schema: Schema) -> str:
    """Say that the last slate has no item of that number."""
    if len(slate) == 1:
        return f"There was only one: {slate[0].title}. Did you mean that?"
    return f"I showed {len(slate)}: {listing([i.title for i in slate])}. Which one do you mean?"


def article(noun: str) -> str:
    """Put "a" or "an" before a noun."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def accept(titles: Sequence[str]) -> tuple[str, ...]:
    """Return answers to a person who has chosen."""
    if not titles:
        return ("Glad to hear it. Enjoy!", "Lovely. Enjoy!")
    name = listing(list(titles))
    return (f"Good choice. Enjoy {name}!", f"{name} it is. I hope you like it!")


def not_here(names: Sequence[str]) -> str:
    """Say that the catalogue does not hold what was asked about."""
    verb = "are" if len(names) > 1 else "is"
    told = listing([f"“{n}”" for n in names])
    return f"{told} {verb} not in this catalogue. Describe it, and I look for something like it."


def caveats(unknown: Sequence[str], lacking: Sequence[tuple[str, str]]) -> str:
    """Say what of a message the search cannot go by: names and columns that are not there."""
    told = [unknown_titles(unknown)] if unknown else []
    told += [
        f"The records here do not give {what}, so I cannot go by “{words}”."
        for what, words in lacking
    ]
    return " ".join(told)


def ask_about(names: Sequence[str], schema: Schema) -> str:
    """Ask what somebody liked in things that the catalogue does not hold."""
    verb, it_is, it = ("are", "they are", "them") if len(names) > 1 else ("is", "it is", "it")
    told = listing([f"“{n}”" for n in names])
    kind = "a mood, a subject, a person" if schema.having(Role.CREATOR) else "a mood or a subject"
    return (
        f"{told} {verb} not in this catalogue, so I do not know what {it_is} like. "
        f"What did you like about {it}: {kind}?"
    )


def unknown_titles(names: Sequence[str]) -> str:
    """Say that a named title is not in the catalogue."""
    verb = "are" if len(names) > 1 else "is"
    return (
        f"{listing([f'“{n}”' for n in names])} {verb} not in this catalogue, so I go by your words."
    )
