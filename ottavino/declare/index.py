"""Indexes, and the SQL that builds them."""

from collections.abc import Collection, Iterator
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, Literal, NamedTuple, Self

from ottavino.declare.definition import FACT, Claim, Definition, unqualified
from ottavino.declare.fitting import require_arguments, require_declared
from ottavino.declare.generated import Named, column_name, column_names, used
from ottavino.declare.order import Descending
from ottavino.declare.statistics import names_one
from ottavino.declare.tokens import closed
from ottavino.postgres.quoting import identifier, schema_of, split_name

Method = Literal["btree", "gin", "gist", "spgist", "hash", "brin", "hnsw", "ivfflat"]
"""PostgreSQL's own methods, and those of the extension `vector`."""


class Build(NamedTuple):
    """The SQL that builds or drops an index concurrently, while others write to its table."""

    create: str
    statements: tuple[str, ...]
    """The single statements: together they would be one transaction."""
    drop: str


@dataclass(frozen=True, slots=True)
class IndexStatements:
    """The parts of an index from which its statements are rendered."""

    name: str
    """The qualified name."""
    on: str
    """The SQL after `on`: `public.notes using btree (title)`."""
    settings: tuple[str, ...] = ()
    """Settings that are applied after its creation: `alter column 1 set statistics 0`."""
    unique: bool = False

    @property
    def create(self) -> str:
        """The SQL that creates it in a transaction."""
        return ";\n".join(self._create())

    @property
    def drop(self) -> str:
        """The SQL that drops it in a transaction."""
        return f"drop index {self._qualified}"

    @property
    def build(self) -> Build:
        """The statements that run outside of any transaction."""
        statements = self._create(" concurrently")
        drop = f"drop index concurrently {self._qualified}"
        return Build(";\n".join(statements), statements, drop)

    def _create(self, how: str = "") -> tuple[str, ...]:
        _, name = self._parts
        unique = "unique " if self.unique else ""
        return (
            f"create {unique}index{how} {identifier(name)}\n    on {self.on}",
            *(f"alter index {self._qualified} {each}" for each in self.settings),
        )

    @property
    def _qualified(self) -> str:
        schema, name = self._parts
        return f"{schema}.{identifier(name)}"

    @property
    def _parts(self) -> tuple[str, str]:
        schema, name = split_name(self.name)
        return schema, name


@dataclass(frozen=True, slots=True)
class IndexDefinition(Definition):
    """The definition of an index for migrations: `index public.documents_status_idx`."""

    kind: ClassVar[str] = "index"
    over: str = field(default="", compare=False, kw_only=True, metadata=FACT)
    """The indexed table; empty if unknown."""
    unique: bool = field(default=False, compare=False, kw_only=True, metadata=FACT)
    concurrently: bool = field(default=False, compare=False, kw_only=True)
    """Whether it is built concurrently. Indexes that differ only in this are equal."""
    statements: IndexStatements | None = field(default=None, compare=False, kw_only=True)
    """The parts that its SQL is rendered from; None if it is read from a file or a database."""
    build: Build | None = field(default=None, compare=False, kw_only=True)
    """The SQL that runs outside of any transaction; None if it is created in one."""

    @classmethod
    def over_rows(cls, statements: IndexStatements, **facts: Any) -> Self:
        """The index that the given statements create."""
        return cls(
            f"index {statements.name}",
            statements.create,
            statements.drop,
            unique=statements.unique,
            statements=statements,
            build=statements.build,
            **facts,
        )

    @property
    def table(self) -> str:
        """The indexed table."""
        return self.over

    @property
    def own_name(self) -> str:
        """Its name in the schema."""
        return unqualified(self.full_name)

    @property
    def is_known(self) -> bool:
        """Whether its table and everything that it uses are known."""
        return self.uses is not None and not self.free and self.over != ""

    @property
    def address(self) -> str:
        schema, _ = split_name(self.full_name)
        return f"index {schema}.{identifier(self.own_name)}"

    @property
    def is_key(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]  # only an index computes it
        """Whether a foreign key may refer to its columns, because they are unique."""
        return self.unique

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The name of a relation of the schema."""
        return (Claim("relation", schema_of(self.full_name), self.own_name),)

    def rename(self, old: str, new: str) -> str:
        """The SQL that renames it; empty if the names are the same."""
        schema, _ = split_name(self.full_name)
        names = f"{schema}.{identifier(old)} rename to {identifier(new)}"
        return "" if old == new else f"alter index {names}"


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A column or an expression with its order or operator class: `Key(due, nulls="last")`."""

    of: Named | str
    _: KW_ONLY
    descending: bool = False
    nulls: Literal["first", "last"] | None = None
    operators: str | None = None
    """The operator class, if it is not the type's default."""

    def __post_init__(self) -> None:
        require_declared(self)

    @property
    def name(self) -> str:
        if isinstance(self.of, str):
            raise TypeError(
                f"An index over the expression {self.of!r} needs a name: write name=…"
            )
        return column_name(self.of)

    @property
    def sql(self) -> str:
        """The key in the definition of the index."""
        words = [f"({closed(self.of)})" if isinstance(self.of, str) else identifier(self.name)]
        if self.operators:
            words.append(self.operators)
        if self.descending:
            words.append("desc")
        if self.nulls:
            words.append(f"nulls {self.nulls}")
        return " ".join(words)


class Index:
    """An index over columns, columns in descending order, or expressions written in SQL.

    An index with an expression needs a `name`; the others are named after their columns. With
    `concurrently`, others can write to an existing table while the index is built, in a
    migration of its own after the others. `storage` are PostgreSQL's storage parameters:
    `("fastupdate = off",)`. `statistics` is the statistics target of keys that are expressions:
    0 keeps no samples, and is the default if the columns have `NoStatistics`.
    """

    def __init__(  # noqa: PLR0913  # an index has all of these options
        self,
        *keys: Key | Named | Descending | str,
        name: str | None = None,
        unique: bool = False,
        nulls_distinct: bool = True,
        method: Method = "btree",
        include: tuple[Named, ...] = (),
        where: str | None = None,
        storage: tuple[str, ...] = (),
        statistics: int | None = None,
        concurrently: bool = False,
    ) -> None:
        if not isinstance(where, str | None):  # pyright: ignore[reportUnnecessaryIsInstance]  # not every caller checks types
            raise TypeError(
                'The condition of an index has to be SQL, as text: where="status = '
                "'pending'\"."
            )
        require_arguments("Index", Index.__init__, locals())
        self.keys = tuple(map(_key, keys))
        self.name = name
        self.unique = unique
        self.nulls_distinct = nulls_distinct
        self.method = method
        self.include = include
        self.where = where
        self.storage = storage
        self.statistics = statistics
        self.concurrently = concurrently

    @property
    def columns(self) -> tuple[Named, ...]:
        return (*(key.of for key in self.keys if not isinstance(key.of, str)), *self.include)

    def orders(self, *columns: tuple[str, bool]) -> bool:
        """Whether it sorts all rows by these columns, each with its direction."""
        first = self.keys[: len(columns)]
        return (
            self.method == "btree"
            and self.where is None
            and all(not isinstance(key.of, str) and key.nulls is None for key in first)
            and [(key.name, key.descending) for key in first] == list(columns)
        )

    def definition(self, table: str, unsampled: Collection[str] = ()) -> IndexDefinition:
        """The index on a table; `unsampled` are the columns that have no statistics."""
        if not self.keys:
            raise ValueError("An index needs a column or an expression: write Index(column).")
        schema, _ = split_name(table)
        name = self.name or "_".join(
            [unqualified(table), *(key.name for key in self.keys), "idx"]
        )
        expressions = [key.of for key in self.keys if isinstance(key.of, str)]
        settings = tuple(self._settings(unsampled))
        clauses = self._clauses(table, is_last=not settings)
        return IndexDefinition.over_rows(
            IndexStatements(
                f"{schema}.{name}", "\n    ".join(clauses), settings, unique=self.unique
            ),
            uses=used(table, self.columns),
            free=(*expressions, *([] if self.where is None else [self.where])),
            over=table,
            concurrently=self.concurrently,
        )

    def _clauses(self, table: str, *, is_last: bool) -> Iterator[str]:
        """The clauses after the index's name, each on a line. A comment at the end of the
        condition is closed if another statement follows.
        """
        yield f"{table} using {self.method} ({', '.join(key.sql for key in self.keys)})"
        if self.include:
            yield f"include ({column_names(self.include)})"
        if not self.nulls_distinct:
            yield "nulls not distinct"
        if self.storage:
            yield f"with ({', '.join(self.storage)})"
        if self.where is not None:
            yield f"where {self.where.rstrip() if is_last else closed(self.where)}"

    def _settings(self, unsampled: Collection[str]) -> Iterator[str]:
        for number, key in enumerate(self.keys, 1):
            if (target := self._target(key, unsampled)) is not None:
                yield f"alter column {number} set statistics {target}"

    def _target(self, key: Key, unsampled: Collection[str]) -> int | None:
        """The statistics target of a key, unless it is PostgreSQL's default."""
        if not isinstance(key.of, str):
            return None
        if not names_one(key.of, unsampled):
            return self.statistics
        if self.statistics:
            raise ValueError(
                f"Index has statistics=… for {key.of!r}, but NoStatistics names columns in "
                f"it: remove one of the two."
            )
        return 0


def _key(key: Key | Named | Descending | str) -> Key:
    match key:
        case Key():
            return key
        case Descending(column):
            return Key(column, descending=True)
        case _:
            return Key(key)
