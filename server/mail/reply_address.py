"""The address to which a mail is answered: it names its chat, sealed for the address that the mail went to (seals.py).

`box+` and 36 letters and digits, whatever their case: providers write addresses in small letters, and shorten nothing up to 64
characters. It is good as long as the key is: who may write into the chat is judged when an answer comes.
"""

import hashlib
import hmac
from dataclasses import dataclass

from server.channels.mail import Address
from server.mail.seals import SEAL_BYTES, Seals, from_letters, to_letters

BOX_MAX = 27  # a local part has 64 characters at most
ID_BYTES = 12  # of a chat's id


@dataclass(frozen=True)
class ReplyAddresses:
    """`domain`: that of MAIL_FROM; `box`: what stands before the `+`, as providers who put all that goes to `box+...` into
    one mailbox want it.
    """

    seals: Seals
    domain: str
    box: str = "reply"

    @classmethod
    def of_sender(cls, seals: Seals, sender: Address) -> "ReplyAddresses":
        """Beside the address that mails are from, if that is short enough."""
        box = sender.address.rpartition("@")[0].lower()
        return cls(seals, sender.domain, box if len(box) <= BOX_MAX else "reply")

    def of_chat(self, chat_id: str, to: str) -> Address:
        """For a mail to this address."""
        signed = to_letters(bytes.fromhex(chat_id) + self.seals.seal(f"reply {chat_id}", to))
        return Address(f"{self.box}+{signed}@{self.domain}")


@dataclass(frozen=True)
class Replied:
    """The chat that an address of ours names. `seal`: None for an address of before, which did not say to whom it went."""

    chat_id: str
    seal: bytes | None


def read_reply_address(addresses: ReplyAddresses, address: str) -> Replied | None:
    """None for every address that is none of ours."""
    local, _, domain = address.strip().lower().rpartition("@")
    box, _, signed = local.rpartition("+")
    found = from_letters(signed) if box and domain == addresses.domain.lower() else None
    if found is None or len(found) != ID_BYTES + SEAL_BYTES:
        return None
    raw, seal = found[:ID_BYTES], found[ID_BYTES:]
    if addresses.seals.is_ours(f"reply {raw.hex()}", seal):
        return Replied(raw.hex(), seal)
    is_old = any(hmac.compare_digest(_old_seal(key, raw), seal) for key in addresses.seals.keys)
    return Replied(raw.hex(), None) if is_old else None


def _old_seal(key: bytes, raw: bytes) -> bytes:
    """Until it said to whom the mail went."""
    return hmac.digest(key, b"reply " + raw, hashlib.sha256)[:SEAL_BYTES]
