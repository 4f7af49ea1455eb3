"""What the tests are given: databases, callers, a client of the functions."""

pytest_plugins = ["ottavino.testing"]
