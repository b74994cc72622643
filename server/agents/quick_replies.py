"""Quick replies: an agent's own texts under shortcuts, some of them shared with all agents. Only its owner changes one."""

from dataclasses import dataclass
from typing import Any

from server.core.errors import Conflict, Forbidden, NotFound
from server.core.identity import Identity, public
from server.schemas.agents import QuickReply as QuickReplyShown
from server.schemas.agents import SaveQuickReply
from server.schemas.render import listing, render
from store.people import People
from store.quick_replies import QuickReplies, QuickReply
from store.records import Person

REPLIES_MAX = 500  # an agent: a bound against runaways, so that a list is always whole


@dataclass(frozen=True)
class Replies:
    replies: QuickReplies
    people: People

    async def listed(self, who: Identity) -> dict[str, Any]:
        """One's own and the shared ones, by shortcut."""
        found = await self.replies.for_agent(who.id)
        owners = await self.people.by_ids(reply.owner_id for reply in found)
        return listing([shown_reply(reply, owners[reply.owner_id]) for reply in found])

    async def save(self, who: Identity, given: SaveQuickReply) -> dict[str, Any]:
        """With an id new words for one's own; else a new one, the same client_id again: the one made then.

        Raises NotFound, Forbidden for another agent's shared one, Conflict for a shortcut one has already.
        """
        if given.id:
            saved = await self.replies.edit_if_owned(given.id, who.id, given.shortcut, given.body, given.shared)
            if saved is None:
                raise await self._not_yours(given.id)
        else:
            saved = await self._add(who.id, given.client_id or "", given.shortcut, given.body, bool(given.shared))
        return {"quick_reply": shown_reply(saved, who.person)}

    async def delete(self, who: Identity, reply_id: str) -> dict[str, Any]:
        """One's own is gone; again: answers as the first time. Raises as `save`."""
        if not await self.replies.delete_if_owned(reply_id, who.id):
            raise await self._not_yours(reply_id)
        return {}

    async def _add(self, owner_id: str, client_id: str, shortcut: str, body: str, shared: bool) -> QuickReply:
        made = await self.replies.made_under(owner_id, client_id)
        if made is None and await self.replies.count(owner_id) >= REPLIES_MAX:
            raise Conflict(f"an agent has at most {REPLIES_MAX} quick replies")
        made = made or await self.replies.add(owner_id, client_id, shortcut, body, shared)
        made = made or await self.replies.made_under(owner_id, client_id)
        if made is None or made.deleted:
            raise Conflict("this quick reply was deleted since")
        return made

    async def _not_yours(self, reply_id: str) -> Forbidden | NotFound:
        """Another's own one and a missing one read the same; a shared one everybody sees."""
        if await self.replies.is_shared(reply_id):
            return Forbidden("only its owner changes a shared quick reply")
        return NotFound("there is no such quick reply, or it is not yours")


def shown_reply(reply: QuickReply, owner: Person) -> dict[str, Any]:
    return render(QuickReplyShown, reply, owner=public(owner))
