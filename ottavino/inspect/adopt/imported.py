"""Files that are imported from their sources, before any is written."""

import sys
import traceback
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import ModuleType

from ottavino.inspect.adopt.class_source import ClassSource
from ottavino.inspect.adopt.project import Declared
from ottavino.inspect.adopt.sources import Source


@contextmanager
def imported(sources: Mapping[str, Source]) -> Generator[list[Declared]]:
    """What the files declare, imported from their sources before they are written."""
    made: list[Declared] = []
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


def culprit(sources: Mapping[str, Source], error: Exception) -> str | None:
    """The table whose class raised an error: the one of its file, or the first that the message
    names.
    """
    classes = {n: each for n, each in sources.items() if isinstance(each, ClassSource)}
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in classes:
            return classes[frame.filename].table.full_name
    names = {each.name: each.table.full_name for each in classes.values()}
    for name, table in names.items():
        if str(error).startswith((f"{name}:", f"{name} ")):
            return table
    longest = sorted(names.values(), key=len, reverse=True)
    return next((table for table in longest if table in str(error)), None)
