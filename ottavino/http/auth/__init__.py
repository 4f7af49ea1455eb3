"""Authentication: tokens and keys, and which callers a function accepts."""
