"""What a table is declared with: its columns, and the objects that stand beside them."""

from db.objects.column import CALLER, SQL, Col, Condition, Descending
from db.objects.columns import (
    NOW,
    boolean,
    child_of,
    choice,
    created_at,
    integer,
    json_array,
    json_object,
    money,
    owner,
    primary_key,
    text,
    timestamp,
    updated_at,
)
from db.objects.comment import Comment
from db.objects.constraint import Check, ForeignKey, Unique
from db.objects.function import Function
from db.objects.generated import Generated
from db.objects.grant import Grant
from db.objects.index import Index, Key
from db.objects.own_search import OwnSearch
from db.objects.ownership import CALLER_ID
from db.objects.policy import Policy
from db.objects.reference import OptionalRef, Ref
from db.objects.search_vector import SearchVector
from db.objects.statistics import NoStatistics
from db.objects.trigger import Trigger

__all__ = [
    "CALLER",
    "CALLER_ID",
    "NOW",
    "SQL",
    "Check",
    "Col",
    "Comment",
    "Condition",
    "Descending",
    "ForeignKey",
    "Function",
    "Generated",
    "Grant",
    "Index",
    "Key",
    "NoStatistics",
    "OptionalRef",
    "OwnSearch",
    "Policy",
    "Ref",
    "SearchVector",
    "Trigger",
    "Unique",
    "boolean",
    "child_of",
    "choice",
    "created_at",
    "integer",
    "json_array",
    "json_object",
    "money",
    "owner",
    "primary_key",
    "text",
    "timestamp",
    "updated_at",
]
