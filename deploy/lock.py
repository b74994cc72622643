"""Writes deploy/locks/*.lock from setup.cfg: every package with its version and the hash of every file of it. For `make lock`.

What is locked already stays at its version; `make lock ARGS='--upgrade-package aiohttp'` raises one, `ARGS=--upgrade` all.
"""

import configparser
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "deploy" / "locks"
RUN = "run"  # what serves; each extra has a lock of its own beside it, without a second word about the others
# For every system and every Python from the oldest that setup.cfg allows: one lock serves all.
COMPILE = ("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes")
SHORT = ("--no-annotate", "--no-header", "--no-config")


def main(arguments: list[str]) -> int:
    """The exit code: uv's own when it fails."""
    for name, wanted in locks().items():
        beside = () if name == RUN else ("--constraint", FOLDER / f"{RUN}.lock")
        command = [Path(sys.executable).with_name(COMPILE[0]), *COMPILE[1:], *SHORT, *beside, *arguments]
        command += ["--output-file", FOLDER / f"{name}.lock", "-"]
        done = subprocess.run(command, input="\n".join(wanted), text=True, check=False, cwd=ROOT)  # noqa: S603  # who runs make
        if done.returncode:
            return done.returncode
    return 0


def locks() -> dict[str, list[str]]:
    """What is asked for in each lock."""
    given = configparser.ConfigParser()
    given.read(ROOT / "setup.cfg")
    extras = {name: _lines(text) for name, text in given["options.extras_require"].items()}
    return {RUN: _lines(given["options"]["install_requires"]), **extras}


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
