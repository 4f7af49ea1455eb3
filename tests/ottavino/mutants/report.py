"""What a run has found, module by module."""

from collections.abc import Collection, Iterator, Mapping

from tests.ottavino.mutants.mutant import Mutant


def table(survives: Mapping[Mutant, bool], equivalent: Collection[Mutant]) -> Iterator[str]:
    """The lines of a table: of each module, how many mutants there were, and what they met."""
    yield f"{'module':<34}{'mutants':>9}{'noticed':>9}{'survived':>9}{'equivalent':>12}"
    modules = sorted({each.module for each in survives})
    for module in modules:
        yield _line(
            module, {m: s for m, s in survives.items() if m.module == module}, equivalent
        )
    yield _line("all", survives, equivalent)


def _line(name: str, survives: Mapping[Mutant, bool], equivalent: Collection[Mutant]) -> str:
    same = sum(each in equivalent for each in survives)
    survived = sum(alive for each, alive in survives.items() if each not in equivalent)
    planted = len(survives)
    noticed = planted - same - survived
    share = noticed / (planted - same) if planted > same else 1
    return f"{name:<34}{planted:>9}{noticed:>9}{survived:>9}{same:>12}{share:>7.0%}"
