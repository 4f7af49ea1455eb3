"""Ids of requests: random, in the form of a UUID of version 4."""

import os

IDS_AT_ONCE = 256
"""How many ids are made from one call to the system."""

_digits: list[str] = []


def new_request_id() -> str:
    """A new id."""
    if not _digits:
        random = os.urandom(16 * IDS_AT_ONCE).hex()
        _digits.extend(random[start : start + 32] for start in range(0, len(random), 32))
    digits = _digits.pop()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


# Otherwise a forked process would make the same ids as its parent.
os.register_at_fork(after_in_child=_digits.clear)
