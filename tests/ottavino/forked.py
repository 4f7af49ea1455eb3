"""Python programs in processes of their own, forked from one that has imported what they use.

An interpreter that imports the framework is busy for 0.4 s before its program begins, a fork
for milliseconds. In all else they are the same: processes with an environment, a folder, a
session and pipes of their own, which end as an interpreter does. A test that is about what is
imported, or when, starts its program by `subprocess` instead.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

FRAMEWORK = (
    "ottavino.dev.commands",
    "ottavino.dev.database.commands",
    "ottavino.http.protocol",
    "ottavino.http.serve",
    "ottavino.inspect.adopt.commands",
    "ottavino.inspect.commands",
    "ottavino.migrate.runner",
    "ottavino.project.mistake",
    "ottavino.query",
)
"""What is imported for a program in the folder that the tests run in."""
LIBRARIES = (
    "asyncpg",
    "httptools",
    "jwt.algorithms",
    "multipart",
    "piccolo.apps.migrations.commands.forwards",
    "piccolo.apps.migrations.commands.new",
    "piccolo.apps.fixtures.piccolo_app",
    "piccolo.apps.playground.piccolo_app",
    "piccolo.apps.schema.piccolo_app",
    "piccolo.apps.user.piccolo_app",
    "piccolo.query",
    "piccolo.table",
    "pydantic",
    "starlette.applications",
    "starlette.routing",
    "targ",
    "uvicorn.main",
    "uvloop",
)
"""What is imported for one elsewhere, where the framework may be another."""

Program = Callable[[], object]

ROOT = Path.cwd()
FORK = "import sys; from tests.ottavino.forked import fork; fork(sys.argv[1:])()"
"""It forks whenever it is asked to, and each that is forked goes on with its program."""
REQUEST_BYTES = 2**20
NUMBER_BYTES = 16


class Python(subprocess.Popen[str]):
    """`python …` as a process: it takes `-c` or `-m`, and `-W error` before."""

    def __init__(self, *arguments: str, **options: Any) -> None:
        super().__init__(arguments, text=True, **options)

    def poll(self) -> int | None:
        """Its exit status, if it has ended."""
        return self._status(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended."""
        if (status := self._status(timeout)) is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def _execute_child(self, *given: Any) -> None:
        # In the order of the method that it replaces.
        folder, environment, pipes, new_session = given[5], given[6], given[10:16], given[-2]
        ends = [pipes[0], pipes[3], pipes[5]]
        request = {
            "arguments": self.args,
            "folder": str(folder or Path.cwd()),
            "environment": dict(os.environ if environment is None else environment),
            "new_session": new_session,
        }
        self._lock = threading.Lock()
        self._ending, its_end = socket.socketpair()
        weakref.finalize(self, self._ending.close)
        with its_end:
            files = [number if each == -1 else each for number, each in enumerate(ends)]
            _ask(request, [*files, its_end.fileno()])
        self._close_pipe_fds(*pipes)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # a method of the class
        self.pid = int(self._ending.recv(NUMBER_BYTES))
        self._child_created = True

    def _status(self, seconds: float | None) -> int | None:
        if self.returncode is None and select.select([self._ending], [], [], seconds)[0]:
            with self._lock:
                # Another thread may have read the exit status meanwhile.
                if self.returncode is None:
                    self.returncode = int(self._ending.recv(NUMBER_BYTES))
        return self.returncode


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `python …` to its end, and keep what it prints."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with Python(*arguments, **pipes | options) as process:
        printed, complained = process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode, printed, complained)


def _ask(request: dict[str, Any], files: list[int]) -> None:
    here = Path(request["folder"]) == ROOT
    forking = _forking(*LIBRARIES, *FRAMEWORK) if here else _forking(*LIBRARIES)
    socket.send_fds(forking, [json.dumps(request).encode()], files)


@functools.cache
def _forking(*modules: str) -> socket.socket:
    """A connection to the process that has imported some modules, which ends with this one."""
    asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {name: each for name, each in os.environ.items() if name != "PYTHONPATH"}
    with asked:
        process = subprocess.Popen(  # noqa: S603  # the function below
            [sys.executable, "-c", FORK, *modules],
            stdin=asked.fileno(),
            cwd=ROOT,
            env=environment,
        )

    def end() -> None:
        asking.close()
        process.wait()

    atexit.register(end)
    return asking


def fork(modules: Sequence[str]) -> Program:
    """Fork for each request. It returns in the forked process, with its program."""
    for each in modules:
        importlib.import_module(each)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _do_nothing)
    asked = socket.socket(fileno=0)
    ended, ending = socket.socketpair()
    ending.setblocking(False)
    signal.set_wakeup_fd(ending.fileno())
    told: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([asked, ended], [], [])
        if ended in ready:
            ended.recv(REQUEST_BYTES)
            _reap(told)
        if asked in ready:
            content, files, _, _ = socket.recv_fds(asked, REQUEST_BYTES, 4)
            if not content:
                return bool
            if (pid := os.fork()) == 0:
                signal.set_wakeup_fd(-1)
                for each in (asked, ended, ending):
                    each.detach()
                return functools.partial(_go_on, json.loads(content), files)
            told[pid] = files.pop()
            os.write(told[pid], b"%d" % pid)
            for each in files:
                os.close(each)


def _do_nothing(*_: object) -> None:
    """Wake the process, and do no more."""


def _reap(told: dict[int, int]) -> None:
    """Send the exit status of an ended process to the client that waits for it."""
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            status = told.pop(found[0])
            # The client may have stopped waiting.
            with contextlib.suppress(BrokenPipeError):
                os.write(status, b"%d" % os.waitstatus_to_exitcode(found[1]))
            os.close(status)


def _go_on(request: dict[str, Any], files: Sequence[int]) -> None:
    """Become the requested process, and run its program."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, each in enumerate(files[:3]):
        os.dup2(each, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    if request["new_session"]:
        os.setsid()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for each in [each for each in sys.modules if each.partition(".")[0] == "tests"]:
        del sys.modules[each]
    _run(*request["arguments"])


def _run(*arguments: str) -> None:
    if arguments[0] == "-W":
        warnings.simplefilter("error")
        sys.warnoptions.append(arguments[1])
        arguments = arguments[2:]
    kind, program, *rest = arguments
    paths = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv = [kind, *rest]
    sys.path[:1] = ["" if kind == "-c" else str(Path.cwd()), *paths]
    if kind == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        exec(compile(program, "<string>", "exec"), vars(sys.modules["__main__"]))  # noqa: S102  # as Python does
