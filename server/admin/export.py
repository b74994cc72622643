"""A customer's data as a ZIP: a JSON file a collection, and the customer's files. Made in a file that has no name.

Nothing of it is kept in memory, and nothing is left on the disk, whatever happens: the file is gone with whoever holds it.
"""

import asyncio
import json
import tempfile
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from server.core.clock import Clock, iso
from store.collections import Collection
from store.customer_data import OfCustomers, Subject
from store.customer_documents import CustomerDocuments

AT_ONCE = 1  # exports a process makes at the same time; the next one waits


@dataclass(frozen=True)
class Export:
    """`media` is where files lie; `folder` has room for an archive."""

    documents: CustomerDocuments
    media: Path
    folder: Path
    clock: Clock
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @asynccontextmanager
    async def archive(self, customer_id: str) -> AsyncIterator[IO[bytes]]:
        """The whole archive, at its beginning."""
        file = await asyncio.to_thread(tempfile.TemporaryFile, "w+b", dir=self.folder)
        try:
            async with self.turns:
                await self._fill(file, customer_id)
            await asyncio.to_thread(file.seek, 0)
            yield file
        finally:
            await asyncio.to_thread(file.close)

    async def _fill(self, file: IO[bytes], customer_id: str) -> None:
        who = await self.documents.subject(customer_id)
        counts: dict[str, int] = {}
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for row, of in self.documents.held():
                counts[row.name] = await self._collection(archive, row, of, who)
            about = {"customer_id": customer_id, "made_at": iso(self.clock.now()), "documents": counts}
            await asyncio.to_thread(archive.writestr, "about.json", json.dumps(about, indent=1))

    async def _collection(self, archive: zipfile.ZipFile, row: Collection, of: OfCustomers, who: Subject) -> int:
        """Writes the documents of one collection, and the files that go with them; how many documents."""
        count, files = 0, []
        with archive.open(f"{row.name}.json", "w", force_zip64=True) as entry:
            await asyncio.to_thread(entry.write, b"[")
            async for batch in self.documents.read(row, of, who):
                if of.file:
                    files += [_take_file(document, of.file) for document in batch]
                await asyncio.to_thread(_write, entry, batch, is_first=not count)
                count += len(batch)
            await asyncio.to_thread(entry.write, b"\n]\n")
        for path, name in files:
            await asyncio.to_thread(_add, archive, self.media / path, name)
        return count


def _take_file(document: dict[str, Any], field: str) -> tuple[str, str]:
    """Where the file lies, and its name in the archive, which takes the path's place in the document."""
    path = str(document.pop(field))
    name = str(document.get("name") or "file").replace("/", "_").replace("\\", "_")
    document["file"] = f"files/{document['_id']}/{name}"
    return path, document["file"]


def _write(entry: IO[bytes], batch: list[dict[str, Any]], *, is_first: bool) -> None:
    shown = [json.dumps(_named(document), ensure_ascii=False, default=_plain) for document in batch]
    entry.write(("\n" if is_first else ",\n").encode() + ",\n".join(shown).encode())


def _named(document: dict[str, Any]) -> dict[str, Any]:
    return {"id" if name == "_id" else name: value for name, value in document.items()}


def _plain(value: object) -> str | None:
    return iso(value) if isinstance(value, datetime) else str(value)


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    """Pictures and archives do not get any smaller. One that has been removed meanwhile is left out."""
    if path.is_file():
        archive.write(path, name, compress_type=zipfile.ZIP_STORED)
