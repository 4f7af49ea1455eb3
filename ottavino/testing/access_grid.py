"""Reads the grid in which a project declares the access to a table."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ottavino.postgres.quoting import unquoted

COMMANDS = ("select", "insert", "update", "delete")
OTHER_PRIVILEGES = ("truncate", "references", "trigger", "maintain")
OUTCOMES = ("yes", "none", "denied", "refused")
REQUIRED_CALLERS = ("owner", "stranger", "anonymous", "service")
NAME = re.compile(r'"(?:[^"]|"")+"|[^\s,]+')
REST = "*"
"""Stands for the columns that no other row of the same command names."""


class GridError(Exception):
    """A grid cannot be read. The message names the place and the expected text."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One command that one caller may or may not run on one table."""

    table: str
    command: str
    column: str | None
    caller: str
    outcome: str

    def __str__(self) -> str:
        where = f"{self.table}.{self.column}" if self.column else self.table
        return f"{self.caller}, {self.command} {where}"


def cells(table: str, grid: str, columns: Iterable[str], *, is_view: bool) -> list[Cell]:
    """The cells of a table: those of its grid, and "denied" for each other command."""
    found: dict[tuple[str, str | None, str], Cell] = {}
    names, lines = _lines(table, grid)
    for command, named, outcomes in sorted(lines, key=lambda line: REST in line[1]):
        for column in _named(table, named, columns):
            for caller, outcome in outcomes.items():
                cell = Cell(table, command, column, caller, outcome)
                if found.setdefault((command, column, caller), cell) is not cell and (
                    REST not in named
                ):
                    raise GridError(f"The grid of {table} says twice: {cell}.")
    if not is_view:
        for command, column in _everything(columns, {key[:2] for key in found}):
            for caller in names:
                cell = Cell(table, command, column, caller, "denied")
                found.setdefault((command, column, caller), cell)
    return [*found.values()]


def lines_of(grid: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a grid, each with its outcomes by heading."""
    heading, *lines = grid.strip().splitlines()
    names = heading.split()
    for line in lines:
        what, *outcomes = re.split(r"\s{2,}", line.strip())
        if len(outcomes) != len(names):
            raise GridError(
                f"The row {what!r} has {len(outcomes)} outcomes under {len(names)} headings: "
                "between columns of the grid, there are two spaces or more."
            )
        yield what, dict(zip(names, outcomes, strict=True))


def _lines(
    table: str, grid: str
) -> tuple[list[str], list[tuple[str, list[str], dict[str, str]]]]:
    names = grid.strip().splitlines()[0].split() if grid.strip() else []
    if missing := [each for each in REQUIRED_CALLERS if each not in names]:
        raise GridError(f"The first line of the grid of {table} lacks: {', '.join(missing)}.")
    lines: list[tuple[str, list[str], dict[str, str]]] = []
    for what, outcomes in lines_of(grid):
        command, *columns = map(unquoted, NAME.findall(what))
        if command not in (*COMMANDS, *OTHER_PRIVILEGES):
            raise GridError(f"The grid of {table} names {command!r}, which is no command.")
        if wrong := sorted({*outcomes.values()} - {*OUTCOMES}):
            raise GridError(
                f"The grid of {table} says {wrong[0]!r} of {what!r}; an outcome is one of "
                f"{', '.join(OUTCOMES)}."
            )
        if command in {"insert", "update"} and not columns:
            raise GridError(
                f"The grid of {table} has to say which columns {command} is about; "
                f"{command} {REST} is about those that no other row names."
            )
        lines.append((command, columns, outcomes))
    return names, lines


def _named(table: str, named: list[str], columns: Iterable[str]) -> Iterable[str | None]:
    if not named:
        return [None]
    if REST in named:
        return columns
    if unknown := [each for each in named if each not in columns]:
        raise GridError(f"The grid of {table} names a column {unknown[0]}, which is not there.")
    return named


def _everything(
    columns: Iterable[str], named: set[tuple[str, str | None]]
) -> Iterator[tuple[str, str | None]]:
    """All commands on a table."""
    for command in ("select", "delete", *OTHER_PRIVILEGES):
        if not any(each == command for each, _ in named):
            yield command, None
    for command in ("insert", "update"):
        for column in columns:
            yield command, column
