"""The source of a table's class: helpers where they declare the same, otherwise SQL."""

import re
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from ottavino.declare.table import TAKEN
from ottavino.declare.type_name import qualified_type
from ottavino.identity import Role
from ottavino.inspect.adopt.column_source import (
    RANGES,
    TypeSource,
    default_source,
    is_serial,
    type_source,
)
from ottavino.inspect.adopt.found import FoundColumn, FoundConstraint, FoundGrant, FoundTable
from ottavino.inspect.adopt.source import attribute, call, sql, string, tuple_of
from ottavino.inspect.catalog import AFTERWARDS, CatalogObject
from ottavino.migrate.table_steps import sequence_name
from ottavino.postgres.quoting import identifier

ACTIONS = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
COMMANDS = ("select", "insert", "update", "delete")
KINDS = {"p": "primary-key", "u": "unique", "c": "check", "f": "foreign-key"}
"""The kinds of constraints as migrations call them, by the letters of PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A class that references may name."""

    module: str
    name: str
    key: str
    """The attribute of its key, which is of one column."""
    key_column: str
    key_type: str
    python: str
    """The Python type of the key."""


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A type of PostgreSQL with a list of values, and the class of Python that has them."""

    type: str
    """The type, as a column has it."""
    module: str
    name: str
    members: Mapping[str, str]
    """The names in Python by the values."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of `enum`."""
        is_named = qualified_type("", self.name) == self.type
        return (self.name,) if is_named else (self.name, f"name={string(self.type)}")

    @property
    def lines(self) -> list[str]:
        """The class."""
        members = [f"    {name} = {string(value)}" for value, name in self.members.items()]
        about = f'    """The values of the type {self.type}."""'
        return [f"class {self.name}(StrEnum):", about, "", *members, "", ""]


@dataclass(frozen=True, slots=True)
class ClassSource:
    """A table's class in its file."""

    table: FoundTable
    name: str
    imports: set[str]
    """The names that it takes from `ottavino`."""
    parents: dict[str, str]
    """The modules of the classes that it refers to."""
    lines: list[str]
    """The class."""

    @property
    def text(self) -> str:
        """The file."""
        body = "\n".join(self.lines)
        return "\n".join([f'"""The table {self.table.full_name}."""\n', self.head, body, ""])

    @property
    def head(self) -> str:
        """The imports of the file."""
        body = "\n".join(self.lines)
        stock = [
            line
            for line, pattern in (
                ("import datetime as dt", r"\bdt\."),
                ("from decimal import Decimal", r"\bDecimal\b"),
                ("from enum import StrEnum", r"\bStrEnum\b"),
                ("from typing import Any", r"\bAny\b"),
                ("from uuid import UUID", r"\bUUID\b"),
                ("\nfrom asyncpg.types import Range", r"\bRange\["),
            )
            if re.search(pattern, body)
        ]
        names = "".join(f"    {name},\n" for name in sorted(self.imports, key=_as_sorted))
        by_module: dict[str, list[str]] = {}
        for name, module in sorted(self.parents.items()):
            by_module.setdefault(module, []).append(name)
        own = [
            f"from {module} import {', '.join(names)}"
            for module, names in sorted(by_module.items())
        ]
        imports = "\n".join([*stock, "", f"from ottavino import (\n{names})", *own])
        return f"{imports.lstrip()}\n\n"


@dataclass(slots=True)
class _Writer:
    """Writes one class."""

    table: FoundTable
    name: str
    parts: Mapping[str, list[CatalogObject]]
    """The objects of the table in the catalog, by kind."""
    parents: Mapping[str, Parent]
    beside: list[str]
    """The source of the functions and triggers that belong to the table."""
    module: str
    enumerations: Mapping[str, Enumeration]
    """By the types that columns have."""
    imports: set[str] = field(default_factory=set[str])
    used: dict[str, str] = field(default_factory=dict[str, str])
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    within_columns: set[str] = field(default_factory=set[str])
    """The constraints that a column declares."""

    def written(self) -> ClassSource:
        is_view = self.table.noun != "table"
        taken = {*TAKEN, *NAMED, "database_objects", *(TAKEN_IN_VIEWS if is_view else ())}
        for column in self.table.columns:
            name = attribute(column.name, {*taken, *self.attributes.values()})
            self.attributes[column.name] = name
        columns = [self._column(each) for each in self.table.columns]
        objects = [*self._objects(), *self.beside]
        stock = "View" if is_view else "Table"
        head = f'class {self.name}({stock}, tablename="{self.table.name}"'
        schema = "" if self.table.schema_ == "public" else f', schema="{self.table.schema_}"'
        about = self.table.comment or f"A row of {self.table.name}"
        own = [each for each in self._enumerated() if each.module == self.module]
        lines = [
            *(line for each in own for line in each.lines),
            f"{head}{schema}{''.join(self._view_options())}):",
            f'    """{_sentence(about)}"""',
            "",
            *self._query(),
            *(f"    {line}" for column in columns for line in column.split("\n")),
        ]
        if objects:
            lines += ["", "    database_objects = ("]
            lines += [
                f"        {line}" if line else ""
                for each in objects
                for line in f"{each},".split("\n")
            ]
            lines.append("    )")
        self.imports.add(stock)
        if any(": Col[" in line for line in lines):
            self.imports.add("Col")
        return ClassSource(self.table, self.name, self._imported(), self.used, lines)

    def _imported(self) -> set[str]:
        """The imports of some names: under another name if a column has the same."""
        return {
            f"{name} as {self._helper(name)}" if name in self.attributes.values() else name
            for name in self.imports
        }

    def _helper(self, name: str) -> str:
        self.imports.add(name)
        return f"{name}_column" if name in self.attributes.values() else name

    def _call(self, name: str, *arguments: str, indent: int = 8) -> str:
        return call(self._helper(name), *arguments, indent=indent)

    def _view_options(self) -> Iterator[str]:
        if self.table.kind == "m":
            yield ", materialized=True"
        if self.table.kind == "v":
            options = {each.partition("=")[0]: each for each in self.table.options or ()}
            if "security_invoker" not in options:
                yield ", security_invoker=False"
            if "security_barrier" in options:
                yield ", security_barrier=True"

    def _query(self) -> Iterator[str]:
        if self.table.query is not None:
            query = sql(textwrap.dedent(self.table.query).strip().rstrip(";"))
            yield from (f"    {line}" for line in f"query = {query}".split("\n"))
            yield ""

    # Columns

    def _column(self, column: FoundColumn) -> str:
        kind = self._kind(column)
        key = self._reference_of(column)
        python = kind.python
        is_key = self.table.key is not None and column.name in (self.table.key.columns or ())
        options = ["primary_key=True"] if is_key else []
        if self.attributes[column.name] != column.name:
            options.append(f"db_column_name={string(column.name)}")
        if unique := self._unique_of(column):
            options.append("unique=True")
            self.within_columns.add(unique.name)
        default, null = column.default, column.null
        serial = is_serial(column, self.table.name, self.table.schema_)
        if column.generated or serial or column.identity:
            default = None
        if default is not None and not null:
            options.insert(0, f"default={self._default(column, default)}")
        elif null and default is None:
            options.insert(0, "default=None")
        source, annotation = self._typed(column, kind.helper, kind.arguments, options, key)
        if null and default is not None:
            given = f"default={self._default(column, default)}"
            source, annotation = self._call("nullable", source, given), f"Col[{python} | None]"
        if column.generated:
            expression = sql(column.default or "")
            source = self._call("generated", source, expression)
        elif serial:
            source = self._call("serial", source)
        elif column.identity:
            always = () if column.identity == "a" else ("always=False",)
            source = self._call("identity", source, *always)
        return f"{self.attributes[column.name]}: {annotation} = {source}"

    def _typed(
        self,
        column: FoundColumn,
        helper: str,
        arguments: tuple[str, ...],
        options: list[str],
        key: FoundConstraint | None,
    ) -> tuple[str, str]:
        """The helper of a column's type, and its annotation."""
        python = self._kind(column).python
        is_null = column.null and (column.default is None or column.generated != "")
        annotation = f"Col[{python} | None]" if is_null else f"Col[{python}]"
        for name in ("INET", "CIDR"):
            if name in python:
                self.imports.add(name)
        self.imports |= {*arguments} & {*RANGES.values()}
        if key is None:
            inner = [self._inner(each) for each in arguments]
            return self._call(helper, *inner, *options, indent=40), annotation
        self.within_columns.add(key.name)
        options = [*options, *self._actions(key)]
        if key.parent == "auth.users":
            return self._call("reference", '"auth.users"', *options, indent=40), annotation
        if key.parent == self.table.full_name:
            ref = "OptionalRef" if is_null else "Ref"
            self.imports.add(ref)
            given = "" if python == "UUID" else f", {python}"
            reference = self._call("reference", '"self"', *options, indent=40)
            return reference, f'{ref}["{self.name}"{given}]'
        parent = self.parents[key.parent or ""]
        self.used[parent.name] = parent.module
        ref = "OptionalRef" if is_null else "Ref"
        self.imports.add(ref)
        of = parent.name if python == "UUID" else f"{parent.name}, {python}"
        named = () if parent.key_type == "uuid" else (f"{parent.name}.{parent.key}",)
        return (
            self._call("reference", parent.name, *named, *options, indent=40),
            f"{ref}[{of}]",
        )

    def _kind(self, column: FoundColumn) -> TypeSource:
        item = column.type.removesuffix("[]")
        found = self.enumerations.get(item) if column.labels else None
        if found is None and column.domain:
            python = type_source(column.domain.of).python
            return TypeSource("column", (string(column.type), f"python={python}"), python)
        if found is None:
            return type_source(column.type)
        if found.module != self.module:
            self.used[found.name] = found.module
        if item == column.type:
            return TypeSource("enum", found.arguments, found.name)
        return TypeSource("array", (call("enum", *found.arguments),), f"list[{found.name}]")

    def _inner(self, argument: str) -> str:
        """An argument, which may be the helper of an array's items."""
        if match := re.match(r"(\w+)\(", argument):
            return argument.replace(match[1], self._helper(match[1]), 1)
        return argument

    def _default(self, column: FoundColumn, default: str) -> str:
        found = self.enumerations.get(column.type) if column.labels else None
        value = re.fullmatch(r"'((?:[^'\\]|'')*)'::.*", default)
        if found and value and value[1].replace("''", "'") in found.members:
            return f"{found.name}.{found.members[value[1].replace(chr(39) * 2, chr(39))]}"
        written = default_source(column.type, default)
        if written == "NOW" or written.startswith("SQL("):
            name = written.partition("(")[0]
            return written.replace(name, self._helper(name), 1)
        return written

    def _reference_of(self, column: FoundColumn) -> FoundConstraint | None:
        """The foreign key of this column alone that a helper declares, if there is one."""
        for each in self.table.constraints:
            if each.type != "f" or each.columns != [column.name] or each.match != "s":
                continue
            parent = self.parents.get(each.parent or "")
            is_declarable = (
                (
                    (each.parent, each.parent_columns) == ("auth.users", ["id"])
                    and column.type == "uuid"
                )
                or (
                    each.parent == self.table.full_name
                    and self.table.key is not None
                    and self.table.key.columns == each.parent_columns
                    and len(each.parent_columns or ()) == 1
                )
                or (
                    parent is not None
                    and each.parent_columns == [parent.key_column]
                    and column.type == parent.key_type
                )
            )
            is_named = each.name == f"{self.table.name}_{column.name}_fkey"
            is_plain = column.default is None or not column.null
            if (
                is_declarable
                and is_named
                and is_plain
                and not each.clears
                and not column.identity
            ):
                return each
        return None

    def _unique_of(self, column: FoundColumn) -> FoundConstraint | None:
        name, definition = f"{self.table.name}_{column.name}_key", "UNIQUE"
        for each in self.table.constraints:
            is_of = each.type == "u" and each.columns == [column.name] and each.name == name
            if is_of and each.definition == f"{definition} ({identifier(column.name)})":
                return each
        return None

    def _actions(self, key: FoundConstraint) -> Iterator[str]:
        if key.on_delete != "a":
            yield f"on_delete={string(ACTIONS[key.on_delete])}"
        if key.on_update != "a":
            yield f"on_update={string(ACTIONS[key.on_update])}"
        if key.deferrable:
            yield f"deferrable={string('deferred' if key.deferred else 'immediate')}"

    def _enumerated(self) -> list[Enumeration]:
        types = [each.type.removesuffix("[]") for each in self.table.columns if each.labels]
        return [
            self.enumerations[each]
            for each in dict.fromkeys(types)
            if each in self.enumerations
        ]

    # Objects

    def _objects(self) -> Iterator[str]:
        table = self.table
        if table.noun == "table" and not (table.row_security and table.forced):
            given = (f"enabled={table.row_security}", f"forced={table.forced}")
            yield self._call("RowSecurity", *given)
        yield from self._comments()
        yield from self._grants()
        for each in table.constraints:
            if each.name not in self.within_columns:
                yield from self._constraint(each)
        yield from self._indexes()
        for kind in ("policy", "trigger"):
            for each in self.parts.get(kind, ()):
                if kind == "policy" and (written := self._policy(each)) is not None:
                    yield written
                    continue
                name = f"{self.table.full_name}.{_own_name(each, self.table)}"
                on = f" on {self.table.full_name}"
                create = (each.creation or "").replace(f"{on} as ", f"{on}\n    as ", 1)
                yield self._as_found(kind, name, create, each.removal)
        for kind in ("rule", "statistics"):
            for each in self.parts.get(kind, ()):
                yield self._detail(f"{kind} {each.name}", each.creation or "", each.removal)
        yield from self._details()

    def _comments(self) -> Iterator[str]:
        if self.table.comment:
            yield self._call("Comment", sql(self.table.comment))
        for each in self.table.columns:
            if each.comment:
                on = f"on={self.attributes[each.name]}"
                yield self._call("Comment", sql(each.comment), on)

    def _grants(self) -> Iterator[str]:
        by_role: dict[str, list[FoundGrant]] = {}
        for each in self.table.privileges:
            by_role.setdefault(each.role, []).append(each)
        for role, grants in by_role.items():
            plain = [each for each in grants if not each.with_option]
            if role in {*Role}:
                yield from self._role_grants(Role(role), plain)
            else:
                yield from self._other_grants(role, plain)
            yield from self._other_grants(
                role, [each for each in grants if each.with_option], " with grant option"
            )

    def _role_grants(self, role: Role, grants: list[FoundGrant]) -> Iterator[str]:
        whole = {each.privilege for each in grants if each.column is None}
        if whole == {*self.table.grantable}:
            yield self._call("Grant", self._to(role), "all=True")
            return
        written: dict[str, str] = {}
        rest: list[FoundGrant] = []
        for command in COMMANDS:
            columns = [g for g in grants if g.privilege == command and g.column]
            if command in whole:
                written[command] = f"{command}=True"
                rest += columns
            elif columns:
                names = [self.attributes[each.column or ""] for each in columns]
                written[command] = f"{command}={tuple_of(names)}"
        rest += [each for each in grants if each.privilege not in COMMANDS]
        if written:
            yield self._call("Grant", self._to(role), *written.values())
        yield from self._other_grants(role.value, rest)

    def _to(self, role: Role) -> str:
        return f"to={self._helper('Role')}.{role.name}"

    def _other_grants(
        self, role: str, grants: list[FoundGrant], option: str = ""
    ) -> Iterator[str]:
        """The privileges that `Grant` does not declare, as SQL."""
        if not grants:
            return
        what = ", ".join(
            each.privilege + (f" ({identifier(each.column)})" if each.column else "")
            for each in grants
        )
        on = f"on {self.table.full_name}"
        yield self._detail(
            f"grant{option} to {role}",
            f"grant {what} {on} to {role}{option}",
            f"revoke {what} {on} from {role}",
        )

    def _constraint(self, each: FoundConstraint) -> Iterator[str]:
        table = self.table.full_name
        if each.type == "p":
            if each.name == f"{self.table.name}_pkey" and not each.deferrable:
                return
        elif (written := self._constraint_helper(each)) is not None:
            yield written
            return
        name = identifier(each.name)
        create = f"alter table {table} add constraint {name} {each.definition}"
        drop = f"alter table {table} drop constraint {name}"
        if each.type not in KINDS:
            yield self._detail(f"constraint {each.name}", create, drop)
            return
        facts: list[str] = []
        if each.type in "puf":
            facts.append(f"uses={_columns(table, each.columns)}")
        if each.type == "f":
            facts.append(f"references={_columns(each.parent or '', each.parent_columns)}")
        yield self._as_found(KINDS[each.type], f"{table}.{each.name}", create, drop, *facts)

    def _constraint_helper(self, each: FoundConstraint) -> str | None:
        """A constraint by its helper, if the helper makes the same."""
        prefix = f"{self.table.name}_"
        if not each.name.startswith(prefix) or each.type == "x":
            return None
        suffix = each.name.removeprefix(prefix)
        columns = [self.attributes[name] for name in each.columns or ()]
        match each.type:
            case "c" if match := re.fullmatch(r"CHECK \((.*)\)", each.definition, re.DOTALL):
                return self._call("Check", string(suffix), sql(match[1]))
            case "u":
                names = ", ".join(map(identifier, each.columns or ()))
                distinct = {
                    f"UNIQUE ({names})": True,
                    f"UNIQUE NULLS NOT DISTINCT ({names})": False,
                }
                if each.definition not in distinct:
                    return None
                own = "_".join([*(each.columns or ()), "key"])
                named = () if suffix == own else (f"name={string(suffix)}",)
                nulls = () if distinct[each.definition] else ("nulls_distinct=False",)
                return self._call("Unique", *columns, *named, *nulls)
            case "f" if each.match == "s" and not each.clears and _is_valid(each):
                own = "_".join([*(each.columns or ()), "fkey"])
                named = () if suffix == own else (f"name={string(suffix)}",)
                actions = [*self._actions(each)]
                if not any(action.startswith("on_delete") for action in actions):
                    actions.insert(0, 'on_delete="no action"')
                return self._call(
                    "ForeignKey",
                    tuple_of(columns),
                    string(each.parent or ""),
                    tuple_of([*map(string, each.parent_columns or ())]),
                    *actions,
                    *named,
                )
            case _:
                return None

    def _policy(self, each: CatalogObject) -> str | None:
        """A policy by its helper, if the helper makes the same."""
        facets, name = each.facets, _own_name(each, self.table)
        command = facets["command"]
        how = (name, facets["mode"], command, facets["roles"])
        if how == PUBLIC_READ and (read := VERIFIED.fullmatch(facets.get("using", ""))):
            given = () if read[1] == "true" else (sql(read[1]),)
            return call(f"{self._helper('Policy')}.public_read", *given, indent=8)
        owns = {f"({identifier(c)} = {CALLER})": c for c in self.attributes}
        using, check = facets.get("using"), facets.get("with check")
        expected = (command != "insert", command in {"all", "insert", "update"})
        is_owners = (
            name == ("owner" if command == "all" else f"owner_{command}")
            and (facets["mode"], facets["roles"]) == ("permissive", "authenticated")
            and (using is not None, check is not None) == expected
            and {using, check} - {None} <= {*owns}
            and len({using, check} - {None}) == 1
        )
        if not is_owners:
            return None
        column = self.attributes[owns[using or check or ""]]
        given = () if command == "all" else (string(command),)
        self._helper("Policy")
        return call(f"{self._helper('Policy')}.owner", column, *given, indent=8)

    def _indexes(self) -> Iterator[str]:
        found = {each.name: each for each in self.parts.get("index", ())}
        for each in self.table.indexes:
            full = f"{self.table.schema_}.{identifier(each.name)}"
            entry = found.get(full)
            keys = [name for name in each.columns if name is not None]
            if each.is_plain and len(keys) == len(each.columns) and each.method in METHODS:
                arguments = [
                    f"{self.attributes[name]}{'.desc()' if down else ''}"
                    for name, down in zip(keys, each.descending, strict=True)
                ]
                if each.name != "_".join([self.table.name, *keys, "idx"]):
                    arguments.append(f"name={string(each.name)}")
                if each.unique:
                    arguments.append("unique=True")
                if each.method != "btree":
                    arguments.append(f"method={string(each.method)}")
                if each.where:
                    arguments.append(f"where={sql(each.where)}")
                yield self._call("Index", *arguments)
            elif entry is not None:
                create = (entry.creation or "").replace("INDEX IF NOT EXISTS", "INDEX", 1)
                name = f"index {self.table.schema_}.{each.name}"
                yield self._found(name, create, entry.removal)

    def _details(self) -> Iterator[str]:
        table = self.table.full_name
        yield from self._afterwards()
        if self.table.options and self.table.kind != "v":
            names = ", ".join(each.partition("=")[0] for each in self.table.options)
            yield self._detail(
                "options",
                f"alter table {table} set ({', '.join(self.table.options)})",
                f"alter table {table} reset ({names})",
            )
        if self.table.persistence == "u":
            yield self._detail(
                "persistence",
                f"alter table {table} set unlogged",
                f"alter table {table} set logged",
            )
        identities = {"n": "nothing", "f": "full"}
        how = identities.get(self.table.replica_identity)
        if how is not None and self.table.noun == "table":
            yield self._detail(
                "replica identity",
                f"alter table {table} replica identity {how}",
                f"alter table {table} replica identity default",
            )
        for column in self.table.columns:
            serial = is_serial(column, self.table.name, self.table.schema_)
            if not (serial or column.identity):
                continue
            name = identifier(sequence_name(self.table.full_name, column.name))
            sequence = f"sequence {self.table.schema_}.{name}"
            revoke = f"revoke all on {sequence} from public, {', '.join(Role)}"
            granted: dict[str, list[str]] = {}
            for each in column.sequence_privileges or ():
                granted.setdefault(each.role, []).append(each.privilege)
            grants = [
                f"grant {', '.join(names)} on {sequence} to {role}"
                for role, names in granted.items()
            ]
            others = [
                f"revoke all on {sequence} from {role}"
                for role in granted
                if role not in {"public", *Role}
            ]
            if grants or serial:
                yield self._detail(
                    f"sequence of {column.name}",
                    ";\n".join([revoke, *grants]),
                    ";\n".join([revoke, *others]),
                )

    def _afterwards(self) -> Iterator[str]:
        """The properties of parts that are set by a statement after their creation."""
        for kind, entries in self.parts.items():
            for each in entries:
                for facet in sorted(AFTERWARDS & each.facets.keys() & each.changes.keys()):
                    if (kind, facet) != ("column", "comment"):
                        # It is dropped with the part.
                        yield self._detail(f"{facet} of {each}", each.changes[facet], "")

    def _detail(self, what: str, create: str, drop: str) -> str:
        return self._found(f"detail {self.table.full_name}.{what}", create, drop)

    def _as_found(self, kind: str, name: str, create: str, drop: str, *facts: str) -> str:
        return self._found(f"{kind} {name}", create, drop, *facts)

    def _found(self, name: str, create: str, drop: str, *facts: str) -> str:
        self.imports.add("AsFound")
        return found_source(self._helper("AsFound"), name, create, drop, *facts)


TAKEN_IN_VIEWS = (
    "accepted",
    "is_barrier",
    "is_materialized",
    "is_view",
    "query",
    "reads_as_invoker",
)
"""More names that no column of a view can have in Python."""
NAMED = (
    *("AsFound", "Col", "Domain", "OptionalRef", "Ref", "Role", "Schema"),
    *("Any", "Decimal", "Range", "StrEnum", "UUID", "dt"),
)
"""Names that the class itself uses, which a column would hide."""
CALLER = "( SELECT ottavino.uid() AS uid)"
"""The caller in a policy of `Policy.owner`, as PostgreSQL writes it."""
PUBLIC_READ = ("public_read", "permissive", "select", "anon, authenticated")
"""The name of a policy of `Policy.public_read`, its mode, its command and its roles."""
VERIFIED = re.compile(r"\(\( SELECT ottavino\.verified\(\) AS verified\) AND (.*)\)", re.DOTALL)
"""Its condition, as PostgreSQL writes it."""
METHODS = {"btree", "gin", "gist", "hash", "brin"}


def found_source(helper: str, name: str, create: str, drop: str, *facts: str) -> str:
    """The source of an object by its SQL."""
    return call(helper, string(name), sql(create), f"drop={sql(drop)}", *facts, indent=8)


@dataclass(frozen=True, slots=True)
class Known:
    """The classes that a file may name: those of the project, and those being written."""

    parents: dict[str, Parent]
    """By the tables."""
    enumerations: dict[str, Enumeration]
    """By the types that columns have."""


def class_source(
    table: FoundTable,
    place: tuple[str, str],
    parts: Collection[CatalogObject],
    known: Known,
    beside: list[str],
) -> ClassSource:
    """The class of a table, for a place: a module, and a name.

    `beside` is the source of its functions.
    """
    by_kind: dict[str, list[CatalogObject]] = {}
    for each in sorted(parts, key=str):
        by_kind.setdefault(each.kind, []).append(each)
    module, name = place
    writer = _Writer(table, name, by_kind, known.parents, beside, module, known.enumerations)
    for helper in ("AsFound", "Domain", "Schema"):
        if any(each.startswith(f"{helper}(") for each in beside):
            writer.imports.add(helper)
    if any(each.startswith("Schema(") and "Role." in each for each in beside):
        writer.imports.add("Role")
    return writer.written()


def _columns(table: str, columns: list[str] | None) -> str:
    names = tuple_of([*map(string, columns or ())])
    return f"{{{string(table)}: {names}}}"


def _as_sorted(name: str) -> tuple[int, str]:
    """As ruff sorts imported names: constants, classes, functions."""
    plain = name.split(" ", maxsplit=1)[0]
    return (0 if plain.isupper() and len(plain) > 1 else 1 if plain[:1].isupper() else 2), plain


def _sentence(text: str) -> str:
    """The first words of a text, as a docstring of one line has them."""
    line = " ".join(text.replace("\\", "/").replace('"', "'").split()).rstrip(".")
    return f"{textwrap.shorten(line, 80, placeholder=' …')}."


def _own_name(entry: CatalogObject, table: FoundTable) -> str:
    """The name of a part of a table, without quotation marks."""
    name = entry.name.removeprefix(f"{table.full_name}.")
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _is_valid(constraint: FoundConstraint) -> bool:
    return not constraint.definition.endswith(("NOT VALID", "NOT ENFORCED"))
