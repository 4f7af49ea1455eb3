"""The tables of this service, each in a file of its own, and what belongs to none of them."""

from db.tables.agent_requests import AgentRequest
from db.tables.agent_sessions import AgentSession
from db.tables.document_chunks import DocumentChunk
from db.tables.documents import Document
from db.tables.usage_events import UsageEvent
from db.tables.user_profiles import UserProfile
from ottavino import DatabaseFunction, Trigger

OBJECTS: tuple[DatabaseFunction | Trigger, ...] = ()
"""Functions, and triggers on tables of others, that belong to no table of ours."""

__all__ = [
    "AgentRequest",
    "AgentSession",
    "Document",
    "DocumentChunk",
    "UsageEvent",
    "UserProfile",
]
