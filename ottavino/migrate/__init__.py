"""Migrations: generated, reviewed, and applied in one transaction."""

from ottavino.declare.column import ColumnSpec
from ottavino.migrate.migration import Migration

__all__ = ["ColumnSpec", "Migration"]
