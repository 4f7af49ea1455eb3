"""The command line of Piccolo: finds the command that its words name, or prints an error for a
mistyped one.
"""

import sys
from collections.abc import Sequence

from targ import CLI, Command

MISTYPED = 2
"""The exit status of a command that does not exist, as of other programs."""

_found_anywhere = CLI._get_command  # noqa: SLF001  # a method of targ, which searches all groups
_run = CLI.run


def command(cli: CLI, command_name: str, group_name: str | None = None) -> Command | None:
    """The command with this name. No command in another group has the name of a group."""
    if group_name is None and command_name in _groups(cli):
        return None
    return _found_anywhere(cli, command_name, group_name)


def run(cli: CLI, solo: bool = False) -> None:
    """Run the command that the words name. If it does not exist, an error lists those that do:
    targ itself would print the help of all commands and exit with 0.
    """
    words = [word for word in sys.argv[1:] if word != "--trace"]
    if words and not solo and "--help" not in words and not _is_found(cli, words):
        sys.stderr.write(_sentence(cli, words) + "\n")
        sys.exit(MISTYPED)
    _run(cli, solo)


def _is_found(cli: CLI, words: Sequence[str]) -> bool:
    group, *rest = words
    return bool(command(cli, group) or (rest and command(cli, rest[0], group)))


def _sentence(cli: CLI, words: Sequence[str]) -> str:
    group, name = words[0], next(iter(words[1:]), "")
    groups = _groups(cli)
    if group not in groups:
        return f"piccolo has no group of commands {group!r}: its groups are {_all(groups)}."
    names = [str(each.command_name) for each in cli.commands if each.group_name == group]
    if not name or name.startswith("-"):
        return f"`piccolo {group}` needs a command, which is one of {_all(names)}."
    return f"`piccolo {group}` has no command {name!r}: its commands are {_all(names)}."


def _all(names: Sequence[str]) -> str:
    return ", ".join(sorted(names))


def _groups(cli: CLI) -> list[str]:
    return sorted({each.group_name for each in cli.commands if each.group_name})
