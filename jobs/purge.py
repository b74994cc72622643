"""Once a day: old chats lose their words and names, and keep their figures, so that reports stay true."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from server.chat.ending import Endings
from server.core.clock import Clock
from server.core.settings import Settings
from server.uploads.disk import remove
from store.job_runs import JobRecords
from store.retention import Retention

BATCH = 200
CLAIM = timedelta(minutes=10)  # a process that died in the middle is followed by another after this


@dataclass(frozen=True)
class Purge:
    settings: Settings
    retention: Retention
    endings: Endings
    records: JobRecords
    clock: Clock

    async def run_if_due(self) -> None:
        """Runs the latest PURGE_AT that has not been done, in whichever process claims it first."""
        now = self.clock.now()
        due = last_occurrence(now, self.settings)
        if await self.records.claim("purge", due, now, now + CLAIM):
            figures = await self.run(now)
            seconds = (self.clock.now() - now).total_seconds()
            await self.records.note("purge", now, seconds, "done", figures)
            await self.records.finish("purge", due, self.clock.now())

    async def run(self, now: datetime) -> dict[str, int]:
        """How many chats were ended and purged, files removed, customers made nameless. It may stop anywhere."""
        before = now - timedelta(days=self.settings.purge_after_days)
        figures = {"ended": 0, "purged": 0, "files": 0, "customers": 0}
        while chats := await self.retention.quiet_unended(before, BATCH):
            for chat in chats:
                await self.endings.end(
                    chat, by=None, kind="system", reason="other", comment="nothing happened for long"
                )
            figures["ended"] += len(chats)
        while ids := await self.retention.ended_before(before, BATCH):
            await self.retention.strip(ids)
            figures["purged"] += len(ids)
        while files := await self.retention.forgotten_files(before, BATCH):
            for upload_id, path in files:
                await asyncio.to_thread(remove, self.settings.media_folder, path)
                await self.retention.forget_file(upload_id)
            figures["files"] += len(files)
        figures["customers"] = await self.retention.forget_names(before, now)
        return figures


def last_occurrence(now: datetime, settings: Settings) -> datetime:
    """The latest PURGE_AT of DESK_TIMEZONE that is not after `now`."""
    zone: ZoneInfo = settings.desk_timezone
    today = now.astimezone(zone).date()
    moment = datetime.combine(today, settings.purge_at, zone)
    return moment if moment <= now else datetime.combine(today - timedelta(days=1), settings.purge_at, zone)
