"""The settings of these tests: a secret, and no database unless a test brings one."""

from tests.ottavino.http.conftest import no_database

__all__ = ["no_database"]
