"""What is remembered of a person, brought up in a turn: for what is asked, then for what is found.

"Avoids beaches" has little to do with the words "hotels in the Maldives" and much with the hotels
that a search for them finds. So facts are chosen twice (RecLLM section 4): before the search,
because they may be conditions of it, and after it, because they may speak for or against an item.
"""

from __future__ import annotations

from dataclasses import dataclass

from recllm.dialogue.about_you import about_memory
from recllm.dialogue.known import FactReader
from recllm.dialogue.moves import Move
from recllm.dialogue.plan import Plan
from recllm.dialogue.query import spoken
from recllm.draft import Draft
from recllm.errors import RecLLMError
from recllm.profiles.remembering import Memory
from recllm.services.live import AnyCatalog
from recllm.types import Act

LOOKED_AT = 8
"""How many of the items found count: about those that may be shown."""


@dataclass(frozen=True)
class Reminder:
    """Brings up what is remembered, as far as the conversation lets it stand.

    Args:
        memory: what people are remembered by.
        reader: puts facts into the catalogue's words.
        catalog: has the vectors of what is found.
    """

    memory: Memory
    reader: FactReader
    catalog: AnyCatalog

    async def before(self, draft: Draft) -> None:
        """Bring up what bears on the message; a profile that cannot be read costs only itself."""
        if draft.session.incognito:
            return
        try:
            draft.recalled = await self.memory.recall(
                draft.session,
                spoken(draft.session, draft.message),
                anything=draft.reading.move in (Move.SURPRISE, Move.VAGUE),
            )
        except RecLLMError as error:
            draft.dropped.append(f"profile not read: {error}")
            return
        known = draft.recalled
        if answer := about_memory(draft.message, known.everything, known.forgotten):
            # Not a wish: nothing of it is looked for.
            unsaid = draft.reading.move is Move.UNSAY
            state = draft.state if unsaid else draft.session.state
            draft.plan, draft.state = Plan(Act.ANSWER, (answer,)), state
        self._weigh(draft)
        if draft.plan.act is Act.ASK and draft.reading.move is Move.VAGUE and draft.profile.tastes:
            draft.plan = Plan(Act.RECOMMEND)  # there is something to go by after all

    async def after(self, draft: Draft) -> None:
        """Bring up what bears on what was found besides; no item is encoded for it again."""
        found = [c.item.id for c in draft.found.candidates[:LOOKED_AT]]
        known = draft.recalled
        if not found or len(known.bearing) >= len(known.everything):
            return
        if not self.memory.compares(self.catalog.encoder_name):
            return
        try:
            offered = await self.catalog.vectors(found)
            said = spoken(draft.session, draft.message)
            draft.recalled = await self.memory.bring_up(said, known, offered)
        except RecLLMError as error:
            draft.dropped.append(f"profile not compared with what was found: {error}")
            return
        if draft.recalled is not known:
            self._weigh(draft)

    def _weigh(self, draft: Draft) -> None:
        recalled = draft.recalled
        draft.profile = self.reader.weigh(
            recalled.bearing, draft.state, draft.message, recalled.of_items
        )
