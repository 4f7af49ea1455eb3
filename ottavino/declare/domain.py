"""Domains: types of PostgreSQL with a default and checks of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Any, ClassVar, TypeVar

from ottavino.declare.column import SQL, Col, default_sql, require_column
from ottavino.declare.column_type import ColumnType
from ottavino.declare.definition import Definition, table_of
from ottavino.declare.fitting import require_declared
from ottavino.declare.schema_object import (
    SchemaObject,
    SchemaObjectDefinition,
)
from ottavino.declare.tokens import closed
from ottavino.declare.type_definition import TypeDefinition
from ottavino.declare.type_name import qualified_type, sql_name
from ottavino.postgres.quoting import identifier

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class DomainDefinition(TypeDefinition):
    """The definition of a domain for migrations, without the constraints of its values."""

    kind: ClassVar[str] = "domain"
    rank: ClassVar[int] = 3

    @property
    def address(self) -> str:
        return f"domain {sql_name(self.full_name)}"

    def becomes(self, new: Definition) -> bool:
        """Refuse another type, which PostgreSQL does not change under the columns of it."""
        if self != new:
            raise ValueError(
                f"The domain {self.full_name} has another type now, which PostgreSQL cannot "
                f"change: declare the new type under another name."
            )
        return True


@dataclass(frozen=True, slots=True)
class DomainPartDefinition(SchemaObjectDefinition):
    """A constraint or the default of a domain; each kind is a class below."""

    is_shared: ClassVar[bool] = True
    rank: ClassVar[int] = 11
    precedes_tables: ClassVar[bool] = True

    def rename(self, old: str, new: str) -> str:
        """Empty: the domain keeps it."""
        return ""


@dataclass(frozen=True, slots=True)
class DomainCheckDefinition(DomainPartDefinition):
    """The definition of a check of a domain for migrations."""

    kind: ClassVar[str] = "domain-check"

    @property
    def address(self) -> str:
        return f"constraint {identifier(self.own_name)} on domain {_domain(self)}"


@dataclass(frozen=True, slots=True)
class DomainDefaultDefinition(DomainPartDefinition):
    """The definition of the default of a domain for migrations."""

    kind: ClassVar[str] = "domain-default"
    is_replaced: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class DomainRequiredDefinition(DomainPartDefinition):
    """The definition of the rule that values of a domain are not null, for migrations."""

    kind: ClassVar[str] = "domain-required"


@dataclass(frozen=True, slots=True)
class Domain(SchemaObject):
    """A domain: a type that restricts another one. `domain(…)` returns a type for columns."""

    name: str
    type: str
    checks: Mapping[str, str] = field(default_factory=dict[str, str])
    """SQL conditions on `value`, by the names of their constraints."""
    default: str | None = None
    required: bool = False

    def __post_init__(self) -> None:
        require_declared(self)

    @property
    def full_name(self) -> str:
        return qualified_type(self.name, "")

    @property
    def sql(self) -> str:
        """The type's name in a column definition."""
        return sql_name(self.full_name)

    def definitions(self) -> Iterator[Definition]:
        name, alter = self.full_name, f"alter domain {self.sql}"
        create, drop = f"create domain {self.sql} as {self.type}", f"drop domain {self.sql}"
        yield DomainDefinition(f"domain {name}", create, drop, uses={})
        known: Any = {"uses": {}, "calls": (name,)}
        if self.default is not None:
            make, undo = f"{alter} set default {self.default}", f"{alter} drop default"
            yield DomainDefaultDefinition(
                f"domain-default {name}", make, undo, free=(self.default,), **known
            )
        if self.required:
            make, undo = f"{alter} set not null", f"{alter} drop not null"
            yield DomainRequiredDefinition(f"domain-required {name}", make, undo, **known)
        for check, condition in self.checks.items():
            yield DomainCheckDefinition(
                f"domain-check {name}.{check}",
                f"{alter}\n    add constraint {identifier(check)} check ({closed(condition)})",
                f"{alter} drop constraint {identifier(check)}",
                free=(condition,),
                **known,
            )


def domain(
    name: str,
    of: Col[Value],
    *,
    checks: Mapping[str, str] | None = None,
    default: Value | SQL | EllipsisType = ...,
    required: bool = False,
) -> ColumnType[Value]:
    """A domain for columns: `POSITIVE = domain("positive", integer(), checks={…})`.

    `column(POSITIVE)` makes a column of it. `of` is the underlying type.
    """
    require_column("domain", of)
    if of.objects:
        raise ValueError(
            f"The domain {name} is based on a column with checks of its own: write them as "
            f"checks=… of the domain."
        )
    encode = None if isinstance(default, SQL | EllipsisType) else of.encode
    encoded = default if encode is None else encode(default)
    declared = Domain(
        name,
        of.spec.type,
        checks or {},
        None if default is ... else default_sql(encoded),
        required,
    )
    stock: Any = type(of).__bases__[1]
    python: Any = getattr(of, "value_type", object)
    return ColumnType(
        declared.sql,
        python,
        stock,
        decode=of.decode,
        encode=of.encode,
        declares=(*of.declares, declared),
    )


def _domain(definition: Definition) -> str:
    return sql_name(table_of(definition.full_name))
