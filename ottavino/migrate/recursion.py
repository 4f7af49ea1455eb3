"""Recursive policies: each reads a table whose policies lead back to the first one.

PostgreSQL accepts them, and refuses each query that they apply to: "infinite recursion
detected in policy". What a policy reads through a view or a function with the rights of its
caller counts as read by the policy itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ottavino.declare.database_function import FunctionBody, FunctionDefinition
from ottavino.declare.policy import PolicyDefinition
from ottavino.migrate.state import State
from ottavino.sql import names_in_expression, parts_of_body, tables_read_in_expression
from ottavino.sql.names import Path

PUBLIC = "public"
"""The role `public`, which includes every role."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A policy, a view or a function, with what it reads with its caller's rights."""

    name: str
    """Of a policy: its table, and its own name after that."""
    reads: frozenset[str] = frozenset()
    """Tables and views."""
    calls: frozenset[str] = frozenset()
    """Functions."""


@dataclass(frozen=True, slots=True)
class PolicyReader(Reader):
    """A policy."""

    table: str = ""
    command: str = "all"
    roles: frozenset[str] = frozenset()
    has_subselect: bool = True
    """Whether it has a sub-select: PostgreSQL checks only conditions that have one."""

    def binds(self, role: str, *, reading: bool) -> bool:
        """Whether it applies to a role's queries: to all, or only to those that read."""
        return bool(self.roles & {role, PUBLIC}) and (
            not reading or self.command in {"all", "select"}
        )


class Step(NamedTuple):
    """One policy of a cycle, and the table that it reads."""

    policy: str
    of: str
    """The table of the policy."""
    table: str
    through: tuple[str, ...]
    """The views and functions on the way."""

    def __str__(self) -> str:
        through = f" through {' and '.join(self.through)}" if self.through else ""
        return f"the policy {self.policy} reads {self.table}{through}"


Cycle = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Readers:
    """All policies, views and functions of a schema."""

    policies: Sequence[PolicyReader]
    views: Mapping[str, Reader] = field(default_factory=dict[str, Reader])
    functions: Mapping[str, Reader] = field(default_factory=dict[str, Reader])

    def cycles(self) -> list[Cycle]:
        """The cycles, each once."""
        roles = {role for each in self.policies for role in each.roles}
        found: dict[frozenset[str], Cycle] = {}
        for role in sorted(roles):
            for policy in self.policies:
                if policy.binds(role, reading=False):
                    for cycle in self._from(policy, role, ()):
                        found.setdefault(frozenset(step.policy for step in cycle), cycle)
        return [*found.values()]

    def _from(self, policy: PolicyReader, role: str, steps: Cycle) -> Iterator[Cycle]:
        """The cycles that lead from a policy back to it or to one of the steps."""
        tables = [*(step.of for step in steps), policy.table]
        for table, through in self._tables(policy):
            taken = (*steps, Step(policy.name, policy.table, table, through))
            asked = [p for p in self.policies if p.table == table]
            asked = [each for each in asked if each.binds(role, reading=True)]
            if table not in tables:
                for each in asked:
                    yield from self._from(each, role, taken)
            elif any(each.has_subselect for each in asked):
                yield taken[tables.index(table) :]

    def _tables(
        self, reader: Reader, through: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The tables that it reads by itself, or through views and functions."""
        for name in sorted(reader.reads):
            word = f"the view {name}"
            if (view := self.views.get(name)) is None:
                yield name, through
            elif word not in through:
                yield from self._tables(view, (*through, word))
        for name in sorted(reader.calls):
            word = f"the function {name}"
            if (function := self.functions.get(name)) and word not in through:
                yield from self._tables(function, (*through, word))


def sentence(cycle: Cycle) -> str:
    """The error, and how to remove it."""
    return (
        f"Policies are recursive: {', and '.join(map(str, cycle))}. PostgreSQL refuses every "
        "query that they apply to. Read one of the tables in a function with its owner's "
        "rights: Members and Policy.member do so for a table of members."
    )


def declared_cycles(state: State) -> list[Cycle]:
    """The cycles among the policies that are declared."""
    return _declared(state).cycles()


def _declared(state: State) -> Readers:
    known = Known.of(state)
    policies: list[PolicyReader] = []
    functions: dict[str, Reader] = {}
    for each in state.objects.values():
        match each:
            case PolicyDefinition():
                policies.append(known.policy(each))
            case FunctionDefinition(security_definer=False, body=body) if body is not None:
                functions[each.called] = known.function(each.called, body)
            case _:
                pass
    return Readers(policies, functions=functions)


@dataclass(frozen=True, slots=True)
class Known:
    """The names in a schema, for reading SQL."""

    relations: frozenset[str]
    functions: frozenset[str]

    @classmethod
    def of(cls, state: State) -> "Known":
        """The names that are declared."""
        called = (each.called for each in state.objects.values())
        return cls(frozenset(state.tables), frozenset(name for name in called if name))

    def policy(self, policy: PolicyDefinition) -> PolicyReader:
        """A declared policy, with the tables that its conditions read."""
        tables = (path for sql in policy.free for path in tables_read_in_expression(sql))
        calls = (each for sql in policy.free for each in names_in_expression(sql).functions)
        return PolicyReader(
            policy.full_name,
            _named(tables, self.relations) | ({*policy.reads} - {policy.table}),
            _named(calls, self.functions),
            policy.table,
            policy.command,
            frozenset(policy.roles),
        )

    def function(self, name: str, body: FunctionBody) -> Reader:
        """A function, with the tables in those statements of its body that can be parsed."""
        parts = [part.names for part in parts_of_body(body.sql, body.language)]
        exact = [names for names in parts if names.is_exact]
        return Reader(
            name,
            _named((path for names in exact for path in names.tables), self.relations),
            _named((path for names in exact for path in names.functions), self.functions),
        )


def _named(paths: Iterable[Path], known: frozenset[str]) -> frozenset[str]:
    """Those of the known names that SQL means; a name without a schema is one of `public`."""
    return frozenset(
        name
        for path in paths
        if (name := ".".join(path if path[1:] else (PUBLIC, *path))) in known
    )
