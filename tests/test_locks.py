"""deploy/locks/*.lock: all that setup.cfg asks for, each file by its hash, and no test tool with what serves."""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.lock import RUN, locks

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "deploy" / "locks"
HASH = re.compile(r"\s*--hash=sha256:[0-9a-f]{64}")
NAMES = sorted(locks())


@cache
def locked(name: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Each package of a lock: what is pinned, and the hashes behind it."""
    text = (FOLDER / f"{name}.lock").read_text().replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        pinned, *hashes = line.split(" --hash=")
        row = Requirement(pinned)
        found[canonicalize_name(row.name)] = row, hashes
    return found


def wanted(name: str) -> Iterator[Requirement]:
    """What this lock must have: what setup.cfg says, and what those packages that are installed here ask for."""
    yield from map(Requirement, locks()[name])
    for row, _ in locked(name).values():
        try:
            asked = distribution(row.name).requires or []
        except PackageNotFoundError:  # of another system, or of an extra that is not installed here
            continue
        for requirement in map(Requirement, asked):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                yield requirement


def test_there_is_a_lock_for_what_serves_and_for_each_extra() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_package_is_pinned_to_files_of_known_hashes(name: str) -> None:
    for row, hashes in locked(name).values():
        assert re.fullmatch(r"==[^*,]+", str(row.specifier)), row
        assert row.url is None, row
        assert hashes, row
    for line in (FOLDER / f"{name}.lock").read_text().splitlines():
        if line.startswith(" "):
            assert HASH.fullmatch(line.removesuffix(" \\")), line


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wanted_is_locked_in_a_version_that_fits(name: str) -> None:
    known = {**locked(RUN), **locked(name)}
    for requirement in wanted(name):
        assert canonicalize_name(requirement.name) in known, f"make lock: {requirement} is missing"
        row, _ = known[canonicalize_name(requirement.name)]
        (pin,) = row.specifier
        assert requirement.specifier.contains(pin.version, prereleases=True), f"make lock: {row} is not {requirement}"


def test_two_locks_never_disagree() -> None:
    """They are installed together."""
    for name in NAMES:
        for package, (row, _) in locked(name).items():
            base = locked(RUN).get(package)
            assert base is None or base[0].specifier == row.specifier, row


def test_nothing_for_tests_is_with_what_serves() -> None:
    extras = {canonicalize_name(Requirement(row).name) for name in NAMES if name != RUN for row in locks()[name]}
    assert extras
    assert not extras & locked(RUN).keys()


def test_make_and_the_image_install_by_hash_alone() -> None:
    """pip takes a package without a hash as soon as one command does not ask for them."""
    for path in ("Makefile", "deploy/Dockerfile"):
        text = (ROOT / path).read_text()
        installs = re.findall(r"^(?!#).*\bpip\b.*\binstall\b.*", text, re.MULTILINE)
        assert installs, path
        assert all("--require-hashes" in line for line in installs), path


def test_the_browser_client_is_locked_by_hash() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert len(packages) > 10
    for path, package in packages.items():
        assert not path or package["integrity"].startswith("sha512-"), path
