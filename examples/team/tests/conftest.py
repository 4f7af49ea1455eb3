"""The fixtures of the tests: databases, callers, a client of the functions."""

pytest_plugins = ["ottavino.testing"]
