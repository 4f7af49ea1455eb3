"""Text that can be stored."""

from typing import Annotated

from pydantic import Field

Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""Any text but one with the character 0, which a text of PostgreSQL cannot hold."""
