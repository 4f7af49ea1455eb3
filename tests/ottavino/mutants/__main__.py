"""`python -m tests.ottavino.mutants [--sample N] [--seed WORD] [MODULE …]`: see the package."""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence

from tests.ottavino.mutants.chosen import WHERE, chosen
from tests.ottavino.mutants.mutant import Mutant, mutants
from tests.ottavino.mutants.outcomes import Outcomes
from tests.ottavino.mutants.report import table
from tests.ottavino.mutants.run import PROCESSES, noticed, workshop
from tests.ottavino.mutants.survivors import entry, listed
from tests.ottavino.mutants.targets import targets


def main(arguments: Sequence[str]) -> str | None:
    """Run what is asked for; the reason why it fails, or None."""
    asked = _parser().parse_args(arguments)
    tests = targets()
    every = [*chosen(), *(each for module in tests for each in mutants(module))]
    known = listed()
    if stale := known.keys() - set(every):
        return f"survivors.toml lists what is not there any more:\n{_text(stale)}"
    wanted = _wanted(every, known, asked)
    survives = _run(wanted, tests, asked.processes)
    equivalent = {each for each, heading in known.items() if heading == "equivalent"}
    print("\n".join(["", *table(survives, equivalent)]))
    # A sample draws new mutants: nine of ten have to be noticed.
    return _verdict(survives, known, 0 if asked.sample is None else 0.1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.ottavino.mutants")
    parser.add_argument("--sample", type=int, help="how many; all, unless it is given")
    parser.add_argument("--seed", default="piccolo", help="draws another sample")
    parser.add_argument("--processes", type=int, default=PROCESSES, help="how many at once")
    parser.add_argument("--chosen", action="store_true", help="only those chosen by hand")
    parser.add_argument(
        "modules", nargs="*", help="only these, as in ottavino/postgres/session.py"
    )
    return parser


def _wanted(
    every: Iterable[Mutant], known: Mapping[Mutant, str], asked: argparse.Namespace
) -> list[Mutant]:
    """All mutants, or a sample of those whose outcome is not written down."""
    of_modules = [each for each in every if not asked.modules or each.module in asked.modules]
    if asked.chosen:
        of_modules = [each for each in of_modules if each.where == WHERE]
    drawn = sorted(of_modules, key=lambda each: each.order(asked.seed))
    if asked.sample is None:
        return drawn
    return [each for each in drawn if each not in known][: asked.sample]


def _run(
    wanted: Sequence[Mutant], tests: Mapping[str, Sequence[str]], processes: int
) -> dict[Mutant, bool]:
    outcomes = Outcomes()
    left = [each for each in wanted if each not in outcomes.survives]
    print(f"{len(wanted)} mutants, {len(wanted) - len(left)} of them run before", flush=True)
    if left:
        with workshop(processes) as place:
            runs = [(each, tests[each.module]) for each in left]
            for number, (mutant, by) in enumerate(noticed(place, runs), start=1):
                outcomes.add(mutant, survives=by is None)
                outcome = "survived" if by is None else f"noticed by {by}"
                print(f"{number}/{len(left)} {outcome}: {mutant}", flush=True)
            for test in (test for test, passes in place.as_they_are.items() if not passes):
                print(f"This test fails where nothing is mutated: {test}")
    return {each: outcomes.survives[each] for each in wanted}


def _verdict(
    survives: Mapping[Mutant, bool], known: Mapping[Mutant, str], allowed: float
) -> str | None:
    new = [each for each, survived in survives.items() if survived and each not in known]
    noticed = [each for each, survived in survives.items() if not survived and each in known]
    if len(new) > len(survives) * allowed:
        entries = "\n".join(map(entry, new))
        return (
            f"No test notices these. Write one, or say in survivors.toml why not:\n\n{entries}"
        )
    if noticed:
        return f"Tests notice these: take them out of survivors.toml.\n{_text(noticed)}"
    return None


def _text(mutants: Iterable[Mutant]) -> str:
    return "\n".join(map(str, mutants))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
