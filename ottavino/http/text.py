"""Text that can be stored."""

from typing import Annotated

from pydantic import Field

Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""Text without the character 0, which PostgreSQL cannot store."""
