"""Classes that are imported from their sources, before any file is written."""

import sys
import traceback
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import ModuleType

from ottavino.declare.table import Table
from ottavino.inspect.adopt.class_source import ClassSource


@contextmanager
def imported(sources: Mapping[str, ClassSource]) -> Generator[list[type[Table]]]:
    """The classes, imported from their sources before the files are written."""
    made: list[type[Table]] = []
    before = {name: sys.modules.get(name) for name in sources}
    try:
        for name, source in sources.items():
            module = sys.modules[name] = ModuleType(name)
            exec(compile(source.text, name, "exec"), module.__dict__)  # noqa: S102  # we wrote it
            made.append(getattr(module, source.name))
        yield made
    finally:
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module


def culprit(sources: Mapping[str, ClassSource], error: Exception) -> str:
    """The table whose class raised an error: the one of its file, the first that the message
    names, or the last.
    """
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in sources:
            return sources[frame.filename].table.full_name
    names = {each.name: each.table.full_name for each in sources.values()}
    for name, table in names.items():
        if str(error).startswith((f"{name}:", f"{name} ")):
            return table
    longest = sorted(names.values(), key=len, reverse=True)
    return next((table for table in longest if table in str(error)), [*names.values()][-1])
