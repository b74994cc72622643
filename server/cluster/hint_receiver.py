"""Does what the hints of other processes say, for those who are connected here."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from server.cluster.envelopes import Hint
from server.connections.presence import ConnectionRegistry, renew_all
from server.core.rate_limits import Limits
from server.people.sessions import SessionRevoker
from server.push.visible import VisiblePages
from server.queue.positions import QueuePositions
from server.realtime.broadcast import EVENT, ChangedDocuments, SeenMessages
from server.realtime.delivery import Delivery
from server.realtime.desk_feed import DeskFeed
from server.realtime.rooms import Rooms
from server.realtime.typing import TypingEvents
from store.log.marks import Tallies
from store.log.messages import MessageLog
from store.log.records import Mark

log = logging.getLogger(__name__)

Body = dict[str, Any]


class HintReceiver:
    """`here` are the connections of this process. What a hint says is true, but may be late, or come twice."""

    def __init__(  # noqa: PLR0913  whoever has to know what happens elsewhere
        self,
        *,
        here: Delivery,
        feed: DeskFeed,
        typing: TypingEvents,
        positions: QueuePositions,
        messages: MessageLog,
        tallies: Tallies,
        seen: SeenMessages,
        changed: ChangedDocuments,
        session_revoker: SessionRevoker,
        limits: Limits,
        registry: ConnectionRegistry,
        rooms: Rooms,
        visible: VisiblePages,
    ) -> None:
        self._here, self._feed, self._typing = here, feed, typing
        self._messages, self._tallies, self._seen = messages, tallies, seen
        self._work: set[asyncio.Task[None]] = set()
        self._kinds: dict[str, Callable[..., object]] = {
            EVENT: self._event,
            "typing": typing.heard,
            "chat": feed.chat,
            "seat": feed.seat,
            "queue": positions.moved,
            "came": lambda customer_id: self._do(renew_all(registry, customer_id, rooms)),
            "place forgotten": here.forget_place,
            "session over": lambda session_id: self._do(session_revoker.close_session_here(session_id)),
            "person out": lambda person_id, but: self._do(
                session_revoker.close_person_here(person_id, but_session=but)
            ),
            "spent": limits.spent_elsewhere,
            "visible": visible.heard,
            "changed": lambda collection, ids: self._do(changed.heard(collection, ids)),
        }

    def hear(self, hint: Hint) -> None:
        """Never raises: a later version may hint what this one does not know."""
        try:
            self._kinds[hint[0]](*hint[1:])
        except Exception:
            log.exception("a hint cannot be used: %.200s", hint)

    def _event(self, targets: list[tuple[str, str]], event: str, body: Body) -> None:
        if event == "message":
            self._messages.heard(body["chat_id"], body["seq"])
            if not self._seen.note(body["chat_id"], body["seq"]):
                return
            self._feed.message(body)
        elif event == "receipt":
            self._note_marks(body)
        elif event in {"chat_ended", "chat_transferred"}:
            self._typing.moved(body.get("chat", body)["id"])
        for namespace, room in targets:
            self._here.pass_on(namespace, room, event, body)

    def _note_marks(self, body: Body) -> None:
        at = datetime.fromisoformat(body["at"])
        for kind in ("delivered", "read"):
            if seq := body[f"{kind}_seq"]:
                self._tallies.note(Mark(body["chat_id"], body["side"], kind, seq, at))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """What needs the database; should that fail, the gap reader or a job does the same later."""
        task = asyncio.get_running_loop().create_task(self._safely(work), name="heard")
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    @staticmethod
    async def _safely(work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            log.warning("what another process hinted at could not be done: %r", error)
