"""The functions that declare columns, named after PostgreSQL's types.

`default=None` makes a column nullable. PostgreSQL fills in any other `default`. A column
without a default needs a value in each new row. A type without a helper is declared as a value,
`SLUG = ColumnType("citext", str)`; `column(SLUG)` makes a column of it.
"""
