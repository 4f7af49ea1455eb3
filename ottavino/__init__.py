"""PostgreSQL with row level security for Python teams: the names for declaring tables.

A table file imports from here, a query from `ottavino.query`, a function from `ottavino.http`,
a test from `ottavino.testing`. Other modules may change with any version.
"""

from ottavino.declare.as_found import AsFound, RowSecurity
from ottavino.declare.column import CALLER, SQL, Col
from ottavino.declare.column_type import ColumnType
from ottavino.declare.column_types.any_type import (
    DATERANGE,
    INT4RANGE,
    INT8RANGE,
    NUMRANGE,
    TSRANGE,
    TSTZRANGE,
    column,
)
from ottavino.declare.column_types.arrays import array, vector
from ottavino.declare.column_types.json_values import json_array, json_object, jsonb
from ottavino.declare.column_types.numbers import (
    bigint,
    double,
    integer,
    money,
    numeric,
    real,
    smallint,
)
from ottavino.declare.column_types.plain import CIDR, INET, boolean, bytea, cidr, inet, uuid
from ottavino.declare.column_types.texts import choice, enum, text
from ottavino.declare.column_types.times import (
    NOW,
    created_at,
    date,
    interval,
    time,
    timestamp,
    timestamptz,
    updated_at,
)
from ottavino.declare.comment import Comment
from ottavino.declare.condition import Condition
from ottavino.declare.constraint import Check, Exclude, ForeignKey, Unique
from ottavino.declare.cron_job import CronJob
from ottavino.declare.database_function import DatabaseFunction
from ottavino.declare.default_privileges import DefaultPrivileges
from ottavino.declare.domain import Domain, domain
from ottavino.declare.enum_type import EnumType
from ottavino.declare.extension import Extension
from ottavino.declare.foreign_policy import ForeignPolicy
from ottavino.declare.generated import Generated
from ottavino.declare.grant import Grant
from ottavino.declare.index import Index, Key
from ottavino.declare.keys import (
    NEXT_NUMBER,
    generated,
    identity,
    nullable,
    owned_reference,
    owner,
    primary_key,
    reference,
    serial,
)
from ottavino.declare.members import Members
from ottavino.declare.order import Descending
from ottavino.declare.own_search import OwnSearch
from ottavino.declare.ownership import CALLER_ID, claim
from ottavino.declare.partition import Partition
from ottavino.declare.policy import Policy
from ottavino.declare.procedure import DatabaseProcedure
from ottavino.declare.publication import Publication, Published
from ottavino.declare.raw import Raw
from ottavino.declare.reference import OptionalRef, Ref
from ottavino.declare.role import PUBLIC, ApiRole
from ottavino.declare.schema import Schema
from ottavino.declare.search_vector import SearchVector
from ottavino.declare.sequence import Sequence
from ottavino.declare.statistics import NoStatistics
from ottavino.declare.table import Table
from ottavino.declare.trigger import Trigger
from ottavino.declare.view import View, refresh
from ottavino.errors import (
    CommitFailed,
    DatabaseUnavailable,
    NoSession,
    OttavinoError,
    OutcomeUnknown,
    QueryRefused,
    TransactionTimeout,
)
from ottavino.identity import Identity, Role
from ottavino.postgres.session import session

__version__ = "0.1.0"

__all__ = [
    "CALLER",
    "CALLER_ID",
    "CIDR",
    "DATERANGE",
    "INET",
    "INT4RANGE",
    "INT8RANGE",
    "NEXT_NUMBER",
    "NOW",
    "NUMRANGE",
    "PUBLIC",
    "SQL",
    "TSRANGE",
    "TSTZRANGE",
    "ApiRole",
    "AsFound",
    "Check",
    "Col",
    "ColumnType",
    "Comment",
    "CommitFailed",
    "Condition",
    "CronJob",
    "DatabaseFunction",
    "DatabaseProcedure",
    "DatabaseUnavailable",
    "DefaultPrivileges",
    "Descending",
    "Domain",
    "EnumType",
    "Exclude",
    "Extension",
    "ForeignKey",
    "ForeignPolicy",
    "Generated",
    "Grant",
    "Identity",
    "Index",
    "Key",
    "Members",
    "NoSession",
    "NoStatistics",
    "OptionalRef",
    "OttavinoError",
    "OutcomeUnknown",
    "OwnSearch",
    "Partition",
    "Policy",
    "Publication",
    "Published",
    "QueryRefused",
    "Raw",
    "Ref",
    "Role",
    "RowSecurity",
    "Schema",
    "SearchVector",
    "Sequence",
    "Table",
    "TransactionTimeout",
    "Trigger",
    "Unique",
    "View",
    "array",
    "bigint",
    "boolean",
    "bytea",
    "choice",
    "cidr",
    "claim",
    "column",
    "created_at",
    "date",
    "domain",
    "double",
    "enum",
    "generated",
    "identity",
    "inet",
    "integer",
    "interval",
    "json_array",
    "json_object",
    "jsonb",
    "money",
    "nullable",
    "numeric",
    "owned_reference",
    "owner",
    "primary_key",
    "real",
    "reference",
    "refresh",
    "serial",
    "session",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "updated_at",
    "uuid",
    "vector",
]
