"""A mail server that one reads by IMAP, for scenes: a server of its own on 127.0.0.1, which keeps a ledger and can misbehave.

It speaks as much of RFC 3501, 2177 (IDLE), 4315 (UIDPLUS) and XOAUTH2 as a reader of one box needs.
"""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self
from urllib.parse import quote

CAPABILITIES = "IMAP4rev1 IDLE UIDPLUS ID AUTH=XOAUTH2"


@dataclass
class Stored:
    """A mail in the box."""

    uid: int
    raw: bytes
    came_at: datetime
    flags: set[str] = field(default_factory=set)


class ImapServer:
    """`async with ImapServer() as box`: `box.url` for IMAP_URL, `box.put(raw)` delivers a mail.

    Modes: `hangs`: commands of these names are not answered; `drops`: the connection ends at them; `refuses_log_in`. Each
    name of `drops` counts once.
    """

    def __init__(
        self, user: str = "desk@example.com", password: str = "box-password", token: str | None = None
    ) -> None:
        self.user, self.password, self.token = user, password, token
        self.capabilities = CAPABILITIES
        self.mails: list[Stored] = []
        self.uidvalidity, self.uidnext = 7, 1
        self.box = "INBOX"
        self.tls: ssl.SSLContext | None = None  # before it is entered
        self.ledger: list[str] = []  # every command, without its tag and without passwords
        self.hangs: set[str] = set()
        self.drops: list[str] = []
        self.refuses_log_in = False
        self.tells_uidnext = True  # old servers do not
        self.logged_in = 0
        self._changed = asyncio.Condition()
        self._sessions: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 20, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self.cut()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        user, password = self.user.replace("@", "%40"), self.password
        scheme, host = ("imaps", "localhost") if self.tls else ("imap", "127.0.0.1")
        return f"{scheme}://{user}:{password}@{host}:{self.port}/{quote(self.box)}"

    @property
    def connections(self) -> int:
        return len(self._sessions)

    async def put(self, raw: bytes, came_at: datetime | None = None) -> int:
        """Delivers a mail; its UID."""
        self.mails.append(Stored(self.uidnext, raw, came_at or datetime.now(UTC)))
        self.uidnext += 1
        await self._tell()
        return self.mails[-1].uid

    async def renumber(self) -> None:
        """As after a restored backup: the same mails, other UIDs, another UIDVALIDITY. Who is connected has to come again."""
        self.uidvalidity += 1
        self.uidnext = 1
        for mail in self.mails:
            mail.uid, self.uidnext = self.uidnext, self.uidnext + 1
        await self.cut()

    async def cut(self) -> None:
        """Every connection ends."""
        for session in list(self._sessions):
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    def asked(self, name: str) -> list[str]:
        """The commands of this name, with what they asked."""
        return [each for each in self.ledger if each.upper().startswith(name)]

    async def until_asked(self, name: str, times: int = 1) -> None:
        """Until a command of this name has come so often."""
        async with asyncio.timeout(10):
            while len(self.asked(name)) < times:
                await asyncio.sleep(0.01)

    async def change(self) -> None:
        """Returns when something has changed in the box."""
        async with self._changed:
            await self._changed.wait()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._sessions.add(task)
        try:
            await Session(self, reader, writer).serve()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._sessions.discard(task)
            writer.close()


class Session:
    """One connection."""

    def __init__(self, server: ImapServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._told = 0  # how many mails there are, as it has been told

    def say(self, line: str) -> None:
        self._writer.write(line.encode() + b"\r\n")

    async def serve(self) -> None:
        self.say("* OK the box is open")
        while line := (await self._reader.readline()).decode().rstrip("\r\n"):
            tag, _, asked = line.partition(" ")
            words = asked.split()
            name = " ".join(words[:2]).upper() if words[0].upper() == "UID" else words[0].upper()
            self._server.ledger.append(name if name in {"LOGIN", "AUTHENTICATE"} else asked)
            if name in self._server.hangs:
                await asyncio.Event().wait()
            if name in self._server.drops:
                self._server.drops.remove(name)
                return
            self.say(f"{tag} {await self._answer(name, asked, words)}")
            await self._writer.drain()
            if name == "LOGOUT":
                return

    async def _answer(self, name: str, asked: str, words: list[str]) -> str:
        known = {
            "LOGIN": self._log_in, "AUTHENTICATE": self._authenticate, "SELECT": self._select, "UID SEARCH": self._search,
            "UID FETCH": self._fetch, "UID STORE": self._store, "UID EXPUNGE": self._expunge, "IDLE": self._idle,
        }  # fmt: skip
        if name == "CAPABILITY":
            self.say(f"* CAPABILITY {self._server.capabilities}")
        elif name == "LOGOUT":
            self.say("* BYE")
        elif name == "ID":
            self.say("* ID NIL")
        elif name in known:
            return await known[name](asked, words)
        elif name != "NOOP":
            return "BAD what?"
        return "OK done"

    async def _log_in(self, asked: str, words: list[str]) -> str:
        given = re.findall(r'"((?:[^"\\]|\\.)*)"', asked)
        if self._server.refuses_log_in or given != [self._server.user, self._server.password]:
            return "NO [AUTHENTICATIONFAILED] wrong"
        self._server.logged_in += 1
        return "OK come in"

    async def _authenticate(self, asked: str, words: list[str]) -> str:
        said = base64.b64decode(words[2]).decode()
        if said != f"user={self._server.user}\1auth=Bearer {self._server.token}\1\1":
            self.say("+ " + base64.b64encode(b'{"status":"401"}').decode())
            await self._reader.readline()
            return "NO [AUTHENTICATIONFAILED] wrong"
        self._server.logged_in += 1
        return "OK come in"

    async def _select(self, asked: str, words: list[str]) -> str:
        self._tell_how_many()
        self.say(f"* OK [UIDVALIDITY {self._server.uidvalidity}] they hold")
        if self._server.tells_uidnext:
            self.say(f"* OK [UIDNEXT {self._server.uidnext}] the next one")
        return "OK [READ-WRITE] selected"

    def _tell_how_many(self) -> None:
        self._told = len(self._server.mails)
        self.say(f"* {self._told} EXISTS")

    def _named(self, numbers: str) -> list[Stored]:
        last = max((mail.uid for mail in self._server.mails), default=0)
        wanted: set[int] = set()
        for part in numbers.split(","):
            ends = [last if each == "*" else int(each) for each in part.split(":")]
            wanted |= set(range(min(ends), max(ends) + 1))
        return [mail for mail in self._server.mails if mail.uid in wanted]

    async def _search(self, asked: str, words: list[str]) -> str:
        found = self._named(words[3]) if words[2].upper() == "UID" else self._server.mails
        self.say(" ".join(["* SEARCH", *(str(mail.uid) for mail in found)]))
        return "OK found"

    async def _fetch(self, asked: str, words: list[str]) -> str:
        part = re.search(r"BODY\.PEEK\[\]<(\d+)\.(\d+)>", asked)
        for mail in self._named(words[2]):
            number = self._server.mails.index(mail) + 1
            if part:
                start, length = int(part[1]), int(part[2])
                body, what = mail.raw[start : start + length], f"UID {mail.uid} BODY[]<{start}>"
            else:
                found = re.search(rb"(?im)^message-id:.*\r?\n", mail.raw.partition(b"\r\n\r\n")[0] + b"\r\n")
                body = (found[0] if found else b"") + b"\r\n"
                came = mail.came_at.strftime("%d-%b-%Y %H:%M:%S +0000")
                what = f'UID {mail.uid} RFC822.SIZE {len(mail.raw)} INTERNALDATE "{came}"'
                what += " BODY[HEADER.FIELDS (MESSAGE-ID)]"
            self._writer.write(f"* {number} FETCH ({what} {{{len(body)}}}\r\n".encode() + body + b")\r\n")
            await self._writer.drain()
        return "OK fetched"

    async def _store(self, asked: str, words: list[str]) -> str:
        for mail in self._named(words[2]):
            mail.flags |= set(re.findall(r"\\\w+", asked))
        return "OK stored"

    async def _expunge(self, asked: str, words: list[str]) -> str:
        for mail in self._named(words[2]):
            if r"\Deleted" in mail.flags:
                self.say(f"* {self._server.mails.index(mail) + 1} EXPUNGE")
                self._server.mails.remove(mail)
        return "OK expunged"

    async def _idle(self, asked: str, words: list[str]) -> str:
        self.say("+ idling")
        done = asyncio.ensure_future(self._reader.readline())
        changed = asyncio.ensure_future(self._server.change())
        try:
            while not done.done():
                if len(self._server.mails) != self._told:
                    self._tell_how_many()
                await asyncio.wait({done, changed}, return_when=asyncio.FIRST_COMPLETED)
                if changed.done():
                    changed = asyncio.ensure_future(self._server.change())
        finally:
            done.cancel()
            changed.cancel()
        return "OK idled"
