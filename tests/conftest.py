"""What the tests are given: see `docs/testing.md`."""

pytest_plugins = [
    "ottavino.testing",
    # What the framework's own tests need in addition.
    "tests.ottavino.plugin",
]
