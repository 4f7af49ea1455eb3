"""Views: queries under a name, with columns that other queries read like those of a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from ottavino.declare.as_found import AsFound
from ottavino.declare.column import Col, name_of
from ottavino.declare.comment import Comment
from ottavino.declare.database_function import DatabaseFunction
from ottavino.declare.definition import Definition, require_reasons, unindented
from ottavino.declare.grant import Grant, privileges
from ottavino.declare.index import Index
from ottavino.declare.kinds import found
from ottavino.declare.rendered import Rendered
from ottavino.declare.role import AnyRole, definitions_of
from ottavino.declare.schema_object import SchemaObject
from ottavino.declare.table import Table
from ottavino.declare.table_object import named_roles
from ottavino.declare.tokens import tokens
from ottavino.declare.trigger import Trigger
from ottavino.declare.view_definition import MaterializedViewDefinition, ViewDefinition
from ottavino.identity import Role
from ottavino.postgres.quoting import identifier, split_name, unquoted

ViewObject = Grant | Comment | Trigger | Index | DatabaseFunction | AsFound | SchemaObject


class View(Table, has_key=False):
    """A view: its rows come from a `query` in SQL, and other queries read the columns of the
    class.

    The columns of the class are those of the query, which names each of them; those of a query
    of `values` get their names from the class. Objects that they
    would declare in a table are not declared in a view. The view reads with the rights of its
    caller, so policies apply. With `security_invoker=False` it reads with the rights of its
    owner. With `security_barrier=True`, no function in a query receives rows that the view
    filters out. With `materialized=True` its rows are stored, and a role that may read it reads
    all of them. Its objects are grants, comments, triggers `instead of` a command and, for a
    materialized view, indexes.
    """

    query: ClassVar[str]
    database_objects: ClassVar[tuple[ViewObject, ...]] = ()  # pyright: ignore[reportIncompatibleVariableOverride]  # fewer kinds
    is_materialized: ClassVar[bool] = False
    reads_as_invoker: ClassVar[bool] = True
    is_barrier: ClassVar[bool] = False
    accepted: ClassVar[frozenset[str]] = frozenset()
    """Rules of `piccolo db lint` that it breaks on purpose."""

    def __init_subclass__(  # noqa: PLR0913  # a view has all of these options
        cls,
        tablename: str | None = None,
        schema: str | None = None,
        *,
        materialized: bool = False,
        security_invoker: bool = True,
        security_barrier: bool = False,
        accepted: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> None:
        """Turn the class into a view, or raise an error at its line."""
        _require_arguments(cls)
        cls.is_materialized = materialized
        cls.reads_as_invoker = security_invoker and not materialized
        cls.is_barrier = security_barrier and not materialized
        require_reasons(f"view {cls.__name__!r}", accepted or {})
        cls.accepted = frozenset(accepted or {})
        if not (isinstance(query := getattr(cls, "query", ""), str) and query.strip()):
            raise ValueError(f'{cls.__name__}: a view needs SQL: write query = "select …".')
        super().__init_subclass__(tablename, schema, has_key=False, **arguments)
        for _ in cls.definitions():
            pass  # Objects that a view cannot have are refused here.

    @classmethod
    def is_view(cls) -> bool:
        """Whether its rows are those of a query."""
        return True

    @classmethod
    def _all_objects(cls) -> list[Any]:
        return [*cls.database_objects]

    @classmethod
    def definitions(cls) -> Iterator[Definition]:
        """The definitions of the view, its grants and its other objects."""
        name = cls.qualified_name()
        types = [each for column in cls._own_columns() for each in column.declares]
        for each in types:
            yield from each.definitions()
        yield cls._definition(name)
        objects: Sequence[Any] = cls.database_objects
        yield from definitions_of(named_roles(objects))
        grants = [each for each in objects if isinstance(each, Grant)]
        noun = "materialized view" if cls.is_materialized else "view"
        for each in (privileges(name, grants), *_beside(name, noun, objects)):
            # The view's objects are created after it, also whenever it is created again.
            yield replace(each, calls=(*each.calls, name)) if each.table == name else each

    @classmethod
    def _definition(cls, name: str) -> ViewDefinition:
        query = unindented(cls.query).strip().rstrip(";")
        columns = tuple((name_of(each), each.spec.type) for each in cls._own_columns())
        named = _named([column for column, _ in columns], query)
        if cls.is_materialized:
            return MaterializedViewDefinition(
                f"materialized-view {name}",
                f"create materialized view {name}{named} as\n{query}",
                f"drop materialized view {name}",
                uses={},
                free=(query,),
                accepted=cls.accepted,
                columns=columns,
            )
        options = {"security_invoker": cls.reads_as_invoker, "security_barrier": cls.is_barrier}
        true = ", ".join(f"{name} = true" for name, is_set in options.items() if is_set)
        option = f" with ({true})" if true else ""
        return ViewDefinition(
            f"view {name}",
            f"create view {name}{named}{option} as\n{query}",
            f"drop view {name}",
            uses={},
            free=(query,),
            accepted=cls.accepted,
            columns=columns,
            is_invoker=cls.reads_as_invoker,
        )


def _named(columns: list[str], query: str) -> str:
    """The list of the columns if the query is one of `values`, which cannot name its own."""
    first = next(tokens(query), None)
    if first is None or first.text != "values":
        return ""
    by_itself = [f"column{number}" for number, _ in enumerate(columns, 1)]
    return "" if columns == by_itself else f" ({', '.join(map(identifier, columns))})"


ARGUMENTS = ("materialized", "security_invoker", "security_barrier", "accepted")


def _require_arguments(cls: type[View]) -> None:
    """Refuse an argument of the class that is written as an attribute, where it has no
    effect.
    """
    for name in ARGUMENTS:
        value = vars(cls).get(name)
        if value is not None and not isinstance(value, Col):
            raise TypeError(
                f"{cls.__name__}.{name} is an argument of the class: write "
                f"class {cls.__name__}(View, {name}=…)."
            )


def _beside(name: str, noun: str, objects: Sequence[Any]) -> Iterator[Definition]:
    for each in objects:
        match each:
            case Grant():
                pass
            case Comment():
                yield each.definition(name, noun)
            case Index() if noun == "view":
                raise ValueError(
                    "Only a materialized view can have an index: write materialized=True in "
                    "the arguments of the class, or declare the index in the table."
                )
            case Index():
                yield each.definition(name)
            case DatabaseFunction():
                yield each.definition()
            case Trigger():
                _require_of_view(each, noun)
                yield from each.definitions(name)
            case AsFound():
                yield found(each)
            case SchemaObject():
                yield from each.definitions()
            case _:
                raise TypeError(
                    f"A view cannot have a {type(each).__name__}: declare it in the table "
                    f"that the view reads."
                )


def _require_of_view(trigger: Trigger, noun: str) -> None:
    """Refuse a trigger that PostgreSQL does not make on a view."""
    if trigger.on is not None:
        return
    if noun != "view":
        raise ValueError(
            f"The trigger {trigger.name!r} is on a materialized view, whose rows no command "
            "changes: declare it in the table that the view reads."
        )
    if trigger.each == "row" and trigger.when != "instead of":
        raise ValueError(
            f"The trigger {trigger.name!r} is called {trigger.when} a change of a row, and a "
            'view has no rows of its own: write when="instead of" or each="statement".'
        )


def refresh(
    view: str,
    *,
    concurrently: bool = False,
    execute: tuple[AnyRole, ...] = (Role.SERVICE_ROLE,),
) -> DatabaseFunction:
    """A security definer function `refresh_…` that refreshes a materialized view. With
    `concurrently`, others can read it meanwhile; the view then needs a unique index.
    """
    if not isinstance(view, str) or not split_name(view)[1:]:  # pyright: ignore[reportUnnecessaryIsInstance]  # not every caller checks types
        raise TypeError(
            f'refresh has {view!r}: write the name with its schema, "public.totals".'
        )
    schema, name = map(unquoted, split_name(view))
    how = " concurrently" if concurrently else ""
    return DatabaseFunction(
        name=f"refresh_{name}",
        returns="void",
        security_definer=True,
        execute=execute,
        accepted={"SEC014": "Only the owner may refresh it; the function does nothing else."},
        body=Rendered(f"""
            begin
                refresh materialized view{how} {identifier(schema)}.{identifier(name)};
            end
        """),
    )
