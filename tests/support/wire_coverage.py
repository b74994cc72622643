"""After the whole suite: every command was answered, every event heard and every code provoked in some test.

The tests run in several workers. Each tells at its end what it has seen; whoever started them judges.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from server.schemas.asyncapi import ERROR_CODES
from server.schemas.catalogue import CATALOGUE
from tests.support import shapes

SUITES = {"not slow", "slow or not slow"}  # what `make test` and `make test-all` choose


def unseen() -> Iterator[str]:
    commands = {(row.namespace, row.name) for row in CATALOGUE.commands} - shapes.asked
    yield from (f"no test was answered: {namespace} {name}" for namespace, name in sorted(commands))
    yield from (f"no test heard: {name}" for name in sorted({row.name for row in CATALOGUE.events} - shapes.heard))
    yield from (f"no test provoked: {code}" for code in sorted(set(ERROR_CODES) - shapes.codes))


class WireCoverage:
    def __init__(self, config: pytest.Config) -> None:
        self._worker: dict[str, Any] | None = getattr(config, "workeroutput", None)  # None: nobody started this one
        asked_for = config.option
        self._is_whole = (
            not asked_for.keyword
            and not asked_for.collectonly
            and asked_for.markexpr in SUITES
            and config.args_source is pytest.Config.ArgsSource.TESTPATHS
        )
        self._unseen: list[str] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        seen = getattr(node, "workeroutput", {}).get("seen")
        if seen:
            shapes.asked.update((namespace, name) for namespace, name in seen["asked"])
            shapes.heard.update(seen["heard"])
            shapes.codes.update(seen["codes"])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._worker is not None:
            asked = [list(row) for row in shapes.asked]
            self._worker["seen"] = {"asked": asked, "heard": list(shapes.heard), "codes": list(shapes.codes)}
        elif self._is_whole and session.exitstatus == pytest.ExitCode.OK:
            self._unseen = list(unseen())
            if self._unseen:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for sentence in self._unseen:
            terminalreporter.write_line(f"FAILED {sentence}", red=True)
