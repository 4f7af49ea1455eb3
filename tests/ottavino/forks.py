"""Runs tests in processes that are forked when all tests have been collected: `--forks 3`.

Each worker of xdist imports and collects all tests by itself, and sends five messages about
each of them, which takes a sixth of the processor time of `make test`. A fork begins with the
collected tests. The forks take some tests of a module at a time from one queue, so that none is
idle before the queue is empty.
"""

import os
import pickle
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from multiprocessing.connection import Connection, Pipe, wait
from typing import TYPE_CHECKING, Any, cast

import pytest

AT_ONCE = 80
"""How many tests of a module a fork takes at most: others may take more of them, and make the
fixtures of the module once more.
"""
NUMBER_BYTES = 4

Items = Sequence[pytest.Item]
if TYPE_CHECKING:
    Receiving = Sending = Connection[Any, Any]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--forks`."""
    parser.addoption(
        "--forks",
        type=int,
        default=0,
        metavar="NUMBER",
        help="the number of processes to fork for the tests, once these are collected",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the collected tests in forks, if there are to be any."""
    number = cast("int", session.config.getoption("--forks"))
    if not number or session.testsfailed or session.config.getoption("collectonly"):
        return None
    _run(session, number)
    return True


def portions(items: Items) -> list[Items]:
    """The tests in portions of one module each, in their order."""
    modules = [[*each] for _, each in groupby(items, key=lambda item: item.path)]
    return [
        module[first : first + AT_ONCE]
        for module in modules
        for first in range(0, len(module), AT_ONCE)
    ]


class Queue:
    """The numbers of the portions that are left, in a pipe from which all forks read."""

    def __init__(self, length: int) -> None:
        self._reading, writing = os.pipe()
        numbers = b"".join(each.to_bytes(NUMBER_BYTES, "big") for each in range(length))
        with open(writing, "wb") as pipe:  # noqa: PTH123  # a file that is open already
            # A pipe holds 64 KiB before a write waits for a reader: 16,000 portions.
            pipe.write(numbers)

    def take(self) -> int | None:
        """The number of the next portion, or None if there is none."""
        taken = os.read(self._reading, NUMBER_BYTES)
        return int.from_bytes(taken, "big") if taken else None

    def clear(self) -> None:
        """Leave nothing in the queue."""
        while self.take() is not None:
            pass


@dataclass(slots=True)
class Fork:
    """A process that runs tests, and what it has sent."""

    pid: int
    receiving: "Receiving"
    item: pytest.Item | None = None
    """The test that it runs."""


def _run(session: pytest.Session, number: int) -> None:
    terminal: Any = session.config.pluginmanager.getplugin("terminalreporter")
    # Tests of many files come out in turns.
    terminal.showfspath = False
    all_portions = portions(session.items)
    queue = Queue(len(all_portions))
    # Otherwise each fork makes a folder of its own for the folders of its tests.
    session.config._tmp_path_factory.getbasetemp()  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # pytest has no other way to it
    forks = {fork.receiving: fork for fork in _forked(session, all_portions, queue, number)}
    try:
        while forks:
            for receiving in wait([*forks]):
                if not _received(session, fork := forks[cast("Receiving", receiving)]):
                    del forks[fork.receiving]
            if session.shouldfail or session.shouldstop:
                queue.clear()
    except BaseException:
        queue.clear()
        _interrupt([*forks.values()])
        raise
    if session.shouldfail:
        raise session.Failed(session.shouldfail)
    if session.shouldstop:
        raise session.Interrupted(session.shouldstop)


def _interrupt(forks: Sequence[Fork]) -> None:
    """Let the forks end their tests and fixtures, and wait for them."""
    for fork in forks:
        fork.receiving.close()
        os.kill(fork.pid, signal.SIGINT)
    for fork in forks:
        os.waitpid(fork.pid, 0)


def _forked(
    session: pytest.Session, all_portions: Sequence[Items], queue: Queue, number: int
) -> Iterator[Fork]:
    for _ in range(min(number, len(all_portions))):
        receiving, sending = Pipe(duplex=False)
        sys.stdout.flush()
        if (pid := os.fork()) == 0:
            _work(session, all_portions, queue, sending)
        sending.close()
        yield Fork(pid, receiving)


def _received(session: pytest.Session, fork: Fork) -> bool:
    """Take a message of a fork to pytest's reporters. False if the fork has ended."""
    hook = session.config.hook
    try:
        number, data = pickle.loads(fork.receiving.recv_bytes())  # noqa: S301  # from our own process
    except EOFError:
        _, status = os.waitpid(fork.pid, 0)
        if status:
            _report_crash(session, fork, status)
        return False
    if data is None:
        fork.item = session.items[cast("int", number)]
        hook.pytest_runtest_logstart(nodeid=fork.item.nodeid, location=fork.item.location)
        return True
    report = hook.pytest_report_from_serializable(config=session.config, data=data)
    hook.pytest_runtest_logreport(report=report)
    return True


def _report_crash(session: pytest.Session, fork: Fork, status: int) -> None:
    where = fork.item.nodeid if fork.item else "before its first test"
    code = os.waitstatus_to_exitcode(status)
    report = pytest.TestReport(
        nodeid=where,
        location=fork.item.location if fork.item else (where, None, where),
        keywords={},
        outcome="failed",
        longrepr=f"The process ended in this test with {code}, and left out tests after it.",
        when="call",
    )
    session.config.hook.pytest_runtest_logreport(report=report)


class Sender:
    """Sends what a fork reports."""

    def __init__(self, config: pytest.Config, sending: "Sending") -> None:
        self._config = config
        self._sending = sending

    def send(self, number: int, data: object = None) -> None:
        """Send that a test begins, or a report of one."""
        self._sending.send_bytes(pickle.dumps((number, data), pickle.HIGHEST_PROTOCOL))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send a report."""
        hook = self._config.hook
        self.send(-1, hook.pytest_report_to_serializable(config=self._config, report=report))


def _work(
    session: pytest.Session,
    all_portions: Sequence[Items],
    queue: Queue,
    sending: "Sending",
) -> None:
    """Run tests until there are none left, and end the process."""
    status = 1
    try:
        try:
            sender = _become_worker(session.config, sending)
            _run_all(session, _taken(all_portions, queue), sender)
            status = 0
        except KeyboardInterrupt:
            # The first process interrupts the forks too, which a terminal has done already.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        except Exception:  # noqa: BLE001  # it has to be seen before the process ends
            session.config.notify_exception(pytest.ExceptionInfo.from_current())
        session._setupstate.teardown_exact(None)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # as pytest does at its end
    finally:
        sending.close()
        # Without what the first process does at its end.
        os._exit(status)


def _run_all(session: pytest.Session, items: Iterator[pytest.Item], sender: "Sender") -> None:
    numbers = {item: number for number, item in enumerate(session.items)}
    item = next(items, None)
    while item is not None and not session.shouldfail:
        following = next(items, None)
        sender.send(numbers[item])
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        item = following


def _taken(all_portions: Sequence[Items], queue: Queue) -> Iterator[pytest.Item]:
    while (number := queue.take()) is not None:
        yield from all_portions[number]


def _become_worker(config: pytest.Config, sending: "Sending") -> Sender:
    plugins = config.pluginmanager
    plugins.unregister(name="terminalreporter")
    # With files of its own for what tests print.
    capture: Any = plugins.getplugin("capturemanager")
    capture.stop_global_capturing()
    capture.start_global_capturing()
    sender = Sender(config, sending)
    plugins.register(sender)
    return sender
