"""What a mail says, out of its bytes: who wrote it and to whom, the answer, the files. However broken, what can be read is.

The library's older policy is used: the newer one reads headers while they are asked for, and raises on some that come.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses

import html2text
from tnefparse import TNEF
from tnefparse.tnef import TNEFAttachment

from server.mail.automatic import MESSAGE_ID, Bounce, bounce_of, why_automatic
from server.mail.decoding import decoded, words
from server.mail.quotes import own_words

PARTS_MAX = 500
FILES_MAX = 20
REFERENCES_MAX = 50
HTML_MAX = 1_000_000  # bytes of HTML that are looked at
RECIPIENT_HEADERS = (
    "To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To", "Resent-To"
)  # fmt: skip
UNNAMED = {"message/rfc822": "mail.eml", "text/calendar": "event.ics", "text/html": "page.html"}


@dataclass(frozen=True)
class File:
    """What hangs on a mail. `is_inline`: a picture that the text shows; `digest`: of its bytes."""

    name: str
    content: bytes = field(repr=False)
    is_inline: bool

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class ParsedMail:
    """`sender`: the address in small letters, empty where there is none. `text`: the answer; `automatic`: why no person wrote
    it, if so. `too_many`: the names of files that are not among `files`.
    """

    message_id: str | None
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    text: str
    files: tuple[File, ...]
    too_many: tuple[str, ...]
    automatic: str | None
    bounce: Bounce | None


def parse(raw: bytes) -> ParsedMail:
    """Raises what the library raises on what it cannot read at all."""
    message = message_from_bytes(raw, policy=policy.compat32)
    sender_name, sender = _sender(message)
    plain, html, files = _contents(message)
    text = "\n".join(plain).strip() or _of_html("\n".join(html))
    files = [each for file in files for each in _unpacked(file)]
    if not text:
        text = next((found for file in files if is_tnef(file) and (found := _tnef_text(file))), "")
    return ParsedMail(
        message_id=next(iter(MESSAGE_ID.findall(_all(message, "Message-ID"))), None),
        sender=sender,
        sender_name=sender_name,
        recipients=tuple(dict.fromkeys(address for _, address in _addresses(message, RECIPIENT_HEADERS))),
        references=_references(message),
        subject=words(_all(message, "Subject"))[:300],
        text=own_words(text),
        files=tuple(files[:FILES_MAX]),
        too_many=tuple(file.name for file in files[FILES_MAX:]),
        automatic=why_automatic(message, sender),
        bounce=bounce_of(message, sender, text),
    )


def _all(message: Message, name: str) -> str:
    """A header as it came; of several the first. Bytes beyond ASCII stand in it as surrogates."""
    found = (value for key, value in message.raw_items() if key.lower() == name.lower())
    return re.sub(r"\r?\n[ \t]+", " ", next(found, "")).strip()


def _sender(message: Message) -> tuple[str, str]:
    """Who wrote it: `From`, and nobody else whom it names."""
    name, address = next(iter(_addresses(message, ("From",))), ("", ""))
    return words(name)[:100], address


def _addresses(message: Message, names: Iterable[str]) -> list[tuple[str, str]]:
    wanted = {name.lower() for name in names}
    values = [value for key, value in message.raw_items() if key.lower() in wanted]
    found = getaddresses([re.sub(r"\s+", " ", value) for value in values])
    return [(name, address.strip().lower()) for name, address in found if "@" in address]


def _references(message: Message) -> tuple[str, ...]:
    """The mails it answers, the last one first."""
    said = f"{_all(message, 'References')} {_all(message, 'In-Reply-To')}"
    return tuple(dict.fromkeys(reversed(MESSAGE_ID.findall(said))))[:REFERENCES_MAX]


def _contents(message: Message) -> tuple[list[str], list[str], list[File]]:
    """The texts, the HTML and the files, in their order."""
    plain: list[str] = []
    html: list[str] = []
    files: list[File] = []
    for index, part in enumerate(_leaves(message)):
        if index >= PARTS_MAX:
            break
        kind, name = part.get_content_type(), _file_name(part)
        is_attached = part.get_content_disposition() == "attachment" or bool(name)
        if kind in {"text/plain", "text/html"} and not is_attached:
            (plain if kind == "text/plain" else html).append(decoded(_bytes(part), _charset(part)))
        elif kind not in {"message/delivery-status", "text/rfc822-headers"}:
            is_inline = part.get_content_maintype() == "image" and bool(part.get("Content-ID"))
            content = _bytes(part)
            if content:
                files.append(File(name or _made_name(part), content, is_inline))
    return plain, html, files


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that are not made of parts; a mail inside the mail is one."""
    if message.get_content_maintype() == "multipart" and isinstance(message.get_payload(), list):
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _leaves(part)
    else:
        yield message


def _bytes(part: Message) -> bytes:
    payload = part.get_payload()
    if isinstance(payload, list):  # a mail inside the mail
        return b"\r\n".join(each.as_bytes() for each in payload if isinstance(each, Message))
    raw = part.get_payload(decode=True)
    return raw if isinstance(raw, bytes) else b""


def _charset(part: Message) -> str | None:
    try:
        said = part.get_param("charset")
    except (LookupError, ValueError):
        return None
    return str(said[2] if isinstance(said, tuple) else said) if said else None


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (LookupError, ValueError):
        found = re.search(r"(?:file)?name\*?=\"?([^\";]+)", str(part.get("Content-Disposition") or ""))
        name = found[1] if found else ""
    return words(str(name))[:300]


def _made_name(part: Message) -> str:
    kind = part.get_content_type()
    return UNNAMED.get(kind) or f"file.{re.sub(r'[^a-z0-9]', '', part.get_content_subtype())[:10] or 'bin'}"


def _of_html(html: str) -> str:
    """HTML as text: quotes marked as such, the address of a link behind its words."""
    if not html.strip():
        return ""
    maker = html2text.HTML2Text(bodywidth=0)
    maker.ignore_images, maker.ignore_emphasis, maker.ignore_tables = True, True, True
    maker.use_automatic_links = True
    text = maker.handle(html[:HTML_MAX])
    text = re.sub(r"\[([^\[\]]{0,500})\]\((\S{1,2000}?)(?: \"[^\"]*\")?\)", _link, text)
    text = re.sub(r"<((?:https?://|mailto:)[^<>\s]+)>", r"\1", text)
    return re.sub(r"\\([-_.+*#>!`\[\](){}\\])", r"\1", text).strip()


def _link(found: re.Match[str]) -> str:
    said, address = found[1].strip(), found[2]
    if not said or said in address:
        return address.removeprefix("mailto:")
    return said if address.startswith(("#", "mailto:")) else f"{said} ({address})"


def is_tnef(file: File) -> bool:
    """Outlook's own form of a mail's text and files, which nothing else opens."""
    return file.content[:4] == b"\x78\x9f\x3e\x22"


def _unpacked(file: File) -> list[File]:
    """The files in a winmail.dat, which stays only where nothing comes out of it."""
    if not is_tnef(file):
        return [file]
    try:
        found = TNEF(file.content, do_checksum=False).attachments
        files = [File(_tnef_name(each) or "file.bin", bytes(each.data), is_inline=False) for each in found]
    except Exception:  # whatever the library meets in a broken one: then it is a file like others
        return [file]
    return [each for each in files if each.content] or [file]


def _tnef_name(attachment: TNEFAttachment) -> str:
    try:
        return words(_text(attachment.long_filename()))
    except UnicodeDecodeError:
        return ""


def _tnef_text(file: File) -> str:
    try:
        mail = TNEF(file.content, do_checksum=False)
        return _text(mail.body or "").strip() or _of_html(_text(mail.htmlbody or ""))
    except Exception:  # as above
        return ""


def _text(value: object) -> str:
    return decoded(value, None).strip("\x00") if isinstance(value, bytes) else str(value or "").strip("\x00")
