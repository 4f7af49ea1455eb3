"""For a developer's machine alone: tokens, two users to try functions with, a server."""
