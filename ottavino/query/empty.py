"""Empty lists and dictionaries as defaults of fields.

`list[Any]()` also tries to record its type on each new list, and catches the error: that takes
many times as long as making the list.
"""

from collections.abc import Callable
from typing import Any

empty_list: Callable[[], list[Any]] = list
empty_dict: Callable[[], dict[str, Any]] = dict
