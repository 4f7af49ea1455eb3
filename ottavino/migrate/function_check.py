"""Functions that PostgreSQL can no longer run after a migration, found before it is committed.

Their bodies are text to PostgreSQL: a migration may rename a column under them, and the first
call fails. While migrations run, bodies are not checked, since one may name what comes later.
After each file PostgreSQL checks them all as it would when they are made.
"""

import json
from dataclasses import dataclass, field

from ottavino.migrate.files import MigrationFile
from ottavino.migrate.transaction import RolledBack
from ottavino.postgres.connection import Connection

# Each function is made anew, with the search path that it has, and that is rolled back. Of
# PL/pgSQL, PostgreSQL checks the grammar and the declared types.
CHECK = """
do $check$
declare
    found record;
    broken jsonb := '{}';
begin
    perform set_config('check_function_bodies', 'on', true);
    for found in
        select format('%s(%s)', oid::regproc, pg_get_function_identity_arguments(oid)) as name,
            pg_get_functiondef(oid) as statement
        from pg_proc
        where prokind in ('f', 'p')
            and prolang in (select oid from pg_language where lanname in ('sql', 'plpgsql'))
            and pronamespace not in (
                select oid from pg_namespace
                where nspname in ('pg_catalog', 'information_schema', 'ottavino')
                    or nspname like 'pg\\_%'
            )
            and pg_has_role(proowner, 'usage')
            and not exists (
                select from pg_depend
                where classid = 'pg_proc'::regclass and objid = pg_proc.oid and deptype = 'e'
            )
    loop
        begin
            execute found.statement;
            raise exception using errcode = 'OK000';
        exception
            when sqlstate 'OK000' then
                null;
            when others then
                broken := broken || jsonb_build_object(found.name, sqlerrm);
        end;
    end loop;
    perform set_config('ottavino.broken_functions', broken::text, true);
    perform set_config('check_function_bodies', 'off', true);
end
$check$
"""


@dataclass(slots=True)
class FunctionCheck:
    """Remembers which functions a run has broken, and which file did it."""

    connection: Connection
    _before: set[str] = field(default_factory=set[str])
    """Those that were broken before the run: they are not its fault."""
    _broken: dict[str, tuple[MigrationFile, str]] = field(
        default_factory=dict[str, tuple[MigrationFile, str]]
    )

    async def begin(self) -> None:
        """Find out what is broken already."""
        self._before = {*await broken_functions(self.connection)}

    async def after(self, file: MigrationFile) -> None:
        """Find out what a file has broken, and what it has repaired."""
        broken = await broken_functions(self.connection)
        self._before &= {*broken}
        self._broken = {
            name: self._broken.get(name, (file, words))
            for name, words in broken.items()
            if name not in self._before
        }

    def require_none(self) -> None:
        """Refuse a run after which a function fails that did not before it."""
        for name, (file, words) in self._broken.items():
            raise RolledBack(
                f"{file.path.name}: the function {name} can no longer run after it: {words}. "
                "Change the body of the function in the same run."
            )


async def broken_functions(connection: Connection) -> dict[str, str]:
    """The functions that PostgreSQL would not make again, and why."""
    await connection.execute(CHECK)
    found = await connection.fetchval("select current_setting('ottavino.broken_functions')")
    return json.loads(found)
