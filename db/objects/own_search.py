"""Full-text search in the rows of one user, at the price of a search without policies."""

# ruff: noqa: S608  # the SQL is put together from names of the schema

from datetime import datetime
from typing import Any
from uuid import UUID

from piccolo.columns.combination import WhereRaw

from db.identity import Role
from db.objects.column import Col, Condition, name_of
from db.objects.definition import Definition, identifier, literal
from db.objects.function import Function
from db.objects.generated import Named
from db.objects.search_vector import SearchVector

PAGE = 20
"""How many rows the planner reckons with."""


class OwnSearch:
    """Finds the newest of the caller's rows through the index of a search vector.

    Under a policy that index is not read: PostgreSQL will not look at what a row contains
    before it knows whose the row is, and goes through all rows of the user. A function with
    its owner's rights looks for the caller's rows by itself, and gives nothing but their
    keys: the rows are read by the caller, under the policies and with the grants, so a key
    too many would show nothing.
    """

    def __init__(
        self, search: SearchVector, *, owner: Col[UUID], newest: tuple[Col[datetime], Col[UUID]]
    ) -> None:
        self.search = search
        self.owner = owner
        self.newest = newest
        self._table: Any = None

    def __set_name__(self, table: type, name: str) -> None:
        """Be told which table it searches."""
        self._table = table

    @property
    def columns(self) -> tuple[Named, ...]:
        """The columns that it names."""
        return (self.search, self.owner, *self.newest)

    def finds(
        self, query: str, *, most: int, before: tuple[datetime, UUID] | None = None
    ) -> Condition:
        """The condition that a row is among the `most` newest that the query finds.

        Only those count that are older than `before`. The query is as people write them in
        a search box. Whoever no row belongs to finds none, and `service_role` finds all.
        """
        if self._table is None:
            raise ValueError(
                "A search is asked by its name in the class: write search = OwnSearch(…) there."
            )
        key = identifier(name_of(self.newest[1]))
        function = self._function(self._table.qualified_name()).name
        moment, row_id = before or (None, None)
        return WhereRaw(
            f"{key} in (select * from public.{identifier(function)}({{}}, {{}}, {{}}, {{}}))",
            query,
            most,
            moment,
            row_id,
        )

    def definition(self, table: str) -> Definition:
        """The function."""
        return self._function(table).definition()

    def _function(self, table: str) -> Function:
        moment, key = (identifier(name_of(column)) for column in self.newest)
        owner, vector = identifier(name_of(self.owner)), identifier(self.search.name)
        service, language = literal(Role.SERVICE_ROLE), literal(self.search.language)
        return Function(
            name=f"search_{table.rpartition('.')[2]}",
            arguments=("query text", "most integer", "moment timestamptz", "key uuid"),
            returns="setof uuid",
            rows=PAGE,
            volatility="stable",
            security_definer=True,
            # A plan for any user would not know how many rows this one has.
            settings=("plan_cache_mode = force_custom_plan",),
            execute=(Role.AUTHENTICATED, Role.SERVICE_ROLE),
            body=f"""
                declare
                    caller constant uuid := auth.uid();
                    sees_all constant boolean := current_setting('role') = {service};
                    words constant tsquery := websearch_to_tsquery({language}, query);
                begin
                    return query
                    select searched.{key} from {table} as searched
                    where (searched.{owner} = caller or sees_all)
                        and searched.{vector} @@ words
                        and (
                            moment is null
                            or (searched.{moment}, searched.{key}) < (moment, key)
                        )
                    order by searched.{moment} desc, searched.{key} desc
                    limit most;
                end
            """,
        )
