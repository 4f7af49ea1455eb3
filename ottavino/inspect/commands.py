"""The commands `piccolo db drift|functions|lint|matrix`."""

import asyncio
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager

from ottavino.declare.database_function import DatabaseFunction, FunctionDefinition
from ottavino.declare.trigger import TriggerDefinition
from ottavino.errors import OttavinoError, SettingsError
from ottavino.inspect import finding, report
from ottavino.inspect import matrix as access
from ottavino.inspect.drift import MIGRATE, CannotTell, declared_state, reading
from ottavino.inspect.drift import drift as find_drift
from ottavino.inspect.finding import Findings
from ottavino.inspect.powers import powers
from ottavino.inspect.shadow import schemas

FORMATS = ("text", "json")

NO_TABLE = """
    select not exists (
        select from unnest($1::text[]) as name where to_regclass(name) is not null
    )
"""


def drift(
    format: str = "text",  # noqa: A002  # the option's name
    strict: bool = False,
) -> None:
    """Report where the classes, the migration files and the database differ.

    Nothing is written to the database. Exits with 0 if all three are the same, with 1 if they
    differ, and with 2 if there is no answer. Other objects of the database are listed, and not
    changed. Findings outside the schema that undermine the policies (powers of the API roles, a
    changed `auth`, publications) are listed too; an error among them exits with 1.

    :param format:
        text, or json for a program.
    :param strict:
        Also exit with 1 if the database has something that is neither declared nor in `keep` of
        pyproject.toml.
    """
    with _or_cannot_tell():
        _require_format(format)
        found = asyncio.run(find_drift())
        print(report.as_json(found) if format == "json" else report.as_text(found))
        if not found.is_none or (strict and found.unknown):
            sys.exit(1)


def functions() -> None:
    """List the declared database functions, with who may execute them.

    The database is not asked. A security definer runs with the rights of its owner.
    """
    with _or_cannot_tell():
        for definition in declared_state().objects.values():
            match definition:
                case (
                    FunctionDefinition(declared=function) | TriggerDefinition(declared=function)
                ) if function:
                    print(_signature(function))
                case _:
                    pass


def _signature(function: DatabaseFunction) -> str:
    roles = ", ".join(function.execute) or "no API role"
    security = "definer" if function.security_definer else "invoker"
    return (
        f"{function.qualified}({', '.join(function.arguments)}) returns {function.returns}\n"
        f"    security {security}, {function.volatility}, executed by {roles}"
    )


def lint() -> None:
    """Report faults in the declared schema and in the database.

    Exits with 0 if there is nothing worse than a warning, with 1 if there is an error, and with
    2 if there is no answer.
    """
    with _or_cannot_tell():
        findings = asyncio.run(_lint())
        print(finding.as_text(findings))
        if any(each.severity == "error" for each in findings):
            sys.exit(1)


def matrix() -> None:
    """Report who may do what in the database: by table, role, command and column.

    In the schemas of the declared tables all roles are listed, and in every other schema what
    signed-in and anonymous users may do. The conditions of the policies are beside them.

    Exits with 1 if a role may do something that no policy bounds, and with 2 if the database
    cannot be read.
    """
    with _or_cannot_tell():
        found, beyond = asyncio.run(_matrix())
        print("\n\n".join([access.as_text(found), *map(finding.paragraph, beyond)]))
        if found.unbounded or any(each.severity == "error" for each in beyond):
            sys.exit(1)


@contextmanager
def _or_cannot_tell() -> Generator[None]:
    """Exit with 2 if there is no answer: 1 would mean that a fault was found."""
    try:
        yield
    except OttavinoError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("Interrupted. Nothing was changed.", file=sys.stderr)
        sys.exit(130)
    except Exception:  # noqa: BLE001  # any error means that there is no answer
        traceback.print_exc()
        sys.exit(2)


def _require_format(name: str) -> None:
    if name not in FORMATS:
        raise OttavinoError(f"There is no format {name}; there are {' and '.join(FORMATS)}.")


async def _lint() -> Findings:
    try:
        from ottavino.inspect.lint import lint  # noqa: PLC0415  # it needs a development package
    except ImportError as error:
        raise SettingsError(
            "`piccolo db lint` needs pgrls: pip install 'ottavino[lint]'"
        ) from error
    return await lint()


async def _matrix() -> tuple[access.Matrix, list[finding.Finding]]:
    declared = declared_state()
    ours = schemas(declared)
    async with reading() as connection:
        tables = [*declared.tables]
        if tables and await connection.fetchval(NO_TABLE, tables):
            raise CannotTell(f"The database has none of the declared tables. {MIGRATE}")
        return await access.matrix(connection, ours), await powers(connection, ours)
