"""The access matrix: tests on a live database which rows and columns each caller can reach."""

from collections.abc import Collection, Mapping
from typing import ClassVar

import pytest

from ottavino.identity import Identity
from ottavino.postgres.quoting import schema_of
from ottavino.postgres.session import session
from ottavino.testing.access_grid import COMMANDS, OUTCOMES, Cell, cells
from ottavino.testing.access_trial import (
    CALLERS,
    CLAIM_TO_BE_THE_OWNER,
    Trial,
    observe,
    qualified,
)
from ottavino.testing.database import Database

RELATIONS = """
    select format('%I.%I', nspname, relname) as name
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'f') and nspname = any($1)
        and not (nspname = 'public' and relname = 'migration')
        and not exists (
            select from pg_depend
            where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e'
        )
"""
"""The tables and views of some schemas: neither Piccolo's own, nor an extension's."""


LESS = {*OUTCOMES} - {"yes"}


class AccessTests:
    """A base class of tests that every caller has exactly the access in a grid.

    Every tested row belongs to `owner`, and statements have no conditions, so a row that a
    caller reaches is the owner's. `stranger` is another user, `nobody` has a user's role and a
    token that names none, `anonymous` showed no token, `service` is `service_role`.

        yes      done, and where rows are asked for, the owner's row was reached
        none     silently nothing: the row is not there for this caller
        denied   the privilege is missing
        refused  a policy does not let such a row be written

    A row of a grid that names columns says it of each of them, `*` is the columns that no other
    row of the command names, and what no row names is denied to everybody. The stranger's
    statements are repeated with the owner's claims set in SQL, which must not give more access.
    """

    tables: ClassVar[Mapping[str, str]] = {}
    """The grid of each table and view, by its name; outside `public` with the schema. Quotation
    marks can be left out, but around the name of a column with a space in a grid.
    """
    values: ClassVar[Mapping[str, str]] = {}
    """The SQL values for columns, by `column` or `table.column`. By default: the owner, the
    parent's row, the column's default, or any value of the type.
    """
    setup: ClassVar[Mapping[str, str]] = {}
    """SQL that is executed before a table is tried, such as the owner's membership."""
    callers: ClassVar[Mapping[str, Identity]] = {}
    """More callers, by their names in the grids."""

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        """Test each table in a test of its own."""
        if "table" in metafunc.fixturenames:
            metafunc.parametrize("table", sorted(cls.tables))

    async def test_the_matrix_names_every_table(self, database: Database) -> None:
        named = {qualified(each): each for each in self.tables}
        schemas = {"public", *map(schema_of, named)}
        async with database.superuser() as connection:
            rows = await connection.fetch(RELATIONS, [*schemas])
        there = {qualified(row["name"]) for row in rows}
        missing = sorted(each.removeprefix("public.") for each in there - named.keys())
        gone = sorted(named[each] for each in named.keys() - there)
        assert not missing, (
            f"The access matrix has no rows for {', '.join(missing)}: say in "
            f"{type(self).__qualname__}.tables who may do what with it."
        )
        assert not gone, (
            f"The access matrix has rows for {', '.join(gone)}, which the database does not "
            "have: remove them, or apply the migration that makes it."
        )

    async def test_everybody_reaches_what_the_matrix_says(
        self, database: Database, table: str
    ) -> None:
        async with database.superuser() as connection:
            trial = Trial(connection, self.values)
            await trial.arrange(table, self.setup.get(table, ""))
            columns = [each.name for each in await trial.columns(table)]
            is_view = await trial.is_view(table)
            wanted = cells(table, self.tables[table], columns, is_view=is_view)
            # Inserts come first, while the table has no row that could conflict.
            wrong = await self._try(
                trial, [each for each in wanted if each.command == "insert"]
            )
            await trial.add_row(table)
            wrong += await self._try(
                trial, [each for each in wanted if each.command != "insert"]
            )
        assert not wrong, "\n".join(wrong)

    async def _try(self, trial: Trial, wanted: Collection[Cell]) -> list[str]:
        callers = {**CALLERS, **self.callers}
        wrong: list[str] = []
        for caller in dict.fromkeys(each.caller for each in wanted):
            injections = ["", CLAIM_TO_BE_THE_OWNER] if caller == "stranger" else [""]
            async with session(callers[caller]):
                for cell in (each for each in wanted if each.caller == caller):
                    sql = await trial.statement(cell)
                    for injection in injections:
                        outcome = await observe(
                            sql, injection=injection, is_counted=cell.command in COMMANDS
                        )
                        # Forged claims must not give a caller more access.
                        allowed = {cell.outcome, *(LESS if injection else ())}
                        if outcome not in allowed:
                            claiming = " (claiming in SQL to be the owner)" if injection else ""
                            wrong.append(
                                f"{cell}{claiming}: {outcome}, and the matrix says "
                                f"{cell.outcome}."
                            )
        return wrong
