"""The code stands as docs/ARCHITECTURE.md says: who may call whom, who knows what, and how large a file may be."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("server", "handlers", "jobs", "store")

SOCKETS = {  # the only ones that know the sockets' libraries, or send to a connection
    "server/realtime/delivery.py",
    "server/realtime/rooms.py",
    "handlers/lifecycle.py",
    "handlers/sockets.py",
    "handlers/transport/connection.py",
    "handlers/transport/engine.py",
    "handlers/transport/fast_websocket.py",
}
CLOCKS = {  # who reads the time or the environment, or sleeps, and what for
    "run.py": {"os.environ", "time.perf_counter"},  # reads the settings; notes how long the start takes
    "server/core/clock.py": {"datetime.now", "time.time_ns"},  # the clock that everybody else is given
    "server/serving/server.py": {"time.perf_counter"},  # says how long the start took
    "server/commands/doctor.py": {"datetime.now"},  # holds this machine's clock against the database's
    "server/core/rate_limits.py": {"time.monotonic"},  # the default of a clock that is passed in
    "server/core/coalesce.py": {"asyncio.sleep", "time.monotonic"},  # the pace of tellings, not a rule's time
    "server/cluster/bus.py": {"asyncio.sleep", "time.monotonic", "time.time"},  # the pace of hints between processes
    "server/cluster/gap_reader.py": {"asyncio.sleep", "time.monotonic"},  # how long ago hints were heard
    "server/mail/box_reader.py": {"asyncio.sleep"},  # until a mailbox that is away is asked again
    "server/cluster/sole_process.py": {"asyncio.sleep", "time.monotonic"},  # how long ago nobody else was found
    "server/sending/places.py": {"time.monotonic"},  # the pace of a channel
    "server/sending/settlement.py": {"asyncio.sleep"},  # until the database is back
    "server/push/self_test.py": {"asyncio.sleep"},  # until the push service has answered
    "server/core/outage.py": {"asyncio.sleep"},  # the pace of probes
    "server/queue/positions.py": {
        "asyncio.sleep",
        "time.monotonic",
    },  # yields between pushes; how long a mean is kept
    "server/connections/leases.py": {"time.monotonic"},  # the default of a clock that is passed in
    "handlers/turns.py": {"asyncio.sleep"},  # a refusal takes its time
    "handlers/transport/connection.py": {"asyncio.sleep"},  # yields to the others between many frames of one client
    "jobs/schedule.py": {"time.monotonic"},  # since when a job's last round has been done
    "handlers/dispatcher.py": {"time.perf_counter"},  # how long a command takes, for the metrics
    "store/embedded/command_access.py": {"asyncio.sleep"},  # waits for another process
    "store/embedded/replica_set.py": {"asyncio.sleep"},  # waits for another process
    "store/embedded/supervisor.py": {"asyncio.sleep"},  # the pauses between two lives of mongod
}
LATE_IMPORTS = {
    "run.py",  # mongod starts before what is heavy is imported
    "server/core/settings/load.py",  # dotenv, only where there is a .env: mongod waits for the settings
}
FILE_LINES, FUNCTION_LINES, CLASS_METHODS, NAMESPACE_LINES, FOLDER_FILES = 300, 40, 7, 150, 40
LARGE = {  # what is larger, and why
    "run.py:compose": "the composition root: a call for every domain, in the order of the layers",
    "handlers/admin.py:AdminCommands": "a line for every command",
    "handlers/transport/engine.py:EngineServer": "the library's methods that it keeps the promises of, and our own",
    "handlers/transport/connection.py:EngineSocket": "the library's methods that it keeps the promises of, and our own",
    "server/realtime/announcer.py:Announcer": "a method for every kind of thing that is told",
    "server/realtime/delivery.py:Delivery": "a method for every kind of audience",
    "store/queue.py:Queue": "a method for every question and guarded change of the queue",
    "store/seat_connections.py:SeatLeases": "a method for every guarded change of a lease",
    "handlers/agent.py:AgentCommands": "a line for every command",
    "server/cluster/build.py:build_cluster": "what is built, one a line",
    "server/people/build.py:build_people": "what is built, one a line",
    "server/chat/build.py:build_chat": "what is built, one a line",
    "server/queue/build.py:build_queue": "what is built, one a line",
    "store/client.py:Database": "what may be asked of the database itself",
    "store/deadlines.py:Deadlines": "a method for every guarded change of a deadline",
    "store/chats.py:Chats": "a method for every guarded change of a chat's state",
    "store/log/history.py:History": "a method for every question that the log answers",
    "store/outbox/claims.py:DeliveryClaims": "a method for every guarded change of a claim",
    "store/invitations.py:Invitations": "a method for every guarded change of an invitation",
    "store/people.py:People": "a method for every guarded change of a person",
    "store/processes.py:Processes": "a method for every question about who serves",
    "store/seats.py:Seats": "a method for every guarded change of a seat",
    "store/second_factors.py:SecondFactors": "a method for every guarded change of a factor",
}
CALLED_FROM_OUTSIDE = {
    f"store/command_log.py:CommandLog.{name}" for name in ("started", "succeeded", "failed")
} | {  # by PyMongo; by the library that writes mails
    "server/channels/mail.py:_Whole.fold",
}
UNWANTED_FILES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "service", "services"}
UNWANTED_CLASSES = re.compile(r"(Manager|Helper|Util|Utils|Service|ServiceImpl|Singleton)$")
TIME = re.compile(
    r"(datetime\.)?(datetime\.(now|utcnow|today)|date\.today)|time\.(time|time_ns|monotonic|perf_counter|sleep)"
    r"|asyncio\.sleep|os\.(environ|getenv)"
)
BOARDS = re.compile(r"\b(signals|_signals|_metrics)\.\w+\.(emit|inc|observe)$")
TOP_LEVEL = {  # what may stand there beside dotfiles; whatever else is committed came by accident
    *("server", "handlers", "store", "jobs", "static", "templates", "tests", "bench", "deploy", "docs"),
    *("run.py", "setup.cfg", "pyproject.toml", "package.json", "package-lock.json", "Makefile", "README.md", "LICENSE"),
}
Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of ours by its path from the root."""
    paths = [ROOT / "run.py", *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))]
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(), path.name) for path in paths}


def nodes(*kinds: type[Node]) -> Iterator[tuple[str, Node]]:
    """Every node of these kinds, with the path of its module."""
    for path, module in modules().items():
        for node in ast.walk(module):
            if isinstance(node, kinds):
                yield path, node


def imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    """The packages that a statement imports from."""
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return {name.partition(".")[0] for name in names}


def called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def test_nothing_else_stands_at_the_top() -> None:
    """Of what git holds; a copy without .git (an archive, an image) holds no more."""
    if not (ROOT / ".git").exists():
        pytest.skip("no checkout")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    top = {path.partition("/")[0] for path in listed.stdout.splitlines()}
    assert top >= {"run.py", "server"}
    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL


def test_the_arrows_between_the_rooms() -> None:
    line = re.search(r"PYTHONPATH=(\S+) \$\(BIN\)/lint-imports (.+)", (ROOT / "Makefile").read_text())
    assert line
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), *line[2].split()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": line[1]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    assert "6 kept, 0 broken" in checked.stdout


def test_no_two_folders_of_server_import_each_other() -> None:
    """Drawn from the imports themselves, so that a layer that somebody forgot to declare is found, too."""
    arrows: dict[tuple[str, str], str] = {}
    for path, node in nodes(ast.ImportFrom):
        target = (node.module or "").split(".")
        if path.startswith("server/") and target[0] == "server" and len(target) > 1:
            arrows.setdefault((path.split("/")[1], target[1]), f"{path}:{node.lineno}")
    both_ways = {place for (source, target), place in arrows.items() if source != target and (target, source) in arrows}
    assert not both_ways
    assert len(arrows) > 30  # else nothing was looked at


def test_server_has_folders_only() -> None:
    loose = {path for path in modules() if re.fullmatch(r"server/[^/]+\.py", path)} - {"server/__init__.py"}
    assert not loose


def test_nobody_passes_a_collections_row_by() -> None:
    """A store gets its collection by the row that declares it; only migrations and the change stream see the database."""
    raw = {path for path, node in nodes(ast.Attribute) if path.startswith("store/") and node.attr == "collections"}
    assert raw == {"store/client.py", "store/migrations.py", "store/changes.py"}


def test_nothing_leaves_the_desk() -> None:
    """What the contract `outbound` in setup.cfg cannot name: parts of packages whose other parts are used."""
    names = {(path, called(call)) for path, call in nodes(ast.Call)}
    for path, node in nodes(ast.Import, ast.ImportFrom):
        start = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        names |= {(path, start + alias.name) for alias in node.names}
    assert ("handlers/http/uploads.py", "urllib.parse.quote") in names
    outside = {place for place in names if not place[0].startswith("server/channels/")}
    assert not {
        place for place in outside if re.search(r"urllib\.request\b|\bClientSession$|^aiohttp\.request$", place[1])
    }


def test_nobody_imports_the_composition_root() -> None:
    assert not {path for path, node in nodes(ast.Import, ast.ImportFrom) if "run" in imported(node)}


def test_only_the_door_knows_the_sockets() -> None:
    knowing = {path for path, node in nodes(ast.Import, ast.ImportFrom) if imported(node) & {"socketio", "engineio"}}
    assert knowing <= SOCKETS


def test_only_delivery_emits() -> None:
    """A fact goes out through delivery; everybody else would have to know rooms, packets and queues."""
    emitting = {}
    for path, call in nodes(ast.Call):
        name = called(call)
        is_signal = re.search(r"signals\.\w+\.emit$", name)  # stays inside the process
        if not is_signal and re.search(
            r"\.(emit|_?send_packet|send_str|send_bytes)$|connection\.push$|queue\.put_nowait$", name
        ):
            emitting[f"{path}: {name}"] = path
    emitting = {what: path for what, path in emitting.items() if path not in SOCKETS}
    assert not emitting


def test_only_rooms_spells_a_rooms_name() -> None:
    spelt = {
        f"{path}:{node.lineno}"
        for path, node in nodes(ast.Constant)
        if isinstance(node.value, str) and re.match(r"(person|chat|watching|agent|customer|room):(?! )", node.value)
    }
    assert {place.partition(":")[0] for place in spelt} <= {"server/realtime/rooms.py"}


def test_time_and_environment_are_passed_in() -> None:
    found: dict[str, set[str]] = {}
    for path, attribute in nodes(ast.Attribute):
        if TIME.fullmatch(ast.unparse(attribute)):
            found.setdefault(path, set()).add(ast.unparse(attribute))
    for path, node in nodes(ast.ImportFrom):
        names = {alias.name for alias in node.names}
        if (node.module == "time" and names) or (node.module == "os" and names & {"environ", "getenv"}):
            found.setdefault(path, set()).add(f"from {node.module}")
    assert found == CLOCKS


def test_nobody_reaches_through_the_fields_of_others() -> None:
    """`self.a.b.c`: who needs c is given it, or asks b's owner. Signals and metrics are boards of named things."""
    reaching = set()
    for path, node in nodes(ast.Attribute):
        chain = re.fullmatch(r"self\.\w+\.(\w+)\.\w+", ast.unparse(node))
        if chain and path.split("/")[0] in {"server", "handlers", "jobs"} and not BOARDS.search(ast.unparse(node)):
            reaching.add(f"{path}:{node.lineno} {ast.unparse(node)}")
    assert not reaching


def test_imports_stand_at_the_top() -> None:
    late = {
        path
        for path, function in nodes(ast.FunctionDef, ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert late == LATE_IMPORTS


def test_mongod_starts_before_the_drivers_are_imported() -> None:
    """run.py imports what is light, starts mongod, and imports the rest while that starts."""
    heavy = "{'motor', 'pymongo', 'aiohttp', 'socketio', 'marshmallow', 'apscheduler', 'PIL'}"
    asked = [sys.executable, "-c", f"import sys, run; print(*{heavy} & sys.modules.keys())"]
    loaded = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert not loaded.stdout.strip()


def test_every_task_has_an_owner() -> None:
    """A task that nobody holds may be collected while it runs, and nobody hears how it ended."""
    lost = {
        f"{path}:{node.lineno}"
        for path, node in nodes(ast.Expr)
        if isinstance(node.value, ast.Call) and called(node.value).endswith(("create_task", "ensure_future"))
    }
    assert not lost


def test_nothing_is_swallowed_whole() -> None:
    bare = {f"{path}:{node.lineno}" for path, node in nodes(ast.ExceptHandler) if node.type is None}
    assert not bare


def test_handlers_ask_no_client() -> None:
    """A server-side call in a handler waits for an ack that stands in the queue behind it."""
    asking = {path for path, call in nodes(ast.Call) if path.startswith("handlers/") and called(call).endswith(".call")}
    assert not asking


def test_nothing_is_left_to_do() -> None:
    notes = {
        f"{path}:{number}"
        for path in modules()
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line)
    }
    assert not notes


def test_every_module_says_its_job() -> None:
    silent = {path for path, module in modules().items() if module.body and not ast.get_docstring(module)}
    assert not silent


def test_names_say_what_a_thing_is() -> None:
    assert not {path for path in modules() if Path(path).stem in UNWANTED_FILES}
    assert not {node.name for _, node in nodes(ast.ClassDef) if UNWANTED_CLASSES.search(node.name)}


def test_every_public_method_is_called() -> None:
    """By ourselves: what only a test calls is not there for anybody."""
    called_names = {node.attr for _, node in nodes(ast.Attribute)}
    public = {
        f"{path}:{kind.name}.{method.name}"
        for path, kind in nodes(ast.ClassDef)
        for method in kind.body
        if path.split("/")[0] in {"server", "store"} and isinstance(method, Function)
        if not method.name.startswith("_") and method.name not in called_names
    }
    assert public == CALLED_FROM_OUTSIDE


def test_rooms_stay_liveable() -> None:
    """The ceilings, and no exception that is not needed any more."""
    larger = {path for path in modules() if len((ROOT / path).read_text().splitlines()) > FILE_LINES}
    for path, function in nodes(ast.FunctionDef, ast.AsyncFunctionDef):
        if (function.end_lineno or 0) - function.lineno >= FUNCTION_LINES:
            larger.add(f"{path}:{function.name}")
    for path, class_ in nodes(ast.ClassDef):
        if sum(isinstance(node, Function) and not node.name.startswith("_") for node in class_.body) > CLASS_METHODS:
            larger.add(f"{path}:{class_.name}")
    assert larger == set(LARGE)
    folders = {path.parent for path in map(Path, modules())}
    full = {folder for folder in folders if len(list((ROOT / folder).glob("*.py"))) > FOLDER_FILES}
    assert not full


def test_namespaces_are_short() -> None:
    for name in ("customer", "agent", "admin", "roles"):
        assert len((ROOT / "handlers" / f"{name}.py").read_text().splitlines()) <= NAMESPACE_LINES


def test_tests_use_what_is_real() -> None:
    tests = [path.read_text() for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    assert not [
        text for text in tests if re.search(r"unittest\.mock|MagicMock|AsyncMock|\bmocker\b|\btime\.sleep\(", text)
    ]


PRIVATE_READ = {  # what tests read of other libraries that has no public name, and why they must
    "tests/support/people.py: websocket._response": "aiohttp: a cable is pulled without the goodbye of close()",
    "tests/test_documentation.py: parser()._actions": "argparse: the names of the commands",
    "tests/test_inserts.py: database.commits.client._topology": "PyMongo: a pool given up without a broken connection",
    "tests/test_inserts.py: database.commits.client._topology._servers": "the same",
}
REPLACED = {  # what tests replace of other libraries, and why; of our own modules nothing: `run.Parts` are for that
    "tests/support/mongods.py: monkeypatch.setattr(PyMongoProtocol, 'read', read_but_lose)": "an answer that is lost",
    "tests/test_embedded.py: monkeypatch.setattr(sys, 'platform', 'darwin')": "another operating system",
    "tests/test_inserts.py: monkeypatch.setattr(pymongo, 'version_tuple', (5, 0, 0))": "another driver",
    "tests/test_push_endpoints.py: monkeypatch.setattr(socket, 'getaddrinfo', server)": "a name server that is slow",
}
OURS = (*ROOMS, "run", "bench", "tests")


def test_tests_use_public_names_only() -> None:
    """A test that reads what is private holds the code to how it is written, not to what it promises."""
    reading, replacing = set(), set()
    for path, node in scene_nodes():
        if isinstance(node, ast.Attribute) and re.match(r"_(?!_)", node.attr):
            if ast.unparse(node.value) not in {"self", "cls"}:
                reading.add(f"{path}: {ast.unparse(node)}")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in OURS:
            reading |= {f"{path}: {alias.name}" for alias in node.names if alias.name.startswith("_")}
        elif isinstance(node, ast.Call) and is_replacement(node):
            replacing.add(f"{path}: {ast.unparse(node)}")
    assert reading == set(PRIVATE_READ)
    assert replacing == set(REPLACED)


def is_replacement(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in {"setattr", "setitem", "__setattr__"}:  # to write out every call takes half a minute
        return False
    return bool(re.search(r"(monkeypatch|__)\.?(setattr|setitem|setattr__)$", called(call)))


def test_tests_assign_nothing_in_our_modules() -> None:
    """`Bus.tell = ...` is monkeypatching without the name."""
    assigned = set()
    for path, module in scenes().items():
        statements = [node for node in ast.walk(module) if isinstance(node, ast.Import | ast.ImportFrom)]
        imported_names = {
            (alias.asname or alias.name).partition(".")[0]
            for node in statements
            if imported(node) & set(OURS)
            for alias in node.names
        }
        for node in ast.walk(module):
            for target in node.targets if isinstance(node, ast.Assign) else ():
                if isinstance(target, ast.Attribute) and ast.unparse(target).partition(".")[0] in imported_names:
                    assigned.add(f"{path}: {ast.unparse(target)}")
    assert not assigned


def scene_nodes() -> Iterator[tuple[str, ast.AST]]:
    """Every node of the tests, the load harness and the pictures, with the path of its module."""
    for path, module in scenes().items():
        for node in ast.walk(module):
            yield path, node


@cache
def scenes() -> dict[str, ast.Module]:
    paths = (path for folder in ("tests", "bench", "docs", "deploy") for path in sorted((ROOT / folder).rglob("*.py")))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(), path.name) for path in paths}
