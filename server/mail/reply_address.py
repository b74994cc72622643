"""The address to which a mail is answered: it names its chat, signed, so that nobody can make one up.

`box+` and 36 letters and digits, whatever their case: providers write addresses in small letters, and shorten nothing up to 64
characters. It is good as long as the key is: who may write into the chat is judged when an answer comes.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from server.channels.mail import Address

BOX_MAX = 27  # a local part has 64 characters at most
ID_BYTES = 12  # of a chat's id
SEAL_BYTES = 10


@dataclass(frozen=True)
class ReplyAddresses:
    """The first of `keys` signs, all are accepted. `domain`: that of MAIL_FROM; `box`: what stands before the `+`, as
    providers who put all that goes to `box+...` into one mailbox want it.
    """

    keys: tuple[bytes, ...]
    domain: str
    box: str = "reply"

    @classmethod
    def of_sender(cls, keys: tuple[bytes, ...], sender: Address) -> "ReplyAddresses":
        """Beside the address that mails are from, if that is short enough."""
        box = sender.address.rpartition("@")[0].lower()
        return cls(keys, sender.domain, box if len(box) <= BOX_MAX else "reply")

    def of_chat(self, chat_id: str) -> Address:
        raw = bytes.fromhex(chat_id)
        signed = base64.b32encode(raw + _seal(self.keys[0], raw)).decode().rstrip("=").lower()
        return Address(f"{self.box}+{signed}@{self.domain}")


def chat_of_address(addresses: ReplyAddresses, address: str) -> str | None:
    """The chat that an address of ours names; None for every other one."""
    local, _, domain = address.strip().lower().rpartition("@")
    box, _, signed = local.rpartition("+")
    if domain != addresses.domain.lower() or not box:
        return None
    text = signed.upper()
    try:
        found = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return None
    raw, seal = found[:ID_BYTES], found[ID_BYTES:]
    if len(found) != ID_BYTES + SEAL_BYTES:
        return None
    return raw.hex() if any(hmac.compare_digest(_seal(key, raw), seal) for key in addresses.keys) else None


def _seal(key: bytes, raw: bytes) -> bytes:
    return hmac.digest(key, b"reply " + raw, hashlib.sha256)[:SEAL_BYTES]
