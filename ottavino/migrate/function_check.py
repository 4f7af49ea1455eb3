"""Finds functions that a migration has broken, before it is committed.

PostgreSQL stores their bodies as text. If a migration renames a column that a body names, the
first call fails. While migrations run, bodies are not checked, because one may name an object
that is created later. After each file, PostgreSQL checks all of them.
"""

import json
from dataclasses import dataclass, field

from ottavino.migrate.files import MigrationFile
from ottavino.migrate.transaction import RolledBack
from ottavino.postgres.connection import Connection

# Each function is created again with its own search path, and that is rolled back. Of PL/pgSQL,
# PostgreSQL checks the grammar and the declared types.
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
    """Records the functions that a run has broken, and the file that broke each."""

    connection: Connection
    _before: set[str] = field(default_factory=set[str])
    """The functions that were broken before the run."""
    _broken: dict[str, tuple[MigrationFile, str]] = field(
        default_factory=dict[str, tuple[MigrationFile, str]]
    )

    async def begin(self) -> None:
        """Find the functions that are broken already."""
        self._before = {*await broken_functions(self.connection)}

    async def after(self, file: MigrationFile) -> None:
        """Find the functions that a file has broken or repaired."""
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
    """The functions that PostgreSQL would not create again, each with its error."""
    await connection.execute(CHECK)
    found = await connection.fetchval("select current_setting('ottavino.broken_functions')")
    return json.loads(found)
