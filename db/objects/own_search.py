"""Full-text search in the rows of one user, at the price of a search without policies."""

# ruff: noqa: S608  # the SQL is put together from names of the schema

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from piccolo.querystring import QueryString

from db.identity import Role
from db.objects.column import Col, name_of
from db.objects.definition import Definition, identifier, literal
from db.objects.function import Function
from db.objects.generated import Named
from db.objects.grant import Grant
from db.objects.ownership import CALLER_ID, Mine
from db.objects.policy import Policy
from db.objects.search_vector import SearchVector

PAGE = 20
"""How many rows the planner reckons with."""

EXECUTE = (Role.AUTHENTICATED, Role.SERVICE_ROLE)
"""Who may search."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of a table that a search finds, for a query to read instead of all of them."""

    table: Any
    source: QueryString


class OwnSearch:
    """Finds the newest of the caller's rows through the index of a search vector.

    Under a policy that index is not read: PostgreSQL will not look at what a row contains
    before it knows whose the row is, and goes through all rows of the user. A function with
    its owner's rights looks for the caller's rows by itself. It gives them whole and no
    policy is asked again, so it stands only on a table whose policies and grants say the
    same: that a user may read every column of the rows that are theirs.
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
    ) -> Found:
        """The `most` newest of the caller's rows that the query finds, the newest first.

        Only those count that are older than `before`. The query is as people write them in
        a search box. Whoever no row belongs to finds none, and `service_role` finds all.
        """
        if self._table is None:
            raise ValueError(
                "A search is asked by its name in the class: write search = OwnSearch(…) there."
            )
        function = identifier(self._function(self._table.qualified_name()).name)
        moment, row_id = before or (None, None)
        source = QueryString(
            f'public.{function}({{}}, {{}}, {{}}, {{}}) AS "{self._table._meta.tablename}"',
            query,
            most,
            moment,
            row_id,
        )
        return Found(self._table, source)

    def require_sense(self, policies: Iterable[Policy], grants: Iterable[Grant]) -> None:
        """Refuse a table whose users may see less, or something else, than it would find."""
        owner = name_of(self.owner)
        reading = [each for each in policies if each.lets_read(Role.AUTHENTICATED)]
        narrower = [each.name for each in reading if each.restrictive]
        if narrower:
            raise ValueError(
                f"OwnSearch would find rows that the policy {narrower[0]!r} hides: leave one "
                "of them out, or search with SearchVector.matches, which asks the policies."
            )
        mine = [p.using for p in reading if isinstance(p.using, Mine)]
        if owner not in {name_of(each.column) for each in mine}:
            raise ValueError(
                f"OwnSearch would find rows that no policy shows: add Policy.owner({owner})."
            )
        whole = {grant.to for grant in grants if grant.select is True}
        for role in EXECUTE:
            if role not in whole:
                raise ValueError(
                    f"OwnSearch gives whole rows, and {role} may not read every column: add "
                    f"Grant(to=Role.{role.name}, select=True), or search with "
                    "SearchVector.matches, which asks the grants."
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
            returns=f"setof {table}",
            rows=PAGE,
            volatility="stable",
            security_definer=True,
            # A plan for any user would not know how many rows this one has.
            settings=("plan_cache_mode = force_custom_plan",),
            execute=EXECUTE,
            body=f"""
                declare
                    caller constant uuid := {CALLER_ID};
                    sees_all constant boolean := current_setting('role') = {service};
                    words constant tsquery := websearch_to_tsquery({language}, query);
                begin
                    return query
                    select searched.* from {table} as searched
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
