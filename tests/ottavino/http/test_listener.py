"""The message where a server cannot listen at HOST and PORT."""

import socket

import pytest

from ottavino.errors import SettingsError
from ottavino.http.listener import bound


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost", "::1"])  # noqa: S104  # it is tried
def test_an_address_of_this_machine_is_bound(host: str) -> None:
    with bound(host, 0) as listener:
        assert listener.getsockname()[1] > 0


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1", "300.1.1.1"])
def test_a_host_that_is_not_this_machine_is_named_with_what_to_set(host: str) -> None:
    with pytest.raises(SettingsError, match=rf"^HOST is {host}, .* set it to 127\.0\.0\.1 "):
        bound(host, 0)


def test_a_port_that_is_in_use_is_named_with_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"^Port {port} is in use .*PORT={port + 1}\."):
            bound("127.0.0.1", port)


def test_a_port_beyond_the_last_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"^PORT must be a whole number from 1 to 65535"):
        bound("127.0.0.1", 99999)
