"""The tables of this service, each in a file of its own."""

from db.tables.agent_requests import AgentRequest
from db.tables.agent_sessions import AgentSession
from db.tables.document_chunks import DocumentChunk
from db.tables.documents import Document
from db.tables.usage_events import UsageEvent
from db.tables.user_profiles import UserProfile

__all__ = [
    "AgentRequest",
    "AgentSession",
    "Document",
    "DocumentChunk",
    "UsageEvent",
    "UserProfile",
]
