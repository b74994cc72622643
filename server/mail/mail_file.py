"""Mails, looked at in a process of its own: reads the path of one a line, and prints what it says, as a line of JSON.

What strangers send may take for ever or more memory than there is; then this process ends, and the desk goes on. The files of
a mail are written beside it, by number.
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


def main() -> None:
    """`{"error"}` for a mail that the library cannot read. Ends with its input."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    print("ready", flush=True)  # noqa: T201  its answers
    for path in sys.stdin:
        mail = Path(path.rstrip("\n"))
        try:
            answer = look(mail, mail.parent)
        except Exception as error:  # whatever the library meets
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
