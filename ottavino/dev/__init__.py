"""What only a developer's machine needs: tokens, two users to try things with, a server."""
