"""The parts of Piccolo that migrations rely on: an upgrade that changes one fails here."""

import inspect
from typing import Any

import pytest
from piccolo import main
from piccolo.apps.migrations.commands import backwards as backwards_module
from piccolo.apps.migrations.commands import check as check_module
from piccolo.apps.migrations.commands import clean as clean_module
from piccolo.apps.migrations.commands import forwards as forwards_module
from piccolo.apps.migrations.commands import new as new_module
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.piccolo_app import APP_CONFIG
from piccolo.apps.migrations.tables import Migration

from ottavino.errors import NoSession
from ottavino.migrate import commands
from ottavino.testing import SettingsFrom


def test_the_commands_are_those_that_are_extended() -> None:
    stock: list[Any] = APP_CONFIG.get_commands()
    assert {command.callable.__name__ for command in stock} == {
        "backwards",
        "check",
        "clean",
        "forwards",
        "new",
    }


def test_the_functions_that_they_look_up_are_ours() -> None:
    assert forwards_module.run_forwards is commands.forwards
    assert backwards_module.run_backwards is commands.backwards
    assert new_module._create_new_migration is commands.new  # noqa: SLF001  # what we extend
    assert check_module.CheckMigrationManager.get_migration_statuses is commands.statuses
    assert clean_module.CleanMigrationManager.run is commands.clean


@pytest.mark.parametrize(
    ("stock", "ours"),
    [
        (forwards_module.forwards, commands.forwards),
        (backwards_module.backwards, commands.backwards),
    ],
)
def test_they_take_the_arguments_that_ours_take(stock: object, ours: object) -> None:
    def arguments(command: object) -> list[tuple[str, object]]:
        assert callable(command)
        parameters = inspect.signature(command).parameters.values()
        return [(parameter.name, parameter.default) for parameter in parameters]

    assert arguments(stock) == arguments(ours)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (forwards_module, "run_forwards"),
        (backwards_module, "run_backwards"),
        (new_module, "_create_new_migration"),
        (check_module.CheckMigrationManager, "get_migration_statuses"),
        (check_module.CheckMigrationManager, "havent_ran_count"),
        (clean_module.CleanMigrationManager, "run"),
    ],
)
def test_a_name_that_is_gone_is_reported(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    monkeypatch.delattr(owner, name)
    with pytest.raises(ImportError, match=f"This version of Piccolo has no .*{name} to extend"):
        commands.extend_piccolo()


async def test_a_command_of_another_app_does_not_ask_the_database_first(
    settings_from: SettingsFrom,
) -> None:
    settings_from(DATABASE_URL="", DIRECT_URL="")
    manager: Any = vars(main)["CheckMigrationManager"]
    assert manager is check_module.CheckMigrationManager
    assert await manager("all").havent_ran_count() == 0


async def test_what_piccolo_would_do_by_itself_is_refused() -> None:
    with pytest.raises(NoSession):
        await BaseMigrationManager().create_migration_table()
    with pytest.raises(NoSession):
        await Migration.get_migrations_which_ran("db")
