"""The tables of this service, each in a file of its own."""

from tests.ottavino.house.db.tables.agent_requests import AgentRequest
from tests.ottavino.house.db.tables.agent_sessions import AgentSession
from tests.ottavino.house.db.tables.document_chunks import DocumentChunk
from tests.ottavino.house.db.tables.documents import Document
from tests.ottavino.house.db.tables.usage_events import UsageEvent
from tests.ottavino.house.db.tables.user_profiles import UserProfile

__all__ = [
    "AgentRequest",
    "AgentSession",
    "Document",
    "DocumentChunk",
    "UsageEvent",
    "UserProfile",
]
