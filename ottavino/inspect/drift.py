"""Compares the classes, the migration files and the database.

Each side is read from the system catalogs by the same queries: the database as it is, the
other two as shadow databases in a transaction that is rolled back. The files need none if
they add up to exactly what the classes declare.
"""

from collections.abc import AsyncGenerator, Collection, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import asyncpg
from piccolo.conf.apps import AppConfig, Finder

from ottavino.declare.role import RoleDefinition
from ottavino.errors import MigrationError, OttavinoError
from ottavino.inspect.catalog import NOBODY, Catalog, CatalogObject, Owner, read
from ottavino.inspect.catalog.queried import (
    read_beside,
    read_queried,
    schema_owners,
    with_owners,
    without_others,
)
from ottavino.inspect.difference import Comparison
from ottavino.inspect.displaced import Displaced, displaced, names_within, renamed_back
from ottavino.inspect.finding import Finding
from ottavino.inspect.kept import is_accepted, is_kept, kept_patterns, without_kept
from ottavino.inspect.openings import openings
from ottavino.inspect.restored import built_anyway, misplaced
from ottavino.inspect.shadow import check_privileges, made_by_statements, schemas
from ottavino.inspect.strangers import access_by, hand_written, not_ours, strangers
from ottavino.inspect.surroundings import surroundings
from ottavino.inspect.unguarded import unguarded
from ottavino.inspect.view_columns import unfit_columns
from ottavino.migrate import platform
from ottavino.migrate.app import objects_of
from ottavino.migrate.files import MigrationFile, replayed
from ottavino.migrate.history import History, histories
from ottavino.migrate.state import State, declared
from ottavino.migrate.steps import Execute, Step
from ottavino.postgres import driver_errors as driver
from ottavino.postgres.connection import Connection, owner_connection
from ottavino.postgres.quoting import identifier
from ottavino.postgres.supabase import AUTHENTICATOR

SETTINGS = """
    select
        -- A statement that waits for a lock makes all later ones wait behind it.
        set_config('lock_timeout', '2s', true),
        set_config('statement_timeout', '60s', true),
        set_config('idle_in_transaction_session_timeout', '60s', true),
        -- A body may name objects that are created after it.
        set_config('check_function_bodies', 'off', true),
        -- Compiling these queries takes longer than running them.
        set_config('jit', 'off', true),
        set_config('client_min_messages', 'warning', true)
"""


MIGRATE = "Apply the migrations first, with `piccolo migrations forwards all`."


class CannotTell(OttavinoError):
    """The database could not be read, so there is no answer."""


# The role that owns most of our tables, which may be another than the connected one. The
# parameter is `text[]`, because the driver would look up the type `regclass[]`.
OWNER = """
    select
        (select oid from pg_roles where rolname = current_user) as builder,
        relowner as owner,
        pg_get_userbyid(relowner) as name
    from pg_class
    where oid = any($1::text[]::regclass[])
    group by relowner
    order by count(*) desc
    limit 1
"""

MISSING_ROLES = """
select name from unnest($1::text[]) as name
where not exists (select from pg_roles where rolname = name)
order by name
"""


@dataclass(frozen=True, slots=True)
class Drift:
    """The differences, and the migrations that may be the reason."""

    comparison: Comparison
    pending: list[str]
    """The names of the files that the database has not run."""
    gone: list[str]
    """The ids of the migrations that it has run, and that no file describes any more."""
    edited: list[str]
    """The names of the files that were changed after the database had run them."""
    findings: list[Finding] = field(default_factory=list[Finding])
    """Findings outside of the schema that undermine the policies: roles, `auth`, publications.
    """
    awaited: frozenset[str] = frozenset()
    """The differing objects that are as the applied migrations have made them."""
    is_installed: bool = True
    """Whether the database has the schema `ottavino`, which `forwards` installs."""

    @property
    def fix(self) -> str | None:
        """The SQL that fixes what a person does not have to decide; None if `forwards` has to
        run before it.
        """
        fix = self.comparison.fix
        is_early = self.pending or (
            not self.is_installed and f"{platform.SCHEMA}." in (fix or "")
        )
        return None if is_early else fix

    @property
    def is_awaited(self) -> bool:
        """Whether the pending migrations explain all differences."""
        names = {str(each.entry) for each in self.comparison.differences}
        return bool(names) and names <= self.awaited

    @property
    def unknown(self) -> list[CatalogObject]:
        """The objects that are not ours, without those that are reported as findings."""
        opening = {each.where for each in self.findings}
        return [each for each in self.comparison.unknown if str(each) not in opening]

    @property
    def is_none(self) -> bool:
        """Whether all three sides are the same, apart from objects that are not ours."""
        return not (
            self.comparison.differences
            or self.gone
            or self.edited
            or any(each.severity == "error" for each in self.findings)
        )


async def drift() -> Drift:
    """Compare all that is declared with the database of the settings."""
    classes = declared_state()
    kept = kept_patterns()
    async with reading() as connection:
        await check_privileges(connection)
        apps = await histories(connection, "all")
        read = [file for app in apps for file in app.files]
        is_installed = await connection.fetchval(platform.FOUND) is not None
        files, steps = replayed(read), _steps(read)
        comparison, awaited, refused = await _comparison(connection, apps, classes, files, kept)
        within, tables = {*schemas(classes), *schemas(files)}, {*classes.tables, *files.tables}
        around = await surroundings(connection, sorted(within), tables)
        around += await unguarded(connection, within, classes)
        found = await _strangers(connection, within, comparison)
        others = not_ours(found, comparison.ours, hand_written(steps, classes))
        around = [each for each in around if _concerns(each, comparison, kept)]
        known = {each.where for each in (*around, *comparison.openings)}
        access = await access_by(connection, [*comparison.unknown, *others], tables, kept)
        unknown = [*comparison.unknown, *(each for each in others if not is_kept(each, kept))]
        return Drift(
            replace(comparison, unknown=unknown),
            [file.path.name for app in apps for file in app.pending],
            [migration_id for app in apps for migration_id in app.gone],
            [file.path.name for app in apps for file in app.edited],
            [
                *refused,
                *comparison.openings,
                *await _missing_roles(connection, classes),
                *await unfit_columns(connection, classes),
                *around,
                *(each for each in access if each.where not in known),
            ],
            awaited,
            is_installed,
        )


async def _strangers(
    connection: Connection, within: Collection[str], comparison: Comparison
) -> list[CatalogObject]:
    """The objects of others outside of our schemas, without ours that were moved there."""
    were = {*comparison.were.values()}
    renamed = {each.removeprefix("schema ") for each in were if each.startswith("schema ")}
    return [
        each
        for each in await strangers(connection, {*within} | renamed)
        if were.isdisjoint({str(each), f"{each.kind} {each.facets['stored']}"})
    ]


async def _comparison(
    connection: Connection,
    apps: Sequence[History],
    classes: State,
    files: State,
    kept: Collection[str],
) -> tuple[Comparison, frozenset[str], list[Finding]]:
    """The comparison, the differences that pending migrations explain, and a finding if the
    database refuses the declared schema, so that there is no comparison.
    """
    steps = _steps([file for app in apps for file in app.files])
    try:
        applied = await _as_applied(connection, apps, kept)
        with _to_be_applied(apps):
            comparison = await find_drift(connection, classes, files, steps, kept)
    except MigrationError as error:
        ours = frozenset({*classes.objects, *files.objects})
        reasons = [str(error), *[each async for each in misplaced(connection, classes)]]
        return Comparison([], ours=ours), frozenset(), [_not_compared(reasons)]
    comparison = comparison.with_superseded(applied.ours if applied else ())
    return comparison, _awaited(comparison, applied), []


def _not_compared(reasons: Sequence[str]) -> Finding:
    return Finding(
        "error",
        "OTT118",
        "database",
        "No declared object was compared, since the declared schema cannot be made here. "
        f"{' '.join(reasons)} Restore what it uses, and run this again.",
    )


@contextmanager
def _to_be_applied(apps: Sequence[History]) -> Generator[None]:
    """Ask for pending migrations if the declared schema cannot be built without them, as
    where one of them makes the extension of a type.
    """
    try:
        yield
    except MigrationError as error:
        pending = ", ".join(file.path.name for app in apps for file in app.pending)
        if not pending:
            raise
        raise CannotTell(
            f"The declared schema cannot be compared before {pending} is applied. {MIGRATE} "
            f"{error}"
        ) from error


def _concerns(finding: Finding, comparison: Comparison, kept: Collection[str]) -> bool:
    """Whether neither a class nor a migration nor `keep` says that it is meant."""
    return finding.where not in comparison.ours and not is_accepted(finding.where, kept)


async def _missing_roles(connection: Connection, classes: State) -> list[Finding]:
    """The roles that policies and grants name, but callers cannot become."""
    names = [e.full_name for e in classes.objects.values() if isinstance(e, RoleDefinition)]
    return [
        Finding(
            "error",
            "OTT112",
            f"role {name}",
            f"The role {name} is declared, and the server has none of this name. If no pending "
            f"migration makes it: create role {identifier(name)} nologin; "
            f"grant {identifier(name)} to {AUTHENTICATOR}.",
        )
        for (name,) in await connection.fetch(MISSING_ROLES, names)
    ]


async def _as_applied(
    connection: Connection, apps: Sequence[History], kept: Collection[str]
) -> Comparison | None:
    """The database compared with what the applied files add up to, if others are pending."""
    if not any(app.pending for app in apps):
        return None
    applied = sorted((file for app in apps for file in app.applied), key=lambda file: file.id)
    try:
        state = replayed(applied)
    except MigrationError:
        # They were applied in another order than that of their ids.
        return None
    return await find_drift(connection, state, state, _steps(applied), kept)


def _awaited(comparison: Comparison, applied: Comparison | None) -> frozenset[str]:
    """The differences that the applied files do not have."""
    if applied is None:
        return frozenset()
    names = (str(each.entry) for each in comparison.differences)
    return frozenset(names) - {str(each.entry) for each in applied.differences}


def _steps(files: Sequence[MigrationFile]) -> list[Step]:
    return [step for file in files for step in file.migration.steps]


async def find_drift(
    connection: Connection,
    classes: State,
    files: State,
    steps: Sequence[Step] = (),
    kept: Collection[str] = (),
) -> Comparison:
    """Compare the three sides, and roll back all changes of the connection's transaction.
    `steps` are the files' steps: objects created by their `migration.execute` are ours too.
    Objects that match the patterns `kept` are not compared.
    """
    objects = {**files.objects, **classes.objects}.values()
    savepoint = connection.transaction()
    await savepoint.start()
    try:
        sides = await _sides(connection, classes, files, steps)
    finally:
        await savepoint.rollback()
    apart, declared, replayed = sides.apart, sides.classes, sides.files
    ours = {**replayed, **declared}
    database = without_others({**sides.database, **apart.objects}, objects, ours)
    found = apart.compared(declared, replayed, without_kept(database, kept, ours))
    # A pattern for other tables does not hide what opens ours.
    unknown = (apart.compared(declared, replayed, database) if kept else found).unknown
    return replace(found, owner=sides.owner, openings=openings(unknown, database, ours, kept))


class _Sides(NamedTuple):
    """What is compared, and the role that owns our tables."""

    classes: Catalog
    files: Catalog
    database: Catalog
    apart: Displaced
    owner: str


async def _sides(
    connection: Connection, classes: State, files: State, steps: Sequence[Step]
) -> _Sides:
    """Read the three sides, in a transaction that is rolled back afterwards."""
    objects = {**files.objects, **classes.objects}.values()
    # Policies call it, and a database without any migration does not have it yet.
    await platform.install(connection)
    bookkept = bool(await connection.fetchval("select to_regclass('public.migration')"))
    owner, role = await _owner(connection, classes)
    # Read first: a shadow database may bring an extension.
    # Names are written with their schemas, as in the shadow database.
    await connection.execute("set local search_path = ''")
    within = {*schemas(classes), *schemas(files)}
    back = await renamed_back(connection, within, {*names_within((classes, files))})
    owners = await schema_owners(connection)
    queried = with_owners(await read_queried(connection, objects, owner=role), owners)
    beside = await read_beside(connection, objects)
    declared = await built_anyway(connection, classes, owner, bookkept=bookkept)
    replayed = declared
    if files != classes:
        replayed = await built_anyway(connection, files, owner, bookkept=bookkept)
    besides = await _besides(connection, steps, owner, replayed)
    declared, replayed = (
        with_owners({**besides, **each}, dict.fromkeys(owners, role))
        for each in (declared, replayed)
    )
    # Read last, so that its locks are released soon.
    database = {**await read(connection, within), **queried}
    apart = await displaced(connection, within, back, {**replayed, **declared}, database)
    return _Sides(declared, replayed, database, apart.with_beside(beside), role)


async def _besides(
    connection: Connection, steps: Sequence[Step], owner: Owner, files: Catalog
) -> Catalog:
    """The objects that SQL by hand in the files makes, beside those that the files name."""
    if not any(isinstance(step, Execute) for step in steps):
        return {}
    made = await made_by_statements(connection, steps, owner)
    return {name: each for name, each in made.items() if name not in files}


async def _owner(connection: Connection, state: State) -> tuple[Owner, str]:
    """The role that owns our tables. Objects that the connected role builds are reported as its
    own.
    """
    there = await connection.fetch(
        "select name from unnest($1::text[]) as name where to_regclass(name) is not null",
        ["public.migration", *state.tables],
    )
    if row := await connection.fetchrow(OWNER, [each["name"] for each in there]):
        return Owner(row["builder"], row["owner"]), row["name"]
    return NOBODY, await connection.fetchval("select current_user::text")


def declared_state() -> State:
    """The schema that all apps declare."""
    apps = _apps()
    try:
        return declared(
            [table for app in apps for table in app.table_classes],
            [each for app in apps for each in objects_of(app)],
        )
    except (ValueError, TypeError) as error:
        raise CannotTell(f"The classes cannot be read: {error}") from error


def _apps() -> Collection[AppConfig]:
    return Finder().get_app_registry().app_configs.values()


@asynccontextmanager
async def reading() -> AsyncGenerator[Connection]:
    """A transaction of the migrating role. An error in it becomes a sentence."""
    async with owner_connection("drift") as connection:
        try:
            async with connection.transaction():
                # The shadow databases are written, and rolled back.
                await connection.execute("set transaction read write")
                await connection.execute(SETTINGS)
                yield connection
        except asyncpg.LockNotAvailableError as error:
            raise CannotTell(
                "Another connection has held a lock on the schema for 2 s: try again."
            ) from error
        except driver.ERRORS as error:
            raise CannotTell(f"The database cannot be read: {error}.") from error
