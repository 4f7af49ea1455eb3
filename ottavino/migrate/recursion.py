"""Recursive policies: each reads a table whose policies lead back to the first one.

PostgreSQL accepts them, and refuses each query that they apply to: "infinite recursion
detected in policy", or "stack depth limit exceeded" if a function is on the way. What a policy
reads through a view or a function with the rights of its caller counts as read by the policy
itself. A view or a function with the rights of its owner ends the recursion, because policies
do not bind the role that migrates. They may bind another owner, which the catalogs show.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ottavino.declare.database_function import FunctionBody, FunctionDefinition
from ottavino.declare.definition import Definition
from ottavino.declare.policy import PolicyDefinition
from ottavino.declare.view_definition import MaterializedViewDefinition, ViewDefinition
from ottavino.migrate.reading import BodyNames, names_read
from ottavino.migrate.state import State
from ottavino.sql import names_in_expression, names_in_statements, tables_read_in_expression
from ottavino.sql.names import Path, path_of

PUBLIC = "public"
"""The role `public`, which includes every role."""

FUNCTION = "the function"
"""The first words of a function on the way from a policy to a table."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A policy, a view or a function, with what it reads."""

    name: str
    """Of a policy: its table, and its own name after that."""
    reads: frozenset[str] = frozenset()
    """Tables and views."""
    calls: frozenset[str] = frozenset()
    """Functions."""
    runs_as: str = ""
    """The owner with whose rights it reads, if policies bind that role; empty for its caller.
    What it reads with the rights of another owner is left out.
    """

    def __or__(self, other: "Reader") -> "Reader":
        """All that two functions of one name read."""
        return Reader(
            self.name,
            self.reads | other.reads,
            self.calls | other.calls,
            self.runs_as or other.runs_as,
        )


@dataclass(frozen=True, slots=True)
class PolicyReader(Reader):
    """A policy."""

    table: str = ""
    command: str = "all"
    roles: frozenset[str] = frozenset()
    has_subselect: bool = True
    """Whether it has a sub-select: PostgreSQL checks only conditions that have one."""
    exempt: str = ""
    """The owner of the table, unless row level security is forced."""

    def binds(self, roles: frozenset[str], *, reading: bool) -> bool:
        """Whether it applies to the queries of a role, given with the roles that it has: to
        all queries, or only to those that read.
        """
        applies = bool(self.roles & (roles | {PUBLIC})) and self.exempt not in roles
        return applies and (not reading or self.command in {"all", "select"})


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


class Read(NamedTuple):
    """A table that is read, the views and functions on the way, and the role that reads."""

    table: str
    through: tuple[str, ...]
    role: str


@dataclass(frozen=True, slots=True)
class Readers:
    """All policies, views and functions of a schema."""

    policies: Sequence[PolicyReader]
    views: Mapping[str, Reader] = field(default_factory=dict[str, Reader])
    functions: Mapping[str, Reader] = field(default_factory=dict[str, Reader])
    memberships: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """The roles that owners of views and functions have, besides their own."""

    def cycles(self) -> list[Cycle]:
        """The cycles, each once."""
        roles = {role for each in self.policies for role in each.roles} | {*self.memberships}
        found: dict[frozenset[str], Cycle] = {}
        for role in sorted(roles):
            for policy in self._binding(role, reading=False):
                for cycle in self._from(policy, role, ()):
                    found.setdefault(frozenset(step.policy for step in cycle), cycle)
        return [*found.values()]

    def _binding(
        self, role: str, table: str | None = None, *, reading: bool
    ) -> list[PolicyReader]:
        """The policies that apply to the queries of a role, of one table or of all."""
        has = frozenset({role}) | self.memberships.get(role, frozenset())
        return [
            each
            for each in self.policies
            if table in {None, each.table} and each.binds(has, reading=reading)
        ]

    def _from(self, policy: PolicyReader, role: str, steps: Cycle) -> Iterator[Cycle]:
        """The cycles that lead from a policy back to it or to one of the steps."""
        tables = [*(step.of for step in steps), policy.table]
        for table, through, reader in self._tables(policy, role):
            taken = (*steps, Step(policy.name, policy.table, table, through))
            binding = self._binding(reader, table, reading=True)
            if table not in tables:
                for each in binding:
                    yield from self._from(each, reader, taken)
            elif _is_recursive(cycle := taken[tables.index(table) :], binding):
                yield cycle

    def _tables(
        self, reader: Reader, role: str, through: tuple[str, ...] = ()
    ) -> Iterator[Read]:
        """The tables that it reads by itself, or through views and functions."""
        for name in sorted(reader.reads):
            word = f"the view {name}"
            if (view := self.views.get(name)) is None:
                yield Read(name, through, reader.runs_as or role)
            elif word not in through:
                yield from self._tables(view, role, (*through, word))
        for name in sorted(reader.calls):
            word = f"{FUNCTION} {name}"
            if (function := self.functions.get(name)) and word not in through:
                yield from self._tables(function, function.runs_as or role, (*through, word))


def _is_recursive(cycle: Cycle, binding: Sequence[PolicyReader]) -> bool:
    """Whether PostgreSQL refuses a cycle that ends at a table with these policies for reading.

    If the first policy is one of them, it is evaluated again and again. If not, as for an
    insert, PostgreSQL refuses to expand policies with a sub-select in the same statement, but
    not in the statement of a function.
    """
    if cycle[0].policy in {each.name for each in binding}:
        return True
    calls = any(word.startswith(FUNCTION) for step in cycle for word in step.through)
    return not calls and any(each.has_subselect for each in binding)


def sentence(cycle: Cycle) -> str:
    """The error, and how to remove it."""
    return (
        f"Policies are recursive: {', and '.join(map(str, cycle))}. PostgreSQL refuses every "
        "query that they apply to. Read one of the tables in a function with its owner's "
        "rights: Members and Policy.member do so for a table of members."
    )


def reached(readers: Iterable[Reader], read: Callable[[str], Reader]) -> dict[str, Reader]:
    """The functions that policies and views call, directly or through others. No other body is
    read.
    """
    found: dict[str, Reader] = {}
    names = [name for each in readers for name in each.calls]
    while names:
        if (name := names.pop()) not in found:
            found[name] = read(name)
            names += found[name].calls
    return found


def declared_cycles(state: State) -> list[Cycle]:
    """The cycles among the policies that are declared."""
    return _declared(state).cycles()


def _declared(state: State) -> Readers:
    known = Known.of(state)
    policies: list[PolicyReader] = []
    views: dict[str, Reader] = {}
    bodies: dict[str, list[FunctionBody]] = {}
    for each in state.objects.values():
        match each:
            case PolicyDefinition():
                policies.append(known.policy(each))
            case ViewDefinition() if not isinstance(each, MaterializedViewDefinition):
                views[plain(each.full_name)] = known.view(each)
            case FunctionDefinition(security_definer=False, body=body) if body is not None:
                bodies.setdefault(each.called, []).append(body)
            case _:
                pass

    def read(name: str) -> Reader:
        return known.function(name, bodies.get(name, ()))

    return Readers(policies, views, reached([*policies, *views.values()], read))


def plain(name: str) -> str:
    """A name with its schema, without quotation marks."""
    return ".".join(path_of(name))


@dataclass(frozen=True, slots=True)
class Known:
    """The names in a schema, for reading SQL."""

    relations: frozenset[str]
    functions: frozenset[str]
    views: frozenset[str] = frozenset()
    """Those of the relations that are views."""

    @classmethod
    def of(cls, state: State) -> "Known":
        """The names that are declared."""
        objects = [*state.objects.values()]
        views = frozenset(plain(each.full_name) for each in objects if _is_view(each))
        called = (each.called for each in objects)
        return cls(
            views.union(map(plain, state.tables)),
            frozenset(name for name in called if name),
            views,
        )

    def policy(self, policy: PolicyDefinition) -> PolicyReader:
        """A declared policy, with the tables that its conditions read."""
        tables = (path for sql in policy.free for path in tables_read_in_expression(sql))
        calls = (each for sql in policy.free for each in names_in_expression(sql).functions)
        return PolicyReader(
            policy.full_name,
            _named(tables, self.relations)
            | ({*map(plain, policy.reads)} - {plain(policy.table)}),
            _named(calls, self.functions),
            table=plain(policy.table),
            command=policy.command,
            roles=frozenset(policy.roles),
        )

    def view(self, view: ViewDefinition) -> Reader:
        """A declared view. The tables of one with its owner's rights are left out. The views
        that it reads are not: they have the rights that they declare.
        """
        relations = self.relations if view.is_invoker else self.views
        return self._reader(plain(view.full_name), [*map(_in_query, view.free)], relations)

    def function(self, name: str, bodies: Iterable[FunctionBody]) -> Reader:
        """The functions of one name, with the tables that their bodies name."""
        names = [
            names_read(each.sql)
            for each in bodies
            if each.language.lower() in {"sql", "plpgsql"}
        ]
        return self._reader(name, names, self.relations)

    def _reader(
        self, name: str, names: Sequence[BodyNames], relations: frozenset[str]
    ) -> Reader:
        return Reader(
            name,
            _named((path for each in names for path in each.relations), relations),
            _named((path for each in names for path in each.functions), self.functions),
        )


def _in_query(sql: str) -> BodyNames:
    """The names in a query, also where it cannot be parsed."""
    names = names_in_statements(sql)
    return BodyNames(names.tables, names.functions) if names.is_exact else names_read(sql)


def _is_view(definition: Definition) -> bool:
    return isinstance(definition, ViewDefinition)


def _named(paths: Iterable[Path], known: frozenset[str]) -> frozenset[str]:
    """Those of the known names that SQL means; a name without a schema is one of `public`."""
    return frozenset(
        name
        for path in paths
        if (name := ".".join(path if path[1:] else (PUBLIC, *path))) in known
    )
