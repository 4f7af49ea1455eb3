"""A log handler that does not block the process, and writes the lines of requests in batches.

The line of a request waits for up to `BATCH_SECONDS`, so that many requests share one write.
Every other line, such as an error, is written before the logging call returns, after the
waiting lines. A process that is killed loses at most the request lines of that time; a process
that ends normally writes them first.

A slow reader, such as a hanging collector at the other end of a pipe, never delays a request:
beyond `MOST_BYTES`, lines are dropped, and the log reports how many. The event loop itself
writes: no write blocks, so a thread would save nothing.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import select
import stat
import time
from collections import deque

from ottavino.http.log import JsonLines
from ottavino.http.request_record import RequestFields, RequestRecord, json_line

STDERR = 2

BATCH_SECONDS = 0.05
"""How long the line of a request waits for others."""

MOST_BYTES = 4 * 1024 * 1024
"""How many bytes of lines wait for a reader that does not keep up."""

FLUSH_SECONDS = 3.0
"""How long a process that ends waits for a reader."""

POLL_SECONDS = 0.1
TURN_SECONDS = 0.0005
"""How often a waiting process retries to lock the pipe."""
PATIENCE_SECONDS = 0.01
"""How long any line but a request's waits for the long line of another process."""


class LineHandler(logging.Handler):
    """Writes lines to a file descriptor, standard error unless another one is given."""

    def __init__(self, descriptor: int = STDERR) -> None:
        super().__init__()
        self._descriptor = _without_blocking(descriptor)
        self._is_shared = self._descriptor != descriptor
        """Whether the file descriptor is a pipe that other processes write to as well."""
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        """How many bytes `_lines` holds."""
        self._unwritten = b""
        """The rest of a line that is longer than one write."""
        self._has_turn = False
        """Whether only the beginning of a long line was written."""
        self._lost = 0
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        os.register_at_fork(after_in_child=self._forget)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
        except Exception:  # noqa: BLE001  # formatting an object may raise anything
            self.handleError(record)
            return
        if not self._add(line):
            return
        if isinstance(record, RequestRecord):
            self._write_later()
        elif not self._write(PATIENCE_SECONDS):
            with contextlib.suppress(RuntimeError):
                # Without a loop, as in a thread, the next line takes this one along.
                self._write_later()

    def request(self, fields: RequestFields) -> None:
        """Write the line of a request, as `emit` does for its record."""
        line = json_line(fields, time.time()).encode() + b"\n"
        with self.lock or contextlib.nullcontext():
            if self._add(line):
                self._write_later()

    def _add(self, line: bytes) -> bool:
        """Add a line to the batch; return whether there is room for it."""
        if self._bytes + len(line) > MOST_BYTES:
            self._lost += 1
            return False
        self._bytes += len(line)
        self._lines.append(line)
        return True

    def flush(self) -> None:
        """Write the waiting lines, as long as the reader reads."""
        end = time.monotonic() + FLUSH_SECONDS
        with self.lock or contextlib.nullcontext():
            while not self._write() and time.monotonic() < end:
                _is_writable(self._descriptor, POLL_SECONDS)
                # A pipe that has room may be in the middle of another process's line.
                time.sleep(TURN_SECONDS)

    def _write_later(self) -> None:
        loop = asyncio.get_running_loop()
        # A timer of a loop that was closed never ends.
        if self._timer is None or self._loop is not loop:
            self._loop = loop
            self._timer = loop.call_later(BATCH_SECONDS, self._end_batch)

    def _end_batch(self) -> None:
        self._timer = None
        with self.lock or contextlib.nullcontext():
            if not self._write():
                self._write_later()

    def _write(self, patience: float = 0) -> bool:
        """Write as much as possible without blocking; return whether everything was written."""
        while batch := self._unwritten or self._take():
            self._unwritten = batch
            if not self._take_turn(is_long=len(batch) > select.PIPE_BUF, patience=patience):
                return False
            try:
                written = self._write_some(batch)
            except OSError:
                # The reader has closed the pipe, or the disk is full.
                written = len(batch)
                self._lost += batch.count(b"\n")
            self._unwritten = batch[written:]
            # A long line is finished before another process may write.
            self._has_turn = bool(self._unwritten) and (self._has_turn or written > 0)
            if not self._has_turn:
                self._end_turn()
            if not written:
                return False
        return True

    def _write_some(self, batch: bytes) -> int:
        """Write the beginning of a batch; 0 where that would block.

        A pipe takes up to `PIPE_BUF` bytes in one piece or not at all, so the lines of several
        processes on one pipe do not mix.
        """
        if not _is_writable(self._descriptor, 0):
            return 0
        try:
            return os.write(self._descriptor, batch[: select.PIPE_BUF])
        except BlockingIOError:
            return 0

    def _take_turn(self, *, is_long: bool, patience: float) -> bool:
        """Lock the pipe for a long line; return whether another process has locked it.

        Lines that a pipe takes in one piece do not mix, so only long lines exclude others. Each
        process has opened the pipe for itself, and a lock ends with its process. Where the pipe
        could not be opened, there is no lock.
        """
        if not self._is_shared or self._has_turn:
            return True
        end = time.monotonic() + patience
        kind = fcntl.LOCK_EX if is_long else fcntl.LOCK_SH
        while True:
            try:
                fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    return False
                time.sleep(TURN_SECONDS)
            else:
                return True

    def _end_turn(self) -> None:
        if self._is_shared:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _take(self) -> bytes:
        """The next lines, as many as fit into one write."""
        if not self._lines:
            return b""
        batch = self._report()
        while self._lines and (
            not batch or len(batch) + len(self._lines[0]) <= select.PIPE_BUF
        ):
            line = self._lines.popleft()
            self._bytes -= len(line)
            batch += line
        return batch

    def _report(self) -> bytes:
        """The line that says how many were lost, if any were since the last one."""
        if not self._lost:
            return b""
        text = f"The log lost {self._lost} lines, because its reader did not keep up."
        self._lost = 0
        level = {"levelno": logging.WARNING, "levelname": "WARNING"}
        record = logging.makeLogRecord({"name": "ottavino", "msg": text, **level})
        return self.format(record).encode() + b"\n"

    def _forget(self) -> None:
        """Drop the waiting lines in a forked process: its parent writes them."""
        self._lines.clear()
        self._bytes = self._lost = 0
        self._unwritten = b""
        self._has_turn = False
        self._timer = None


def only_handler(logger: logging.Logger) -> LineHandler | None:
    """The handler of a logger, if it is the only one for requests and writes JSON. Its lines
    need no log record, whose creation would take longer than the rest.
    """
    handlers = logger.handlers
    if logger.propagate or logger.filters or len(handlers) != 1:
        return None
    (handler,) = handlers
    if type(handler) is not LineHandler or handler.filters or handler.level > logging.INFO:
        return None
    return handler if type(handler.formatter) is JsonLines else None


def _without_blocking(descriptor: int) -> int:
    """The descriptor, opened again if it is a pipe, so that a write to a full one fails.

    Other processes have the same descriptor, so its own mode cannot be changed. Where it cannot
    be opened again, each write is preceded by a poll, and a race with another process may
    block.
    """
    try:
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            return os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        pass
    return descriptor


def _is_writable(descriptor: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(seconds * 1000))
