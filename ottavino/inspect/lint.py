"""Runs the lint rules on the declared and on the live schema.

The rules are those of pgrls and our own, configured in `pgrls.toml`. pgrls reads a database
with a driver of its own: the live schema as it is, and the declared one as a shadow database in
a transaction that is rolled back. pgrls is a development package, so a server never imports
this module.
"""

import json
import math
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from pgrls.config import load_config
from pgrls.introspect import introspect
from pgrls.model import Schema
from pgrls.rules import all_rules, load_extra_rules
from pgrls.schema_sources import resolve_schema

from ottavino.declare.definition import Definition
from ottavino.declare.partition import PartitionDefinition
from ottavino.declare.policy import PolicyDefinition
from ottavino.declare.trigger import TriggerDefinition
from ottavino.inspect.drift import MIGRATE, SETTINGS, CannotTell, declared_state, reading
from ottavino.inspect.exposure import believes, believing
from ottavino.inspect.finding import SEVERITIES, Finding, Findings, Side
from ottavino.inspect.kept import is_accepted, kept_patterns
from ottavino.inspect.shadow import ShadowDatabase, check_privileges, plan
from ottavino.inspect.shadow import schemas as ours
from ottavino.inspect.surroundings import surroundings
from ottavino.migrate import platform
from ottavino.migrate.live_recursion import live_cycles
from ottavino.migrate.recursion import Cycle, declared_cycles, plain, sentence
from ottavino.migrate.state import State
from ottavino.postgres.address import Address, migration_address
from ottavino.postgres.connection import unavailable
from ottavino.settings import ROOT, settings
from ottavino.sql import path_of

NO_BARRIER = "VIEW002"
"""The rule that a view is a security barrier."""

MISSING = """
    select name from unnest($1::text[]) as name
    where to_regnamespace(quote_ident(name)) is null
    order by name
"""

Connection = psycopg.Connection[Any]


async def lint() -> Findings:
    """The findings, and on which sides each was found."""
    classes = declared_state()
    async with reading() as connection:
        await check_privileges(connection)
        if missing := await connection.fetch(MISSING, ours(classes)):
            names = ", ".join(name for (name,) in missing)
            raise CannotTell(
                f"The database has no schema {names}, which the classes declare. {MIGRATE}"
            )
        around = await surroundings(connection, ours(classes), classes.tables)
        bookkept = bool(await connection.fetchval("select to_regclass('public.migration')"))
        shadow = await plan(connection, classes, bookkept=bookkept)
        live = await live_cycles(connection)
    with _connected() as connection:
        schemas: dict[Side, Schema] = {
            "classes": _built(connection, shadow),
            "database": _live(connection, shadow),
        }
    kept = kept_patterns()
    found: Findings = {
        finding: ["database"] for finding in around if not is_accepted(finding.where, kept)
    }
    cycles: dict[Side, list[Cycle]] = {
        "classes": declared_cycles(classes),
        "database": live,
    }
    for side, those in cycles.items():
        for cycle in those:
            found.setdefault(_recursion(cycle), []).append(side)
    for finding in _foreign(classes):
        found.setdefault(finding, []).append("classes")
    accepted = _accepted(classes)
    for side, schema in schemas.items():
        for finding in _findings(schema):
            if (finding.rule, finding.where) not in accepted:
                found.setdefault(finding, []).append(side)
    return found


def _recursion(cycle: Cycle) -> Finding:
    return Finding("error", "OTT002", cycle[0].policy, sentence(cycle))


def _foreign(state: State) -> Iterator[Finding]:
    """The declared policies on tables of others that rely on unsigned claims."""
    allowed = load_config(ROOT / "pgrls.toml").rule_options.get("OTT004", {})
    partitions = [
        each for each in state.objects.values() if isinstance(each, PartitionDefinition)
    ]
    # pgrls reads the policies of these.
    own = {path_of(each) for each in (*state.tables, *(each.called for each in partitions))}
    for each in state.objects.values():
        is_foreign = isinstance(each, PolicyDefinition) and path_of(each.table) not in own
        if is_foreign and believes(*each.free):
            where = each.full_name
            if where not in allowed.get("allowlist", ()):
                yield Finding("warning", "OTT004", where, believing(where))


def _accepted(state: State) -> set[tuple[str, str]]:
    """The rules that objects break on purpose, each with the object's name."""
    return {
        (rule, _reported_as(each)) for each in state.objects.values() for rule in each.accepted
    }


def _reported_as(definition: Definition) -> str:
    """The name by which a rule reports an object, without quotation marks: of a trigger, its
    function's.
    """
    if isinstance(definition, TriggerDefinition) and definition.function:
        return plain(definition.function.partition("(")[0])
    if definition.called or not definition.table:
        return plain(definition.called or definition.full_name)
    return ".".join([plain(definition.table), definition.own_name])


def _findings(schema: Schema) -> Iterator[Finding]:
    config = load_config(ROOT / "pgrls.toml")
    # Through a security-invoker view a caller reads only what the policies show anyway.
    invoking = {each.qualified_name for each in schema.views if each.security_invoker}
    for rule in [*all_rules(), *load_extra_rules(config.extra_rules)]:
        if rule.id in config.disable:
            continue
        for violation in rule.check(schema, config.rule_options.get(rule.id, {})):
            if rule.id == NO_BARRIER and violation.location in invoking:
                continue
            severity = config.severity_overrides.get(rule.id, violation.severity)
            if severity in SEVERITIES:
                where = violation.location or "the schema"
                yield Finding(severity, rule.id, where, violation.message)


def _live(connection: Connection, shadow: ShadowDatabase) -> Schema:
    with connection.transaction(force_rollback=True):
        connection.execute(SETTINGS)
        return introspect(connection, [shadow.names[name] for name in shadow.ours])


def _built(connection: Connection, shadow: ShadowDatabase) -> Schema:
    with connection.transaction(force_rollback=True):
        connection.execute(SETTINGS)
        if connection.execute(platform.MISSING).fetchone() is not None:
            connection.execute(platform.SQL.encode())
        for statement in shadow.statements:
            connection.execute(statement.encode())
        schema = introspect(connection, shadow.ours)
    return _renamed(schema, shadow.names)


def _renamed(schema: Schema, names: Mapping[str, str]) -> Schema:
    """A schema with the names for which its stand-ins were built."""
    snapshot = json.dumps(schema.to_snapshot())
    for stand_in, name in names.items():
        snapshot = snapshot.replace(stand_in, name)
    # Only a snapshot in a file has its conditions parsed again.
    with TemporaryDirectory() as folder:
        file = Path(folder) / "snapshot.json"
        file.write_text(snapshot, "utf-8")
        return resolve_schema(snapshot=str(file))[0]


@contextmanager
def _connected() -> Generator[Connection]:
    """A connection to where `owner_connection` connects, with the same errors.

    pgrls reads a catalog through psycopg alone, so this is the one connection that no asyncpg
    makes.
    """
    with _open() as connection:
        try:
            yield connection
        except psycopg.Error as error:
            raise CannotTell(f"The database cannot be read: {error}") from error


def _open() -> Connection:
    address, seconds = migration_address(), settings().connect_timeout
    try:
        # A pooler gives the next transaction to another server process.
        return psycopg.connect(
            autocommit=True, prepare_threshold=None, **_parameters(address, seconds)
        )
    except psycopg.Error as error:
        raise unavailable(address, error, seconds) from error


def _parameters(address: Address, seconds: float) -> dict[str, Any]:
    return {
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "password": address.password,
        "dbname": address.database,
        "application_name": "lint",
        # In whole seconds, at least one, because 0 would be no limit.
        "connect_timeout": math.ceil(seconds),
        **address.tls_parameters,
    }
