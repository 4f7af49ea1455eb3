"""The apps by which Piccolo knows an application's tables and its functions."""

import sys
from importlib import import_module
from typing import TypeGuard

from piccolo.conf.apps import AppConfig, AppRegistry, Command, table_finder

from ottavino.declare.table import Table
from ottavino.declare.view import View
from ottavino.inspect.fit import lacking
from ottavino.migrate.app import App, Object
from ottavino.migrate.commands import extend_piccolo
from ottavino.migrate.history import history
from ottavino.postgres.connection import Connection
from ottavino.project.mistake import sentence
from ottavino.settings import ROOT

MIGRATIONS = ROOT / "piccolo_migrations"

FUNCTIONS = "ottavino.project.functions_app"


def apps(*modules: str) -> AppRegistry:
    """The apps of an application, and the commands `piccolo functions …`.

    An import error ends the process with a sentence that names the place: Piccolo would treat
    the project as one without apps.
    """
    extend_piccolo()
    try:
        return AppRegistry(apps=[*modules, FUNCTIONS])
    except Exception as error:  # noqa: BLE001  # a table's file may raise any error
        sys.exit(sentence(error))


def tables_app(package: str, *, objects: tuple[Object, ...] = ()) -> AppConfig:
    """The app of the tables in `package.tables`.

    `objects` belong to none of them, as functions do, and triggers on the tables of others. A
    tuple of such objects that `package.tables` names is declared like its tables.
    """
    tables = f"{package}.tables"
    # If this fails, Piccolo prints a text of its own.
    named = vars(import_module(tables)).values()
    beside = [each for others in named if _are_objects(others) for each in others]
    return TablesApp(
        app_name=package.replace(".", "_"),
        migrations_folder_path=MIGRATIONS,
        # A module that declares a table imports what the table inherits from.
        table_classes=[each for each in table_finder([tables]) if each not in {Table, View}],
        objects=(*objects, *beside),
    )


def _are_objects(named: object) -> TypeGuard[tuple[Object, ...]]:
    return isinstance(named, tuple) and all(
        isinstance(each, Object)
        for each in named  # pyright: ignore[reportUnknownVariableType]  # it is checked here
    )


# Their commands are imported only by a command line: a server does not need them.


class TablesApp(App):
    """Tables, with the commands `piccolo db …`, and what `/_internal/ready` checks."""

    async def lacking(self, connection: Connection) -> list[str]:
        """The columns that the database does not have, or has with another type."""
        return await lacking(connection, tuple(self.table_classes))

    async def pending(self, connection: Connection) -> int:
        """How many migrations are not applied."""
        return len((await history(connection, self)).pending)

    def get_commands(self) -> list[Command]:
        # A server imports this module too, and never runs a command.
        from ottavino.dev.database import commands as database  # noqa: PLC0415  # as above
        from ottavino.inspect import commands  # noqa: PLC0415  # as above
        from ottavino.inspect.adopt import commands as adopting  # noqa: PLC0415  # as above
        from ottavino.migrate import commands as migrations  # noqa: PLC0415  # as above

        return [
            Command(each)
            for each in (
                database.install_auth,
                database.mark_local,
                database.login,
                commands.drift,
                commands.functions,
                commands.lint,
                commands.matrix,
                migrations.squash,
                adopting.adopt,
            )
        ]


class FunctionsApp(AppConfig):
    """No tables, and the commands `piccolo functions …`."""

    def get_commands(self) -> list[Command]:
        from ottavino.dev import commands  # noqa: PLC0415  # only a command line needs it

        return [
            Command(commands.list_functions, command_name="list"),
            Command(commands.lint),
            Command(commands.new),
            Command(commands.token),
            Command(commands.serve),
            Command(commands.openapi),
            Command(commands.types),
        ]
