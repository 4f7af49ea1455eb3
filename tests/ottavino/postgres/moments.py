"""The moments of a connection: before and after each message that is sent or received."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from ottavino.postgres import driver
from ottavino.postgres.answers import messages

PARAMETER = b"S"
"""Tells of a setting. There are many at the beginning, and nothing depends on one."""


class Moments:
    """Calls a function at one moment of a conversation, once a test has begun to count.

    Each message arrives in a turn of the event loop of its own, as if the network had divided
    the answers after every message.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._then: Callable[[], object] | None = None
        self._left = 0
        self.sent: list[bytes] = []
        """What was sent before the moment."""
        self._words = b""
        self._arriving: deque[tuple[Any, bytes]] = deque()
        self._write = driver._Outgoing.write  # noqa: SLF001  # between it and the socket
        self._receive = driver.Protocol.data_received

        def write(outgoing: Any, data: Any) -> None:
            self._written(outgoing, data)

        def receive(protocol: Any, data: bytes) -> None:
            self._received(protocol, data)

        monkeypatch.setattr(driver._Outgoing, "write", write)  # noqa: SLF001  # likewise
        monkeypatch.setattr(driver.Protocol, "data_received", receive)

    def at(self, number: int, then: Callable[[], object]) -> None:
        """Call a function at the moment of this number, from now on."""
        self._left, self._then = number, then
        self.sent.clear()

    def when_sent(self, words: bytes, then: Callable[[], object]) -> None:
        """Call a function when these words have been sent, from now on."""
        self._words = words
        self.at(-1, then)

    def have_passed(self) -> bool:
        """Stop counting; whether the moment has come, or none was set."""
        passed, self._then = self._then is None, None
        return passed

    def _pass(self) -> None:
        if self._then is None:
            return
        is_sent = bool(self._words) and self._words in b"".join(self.sent[-1:])
        if self._left == 0 or is_sent:
            then, self._then = self._then, None
            then()
        self._left -= 1

    def _written(self, outgoing: Any, data: Any) -> None:
        self._write(outgoing, data)
        if self._then is not None:
            self.sent.append(bytes(data))
        self._pass()

    def _received(self, protocol: Any, data: bytes) -> None:
        end = 0
        for _, at, end in messages(data):
            self._arriving.append((protocol, data[at:end]))
        if data[end:]:
            self._arriving.append((protocol, data[end:]))
        asyncio.get_running_loop().call_soon(self._arrive)

    def _arrive(self) -> None:
        if not self._arriving:
            return
        protocol, message = self._arriving.popleft()
        # A closed socket receives nothing.
        if not protocol.outgoing.inner.is_closing():
            if not message.startswith(PARAMETER):
                self._pass()
            self._receive(protocol, message)
            if not message.startswith(PARAMETER):
                self._pass()
        asyncio.get_running_loop().call_soon(self._arrive)
