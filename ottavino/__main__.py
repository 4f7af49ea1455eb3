"""`python -m ottavino new shop` makes a project; `python -m ottavino serve` serves one."""

import argparse
from collections.abc import Sequence

from ottavino.errors import in_a_sentence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command of `python -m ottavino`."""
    parser = argparse.ArgumentParser("ottavino", description="Row-secured functions in Python.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    making = commands.add_parser("new", help="make a project in a new folder")
    making.add_argument("folder", help="the folder, whose name is the project's")
    making.set_defaults(run=new)
    serving = commands.add_parser("serve", help="serve the functions here, at HOST and PORT")
    serving.set_defaults(run=serve)
    chosen = vars(parser.parse_args(arguments))
    with in_a_sentence():
        chosen.pop("run")(**chosen)


def new(folder: str) -> None:
    """Make a project."""
    from ottavino.dev.new import project  # noqa: PLC0415  # no server needs it

    project.new(folder)


def serve() -> None:
    """Serve the functions of the current folder."""
    from ottavino.http.serve import main as serve  # noqa: PLC0415  # nor a new project this

    serve()


if __name__ == "__main__":
    main()
