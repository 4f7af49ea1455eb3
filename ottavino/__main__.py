"""`ottavino new shop` makes a project, `ottavino serve` serves one; the rest is Piccolo's.

`ottavino migrations forwards all` does the same as `piccolo migrations forwards all`, but
reports an error in `piccolo_conf.py` in one sentence. Piccolo's own program imports that file
before any code of this package.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from ottavino.errors import in_a_sentence

OWN = {"new", "serve", "-h", "--help"}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command of `python -m ottavino`."""
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    if given and given[0] not in OWN:
        piccolo(given)
        return
    parser = argparse.ArgumentParser(
        "ottavino",
        description="Row-secured functions in Python.",
        epilog="Any other command is one of Piccolo's: ottavino migrations forwards all.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    making = commands.add_parser("new", help="make a project in a new folder")
    making.add_argument("folder", help="the folder, whose name is the project's")
    making.set_defaults(run=new)
    serving = commands.add_parser("serve", help="serve the functions here, at HOST and PORT")
    serving.set_defaults(run=serve)
    chosen = vars(parser.parse_args(given))
    with in_a_sentence():
        chosen.pop("run")(**chosen)


def new(folder: str) -> None:
    """Make a project."""
    from ottavino.dev.new import project  # noqa: PLC0415  # no server needs it

    project.new(folder)


def serve() -> None:
    """Serve the functions of the current folder."""
    from ottavino.http.serve import main as serve  # noqa: PLC0415  # nor a new project this
    from ottavino.project.mistake import mistakes_in_a_sentence  # noqa: PLC0415  # likewise

    with mistakes_in_a_sentence():
        serve()


def piccolo(arguments: Sequence[str]) -> None:
    """Run a command of Piccolo's in the current folder."""
    from piccolo.main import main as piccolo  # noqa: PLC0415  # a server starts without it

    from ottavino.project.mistake import mistakes_in_a_sentence  # noqa: PLC0415  # likewise

    sys.path.insert(0, os.getcwd())  # noqa: PTH109  # as Piccolo does itself
    module = os.environ.get("PICCOLO_CONF", "piccolo_conf")
    try:
        with mistakes_in_a_sentence():
            import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        sys.exit(f"There is no module {module} here: run this in the folder of a project.")
    sys.argv = ["piccolo", *arguments]
    piccolo()


if __name__ == "__main__":
    main()
