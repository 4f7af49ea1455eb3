"""Refuses columns that a helper cannot take."""

from typing import Any

from ottavino.declare.column import SERIAL, Col, require_column

COUNTED = {*SERIAL, "int", "int2", "int4", "int8"}
"""The types that can be numbered."""


def require_countable(helper: str, column: Col[Any]) -> None:
    """Refuse a column that PostgreSQL cannot number."""
    require_column(helper, column)
    require_plain(helper, column)
    if column.spec.type not in COUNTED:
        raise ValueError(
            f"{helper} numbers a column of smallint(), integer() or bigint(), and "
            f"{column.spec.type} is none of them."
        )
    if column.spec.null or column.spec.default is not None:
        raise ValueError(
            f"{helper} numbers every row, so its column has no default and is not null: leave "
            "out default=…."
        )


def require_plain(helper: str, column: Col[Any]) -> None:
    """Refuse a column that PostgreSQL numbers or computes already."""
    if column.spec.identity is not None or column.generated is not None:
        raise ValueError(
            f"{helper} takes a column that PostgreSQL neither numbers nor computes: use one of "
            "identity, serial, generated and nullable alone."
        )
