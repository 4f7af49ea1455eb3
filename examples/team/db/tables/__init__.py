"""The tables, each topic in a file of its own."""

from db.tables.audit_log import AuditEntry
from db.tables.comments import Comment
from db.tables.countries import Country
from db.tables.organisations import Membership, Organisation
from db.tables.projects import Project, Task
from db.tables.reports import OpenTask, TaskCount

__all__ = [
    "AuditEntry",
    "Comment",
    "Country",
    "Membership",
    "OpenTask",
    "Organisation",
    "Project",
    "Task",
    "TaskCount",
]
