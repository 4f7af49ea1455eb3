"""The server that the tests of addresses and of connecting share."""

from tests.ottavino.postgres.site import site

__all__ = ["site"]
