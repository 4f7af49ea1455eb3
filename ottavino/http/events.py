"""Server-sent events, which a browser's `EventSource` and supabase-js read as they arrive."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its `data`, which may have several lines, its name and its id.

    `retry` is the time in milliseconds after which a client that lost the stream comes back.
    """

    data: str
    event: str = ""
    id: str = ""
    retry: int | None = None

    def __post_init__(self) -> None:
        if {"\n", "\r", "\0"} & {*self.event, *self.id}:
            raise ValueError("The name or the id of an event has more than one line.")

    def __bytes__(self) -> bytes:
        lines = [f"data: {line}" for line in self.data.splitlines() or [""]]
        if self.event:
            lines.append(f"event: {self.event}")
        if self.id:
            lines.append(f"id: {self.id}")
        if self.retry is not None:
            lines.append(f"retry: {self.retry}")
        return "\n".join([*lines, "", ""]).encode()
