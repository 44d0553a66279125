"""What the system says when code does the talking. Wordings vary by turn, never by chance."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recllm.dialogue.questions import in_words
from recllm.text import listing
from recllm.types import Bucket, Constraint, Item, Op, Role, Schema, Slate

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
    return f"Nothing in the catalogue meets all of that, so I let go of {given_up}. The closest {nouns}:"


def over_slate(slate: Slate, schema: Schema, turn: int, notes: Sequence[str] = ()) -> str:
    """Introduce a slate in a sentence or two and offer the next step."""
    count = len(slate.items)
    noun = schema.noun if count == 1 else plural(schema.noun)
    first = slate.items[0]
    good = sum(r.bucket in (Bucket.EXCELLENT, Bucket.GOOD) for r in slate.items)
    if slate.relaxed:
        lead = relaxed_note(slate, schema)
        lead += f" {listing([r.item.title for r in slate.items])}."
    elif not good:
        lead = (
            f"Nothing fits squarely, but {_titles(slate)} come{'s' if count == 1 else ''} closest."
        )
    elif count == 1:
        lead = f"One {noun} fits: {first.item.title}."
    else:
        lead = pick(
            (
                f"Here are {count} {noun} that should suit; I would start with {first.item.title}.",
                f"Try these. {first.item.title} is the closest to what you describe.",
                f"I have {count} for you, {first.item.title} first.",
                f"These come to mind: {_titles(slate)}.",
            ),
            turn,
        )
    return " ".join([*notes, lead, _offer(slate, schema, turn)]).strip()


def _titles(slate: Slate) -> str:
    return listing([r.item.title for r in slate.items])


def _offer(slate: Slate, schema: Schema, turn: int) -> str:
    ways = ["something more like one of them"]
    if schema.having(Role.DURATION, Role.LENGTH):
        ways.append("shorter")
    if schema.having(Role.YEAR):
        ways.append("older")
    if schema.having(Role.PRICE):
        ways.append("cheaper")
    offers = (
        f"Shall I look for {listing(ways[:3], last='or')}?",
        "Tell me which one comes close, or what is off.",
        "Ask me about any of them, or say what to change.",
    )
    return pick(offers, turn)


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
    """Answer a greeting with what can be asked."""
    hint = f" For example {listing(list(examples), last='or')}." if examples else ""
    return f"Hello! I know {size} {plural(schema.noun)}. What do you feel like?{hint}"


def ask(schema: Schema, options: Sequence[str], turn: int) -> str:
    """Ask what is wanted, with real options from the catalogue."""
    choices = listing(list(options[:4]), last="or")
    return pick(
        (
            f"Gladly. What are you in the mood for: {choices}? Or name a {schema.noun} you loved.",
            f"Tell me a little more: {choices}, or something else entirely?",
        ),
        turn,
    )


HELP = (
    "I am RecLLM, a recommender that you can talk to. Say what you feel like, with any conditions; "
    "I look through this catalogue and say why I picked what I picked. Then push back: “more like "
    "the second”, “shorter”, “not that one”, “who made it?”, “why that one?”."
)
THANKS = ("You're welcome! Say the word if you want another.", "My pleasure. Enjoy!")
BYE = ("Goodbye, and enjoy!", "See you next time!")
INSULT = (
    "Sorry that I missed the mark. Tell me one thing that was wrong with these, and I will do better.",
    "Fair enough. What should be different: the kind, the mood, or the length?",
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
    "Good to know. What would go well with that?",
)


def small_talk(message: str, turn: int) -> str:
    """Answer small talk in kind, and lead back to the matter."""
    for pattern, options in _SMALL_TALK:
        if re.search(pattern, message, re.IGNORECASE):
            return pick(options, turn)
    return pick(_SMALL_TALK_ELSE, turn)


OFF_TOPIC = (
    "That is beyond me: I only know this catalogue. But I can find you {a_noun}; what do you feel like?",
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


def accept(titles: Sequence[str], turn: int) -> str:
    """Answer a person who has chosen."""
    if not titles:
        return pick(("Glad to hear it. Enjoy!", "Lovely. Enjoy!"), turn)
    name = listing(list(titles))
    return pick((f"Good choice. Enjoy {name}!", f"{name} it is. I hope you like it!"), turn)


def not_here(names: Sequence[str]) -> str:
    """Say that the catalogue does not hold what was asked about."""
    verb = "are" if len(names) > 1 else "is"
    told = listing([f"“{n}”" for n in names])
    return f"{told} {verb} not in this catalogue. I can look for something like it, if you describe it."


def unknown_titles(names: Sequence[str]) -> str:
    """Say that a named title is not in the catalogue."""
    verb = "are" if len(names) > 1 else "is"
    return (
        f"{listing([f'“{n}”' for n in names])} {verb} not in this catalogue, so I go by your words."
    )
