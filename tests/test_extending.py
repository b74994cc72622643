"""docs/*.md are true: what they name is there, and the walks of EXTENDING.md make a desk that works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
WALKS = (ROOT / "docs" / "EXTENDING.md").read_text()
PAGES = ("ARCHITECTURE.md", "PROTOCOL.md", "EXTENDING.md", "FACTS.md")
LEFT_BEHIND = {".git", ".venv", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", "data"}
SUFFIXES = "py|js|css|html|md|cfg|example|yaml|conf|service"
PATH = re.compile(rf"`((?:[\w.-]+/)*[\w.-]*\.(?:{SUFFIXES})|(?:[\w.-]+/)+)`")
PIECE = re.compile(
    rf"^(?:(?P<new>new) )?`(?P<path>[\w./-]+\.(?:{SUFFIXES}))`(?:, (?P<where>after|before) `(?P<line>[^`\n]+)`)?\n\n"
    r"```\w+\n(?P<code>.*?)```$",
    re.MULTILINE | re.DOTALL,
)


class Piece(NamedTuple):
    """A piece of code, and where the walk puts it: into a new file, or after or before a line of one that is there."""

    path: str
    where: str | None
    line: str | None
    code: str

    def apply(self, root: Path) -> None:
        target = root / self.path
        if self.line is None:
            target.parent.mkdir(exist_ok=True)
            target.write_text(self.code)
            return
        lines = target.read_text().splitlines(keepends=True)
        (at,) = [number for number, line in enumerate(lines) if line.strip() == self.line]
        lines.insert(at + (self.where == "after"), self.code)
        target.write_text("".join(lines))


PIECES = [Piece(each["path"], each["where"], each["line"], each["code"]) for each in PIECE.finditer(WALKS)]
MADE = {piece.path for piece in PIECES if piece.line is None}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def is_there(path: str) -> bool:
    """A path from the root; a bare name may stand in any folder."""
    return (ROOT / path).exists() or ("/" not in path.rstrip("/") and any(ROOT.glob(f"[a-z]*/**/{path}")))


@pytest.mark.parametrize("name", PAGES)
def test_every_path_a_page_names_is_there(name: str) -> None:
    named = set(PATH.findall(page(name)))
    assert not {path for path in named - MADE if not is_there(path)}
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", page(name)) if "://" not in link}
    assert not {link for link in links if link and not (ROOT / "docs" / link).exists()}


@pytest.mark.parametrize("name", PAGES)
def test_every_symbol_a_page_names_with_its_file_is_in_it(name: str) -> None:
    """Written as: `Symbol` in `a/file.py`, `a/file.py` (`Symbol`), or `a/file.py`, `Symbol`."""
    text = re.sub(r"\s+", " ", PIECE.sub("", page(name)))
    pairs = {(path, symbol) for symbol, path in re.findall(r"`([\w.]+)`(?: \w+)? in `([\w/.]+\.(?:py|js))`", text)}
    pairs |= set(re.findall(r"`([\w/]+\.(?:py|js))`(?: \(|, )`([A-Za-z_.]+)`", text))
    pairs = {(path, symbol) for path, symbol in pairs if not re.search(rf"\.(?:{SUFFIXES})$", symbol)}
    missing = {
        (path, symbol)
        for path, symbol in pairs
        for part in symbol.split(".")
        if not re.search(rf"\b{part}\b", (ROOT / path).read_text())
    }
    assert not missing
    assert pairs or name in {"PROTOCOL.md", "FACTS.md"}


def test_every_place_a_walk_quotes_is_there_once() -> None:
    assert len(PIECES) == WALKS.count("```") // 2, "a piece without a heading that says where it goes"
    for piece in PIECES:
        if piece.line is None:
            assert not (ROOT / piece.path).exists(), f"{piece.path} is not new any more"
        else:
            lines = [line.strip() for line in (ROOT / piece.path).read_text().splitlines()]
            assert lines.count(piece.line) == 1, f"{piece.path}: {piece.line}"


def test_every_document_the_code_cites_is_in_the_repository() -> None:
    rooms = ("run.py", "server", "handlers", "jobs", "store", "tests", "bench", "deploy", "docs", "README.md")
    files = [path for room in rooms for path in ((ROOT / room).rglob("*") if (ROOT / room).is_dir() else [ROOT / room])]
    texts = {path: path.read_text() for path in files if path.suffix in {".py", ".md", ".js", ".conf", ".service"}}
    cited = {cited for text in texts.values() for cited in re.findall(r"\bdocs/\w+\.md\b", text)}
    assert cited
    assert not {cited for cited in cited if not (ROOT / cited).exists()}
    mine = Path(__file__)
    elsewhere = re.compile(r"\b(DESIGN|CONTRACT|WECOM|(?<!docs/)FACTS)\b(?!\.md)")
    assert not {str(path) for path, text in texts.items() if path != mine and elsewhere.search(text)}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_walks_make_a_desk_that_works(tmp_path: Path) -> None:
    """All of them, one after the other, in a copy; its own tests judge the result, and the linter."""
    copy = tmp_path / "desk"
    shutil.copytree(ROOT, copy, ignore=lambda _, names: LEFT_BEHIND & set(names), symlinks=True)
    (copy / "node_modules").symlink_to(ROOT / "node_modules")
    for piece in PIECES:
        piece.apply(copy)

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=copy,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
        return done.stdout

    run("ruff", "check", ".")
    run("ruff", "format", "--check", ".")
    run("tests.test_settings")
    passed = run("pytest", "-q", "tests/test_pins.py", "tests/test_architecture.py", "tests/test_catalogue.py")
    assert " passed" in passed
