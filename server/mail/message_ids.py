"""The Message-IDs of the desk's mails, sealed for the address they go to. All mails of a chat to one address name one root,
so that they stand in one thread, and an answer to any of them proves to have seen one.
"""

from dataclasses import dataclass

from server.mail.seals import SEAL_BYTES, Seals, from_letters, to_letters

CHAT, DELIVERY = "chat", "delivery"


@dataclass(frozen=True)
class MessageIds:
    seals: Seals
    domain: str

    def of_delivery(self, delivery_id: str, to: str) -> str:
        """Of its mail: the same at every attempt."""
        return self._made(DELIVERY, delivery_id, to)

    def of_chat(self, chat_id: str, to: str) -> str:
        """What the mails of a chat refer to; no mail has this id itself."""
        return self._made(CHAT, chat_id, to)

    def is_for(self, what: str, seal: bytes, address: str) -> bool:
        """Whether a mail of ours to this very address carried the seal."""
        return self.seals.is_for(what, seal, address)

    def _made(self, kind: str, part: str, to: str) -> str:
        return f"<{kind}.{part}.{to_letters(self.seals.seal(f'{kind} {part}', to))}@{self.domain}>"


@dataclass(frozen=True)
class Named:
    """What a Message-ID of our form names. `seal`: None where it has none that is ours: then anybody may have made it up."""

    kind: str
    id: str
    seal: bytes | None

    @property
    def what(self) -> str:
        return f"{self.kind} {self.id}"


def read_message_id(ids: MessageIds, given: str) -> Named | None:
    """None for an id that has not our form."""
    local, _, at = given.strip().strip("<>").rpartition("@")
    kind, _, rest = local.partition(".")
    part, _, letters = rest.partition(".")
    if kind not in {CHAT, DELIVERY} or not part or at.lower() != ids.domain.lower():
        return None
    seal = from_letters(letters)
    is_ours = seal is not None and len(seal) == SEAL_BYTES and ids.seals.is_ours(f"{kind} {part}", seal)
    return Named(kind, part, seal if is_ours else None)
