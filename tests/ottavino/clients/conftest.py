"""Keeps the project's own tests apart: what is here runs by `make test-clients`."""

collect_ignore = ["python"]
