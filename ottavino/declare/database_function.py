"""Functions in the database, and who may execute them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ottavino.declare.definition import (
    FACT,
    Claim,
    Definition,
    require_reasons,
    unindented,
)
from ottavino.declare.fitting import require_declared
from ottavino.declare.rendered import Rendered
from ottavino.declare.role import AnyRole, everybody, own, require_role
from ottavino.declare.taken_back import replaced
from ottavino.declare.tokens import keeps_defaults, tokens
from ottavino.declare.with_triggers import has_triggers, separated, without_triggers
from ottavino.postgres.quoting import identifier, require_schema, schema_of, split_name

QUOTE = "$function$"

Volatility = Literal["volatile", "stable", "immutable"]


@dataclass(frozen=True, slots=True)
class FunctionBody:
    """The body of a function, in a language of PostgreSQL."""

    sql: str
    language: str


@dataclass(frozen=True, slots=True)
class FunctionDefinition(Definition):
    """The definition of a function for migrations."""

    kind: ClassVar[str] = "function"
    is_shared: ClassVar[bool] = True
    rank: ClassVar[int] = 10
    interface: str = field(default="", compare=False, kw_only=True, metadata=FACT)
    """Its arguments and its result: of these, `create or replace` can change only defaults."""
    volatility: Volatility = field(default="volatile", compare=False, kw_only=True)
    security_definer: bool = field(default=False, compare=False, kw_only=True)
    roles: tuple[str, ...] = field(default=(), compare=False, kw_only=True, metadata=FACT)
    """The project's own roles that may execute it."""
    body: FunctionBody | None = field(default=None, compare=False, kw_only=True)
    declared: "DatabaseFunction | None" = field(default=None, compare=False, kw_only=True)
    """The declared function, unless it is read from a file or a database."""

    @property
    def table(self) -> str:
        """Empty: a function belongs to no table."""
        return ""

    @property
    def schema(self) -> str:
        return schema_of(self.full_name)

    @property
    def own_name(self) -> str:
        """Its name in PostgreSQL, without the arguments."""
        name = split_name(self.full_name)[-1].split("(", 1)[0]
        return name.strip('"').replace('""', '"')

    @property
    def called(self) -> str:
        """The name with its schema, without quotation marks."""
        return f"{self.schema}.{self.own_name}"

    @property
    def tables(self) -> frozenset[str] | None:
        """The tables that its body names."""
        return None if not self.is_known or self.uses is None else frozenset(self.uses)

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The name of a function in the schema, with the types of its arguments."""
        return (Claim("function", self.schema, self.own_name, self.full_name),)

    @property
    def is_parsed(self) -> bool:
        """Whether PostgreSQL parses its body when it is created (`begin atomic`, `return`), and
        protects what that uses. A body between quotation marks is parsed when it runs.
        """
        if self.declared is not None or QUOTE in self.create:
            return False
        return any(
            (word.kind, word.text) in {("word", "atomic"), ("word", "return")}
            for word in tokens(self.create)
        )

    def becomes(self, new: Definition) -> bool:
        """Whether its arguments and its result stay the same, but for the values of defaults
        and for new defaults. PostgreSQL takes a default from no argument.
        """
        if self == new:
            return True
        return (
            isinstance(new, FunctionDefinition)
            and self.interface != ""
            and keeps_defaults(self.interface, new.interface)
            and self.triggers == new.triggers
        )

    @property
    def arguments(self) -> str:
        """Its arguments in parentheses, with their types."""
        return self.full_name[len(self.full_name.split("(", 1)[0]) :]

    def rename(self, old: str, new: str) -> str:
        """The SQL that renames it; empty if only something that it uses has another name."""
        if old == new:
            return ""
        schema, _ = split_name(self.full_name)
        there = f"{schema}.{identifier(old)}{self.arguments}"
        return f"alter {self.kind} {there} rename to {identifier(new)}"

    def move_from(self, old: str) -> str:
        """The SQL that moves it here. It keeps its privileges, and the objects that call it.

        If an argument has another type name then, the function is found by its name alone.
        """
        qualified = old.split("(", 1)[0]
        named = old if old == f"{qualified}{self.arguments}" else qualified
        return f"alter {self.kind} {named} set schema {identifier(self.schema)}"

    def replacing(self, old: Definition) -> str:
        """The function, and what is revoked and granted. Its triggers and the privileges that
        others have granted stay.
        """
        before, after = (
            without_triggers(each.create) if has_triggers(each.drop) else each.create
            for each in (old, self)
        )
        return replaced(before, after)

    @property
    def triggers(self) -> list[str]:
        """The statements for the triggers that are created and dropped with it."""
        return separated(self.create)[1] if has_triggers(self.drop) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFunction:
    """A function in the database.

    Its body names every object with its schema, because its search path contains only the given
    schemas and `pg_temp` at the end. With an empty path, `pg_temp` would come first, and a type
    that a caller creates there would run their code with the function's rights. PostgreSQL and
    Supabase let everyone execute a new function. This privilege is revoked, and only the roles
    in `execute` get it.
    """

    name: str
    returns: str
    body: str
    arguments: tuple[str, ...] = ()
    """The arguments in SQL: `("query text", "most integer default 20")`."""
    language: str = "plpgsql"
    volatility: Volatility = "volatile"
    security_definer: bool = False
    search_path: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    """Settings for its execution, besides the search path: `("work_mem = '64MB'",)`."""
    rows: int | None = None
    """The number of rows that the planner expects from a function that returns a set."""
    execute: tuple[AnyRole, ...] = ()
    schema: str = "public"
    accepted: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)
    """The rules of `piccolo db lint` that it breaks on purpose, each with the reason."""

    def __post_init__(self) -> None:
        require_schema(self.schema)
        for role in self.execute:
            require_role(f"function {self.name!r}", role)
        require_reasons(f"function {self.name!r}", self.accepted)
        if isinstance(self.arguments, str):
            raise TypeError(
                f'The arguments of the function {self.name!r} are a tuple: ("query text",).'
            )
        if QUOTE in str(self.body):
            raise ValueError(
                f"The function {self.name!r} contains {QUOTE}, which quotes the body itself: "
                f"use $quoted$ instead."
            )
        require_declared(self, "body")

    @property
    def signature(self) -> str:
        """The name with the arguments, as other statements refer to it."""
        arguments = ", ".join(map(without_default, self.arguments))
        return f"{self.qualified}({arguments})"

    @property
    def called(self) -> str:
        """The name by which other objects call it."""
        return f"{self.schema}.{self.name}"

    def definition(self) -> FunctionDefinition:
        """The function, and who may execute it."""
        return FunctionDefinition(
            f"function {self.signature}",
            self._create(),
            f"drop function {self.signature}",
            interface=f"({', '.join(self.arguments)}) returns {self.returns}",
            uses={},
            # Its body's names are looked up when it runs, so it depends on no column.
            free=(self.body,),
            volatility=self.volatility,
            security_definer=self.security_definer,
            body=FunctionBody(self.body, self.language),
            declared=self,
            accepted=frozenset(self.accepted),
            roles=tuple(map(str, own(self.execute))),
        )

    @property
    def qualified(self) -> str:
        """Its quoted name with its schema."""
        return f"{identifier(self.schema)}.{identifier(self.name)}"

    def _create(self) -> str:
        arguments = ", ".join(self.arguments)
        if arguments:
            arguments = f"\n    {arguments}\n"
        create = (
            f"create or replace function {self.qualified}({arguments}) "
            f"returns {self.returns}\n"
            f"language {self.language}{self._attributes()}\n"
            f"as {QUOTE}\n{unindented(self.body)}\n{QUOTE};\n"
            f"revoke all on function {self.signature} from {everybody(self.execute)}"
        )
        if self.execute:
            create += (
                f";\ngrant execute on function {self.signature} to {', '.join(self.execute)}"
            )
        return create

    def _attributes(self) -> str:
        # PostgreSQL's defaults are left out.
        volatility = "" if self.volatility == "volatile" else f" {self.volatility}"
        security = "definer" if self.security_definer else "invoker"
        rows = "" if self.rows is None else f" rows {self.rows}"
        path = ", ".join(map(identifier, (*self.search_path, "pg_temp")))
        settings = "".join(f" set {each}" for each in self.settings)
        return f"{volatility}{rows} security {security} set search_path = {path}{settings}"


def without_default(argument: str) -> str:
    """An argument without its default: `most integer` of `most integer default 20`."""
    if isinstance(argument, Rendered):
        return argument
    for token in tokens(argument):
        if token.kind != "quoted" and token.text in {"default", "="}:
            return argument[: token.start].rstrip(" \n\t:")
    return argument


def sets_to_now(column: str) -> DatabaseFunction:
    """A trigger function that sets a column to the start time of the transaction."""
    return DatabaseFunction(
        # Many projects have a set_updated_at of their own.
        name=f"ottavino_set_{column}",
        returns="trigger",
        body=Rendered(f"""
            begin
                new.{identifier(column)} := now();
                return new;
            end
        """),
    )
