"""What a module under `functions/` imports: functions, errors, events and cursors."""

from ottavino.http.app import create_app
from ottavino.http.caller_session import caller_session
from ottavino.http.errors import ApiError, Conflict, Forbidden, Invalid, NotFound
from ottavino.http.events import Event
from ottavino.http.function import Function
from ottavino.http.validation import Text

__all__ = [
    "ApiError",
    "Conflict",
    "Event",
    "Forbidden",
    "Function",
    "Invalid",
    "NotFound",
    "Text",
    "caller_session",
    "create_app",
]
