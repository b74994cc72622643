"""Reads the mailbox (IMAP_URL): one process of the desk at a time, by a lease; each mail once, a bad one some times.

What is new in the box is known by its UID. IDLE tells at once; every POLL_SECONDS the box is looked at in any case, for servers
whose IDLE tells nothing, and that renews the IDLE long before its half hour is over (RFC 2177).
"""

import asyncio
import hashlib
import logging
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from server.channels.imap import Described, ImapAddress, Mailbox, MailboxAway
from server.channels.oauth import AccessTokens
from server.core.clock import Clock
from server.mail.incoming import Incoming, Outcome
from server.mail.mail_worker import MailWorker
from server.mail.whole_mails import WholeMails
from store.errors import is_away
from store.mail.boxes import Box, Boxes
from store.mail.incoming import IncomingMail, IncomingMails, MailPlaces

log = logging.getLogger(__name__)

POLL_SECONDS = 300.0
TRIES = 3
SIZE_MAX = 64 << 20  # bytes of a mail; of a larger one only its beginning is read
BEGINNING = 1 << 20
AWAY_MAX_SECONDS = 300.0


class LeaseLost(Exception):
    """Another process reads the box now."""


@dataclass(frozen=True)
class Times:
    """Seconds. `retry`: until a mail, or the box, is tried again; it grows. `lease`: after which another process takes over."""

    retry: float
    lease: float


class BoxReader:
    def __init__(  # noqa: PLR0913, PLR0917  what it needs, each a thing of its own
        self,
        address: ImapAddress,
        tokens: AccessTokens | None,
        boxes: Boxes,
        mails: IncomingMails,
        places: MailPlaces,
        incoming: Incoming,
        whole: WholeMails,
        times: Times,
        folder: Path,
        process_id: str,
        clock: Clock,
    ) -> None:
        self._address = address
        self._tokens = tokens
        self._boxes = boxes
        self._mails = mails
        self._places = places
        self._incoming = incoming
        self._whole = whole
        self._times = times
        self._folder = folder
        self._process_id = process_id
        self._clock = clock
        self._worker = MailWorker()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop().create_task(self._run(), name="reader of the mailbox")

    async def stop(self) -> None:
        if self._loop:
            self._loop.cancel()
            await asyncio.wait([self._loop])
            try:
                await self._boxes.let_go(self._address.name, self._process_id, self._clock.now())
            except Exception as error:
                if not is_away(error):
                    raise

    async def _run(self) -> None:
        """Reads while the lease is held, and looks again when it is not."""
        while True:
            if not await self._hold():
                await asyncio.sleep(self._times.lease / 2)
                continue
            reading = asyncio.get_running_loop().create_task(self._read(), name="mailbox")
            try:
                while not reading.done() and await self._hold():
                    await asyncio.wait([reading], timeout=self._times.lease / 3)
            finally:
                reading.cancel()
                await asyncio.wait([reading])

    async def _hold(self) -> Box | None:
        now = self._clock.now()
        try:
            return await self._boxes.hold(
                self._address.name, self._process_id, now, now + timedelta(seconds=self._times.lease)
            )
        except Exception as error:
            if not is_away(error):
                log.exception("the lease of the mailbox")
            return None

    async def _read(self) -> None:
        """Comes back to a box that was away, after waits that grow. Ends when the lease is lost."""
        wait = self._times.retry
        while True:
            began = self._clock.now()
            try:
                await self._stay()
            except LeaseLost:
                return
            except MailboxAway as error:
                log.warning("the mailbox %s: %s", self._address.name, error)
            except Exception as error:  # whatever it is: the next mails still have to come in
                if not is_away(error):
                    log.exception("reading the mailbox failed")
            if self._clock.now() - began > timedelta(seconds=self._times.lease):
                wait = self._times.retry
            await asyncio.sleep(wait * random.uniform(0.75, 1.25))  # noqa: S311  so that not all come at once
            wait = min(wait * 2, AWAY_MAX_SECONDS)

    async def _stay(self) -> None:
        mailbox = await Mailbox.open(self._address, self._tokens)
        try:
            while True:
                if await self._look(mailbox):
                    continue  # while it was at these others may have come
                await self._worker.stop()
                await mailbox.wait(await self._wait_seconds())
        finally:
            await self._worker.stop()
            await mailbox.close()

    async def _wait_seconds(self) -> float:
        due = await self._places.next_look(self._address.name)
        seconds = (due - self._clock.now()).total_seconds() if due else POLL_SECONDS
        return min(max(seconds, 0.01), POLL_SECONDS)

    async def _look(self, mailbox: Mailbox) -> bool:
        """Takes in what is new and what is due again, deletes what is to go; whether there was anything new."""
        box = await self._hold()
        if box is None:
            raise LeaseLost
        if box.last_uid is None:  # what was there before the desk was told of this box answers nothing of it
            await self._note(mailbox, mailbox.uidnext - 1)
            return False
        last = box.last_uid if box.uidvalidity == mailbox.uidvalidity else await self._count_anew(mailbox, box)
        new = await mailbox.describe(await mailbox.uids_from(last + 1))
        for described in new:
            await self._take(mailbox, described)
            await self._note(mailbox, described.uid)
        for mail in await self._places.due(self._address.name, mailbox.uidvalidity, self._clock.now()):
            for described in await mailbox.describe([mail.uid]) or [Described(mail.uid, 0, None, None)]:
                await self._take(mailbox, described, mail.id)
        await self._delete(mailbox)
        return bool(new)

    async def _note(self, mailbox: Mailbox, uid: int) -> None:
        now = self._clock.now()
        if not await self._boxes.note_read(self._address.name, self._process_id, mailbox.uidvalidity, uid, now):
            raise LeaseLost

    async def _count_anew(self, mailbox: Mailbox, box: Box) -> int:
        """The server has numbered its mails anew: those that are known are found by their Message-IDs. Up to which UID
        all are known, or came before the box was read last.
        """
        log.warning("the mailbox %s counts its mails anew", self._address.name)
        last = 0
        unknown = False
        for mail in await mailbox.describe(await mailbox.uids_from(1)):
            is_known = await self._places.move(
                self._key(mailbox, mail), self._address.name, mailbox.uidvalidity, mail.uid
            )
            is_old = (
                mail.came_at is not None and box.read_at is not None and mail.came_at < box.read_at - timedelta(days=1)
            )
            unknown = unknown or not (is_known or is_old)
            last = last if unknown else mail.uid
        await self._note(mailbox, last)
        return last

    async def _delete(self, mailbox: Mailbox) -> None:
        """What an erasure wants to go from the box, too."""
        uids = await self._places.doomed(self._address.name, mailbox.uidvalidity)
        if uids:
            if not await mailbox.delete(uids):
                log.warning("the mailbox can only mark mails as deleted: somebody has to expunge %d of them", len(uids))
            await self._places.note_deleted(self._address.name, mailbox.uidvalidity, uids)

    def _key(self, mailbox: Mailbox, mail: Described) -> str:
        """By which a mail is known: its Message-ID, else its place."""
        place = f"{self._address.name} {mailbox.uidvalidity} {mail.uid}"
        return hashlib.sha256((mail.message_id or place).encode()).hexdigest()[:24]

    async def _take(self, mailbox: Mailbox, described: Described, mail_id: str | None = None) -> None:
        """One try. Only what takes the mailbox or the database away leaves it: no mail stops the others."""
        now, key = self._clock.now(), mail_id or self._key(mailbox, described)
        known = await self._mails.begin(key, self._address.name, mailbox.uidvalidity, described.uid, now)
        if known is None:
            return
        try:
            async with self._raw(mailbox, described) as raw:
                await self._settle(known, await self._try(known, described, raw))
        except BaseException as error:
            if isinstance(error, MailboxAway | asyncio.CancelledError) or is_away(error):
                await self._mails.take_back(key)
                raise
            log.exception("a mail was not taken in")
            await self._settle(known, Outcome("failed", f"{type(error).__name__}: {error}"[:300]))

    @asynccontextmanager
    async def _raw(self, mailbox: Mailbox, described: Described) -> AsyncIterator[Path]:
        """The mail as a file, with room beside it."""
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            raw = Path(folder) / "mail.eml"
            size = described.size if described.size <= SIZE_MAX else BEGINNING
            with await asyncio.to_thread(raw.open, "wb") as file:
                async for piece in mailbox.pieces(described.uid, size):
                    await asyncio.to_thread(file.write, piece)
            yield raw

    async def _try(self, known: IncomingMail, described: Described, raw: Path) -> Outcome:
        if not (await asyncio.to_thread(raw.stat)).st_size:
            return Outcome("passed", "it is not in the box any more")
        try:
            if known.tries > TRIES:  # the last try ended the process
                raise RuntimeError("every try ended the process")
            read = await self._worker.read(raw, is_beginning=described.size > SIZE_MAX)
            return await self._incoming.take(known, read, raw)
        except Exception as error:
            if is_away(error):
                raise
            why = f"{type(error).__name__}: {error}"[:300]
            if known.tries < TRIES:
                log.warning("a mail was not taken in, try %d: %s", known.tries, why)
                return Outcome("waiting", why, later=self._later(known.tries), is_try=True)
            await self._whole.keep_failed(known.id, raw, why)
            return Outcome("failed", why)

    def _later(self, tries: int) -> datetime:
        return self._clock.now() + timedelta(seconds=self._times.retry * 4**tries)

    async def _settle(self, known: IncomingMail, outcome: Outcome) -> None:
        if outcome.later:
            await self._mails.put_off(known.id, outcome.later, outcome.why or "", is_try=outcome.is_try)
        else:
            await self._mails.settle(known.id, outcome.state, outcome.why, pictures=list(outcome.pictures))
