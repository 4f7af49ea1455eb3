"""Tests of the whole HTTP interface by tools that make requests up: `make test-api`."""
