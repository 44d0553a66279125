"""``/profile`` in the chat: what is remembered beyond this conversation, shown and changed."""

from __future__ import annotations

from recllm.cli.profiles import lines_of
from recllm.cli.screen import one_line
from recllm.errors import RecLLMError
from recllm.profiles.control import ProfileControl
from recllm.recommender import Recommender
from recllm.types import Session

INCOGNITO = "This conversation is incognito: nothing of it is remembered, and nothing is looked up."
_HOW = (
    "Change it with /profile add SENTENCE, /profile edit N SENTENCE and /profile forget N; your "
    "own sentences win. “recllm profile” does the same and more."
)
_WRONG = "Say /profile, /profile add SENTENCE, /profile edit N SENTENCE or /profile forget N."


async def about_profile(
    recommender: Recommender, session: Session, argument: str = ""
) -> list[str]:
    """Do what ``/profile`` with ``argument`` asks for, and say it in lines.

    Args:
        recommender: whose memory it is about.
        session: the conversation; its user's profile is meant.
        argument: what stands behind the command: nothing, or an action with its words.
    """
    if session.incognito:
        return [INCOGNITO]
    memory = recommender.memory
    if memory is None:
        return ["Nothing is remembered between conversations: the setting “profiles” is off."]
    # What was said last may still be being read.
    await memory.drain()
    control = ProfileControl(memory.store)
    try:
        return await _done(control, session.user, argument)
    except RecLLMError as error:
        return [f"{error}"]


async def _done(control: ProfileControl, user: str, argument: str) -> list[str]:
    action, _, rest = argument.strip().partition(" ")
    rest = rest.strip()
    if not action:
        return await _shown(control, user)
    if action == "add" and rest:
        return [f"Remembered: {one_line((await control.add(user, rest)).text)}"]
    if action == "edit" and " " in rest:
        which, _, text = rest.partition(" ")
        return [f"Changed to: {one_line((await control.edit(user, which, text)).text)}"]
    if action == "forget" and rest:
        gone = await control.forget(user, rest.replace(",", " ").split())
        return [f"Forgotten: {one_line(fact.text)}" for fact in gone]
    return [_WRONG]


async def _shown(control: ProfileControl, user: str) -> list[str]:
    facts = (await control.show(user)).facts
    if not facts:
        return ["Remembered of you for later: nothing yet.", _HOW]
    return ["Remembered of you for later:", *lines_of(facts), _HOW]
