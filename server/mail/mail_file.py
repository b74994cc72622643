"""A mail's file, looked at in a process of its own: `python -m server.mail.mail_file MAIL FOLDER` prints what it says as JSON.

What strangers send may take for ever or more memory than there is; then this process ends, and the desk goes on. The files of
the mail are written into the folder, by number.
"""

import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from server.mail.parsing import File, ParsedMail, parse

MEMORY = 2 << 30  # bytes of address space; a mail of 64 MiB needs a third of it


def look(mail: Path, folder: Path) -> dict[str, Any]:
    """What the mail says; its files lie in the folder."""
    parsed = parse(mail.read_bytes())
    return _said(parsed) | {"files": [_write(file, folder / str(index)) for index, file in enumerate(parsed.files)]}


def _said(parsed: ParsedMail) -> dict[str, Any]:
    plain = {name: getattr(parsed, name) for name in ParsedMail.__dataclass_fields__ if name not in {"files", "bounce"}}
    return plain | {"bounce": asdict(parsed.bounce) if parsed.bounce else None}


def _write(file: File, path: Path) -> dict[str, Any]:
    path.write_bytes(file.content)
    shown = {"name": file.name, "size": len(file.content), "is_inline": file.is_inline, "digest": file.digest}
    return {**shown, "path": str(path)}


def main(arguments: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    print(json.dumps(look(Path(arguments[0]), Path(arguments[1]))))  # noqa: T201  this is its answer


if __name__ == "__main__":
    main(sys.argv[1:])
